/* PNG files. */
#ifndef LS_MEDIA_PNG_H
#define LS_MEDIA_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic_file.h"

/* rgba (height, width, 4), top row first; written as RGB. Atomic. */
bool png_write(const char *path, const uint8_t *rgba, int width, int height, bool overwrite,
               struct error *err);
/* The same with rows `stride` bytes apart, negative where they go upward in memory; `top` is the first. */
bool png_write_strided(const char *path, const uint8_t *top, ptrdiff_t stride, int width, int height,
                       bool overwrite, struct error *err);
/* Into an open file, which is closed: complete or discarded. */
bool png_write_to(struct atomic_file *out, const uint8_t *rgba, int width, int height, struct error *err);
/* Reads any PNG as RGBA; the caller frees. */
uint8_t *png_read(const char *path, int *width, int *height, struct error *err);

#endif
