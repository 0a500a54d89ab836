/* Where a function on a regular grid is zero: marching squares (Lorensen & Cline 1987 in two dimensions). */
#ifndef LS_VIEW_CONTOUR_H
#define LS_VIEW_CONTOUR_H

#include <stddef.h>

/* A straight piece, in columns and rows of the grid: 0 is the middle of the first. */
struct contour_piece {
    float x0, y0, x1, y1;
};

/* The most pieces that a grid of columns × rows can have. */
size_t contour_most(int columns, int rows);
/* `values` (rows, columns). Fills `pieces` (contour_most) and returns how many there are. A square with a
 * value that is no number has none; in one whose corners alternate, the middle's sign decides. */
size_t contour_trace(const float *values, int columns, int rows, struct contour_piece *pieces);

#endif
