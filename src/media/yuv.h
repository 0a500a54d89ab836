/* RGB to the planes that video encoders take. */
#ifndef LS_MEDIA_YUV_H
#define LS_MEDIA_YUV_H

#include <stddef.h>
#include <stdint.h>

/* rgba (height, width, 4), its first row on top, to 4:2:0 planes, BT.709 matrix, limited range (ITU-R
 * BT.709-6, table 3: Y = 16 … 235, C = 16 … 240); chroma is the mean of 2×2 pixels. Width and height are
 * even; strides in bytes, negative where rgba's rows go upward in memory. Integer arithmetic: the same
 * everywhere. */
void yuv_from_rgba(const uint8_t *rgba, ptrdiff_t rgba_stride, int width, int height, uint8_t *luma,
                   int luma_stride, uint8_t *cb, int cb_stride, uint8_t *cr, int cr_stride);

#endif
