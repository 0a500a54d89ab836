/* The texture is a column of grids: COLUMNS pictures side by side, grey ones with three equal channels. */
#include "view/thumbnails.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/picture.h"
#include "gl/texture.h"

enum { COLUMNS = 16 };

void thumbnails_deinit(struct thumbnails *thumbnails)
{
    gl_texture_destroy(&thumbnails->texture);
    thumbnails->count = 0;
}

static int row_count(int count) { return (count + COLUMNS - 1) / COLUMNS; }

void thumbnails_show(struct thumbnails *thumbnails, const struct dataset *set, const uint32_t *samples,
                     int count)
{
    LS_ASSERT(count <= THUMBNAILS_MOST);
    const size_t size = (size_t)count * sizeof *samples;
    if (count == thumbnails->count && memcmp(samples, thumbnails->samples, size) == 0)
        return;
    thumbnails_deinit(thumbnails);
    memcpy(thumbnails->samples, samples, size);
    thumbnails->count = count;
    if (count == 0)
        return;
    const size_t width = (size_t)set->width, height = (size_t)set->height;
    const size_t stride = COLUMNS * width * 3, rows = (size_t)row_count(count) * height;
    uint8_t *rgb = ls_calloc(rows, stride);
    for (int i = 0; i < count; i++)
        dataset_picture(set, samples[i],
                        rgb + (size_t)(i / COLUMNS) * height * stride + (size_t)(i % COLUMNS) * width * 3,
                        stride);
    thumbnails->texture = gl_texture_2d_create(GL_RGB8, (int)(COLUMNS * width), (int)rows, GL_NEAREST, GL_RGB,
                                               GL_UNSIGNED_BYTE, rgb);
    free(rgb);
}

struct rect thumbnails_part(const struct thumbnails *thumbnails, int index)
{
    const float width = 1.0f / COLUMNS, height = 1.0f / (float)row_count(thumbnails->count);
    return (struct rect){width * (float)(index % COLUMNS), height * (float)(index / COLUMNS), width, height};
}
