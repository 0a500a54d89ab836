/* One texel a place, blended between them; what is no number is a checker of yellow and black. */
#include "view/surface_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/texture.h"

enum { CHECK = 2 }; /* places along a side of a field of the checker */

void surface_picture_deinit(struct surface_picture *picture)
{
    surface_deinit(&picture->surface);
    gl_texture_destroy(&picture->texture);
    free(picture->pieces);
    memset(picture, 0, sizeof *picture);
}

static struct color checker(int row, int column)
{
    const bool yellow = (row / CHECK + column / CHECK) % 2 == 0;
    return yellow ? (struct color){1.0f, 0.85f, 0.0f, 1.0f} : (struct color){0.0f, 0.0f, 0.0f, 1.0f};
}

/* Textures begin at the top, surfaces at the least value. */
static void fill_texture(struct surface_picture *picture, const struct point_scale *scale)
{
    const struct surface *surface = &picture->surface;
    uint8_t *rgb = ls_calloc(surface_places(surface), 3), *to = rgb;
    for (int row = surface->rows - 1; row >= 0; row--) {
        for (int column = 0; column < surface->columns; column++) {
            bool number;
            struct color color =
                point_scale_answer(scale, surface_at(surface, row, column), surface->outputs, &number);
            if (!number)
                color = checker(row, column);
            *to++ = (uint8_t)lrintf(255.0f * color.r);
            *to++ = (uint8_t)lrintf(255.0f * color.g);
            *to++ = (uint8_t)lrintf(255.0f * color.b);
        }
    }
    gl_texture_destroy(&picture->texture);
    picture->texture = gl_texture_2d_create(GL_RGB8, surface->columns, surface->rows, GL_LINEAR, GL_RGB,
                                            GL_UNSIGNED_BYTE, rgb);
    free(rgb);
}

/* How much larger a class's output is than the largest of the others. */
static float lead(const float *outputs, int count, int class_)
{
    float other = -INFINITY;
    for (int c = 0; c < count; c++)
        other = c == class_ ? other : fmaxf(other, outputs[c]);
    return outputs[class_] - other;
}

/* Two classes share one line; of more, each has its own border, and neighbours' lie on one another. */
static void trace_borders(struct surface_picture *picture, int classes)
{
    const struct surface *surface = &picture->surface;
    const size_t places = surface_places(surface), most = contour_most(surface->columns, surface->rows);
    const int borders = classes < 2 ? 0 : classes == 2 ? 1 : surface->outputs;
    free(picture->pieces);
    picture->piece_count = 0;
    picture->pieces = ls_calloc((size_t)borders * most + 1, sizeof *picture->pieces);
    float *leads = ls_calloc(places, sizeof *leads);
    for (int border = 0; border < borders; border++) {
        for (size_t i = 0; i < places; i++) {
            const float *outputs = surface->values + i * (size_t)surface->outputs;
            leads[i] = classes == 2 ? point_margin(outputs, surface->outputs)
                                    : lead(outputs, surface->outputs, border);
        }
        picture->piece_count +=
            contour_trace(leads, surface->columns, surface->rows, picture->pieces + picture->piece_count);
    }
    free(leads);
}

void surface_picture_draw(struct surface_picture *picture, const struct point_scale *scale)
{
    const bool drawn = picture->drawn_version == picture->surface.version &&
                       picture->drawn_theme == scale->theme->name && picture->texture != 0;
    if (picture->surface.version == 0 || drawn)
        return;
    if (picture->drawn_version != picture->surface.version)
        trace_borders(picture, scale->classes);
    fill_texture(picture, scale);
    picture->drawn_version = picture->surface.version;
    picture->drawn_theme = scale->theme->name;
}
