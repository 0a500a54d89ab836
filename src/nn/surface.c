/* The grid around the samples. */
#include "nn/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { LEAST_SIDE = 24 };

static const double most_products = 268435456.0, most_values = 262144.0;
/* Of the samples' spread, on either side. */
static const double margin = 0.08;
/* Spreads within this ratio get axes of one length. */
static const double alike = 1.5;

static void add_extent(struct surface *surface, const struct dataset *set)
{
    const size_t size = dataset_sample_size(set);
    for (uint32_t n = 0; n < set->count; n++) {
        for (size_t axis = 0; axis < size; axis++) {
            const double x = (double)dataset_value(set, n, axis);
            if (!isfinite(x))
                continue;
            surface->low[axis] = fmin(surface->low[axis], x);
            surface->high[axis] = fmax(surface->high[axis], x);
        }
    }
}

static void widen(struct surface *surface)
{
    double spread[2] = {0.0, 0.0};
    for (int axis = 0; axis < surface->inputs; axis++) {
        if (!(surface->low[axis] < surface->high[axis])) {
            const double middle = isfinite(surface->low[axis]) ? surface->low[axis] : 0.0;
            surface->low[axis] = middle - 0.5;
            surface->high[axis] = middle + 0.5;
        }
        spread[axis] = surface->high[axis] - surface->low[axis];
    }
    const double least = fmin(spread[0], spread[1]), most = fmax(spread[0], spread[1]);
    for (int axis = 0; axis < surface->inputs; axis++) {
        const double length = surface->inputs == 2 && most <= alike * least ? most : spread[axis];
        const double middle = 0.5 * (surface->low[axis] + surface->high[axis]);
        surface->low[axis] = middle - (0.5 + margin) * length;
        surface->high[axis] = middle + (0.5 + margin) * length;
    }
}

static int choose_side(const struct surface *surface, const struct network *network)
{
    const double weights = fmax(1.0, (double)network->program.parameter_count);
    const double places = fmin(most_products / weights, most_values / surface->outputs);
    const double side = floor(sqrt(places) / 8.0) * 8.0;
    return (int)fmin(fmax(side, LEAST_SIDE), SURFACE_SIDE_MOST);
}

void surface_init(struct surface *surface, const struct data *data, const struct network *network)
{
    const size_t size = dataset_sample_size(&data->train);
    *surface = (struct surface){.outputs = (int)network_output_count(network),
                                .low = {INFINITY, INFINITY},
                                .high = {-INFINITY, -INFINITY}};
    if (size > 2)
        return;
    surface->inputs = (int)size;
    add_extent(surface, &data->train);
    add_extent(surface, &data->test);
    widen(surface);
    const int side = choose_side(surface, network);
    surface->columns = size == 1 ? SURFACE_CURVE : side;
    surface->rows = size == 1 ? 1 : side;
    surface->values = ls_calloc(surface_places(surface) * (size_t)surface->outputs, sizeof *surface->values);
}

void surface_deinit(struct surface *surface)
{
    free(surface->values);
    memset(surface, 0, sizeof *surface);
}

void surface_copy(struct surface *to, const struct surface *from)
{
    const size_t bytes = surface_places(from) * (size_t)from->outputs * sizeof *from->values;
    float *values = to->values;
    if (surface_places(to) * (size_t)to->outputs * sizeof *to->values != bytes)
        values = ls_realloc(values, bytes);
    *to = *from;
    to->values = values;
    memcpy(to->values, from->values, bytes);
}

size_t surface_places(const struct surface *surface)
{
    return (size_t)surface->columns * (size_t)surface->rows;
}

double surface_place(const struct surface *surface, int axis, int index)
{
    const int count = axis == 0 ? surface->columns : surface->rows;
    return surface->low[axis] + (surface->high[axis] - surface->low[axis]) * (index + 0.5) / count;
}

void surface_fill_inputs(const struct surface *surface, float *inputs)
{
    for (int row = 0; row < surface->rows; row++) {
        for (int column = 0; column < surface->columns; column++) {
            *inputs++ = (float)surface_place(surface, 0, column);
            if (surface->inputs == 2)
                *inputs++ = (float)surface_place(surface, 1, row);
        }
    }
}

const float *surface_at(const struct surface *surface, int row, int column)
{
    const size_t place = (size_t)row * (size_t)surface->columns + (size_t)column;
    return surface->values + place * (size_t)surface->outputs;
}
