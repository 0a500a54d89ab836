/* Rasterizes a dozen characters of JetBrains Mono with stb_truetype. */
#include "view/glyphs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <stb_truetype.h>

#include "base/memory.h"
#include "view/ui.h"

static const float size_px[GLYPH_SIZES] = {9.0f, 12.0f, 16.0f, 22.0f};
static const int characters[GLYPH_COUNT] = {'0', '1', '2', '3', '4',    '5', '6',
                                            '7', '8', '9', '.', 0x2212, 'e'};

/* The font's digits are .73 em high, and .6 em apart. */
static const float DIGIT_HEIGHT = 0.73f, ADVANCE = 0.6f;

static void bake(struct glyphs *glyphs, const stbtt_fontinfo *font, const struct glyph_size *size, float em)
{
    const float scale = stbtt_ScaleForMappingEmToPixels(font, em);
    const int baseline = (int)roundf(DIGIT_HEIGHT * em);
    const float indent = 0.5f * ((float)size->width - ADVANCE * em);
    for (int i = 0; i < GLYPH_COUNT; i++) {
        int x0, y0, width, height;
        unsigned char *bitmap = stbtt_GetCodepointBitmapSubpixel(
            font, scale, scale, indent - floorf(indent), 0.0f, characters[i], &width, &height, &x0, &y0);
        x0 += (int)floorf(indent);
        y0 += baseline;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                const int column = x0 + x, row = y0 + y;
                if (column >= 0 && column < size->width && row >= 0 && row < size->height)
                    glyphs->coverage[(size->top + row) * glyphs->width + i * size->width + column] =
                        bitmap[y * width + x];
            }
        stbtt_FreeBitmap(bitmap, NULL);
    }
}

bool glyphs_init(struct glyphs *glyphs, float scale, struct error *err)
{
    memset(glyphs, 0, sizeof *glyphs);
    struct ui_font_file file;
    stbtt_fontinfo font;
    if (!ui_font_read(&file, UI_MONO, err))
        return false;
    const unsigned char *bytes = file.bytes;
    stbtt_InitFont(&font, bytes, stbtt_GetFontOffsetForIndex(bytes, 0));
    for (int i = 0; i < GLYPH_SIZES; i++) {
        const float em = size_px[i] * scale;
        glyphs->sizes[i] = (struct glyph_size){.width = (int)roundf(ADVANCE * em),
                                               .height = (int)roundf(DIGIT_HEIGHT * em) + 1,
                                               .top = glyphs->height};
        glyphs->width = GLYPH_COUNT * glyphs->sizes[i].width;
        glyphs->height += glyphs->sizes[i].height;
    }
    glyphs->coverage = ls_calloc((size_t)(glyphs->width * glyphs->height), 1);
    for (int i = 0; i < GLYPH_SIZES; i++)
        bake(glyphs, &font, &glyphs->sizes[i], size_px[i] * scale);
    free(file.owned);
    return true;
}

void glyphs_deinit(struct glyphs *glyphs)
{
    free(glyphs->coverage);
    memset(glyphs, 0, sizeof *glyphs);
}
