/* How large a plate's values are on the screen, and hence how many of them share a cell as drawn. Geometry
 * alone, no OpenGL. */
#ifndef LS_VIEW_PLATE_DETAIL_H
#define LS_VIEW_PLATE_DETAIL_H

#include <cglm/types.h>

#include "view/scene.h"

struct plate_detail {
    bool visible; /* any of the picture is inside the window */
    /* Distance between opposite sides of a value's cell in pixels, across columns and across rows: the least
     * and the largest of the visible part. */
    float least_px[2], largest_px[2];
    /* Values drawn as one cell, across columns and rows: the least of 1, 2, 3, 4, 6, 8, 12, 16 … that makes
     * every visible cell a pixel or more, and not much more than a tile. A cell shows the strongest of its
     * values. */
    int reduce[2];
    /* The visible part of the picture, as shares of its width and height: left, top, right, bottom. */
    float part[4];
};

/* For a window of `width` × `height` pixels. A plate outside has reduce 1 and sizes 0. */
void plate_detail_compute(struct plate_detail *detail, const struct plate *plate, mat4 view_projection,
                          int width, int height);
/* `detail` becomes that of both, drawn with the same cells. */
void plate_detail_merge(struct plate_detail *detail, const struct plate_detail *other);
/* Cells of a tile along one axis (0: columns, 1: rows). */
int plate_detail_cells(const struct plate_detail *detail, const struct plate *plate, int axis);

#endif
