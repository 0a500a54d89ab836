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

void LS_KERNEL(max_pool_forward)(const struct pool_shape *shape, const float *x, float *y)
{
    for (int c = 0; c < shape->channels; c++, x += plane_size(shape))
        for (int row = 0; row < shape->out_height; row++)
            for (int column = 0; column < shape->out_width; column++, y += LANES) {
                const struct window w = window_at(shape, row, column);
                vec largest = vec_all(-INFINITY);
                for (int i = w.top; i < w.bottom; i++)
                    for (int j = w.left; j < w.right; j++) {
                        const vec value = vec_load(x + offset_at(shape, i, j));
                        largest = vec_select(value > largest, value, largest);
                    }
                vec_store(y, largest);
            }
}

void LS_KERNEL(max_pool_gradient)(const struct pool_shape *shape, const float *x, const float *y,
                                  const float *dy, float *dx)
{
    memset(dx, 0, (size_t)shape->channels * plane_size(shape) * sizeof *dx);
    for (int c = 0; c < shape->channels; c++, x += plane_size(shape), dx += plane_size(shape))
        for (int row = 0; row < shape->out_height; row++)
            for (int column = 0; column < shape->out_width; column++, y += LANES, dy += LANES) {
                const struct window w = window_at(shape, row, column);
                const vec largest = vec_load(y);
                vec left = vec_load(dy); /* 0 where an earlier position took it */
                for (int i = w.top; i < w.bottom; i++)
                    for (int j = w.left; j < w.right; j++) {
                        const size_t offset = offset_at(shape, i, j);
                        const int_vec here = vec_load(x + offset) == largest;
                        vec_store(dx + offset, vec_load(dx + offset) + vec_where(here, left));
                        left = vec_where(~here, left);
                    }
            }
}

void LS_KERNEL(average_pool_forward)(const struct pool_shape *shape, const float *x, float *y)
{
    const float scale = 1.0f / (float)(shape->kernel_h * shape->kernel_w);
    for (int c = 0; c < shape->channels; c++, x += plane_size(shape))
        for (int row = 0; row < shape->out_height; row++)
            for (int column = 0; column < shape->out_width; column++, y += LANES) {
                const struct window w = window_at(shape, row, column);
                vec sum = {0};
                for (int i = w.top; i < w.bottom; i++)
                    for (int j = w.left; j < w.right; j++)
                        sum += vec_load(x + offset_at(shape, i, j));
                vec_store(y, sum * scale);
            }
}

void LS_KERNEL(average_pool_gradient)(const struct pool_shape *shape, const float *dy, float *dx)
{
    const float scale = 1.0f / (float)(shape->kernel_h * shape->kernel_w);
    memset(dx, 0, (size_t)shape->channels * plane_size(shape) * sizeof *dx);
    for (int c = 0; c < shape->channels; c++, dx += plane_size(shape))
        for (int row = 0; row < shape->out_height; row++)
            for (int column = 0; column < shape->out_width; column++, dy += LANES) {
                const struct window w = window_at(shape, row, column);
                const vec slope = vec_load(dy) * scale;
                for (int i = w.top; i < w.bottom; i++)
                    for (int j = w.left; j < w.right; j++) {
                        const size_t offset = offset_at(shape, i, j);
                        vec_store(dx + offset, vec_load(dx + offset) + slope);
                    }
            }
}
