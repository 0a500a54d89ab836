/* Direct convolution on groups of lanes: a tile of results stays in registers while the sum runs, each
 * weight is one number for all samples of the group. */
#include <string.h>

#include "compute/cpu/kernels_private.h"

enum { KERNEL_ROWS = 8 };
#if LS_WIDE_TILES
enum { CHANNELS = 4, COLUMNS = 7, TAPS = 5, SCATTER_CHANNELS = 2, SCATTER_COLUMNS = 10 };
#else
enum { CHANNELS = 4, COLUMNS = 3, TAPS = 3, SCATTER_CHANNELS = 1, SCATTER_COLUMNS = 8 };
#endif

/* How much of `left` the next tile takes: tiles as equal as they can be, none over `largest`. */
static int balanced(int left, int largest) { return left / ((left + largest - 1) / largest); }

/* y[channel …][row][column …], `channels` × `columns` results. */
LS_INLINE void forward_tile(const struct conv_shape *s, const float *weight, const float *bias, bool relu,
                            const float *x, float *y, int channel, int row, int column, const int channels,
                            const int columns, const bool dilated)
{
    vec sum[CHANNELS][COLUMNS];
    for (int c = 0; c < channels; c++)
        for (int t = 0; t < columns; t++)
            sum[c][t] = bias ? vec_all(bias[channel + c]) : (vec){0};
    const size_t filter = (size_t)s->in_channels * (size_t)s->kernel_h * (size_t)s->kernel_w;
    const size_t x_row = (size_t)s->width * LANES, step = (size_t)s->stride_w * LANES;
    const size_t row_step = dilated ? x_row * (size_t)s->dilation_h : x_row;
    const size_t tap_step = dilated ? (size_t)s->dilation_w * LANES : LANES;
    const float *w = weight + (size_t)channel * filter;
    for (int ic = 0; ic < s->in_channels; ic++) {
        const float *line = x + ((size_t)ic * (size_t)s->height + (size_t)row * (size_t)s->stride_h) * x_row +
                            (size_t)column * step;
        for (int ky = 0; ky < s->kernel_h; ky++, line += row_step) {
            const float *position = line;
            for (int kx = 0; kx < s->kernel_w; kx++, position += tap_step, w++) {
                vec value[COLUMNS];
                for (int t = 0; t < columns; t++)
                    value[t] = vec_load(position + (size_t)t * step);
                for (int c = 0; c < channels; c++) {
                    const vec factor = vec_all(w[(size_t)c * filter]);
                    for (int t = 0; t < columns; t++)
                        sum[c][t] = vec_fma(factor, value[t], sum[c][t]);
                }
            }
        }
    }
    for (int c = 0; c < channels; c++) {
        float *out =
            y + (((size_t)(channel + c) * (size_t)s->out_height + (size_t)row) * (size_t)s->out_width +
                 (size_t)column) *
                    LANES;
        for (int t = 0; t < columns; t++)
            vec_store(out + t * LANES, relu ? vec_relu(sum[c][t]) : sum[c][t]);
    }
}

LS_INLINE void forward(const struct conv_shape *shape, const float *weight, const float *bias, bool relu,
                       const float *x, float *y, const bool dilated)
{
    int channels, columns;
    for (int row = 0; row < shape->out_height; row++)
        for (int channel = 0; channel < shape->out_channels; channel += channels) {
            channels = balanced(shape->out_channels - channel, CHANNELS);
            for (int column = 0; column < shape->out_width; column += columns) {
                columns = balanced(shape->out_width - column, COLUMNS);
#define TILE(C, T)                                                                                           \
    case (C)*8 + (T):                                                                                        \
        forward_tile(shape, weight, bias, relu, x, y, channel, row, column, C, T, dilated);                  \
        break;
#if LS_WIDE_TILES
#define TILES(C) TILE(C, 1) TILE(C, 2) TILE(C, 3) TILE(C, 4) TILE(C, 5) TILE(C, 6) TILE(C, 7)
#else
#define TILES(C) TILE(C, 1) TILE(C, 2) TILE(C, 3)
#endif
                switch (channels * 8 + columns) {
                    TILES(1)
                    TILES(2)
                    TILES(3)
                    TILES(4)
                }
#undef TILE
#undef TILES
            }
        }
}

/* A function of its own, so that the compiler keeps the usual one's tiles as they are. */
static __attribute__((noinline)) void forward_dilated(const struct conv_shape *shape, const float *weight,
                                                      const float *bias, bool relu, const float *x, float *y)
{
    forward(shape, weight, bias, relu, x, y, true);
}

void LS_KERNEL(conv_forward)(const struct conv_shape *shape, const float *weight, const float *bias,
                             bool relu, const float *x, float *y)
{
    if (shape->dilation_h > 1 || shape->dilation_w > 1)
        forward_dilated(shape, weight, bias, relu, x, y);
    else
        forward(shape, weight, bias, relu, x, y, false);
}

/* Adds rows first … last−1 of the positions to sum[channel][tap]: dz[channel …][row][column] times
 * x[row + ky][column + tap …] of one input channel. Taps are `tap_step` floats apart. */
LS_INLINE void weight_tile(const struct conv_shape *s, const float *dz, const float *x, int ky, int tap,
                           int first, int last, vec *sums, const int channels, const int taps,
                           const size_t tap_step)
{
    vec sum[CHANNELS][TAPS];
    for (int c = 0; c < channels; c++)
        for (int t = 0; t < taps; t++)
            sum[c][t] = sums[c * TAPS + t];
    const size_t plane = (size_t)s->out_height * (size_t)s->out_width * LANES;
    const size_t x_row = (size_t)s->width * LANES, step = (size_t)s->stride_w * LANES;
    const float *d = dz + (size_t)first * (size_t)s->out_width * LANES;
    const float *line = x +
                        ((size_t)first * (size_t)s->stride_h + (size_t)ky * (size_t)s->dilation_h) * x_row +
                        (size_t)tap * tap_step;
    for (int row = first; row < last; row++, line += x_row * (size_t)s->stride_h) {
        const float *position = line;
        for (int column = 0; column < s->out_width; column++, position += step, d += LANES) {
            vec slope[CHANNELS];
            for (int c = 0; c < channels; c++)
                slope[c] = vec_load(d + (size_t)c * plane);
            for (int t = 0; t < taps; t++) {
                const vec value = vec_load(position + (size_t)t * tap_step);
                for (int c = 0; c < channels; c++)
                    sum[c][t] = vec_fma(slope[c], value, sum[c][t]);
            }
        }
    }
    for (int c = 0; c < channels; c++)
        for (int t = 0; t < taps; t++)
            sums[c * TAPS + t] = sum[c][t];
}

LS_INLINE void weight_tile_any(const struct conv_shape *s, const float *dz, const float *x, int ky, int tap,
                               int first, int last, vec *sums, int channels, int taps, const size_t tap_step)
{
#define TILE(C, T)                                                                                           \
    case (C)*8 + (T):                                                                                        \
        weight_tile(s, dz, x, ky, tap, first, last, sums, C, T, tap_step);                                   \
        break;
#if LS_WIDE_TILES
#define TILES(C) TILE(C, 1) TILE(C, 2) TILE(C, 3) TILE(C, 4) TILE(C, 5)
#else
#define TILES(C) TILE(C, 1) TILE(C, 2) TILE(C, 3)
#endif
    switch (channels * 8 + taps) {
        TILES(1)
        TILES(2)
        TILES(3)
        TILES(4)
    }
#undef TILE
#undef TILES
}

static void weight_tile_dense(const struct conv_shape *s, const float *dz, const float *x, int ky, int tap,
                              int first, int last, vec *sums, int channels, int taps)
{
    weight_tile_any(s, dz, x, ky, tap, first, last, sums, channels, taps, LANES);
}

static void weight_tile_dilated(const struct conv_shape *s, const float *dz, const float *x, int ky, int tap,
                                int first, int last, vec *sums, int channels, int taps)
{
    weight_tile_any(s, dz, x, ky, tap, first, last, sums, channels, taps, (size_t)s->dilation_w * LANES);
}

/* dW[channel …][ic] for kernel rows first_ky … last_ky−1, columns tap …: rows of dz in blocks that stay in
 * the first-level cache while the kernel's rows pass over them. */
static void weight_block(const struct conv_shape *s, const float *dz, const float *x, float *dweight,
                         int channel, int ic, int first_ky, int last_ky, int tap, int channels, int taps)
{
    enum { CACHED_FLOATS = 4096 };
    vec sums[KERNEL_ROWS][CHANNELS * TAPS];
    memset(sums, 0, sizeof sums);
    const int row_floats = channels * s->out_width * LANES;
    const int block = row_floats < CACHED_FLOATS ? CACHED_FLOATS / row_floats : 1;
    const float *d = dz + (size_t)channel * (size_t)s->out_height * (size_t)s->out_width * LANES;
    const float *plane = x + (size_t)ic * (size_t)s->height * (size_t)s->width * LANES;
    void (*const tile)(const struct conv_shape *, const float *, const float *, int, int, int, int, vec *,
                       int, int) = s->dilation_w > 1 ? weight_tile_dilated : weight_tile_dense;
    for (int row = 0; row < s->out_height; row += block)
        for (int ky = first_ky; ky < last_ky; ky++)
            tile(s, d, plane, ky, tap, row, row + block < s->out_height ? row + block : s->out_height,
                 sums[ky - first_ky], channels, taps);
    for (int c = 0; c < channels; c++)
        for (int ky = first_ky; ky < last_ky; ky++) {
            float *out =
                dweight +
                (((size_t)(channel + c) * (size_t)s->in_channels + (size_t)ic) * (size_t)s->kernel_h +
                 (size_t)ky) *
                    (size_t)s->kernel_w +
                tap;
            for (int t = 0; t < taps; t++)
                out[t] += vec_sum(sums[ky - first_ky][c * TAPS + t]);
        }
}

void LS_KERNEL(conv_weight_gradient)(const struct conv_shape *shape, const float *dz, const float *x,
                                     float *dweight, float *dbias)
{
    int channels, rows, taps;
    for (int channel = 0; channel < shape->out_channels; channel += channels) {
        channels = balanced(shape->out_channels - channel, CHANNELS);
        for (int ic = 0; ic < shape->in_channels; ic++)
            for (int ky = 0; ky < shape->kernel_h; ky += rows) {
                rows = balanced(shape->kernel_h - ky, KERNEL_ROWS);
                for (int tap = 0; tap < shape->kernel_w; tap += taps) {
                    taps = balanced(shape->kernel_w - tap, TAPS);
                    weight_block(shape, dz, x, dweight, channel, ic, ky, ky + rows, tap, channels, taps);
                }
            }
    }
    if (!dbias)
        return;
    const size_t positions = (size_t)shape->out_height * (size_t)shape->out_width;
    for (int channel = 0; channel < shape->out_channels; channel++) {
        vec sum = {0};
        for (size_t i = 0; i < positions; i++, dz += LANES)
            sum += vec_load(dz);
        dbias[channel] += vec_sum(sum);
    }
}

/* Which row of dz gives to `row` of dx through the kernel's row `ky`; −1: none. */
LS_INLINE int row_of_slopes(const struct conv_shape *s, int row, int ky, const bool plain)
{
    const int above = row - (plain ? ky : ky * s->dilation_h);
    if (above < 0 || (!plain && above % s->stride_h != 0))
        return -1;
    const int from = plain ? above : above / s->stride_h;
    return from < s->out_height ? from : -1;
}

/* Adds to `row` of dx[ic …] what `columns` slopes of each row of dz from `column` on give through the kernel
 * columns tap … tap+taps−1. The sums stay in registers over all output channels and kernel rows, and
 * positions outside dz cost nothing. `plain`: stride and dilation 1; else taps = 1. */
LS_INLINE void input_tile(const struct conv_shape *s, const float *weight, const float *dz, float *dx, int ic,
                          int row, int column, int tap, const int channels, const int columns, const int taps,
                          const bool plain)
{
    vec sum[SCATTER_CHANNELS][SCATTER_COLUMNS + TAPS - 1];
    const size_t plane = (size_t)s->height * (size_t)s->width * LANES;
    const size_t kernel = (size_t)s->kernel_h * (size_t)s->kernel_w;
    const size_t dz_row = (size_t)s->out_width * LANES;
    const size_t step = plain ? LANES : (size_t)s->stride_w * LANES;
    const int first = plain ? column + tap : column * s->stride_w + tap * s->dilation_w;
    float *out = dx + (size_t)ic * plane + ((size_t)row * (size_t)s->width + (size_t)first) * LANES;
    for (int c = 0; c < channels; c++)
        for (int t = 0; t < columns + taps - 1; t++)
            sum[c][t] = vec_load(out + (size_t)c * plane + (size_t)t * step);
    for (int ky = 0; ky < s->kernel_h; ky++) {
        const int from = row_of_slopes(s, row, ky, plain);
        for (int oc = 0; from >= 0 && oc < s->out_channels; oc++) {
            const float *d =
                dz + ((size_t)oc * (size_t)s->out_height + (size_t)from) * dz_row + (size_t)column * LANES;
            const float *w = weight + ((size_t)oc * (size_t)s->in_channels + (size_t)ic) * kernel +
                             (size_t)ky * (size_t)s->kernel_w + tap;
            for (int k = 0; k < taps; k++) {
                vec factor[SCATTER_CHANNELS];
                for (int c = 0; c < channels; c++)
                    factor[c] = vec_all(w[(size_t)c * kernel + (size_t)k]);
                for (int t = 0; t < columns; t++) {
                    const vec slope = vec_load(d + t * LANES);
                    for (int c = 0; c < channels; c++)
                        sum[c][t + k] = vec_fma(factor[c], slope, sum[c][t + k]);
                }
            }
        }
    }
    for (int c = 0; c < channels; c++)
        for (int t = 0; t < columns + taps - 1; t++)
            vec_store(out + (size_t)c * plane + (size_t)t * step, sum[c][t]);
}

/* Of the sizes that have a tile of their own, the largest that fits; a few, because each takes the compiler
 * a while. */
static int scatter_columns(int left)
{
    if (left >= SCATTER_COLUMNS)
        return SCATTER_COLUMNS;
    return left >= 7 ? 7 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static int scatter_taps(int left, bool plain)
{
    /* Wider strides leave gaps between the positions that neighbouring taps could share. */
    if (!plain)
        return 1;
    return left >= TAPS ? TAPS : left >= 3 ? 3 : left >= 2 ? 2 : 1;
}

LS_INLINE void input_columns(const struct conv_shape *s, const float *weight, const float *dz, float *dx,
                             int ic, int row, int column, int columns, int tap, const int channels,
                             const int taps, const bool plain)
{
#define TILE(T)                                                                                              \
    case T:                                                                                                  \
        input_tile(s, weight, dz, dx, ic, row, column, tap, channels, T, taps, plain);                       \
        break;
    switch (columns) {
        TILE(1)
        TILE(2)
        TILE(4)
        TILE(7)
        TILE(SCATTER_COLUMNS)
    }
#undef TILE
}

LS_INLINE void input_gradient(const struct conv_shape *s, const float *weight, const float *dz, float *dx,
                              const bool plain)
{
    const int rows = (s->out_height - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1;
    int channels, columns, taps;
    for (int ic = 0; ic < s->in_channels; ic += channels) {
        channels = balanced(s->in_channels - ic, SCATTER_CHANNELS);
        for (int row = 0; row < rows; row++)
            for (int tap = 0; tap < s->kernel_w; tap += taps) {
                taps = scatter_taps(s->kernel_w - tap, plain);
                for (int column = 0; column < s->out_width; column += columns) {
                    columns = scatter_columns(s->out_width - column);
#define TILE(C, K)                                                                                           \
    case (C)*8 + (K):                                                                                        \
        input_columns(s, weight, dz, dx, ic, row, column, columns, tap, C, K, plain);                        \
        break;
                    switch (channels * 8 + taps) {
                        TILE(1, 1)
#if LS_WIDE_TILES
                        TILE(2, 1)
#endif
                    }
                    if (!plain)
                        continue;
                    switch (channels * 8 + taps) {
                        TILE(1, 2)
                        TILE(1, 3)
#if LS_WIDE_TILES
                        TILE(1, 5)
                        TILE(2, 2)
                        TILE(2, 3)
                        TILE(2, 5)
#endif
                    }
#undef TILE
                }
            }
    }
}

void LS_KERNEL(conv_input_gradient)(const struct conv_shape *shape, const float *weight, const float *dz,
                                    float *dx)
{
    memset(dx, 0,
           (size_t)shape->in_channels * (size_t)shape->height * (size_t)shape->width * LANES * sizeof *dx);
    if (shape->stride_h == 1 && shape->stride_w == 1 && shape->dilation_h == 1 && shape->dilation_w == 1)
        input_gradient(shape, weight, dz, dx, true);
    else
        input_gradient(shape, weight, dz, dx, false);
}
