/* PNG through libpng's own transformations alone: values are data, so that no colour space, gamma or linear
 * light comes between the file's numbers and the samples. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/memory.h"
#include "data/image_private.h"

bool image_is_png(const uint8_t *bytes, size_t size)
{
    return size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

/* Everything that a jump out of libpng must still find. */
struct reader {
    const uint8_t *at, *end;
    png_structp png;
    png_infop info;
    uint8_t *pixels; /* (height, width, channels of the file without palette) */
    png_bytep *rows;
    char message[128];
};

static void failed(png_structp png, png_const_charp message)
{
    struct reader *reader = png_get_error_ptr(png);
    snprintf(reader->message, sizeof reader->message, "%s", message);
    png_longjmp(png, 1);
}

/* What libpng only warns of (a check sum in a chunk that is passed over) leaves the pixels as they are. */
static void warned(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void give(png_structp png, png_bytep out, size_t size)
{
    struct reader *reader = png_get_io_ptr(png);
    if ((size_t)(reader->end - reader->at) < size)
        png_error(png, "it ends early");
    memcpy(out, reader->at, size);
    reader->at += size;
}

/* Eight bits for each of grey or RGB, with alpha where the file has any. */
static void ask_for_bytes(struct reader *reader)
{
    const int colour = png_get_color_type(reader->png, reader->info);
    png_set_scale_16(reader->png); /* v · 255 / 65535, rounded */
    if (colour == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(reader->png);
    if (colour == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(reader->png);
    if (png_get_valid(reader->png, reader->info, PNG_INFO_tRNS))
        png_set_tRNS_to_alpha(reader->png);
    png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
}

static unsigned over_black(unsigned value, unsigned alpha) { return (value * alpha + 127) / 255; }

/* The weights of Rec. 601 on the values as they are, as JPEG's grey has them. */
static unsigned grey_of(const unsigned rgb[3])
{
    return (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000;
}

static void convert(struct image *image, const uint8_t *from, int from_channels)
{
    const bool coloured = from_channels >= 3, alpha = from_channels % 2 == 0;
    const size_t count = (size_t)image->width * (size_t)image->height;
    uint8_t *to = image->pixels;
    for (size_t i = 0; i < count; i++, from += from_channels) {
        unsigned rgb[3];
        for (int c = 0; c < 3; c++)
            rgb[c] = over_black(from[coloured ? c : 0], alpha ? from[from_channels - 1] : 255);
        if (image->channels == 1)
            *to++ = (uint8_t)(coloured ? grey_of(rgb) : rgb[0]);
        for (int c = 0; image->channels == 3 && c < 3; c++)
            *to++ = (uint8_t)rgb[c];
    }
}

static void read_rows(struct reader *reader, struct image *image)
{
    ask_for_bytes(reader);
    const size_t stride = png_get_rowbytes(reader->png, reader->info);
    reader->pixels = ls_calloc((size_t)image->height, stride);
    reader->rows = ls_calloc((size_t)image->height, sizeof *reader->rows);
    for (int row = 0; row < image->height; row++)
        reader->rows[row] = reader->pixels + (size_t)row * stride;
    png_read_image(reader->png, reader->rows);
    image->pixels = ls_calloc((size_t)image->width * (size_t)image->height, (size_t)image->channels);
    convert(image, reader->pixels, png_get_channels(reader->png, reader->info));
}

static bool read_file(struct reader *reader, struct image *image, int channels, const char *origin,
                      struct error *err)
{
    if (setjmp(png_jmpbuf(reader->png)))
        return error_set(err, "%s: the PNG is damaged: %s", origin, reader->message);
    png_set_read_fn(reader->png, reader, give);
    /* Colour spaces, texts and times are not even inflated: what is left is size, palette, tRNS and pixels.
     */
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_benign_errors(reader->png, 0); /* a palette too short, pixels too many: no sample either */
    png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* image_check_sides tells better */
    png_read_info(reader->png, reader->info);
    const png_uint_32 width = png_get_image_width(reader->png, reader->info),
                      height = png_get_image_height(reader->png, reader->info);
    if (!image_check_sides(width, height, origin, err))
        return false;
    image->width = (int)width;
    image->height = (int)height;
    image->channels = channels                                                               ? channels
                      : png_get_color_type(reader->png, reader->info) & PNG_COLOR_MASK_COLOR ? 3
                                                                                             : 1;
    if (channels)
        read_rows(reader, image);
    return true;
}

bool image_decode_png(struct image *image, const uint8_t *bytes, size_t size, int channels,
                      const char *origin, struct error *err)
{
    struct reader reader = {.at = bytes, .end = bytes + size};
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, failed, warned);
    reader.info = reader.png ? png_create_info_struct(reader.png) : NULL;
    const bool ok = reader.info ? read_file(&reader, image, channels, origin, err)
                                : error_set(err, "%s: libpng cannot be started", origin);
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    free(reader.pixels);
    free(reader.rows);
    return ok;
}
