/* PNG and JPEG pictures in memory as bytes, through libpng and libjpeg. */
#ifndef LS_DATA_IMAGE_FILE_H
#define LS_DATA_IMAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* No picture of such sides is longer, whatever it tells of itself beside its pixels. */
enum { IMAGE_MAX_BYTES = 1 << 28 };

struct image {
    int width, height;
    int channels;    /* 1 or 3: as the file is coloured */
    uint8_t *pixels; /* (height, width, channels) */
};

/* Reads size and colour alone; `pixels` stays NULL. Sides go up to DATA_MAX_SIDE; `origin` stands in errors.
 */
bool image_measure(struct image *image, const uint8_t *bytes, size_t size, const char *origin,
                   struct error *err);
/* Reads all of it, in `channels` (1 or 3). Values are taken as they are, whatever the file says of its colour
 * space; what is transparent lies on black. Free with image_deinit. */
bool image_decode(struct image *image, const uint8_t *bytes, size_t size, int channels, const char *origin,
                  struct error *err);
void image_deinit(struct image *image);

#endif
