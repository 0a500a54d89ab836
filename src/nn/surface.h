/* What a network says over all of its input, where that is a plane or a line: its outputs on a regular grid
 * around the samples, made with the parameters of one step. */
#ifndef LS_NN_SURFACE_H
#define LS_NN_SURFACE_H

#include "data/dataset.h"
#include "nn/network.h"

enum { SURFACE_SIDE_MOST = 64, SURFACE_CURVE = 256 };

struct surface {
    uint64_t version;       /* counts surfaces; 0: none of this run yet */
    uint64_t step;          /* made with the parameters after this many training steps */
    int inputs;             /* 2, or 1: a curve; 0: the samples have more values, and there is no surface */
    int columns, rows;      /* of the grid; a curve has one row */
    double low[2], high[2]; /* what it covers of each input value, the samples and a margin */
    int outputs;
    float *values; /* (rows, columns, outputs); row 0 is the lowest */
};

/* The grid for these samples and this network, its values 0. A plane has 64 × 64 places; less, but no fewer
 * than 24 × 24, where a network has so many weights that they would cost more than 2²⁸ multiplications. Both
 * axes are alike where the samples are about as far spread along each. */
void surface_init(struct surface *surface, const struct data *data, const struct network *network);
void surface_deinit(struct surface *surface);
/* Makes `to`, zeroed or used before, equal to `from`. */
void surface_copy(struct surface *to, const struct surface *from);

size_t surface_places(const struct surface *surface);
/* The input value `axis` at the middle of a column (axis 0) or row (axis 1). */
double surface_place(const struct surface *surface, int axis, int index);
/* The samples of all places, (rows, columns, inputs). */
void surface_fill_inputs(const struct surface *surface, float *inputs);
const float *surface_at(const struct surface *surface, int row, int column);

#endif
