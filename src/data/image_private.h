/* What the decoders of picture files share. Private to data/. */
#ifndef LS_DATA_IMAGE_PRIVATE_H
#define LS_DATA_IMAGE_PRIVATE_H

#include "data/image_file.h"

/* Refuses sides beyond DATA_MAX_SIDE, before room is made for them. */
bool image_check_sides(unsigned long long width, unsigned long long height, const char *origin,
                       struct error *err);

bool image_is_png(const uint8_t *bytes, size_t size);
/* `channels` 0: size and colour alone; else 1 or 3. A failure may leave pixels, for image_deinit. */
bool image_decode_png(struct image *image, const uint8_t *bytes, size_t size, int channels,
                      const char *origin, struct error *err);

#endif
