/* The characters of short numbers, baked at a few sizes, for numbers that the GPU prints into cells. */
#ifndef LS_VIEW_GLYPHS_H
#define LS_VIEW_GLYPHS_H

#include <stdint.h>

#include "base/error.h"

/* "0" … "9", ".", "−", "e": a glyph's number is its place here. */
enum { GLYPH_POINT = 10, GLYPH_MINUS, GLYPH_E, GLYPH_COUNT };
enum { GLYPH_SIZES = 4 };

/* Every glyph of one size fills a box of the same size, side by side in one row of the picture. */
struct glyph_size {
    int width, height; /* of a glyph's box, pixels */
    int top;           /* of the row in the picture */
};

struct glyphs {
    struct glyph_size sizes[GLYPH_SIZES]; /* small to large: 9, 12, 16 and 22 pixels times the scale */
    int width, height;
    uint8_t *coverage; /* (height, width) */
};

/* From the monospaced font. `scale` multiplies the sizes. */
bool glyphs_init(struct glyphs *glyphs, float scale, struct error *err);
void glyphs_deinit(struct glyphs *glyphs);

#endif
