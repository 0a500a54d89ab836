/* What kind of picture a file is, and JPEG: libjpeg answers an error by a jump. */
#include "data/image_file.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/image_private.h"

static bool is_jpeg(const uint8_t *bytes, size_t size)
{
    return size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

bool image_check_sides(unsigned long long width, unsigned long long height, const char *origin,
                       struct error *err)
{
    if (width >= 1 && height >= 1 && width <= DATA_MAX_SIDE && height <= DATA_MAX_SIDE)
        return true;
    return error_set(err, "%s: is %llu×%llu pixels; expected sides from 1 to %d", origin, width, height,
                     DATA_MAX_SIDE);
}

struct jpeg_errors {
    struct jpeg_error_mgr manager; /* first: libjpeg hands it back */
    jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
};

static void jpeg_failed(j_common_ptr jpeg)
{
    struct jpeg_errors *errors = (struct jpeg_errors *)jpeg->err;
    jpeg->err->format_message(jpeg, errors->message);
    longjmp(errors->jump, 1);
}

/* libjpeg fills what is damaged with grey and warns: no sample for training. */
static void jpeg_warned(j_common_ptr jpeg, int level)
{
    if (level < 0)
        jpeg_failed(jpeg);
}

static bool decode_jpeg(struct image *image, const uint8_t *bytes, size_t size, int channels,
                        const char *origin, struct error *err)
{
    struct jpeg_decompress_struct jpeg;
    struct jpeg_errors errors;
    jpeg.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jpeg_failed;
    errors.manager.emit_message = jpeg_warned;
    if (setjmp(errors.jump)) {
        jpeg_destroy_decompress(&jpeg);
        return error_set(err, "%s: the JPEG is damaged: %s", origin, errors.message);
    }
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes, size);
    jpeg_read_header(&jpeg, TRUE);
    bool ok = image_check_sides(jpeg.image_width, jpeg.image_height, origin, err);
    if (ok && jpeg.jpeg_color_space != JCS_GRAYSCALE && jpeg.jpeg_color_space != JCS_YCbCr &&
        jpeg.jpeg_color_space != JCS_RGB)
        ok = error_set(err, "%s: expected a grey or RGB JPEG, found one of %d components for print", origin,
                       jpeg.num_components);
    if (ok) {
        image->width = (int)jpeg.image_width;
        image->height = (int)jpeg.image_height;
        image->channels = jpeg.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
    }
    if (ok && channels) {
        jpeg.out_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
        image->channels = channels;
        const size_t stride = (size_t)image->width * (size_t)channels;
        image->pixels = ls_calloc((size_t)image->height, stride);
        jpeg_start_decompress(&jpeg);
        while (jpeg.output_scanline < jpeg.output_height) {
            JSAMPROW row = image->pixels + jpeg.output_scanline * stride;
            jpeg_read_scanlines(&jpeg, &row, 1);
        }
        jpeg_finish_decompress(&jpeg);
    }
    jpeg_destroy_decompress(&jpeg);
    return ok;
}

static bool decode(struct image *image, const uint8_t *bytes, size_t size, int channels, const char *origin,
                   struct error *err)
{
    memset(image, 0, sizeof *image);
    bool ok;
    if (image_is_png(bytes, size))
        ok = image_decode_png(image, bytes, size, channels, origin, err);
    else if (is_jpeg(bytes, size))
        ok = decode_jpeg(image, bytes, size, channels, origin, err);
    else
        ok = error_set(err, "%s: is neither PNG nor JPEG, whatever its name says", origin);
    if (!ok)
        image_deinit(image);
    return ok;
}

bool image_measure(struct image *image, const uint8_t *bytes, size_t size, const char *origin,
                   struct error *err)
{
    return decode(image, bytes, size, 0, origin, err);
}

bool image_decode(struct image *image, const uint8_t *bytes, size_t size, int channels, const char *origin,
                  struct error *err)
{
    LS_ASSERT(channels == 1 || channels == 3);
    return decode(image, bytes, size, channels, origin, err);
}

void image_deinit(struct image *image)
{
    free(image->pixels);
    memset(image, 0, sizeof *image);
}
