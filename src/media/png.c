/* PNG through libpng. */
#include "media/png.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/memory.h"

struct png_failure {
    jmp_buf jump;
    char message[128];
};

static void on_error(png_structp png, png_const_charp message)
{
    struct png_failure *failure = png_get_error_ptr(png);
    snprintf(failure->message, sizeof failure->message, "%s", message);
    longjmp(failure->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* RGBA rows in, RGB file out: a picture of the screen has no transparency. */
static bool write_stream(FILE *stream, const uint8_t *top, ptrdiff_t stride, int width, int height,
                         struct png_failure *failure)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, failure, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        snprintf(failure->message, sizeof failure->message, "libpng cannot be set up");
        return false;
    }
    if (setjmp(failure->jump)) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_init_io(png, stream);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 4);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, info);
    png_set_filler(png, 0, PNG_FILLER_AFTER);
    for (int y = 0; y < height; y++)
        png_write_row(png, top + y * stride);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return true;
}

static bool write_rows(struct atomic_file *out, const uint8_t *top, ptrdiff_t stride, int width, int height,
                       struct error *err)
{
    struct png_failure failure = {.message = ""};
    if (write_stream(out->stream, top, stride, width, height, &failure))
        return atomic_file_commit(out, err);
    if (!out->write_errno)
        error_set(err, "%s: cannot be written as PNG: %s", out->path, failure.message);
    else
        atomic_file_flush(out, err);
    atomic_file_discard(out);
    return false;
}

bool png_write_strided(const char *path, const uint8_t *top, ptrdiff_t stride, int width, int height,
                       bool overwrite, struct error *err)
{
    struct atomic_file file;
    return atomic_file_open(&file, path, overwrite, err) &&
           write_rows(&file, top, stride, width, height, err);
}

bool png_write_to(struct atomic_file *out, const uint8_t *rgba, int width, int height, struct error *err)
{
    return write_rows(out, rgba, (ptrdiff_t)width * 4, width, height, err);
}

bool png_write(const char *path, const uint8_t *rgba, int width, int height, bool overwrite,
               struct error *err)
{
    return png_write_strided(path, rgba, (ptrdiff_t)width * 4, width, height, overwrite, err);
}

uint8_t *png_read(const char *path, int *width, int *height, struct error *err)
{
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    uint8_t *rgba = NULL;
    if (png_image_begin_read_from_file(&image, path)) {
        image.format = PNG_FORMAT_RGBA;
        if (image.width <= 32768 && image.height <= 32768) {
            rgba = ls_calloc(PNG_IMAGE_SIZE(image), 1);
            if (png_image_finish_read(&image, NULL, rgba, 0, NULL)) {
                *width = (int)image.width;
                *height = (int)image.height;
                return rgba;
            }
        }
    }
    error_set(err, "%s: is not a readable PNG picture: %s", path,
              image.message[0] ? image.message : "too large");
    png_image_free(&image);
    free(rgba);
    return NULL;
}
