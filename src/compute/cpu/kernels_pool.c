/* Pooling on groups of lanes. */
#include <math.h>
#include <string.h>

#include "compute/cpu/kernels_private.h"

/* The part of a window that lies inside the input. */
struct window {
    int top, bottom, left, right; /* bottom and right are past the end */
};

static inline struct window window_at(const struct pool_shape *s, int row, int column)
{
    struct window w;
    w.top = row * s->stride_h - s->padding_h;
    w.left = column * s->stride_w - s->padding_w;
    w.bottom = w.top + s->kernel_h < s->height ? w.top + s->kernel_h : s->height;
    w.right = w.left + s->kernel_w < s->width ? w.left + s->kernel_w : s->width;
    w.top = w.top > 0 ? w.top : 0;
    w.left = w.left > 0 ? w.left : 0;
    return w;
}

static inline size_t plane_size(const struct pool_shape *s)
{
    return (size_t)s->height * (size_t)s->width * LANES;
}

static inline size_t offset_at(const struct pool_shape *s, int row, int column)
{
    return ((size_t)row * (size_t)s->width + (size_t)column) * LANES;
}

/* Windows of 2 × 2 that tile the input: the common case, which needs no clipping. */
static bool tiled_by_2x2(const struct pool_shape *s)
{
    return s->kernel_h == 2 && s->kernel_w == 2 && s->stride_h == 2 && s->stride_w == 2 &&
           s->padding_h == 0 && s->padding_w == 0 && s->height == 2 * s->out_height &&
           s->width == 2 * s->out_width;
}

LS_INLINE void forward_2x2(const struct pool_shape *s, const float *x, float *y)
{
    const size_t x_row = (size_t)s->width * LANES;
    for (int row = 0; row < s->channels * s->out_height; row++, x += x_row)
        for (int column = 0; column < s->out_width; column++, x += (size_t)2 * LANES, y += LANES) {
            const vec top = vec_max(vec_load(x + LANES), vec_load(x));
            const vec bottom = vec_max(vec_load(x + x_row + LANES), vec_load(x + x_row));
            vec_store(y, vec_max(bottom, top));
        }
}

void LS_KERNEL(max_pool_forward)(const struct pool_shape *shape, const float *x, float *y)
{
    if (tiled_by_2x2(shape)) {
        forward_2x2(shape, x, y);
        return;
    }
    for (int c = 0; c < shape->channels; c++, x += plane_size(shape))
        for (int row = 0; row < shape->out_height; row++)
            for (int column = 0; column < shape->out_width; column++, y += LANES) {
                const struct window w = window_at(shape, row, column);
                vec largest = vec_all(-INFINITY);
                for (int i = w.top; i < w.bottom; i++)
                    for (int j = w.left; j < w.right; j++) {
                        const vec value = vec_load(x + offset_at(shape, i, j));
                        largest = vec_max(value, largest);
                    }
                vec_store(y, largest);
            }
}

/* Gives one window's slope to its first maximum. With `relu`, x is a ReLU's output and the gradient goes
 * on through it: nothing where the maximum is 0. `alone`: no other window touches these positions. */
LS_INLINE void spread_maximum(const struct pool_shape *s, struct window w, vec largest, vec slope,
                              const float *x, float *dx, const bool relu, const bool alone)
{
    vec left = slope;
    if (relu)
        left = vec_where(vec_greater(largest, (vec){0}), slope);
    for (int i = w.top; i < w.bottom; i++)
        for (int j = w.left; j < w.right; j++) {
            const size_t offset = offset_at(s, i, j);
            const vec_mask here = vec_equal(vec_load(x + offset), largest);
            vec given = vec_where(here, left);
            if (!alone)
                given += vec_load(dx + offset);
            vec_store(dx + offset, given);
            left = vec_where(mask_not(here), left);
        }
}

/* Every position belongs to one window: nothing to clear first. */
LS_INLINE void gradient_2x2(const struct pool_shape *s, const float *x, const float *y, const float *dy,
                            float *dx, const bool relu)
{
    for (int row = 0; row < s->channels * s->out_height; row++)
        for (int column = 0; column < s->out_width; column++, y += LANES, dy += LANES) {
            const struct window w = {2 * row, 2 * row + 2, 2 * column, 2 * column + 2};
            spread_maximum(s, w, vec_load(y), vec_load(dy), x, dx, relu, true);
        }
}

LS_INLINE void gradient_any(const struct pool_shape *s, const float *x, const float *y, const float *dy,
                            float *dx, const bool relu)
{
    memset(dx, 0, (size_t)s->channels * plane_size(s) * sizeof *dx);
    for (int c = 0; c < s->channels; c++, x += plane_size(s), dx += plane_size(s))
        for (int row = 0; row < s->out_height; row++)
            for (int column = 0; column < s->out_width; column++, y += LANES, dy += LANES)
                spread_maximum(s, window_at(s, row, column), vec_load(y), vec_load(dy), x, dx, relu, false);
}

void LS_KERNEL(max_pool_gradient)(const struct pool_shape *shape, bool relu, const float *x, const float *y,
                                  const float *dy, float *dx)
{
    if (tiled_by_2x2(shape) && relu)
        gradient_2x2(shape, x, y, dy, dx, true);
    else if (tiled_by_2x2(shape))
        gradient_2x2(shape, x, y, dy, dx, false);
    else
        gradient_any(shape, x, y, dy, dx, relu);
}

static float share_of(const struct pool_shape *s, struct window w)
{
    const int cells = s->counts_padding ? s->kernel_h * s->kernel_w : (w.bottom - w.top) * (w.right - w.left);
    return 1.0f / (float)cells;
}

void LS_KERNEL(average_pool_forward)(const struct pool_shape *shape, const float *x, float *y)
{
    for (int c = 0; c < shape->channels; c++, x += plane_size(shape))
        for (int row = 0; row < shape->out_height; row++)
            for (int column = 0; column < shape->out_width; column++, y += LANES) {
                const struct window w = window_at(shape, row, column);
                vec sum = {0};
                for (int i = w.top; i < w.bottom; i++)
                    for (int j = w.left; j < w.right; j++)
                        sum += vec_load(x + offset_at(shape, i, j));
                vec_store(y, sum * share_of(shape, w));
            }
}

void LS_KERNEL(average_pool_gradient)(const struct pool_shape *shape, const float *dy, float *dx)
{
    memset(dx, 0, (size_t)shape->channels * plane_size(shape) * sizeof *dx);
    for (int c = 0; c < shape->channels; c++, dx += plane_size(shape))
        for (int row = 0; row < shape->out_height; row++)
            for (int column = 0; column < shape->out_width; column++, dy += LANES) {
                const struct window w = window_at(shape, row, column);
                const vec slope = vec_load(dy) * share_of(shape, w);
                for (int i = w.top; i < w.bottom; i++)
                    for (int j = w.left; j < w.right; j++) {
                        const size_t offset = offset_at(shape, i, j);
                        vec_store(dx + offset, vec_load(dx + offset) + slope);
                    }
            }
}
