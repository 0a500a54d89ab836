/* Convolutions. Forward and the gradient of the input are the same walk over windows ("correlate" below):
 * a block takes a tile of one sample's output and eight output channels; the part of the input under it and
 * the weights go to shared memory slice by slice, and each thread sums eight channels of one or two pixels
 * in registers. The gradient of the weights is a matrix product (gemm.cuh) over all pixels of the batch. */
#include "kernels/kernels.h"

#include "activation.cuh"
#include "gemm.cuh"

namespace
{

/* Division by a number that is the same for a whole launch: floor(n / d) for n < 2^31 (Granlund & Montgomery,
 * "Division by invariant integers using multiplication", PLDI 1994). */
struct divider {
    uint32_t divisor, multiplier, shift;

    __device__ int quotient(int n) const
    {
        return (int)((__umulhi((uint32_t)n, multiplier) + (uint32_t)n) >> shift);
    }
};

divider divide_by(int divisor)
{
    divider d;
    d.divisor = (uint32_t)divisor;
    d.shift = 0;
    while (d.shift < 31 && (1u << d.shift) < d.divisor)
        d.shift++;
    d.multiplier = (uint32_t)(((uint64_t)1 << 32) * (((uint64_t)1 << d.shift) - d.divisor) / d.divisor) + 1;
    return d;
}

/* ---- forward and the gradient of the input ----
 *
 * out(n, oc, oy, ox) = Σ over ic, ky, kx of in(n, ic, iy, ix) · weight(oc, ic, ky, kx),
 * iy = (oy · stride + ky · dilation − padding) / spread where that is whole and
 * inside. Forward: spread 1. Gradient of the input: dz is the input, spread out by the convolution's stride,
 * the stride is 1, the window is turned by 180°, and in and out channels change places. */

enum { GROUP = 8, MOST_THREADS = 128 };
/* Shared memory for one slice of input and weights; blocks of every GPU may have this much. */
enum { SLICE_FLOATS = 10 * 1024 };

struct correlation {
    struct shape in, out;
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
    int spread_h, spread_w;
    int tile_h, tile_w, tiles_x; /* of output pixels */
    unsigned tiles, groups;      /* of a sample; of output channels */
    int patch_h, patch_w;        /* of input pixels under a tile and the slice of the window */
    /* Input channels and rows and columns of the window in shared memory at once */
    int slice_channels, slice_rows, slice_columns;
};

struct forward_source {
    const float *x, *w, *bias;
    struct ending ending;
    float *y;

    __device__ float input(size_t i) const { return x[i]; }
    __device__ float weight(const correlation &c, int oc, int ic, int ky, int kx) const
    {
        return w[(((size_t)oc * c.in.channels + ic) * c.kernel_h + ky) * c.kernel_w + kx];
    }
    __device__ void store(size_t i, int oc, float sum) const
    {
        y[i] = ending.of(bias ? sum + bias[oc] : sum);
    }
};

struct backward_source {
    ending_gradient dz;
    const float *w;
    float *dx;

    __device__ float input(size_t i) const { return dz.at(i); }
    __device__ float weight(const correlation &c, int oc, int ic, int ky, int kx) const
    {
        return w[(((size_t)ic * c.out.channels + oc) * c.kernel_h + (c.kernel_h - 1 - ky)) * c.kernel_w +
                 (c.kernel_w - 1 - kx)];
    }
    __device__ void store(size_t i, int oc, float sum) const
    {
        (void)oc;
        dx[i] = sum;
    }
};

/* The value of the spread and padded input at (row, column) of one channel. */
template <class Source>
__device__ float patch_value(const Source &source, const correlation &c, size_t channel, int row, int column)
{
    if (row < 0 || column < 0 || row % c.spread_h != 0 || column % c.spread_w != 0)
        return 0.0f;
    row /= c.spread_h;
    column /= c.spread_w;
    if (row >= c.in.height || column >= c.in.width)
        return 0.0f;
    return source.input((channel * c.in.height + row) * c.in.width + column);
}

/* WIDTH: of a window without dilation in its rows, where the compiler is to know it, and which is one slice;
 * else 0. Grid: tiles of the channel groups of the samples, in one row, which alone may be long enough. */
template <class Source, int PIXELS, int WIDTH>
__global__ void __launch_bounds__(MOST_THREADS)
    correlate_kernel(const struct kernel_step *step, correlation c, Source source)
{
    const unsigned tile = blockIdx.x % c.tiles, group = blockIdx.x / c.tiles % c.groups;
    const size_t sample = blockIdx.x / c.tiles / c.groups;
    if (sample >= step->count)
        return;
    LS_DYNAMIC_SHARED(float, memory);
    const int kernel_w = WIDTH > 0 ? WIDTH : c.kernel_w, dilation_w = WIDTH > 0 ? 1 : c.dilation_w;
    const int slice_columns = WIDTH > 0 ? WIDTH : c.slice_columns;
    const int patch_pixels = c.patch_h * c.patch_w;
    /* (slice_channels, slice_rows, slice_columns, GROUP), then (slice_channels, patch_h, patch_w) */
    float *const weights = memory;
    float *const patch = memory + c.slice_channels * c.slice_rows * slice_columns * GROUP;

    const int threads = (int)blockDim.x, thread = (int)threadIdx.x;
    const int tile_y = (int)tile / c.tiles_x * c.tile_h, tile_x = (int)tile % c.tiles_x * c.tile_w;
    const int first_oc = (int)group * GROUP;
    const int groups = c.out.channels - first_oc < GROUP ? c.out.channels - first_oc : GROUP;
    int corner[PIXELS]; /* of the pixel's window in the patch */
    float sums[PIXELS][GROUP];
#pragma unroll
    for (int p = 0; p < PIXELS; p++) {
        const int pixel = thread + p * threads < c.tile_h * c.tile_w ? thread + p * threads : 0;
        corner[p] = pixel / c.tile_w * c.stride_h * c.patch_w + pixel % c.tile_w * c.stride_w;
#pragma unroll
        for (int g = 0; g < GROUP; g++)
            sums[p][g] = 0.0f;
    }

    for (int first_ic = 0; first_ic < c.in.channels; first_ic += c.slice_channels) {
        const int left = c.in.channels - first_ic;
        const int channels = left < c.slice_channels ? left : c.slice_channels;
        for (int first_ky = 0; first_ky < c.kernel_h; first_ky += c.slice_rows)
            for (int first_kx = 0; first_kx < kernel_w; first_kx += slice_columns) {
                const int rows = c.kernel_h - first_ky < c.slice_rows ? c.kernel_h - first_ky : c.slice_rows;
                const int columns = WIDTH > 0                             ? WIDTH
                                    : kernel_w - first_kx < slice_columns ? kernel_w - first_kx
                                                                          : slice_columns;
                const int taps = rows * columns;
                __syncthreads();
                for (int i = thread; i < channels * patch_pixels; i += threads) {
                    const int channel = i / patch_pixels, pixel = i % patch_pixels;
                    const int row =
                        tile_y * c.stride_h + first_ky * c.dilation_h + pixel / c.patch_w - c.padding_h;
                    const int column =
                        tile_x * c.stride_w + first_kx * dilation_w + pixel % c.patch_w - c.padding_w;
                    patch[i] =
                        patch_value(source, c, sample * c.in.channels + first_ic + channel, row, column);
                }
                for (int i = thread; i < channels * taps * GROUP; i += threads) {
                    const int g = i % GROUP, tap = i / GROUP % taps, channel = i / (GROUP * taps);
                    weights[i] = g < groups
                                     ? source.weight(c, first_oc + g, first_ic + channel,
                                                     first_ky + tap / columns, first_kx + tap % columns)
                                     : 0.0f;
                }
                __syncthreads();
                for (int channel = 0; channel < channels; channel++)
                    for (int ky = 0; ky < rows; ky++) {
                        const float *line = patch + channel * patch_pixels + ky * c.dilation_h * c.patch_w;
                        const float *taps_of_line = weights + (channel * rows + ky) * columns * GROUP;
#pragma unroll
                        for (int kx = 0; kx < columns; kx++) {
                            float w[GROUP];
#pragma unroll
                            for (int g = 0; g < GROUP; g++)
                                w[g] = taps_of_line[kx * GROUP + g];
#pragma unroll
                            for (int p = 0; p < PIXELS; p++) {
                                const float x = line[corner[p] + kx * dilation_w];
#pragma unroll
                                for (int g = 0; g < GROUP; g++)
                                    sums[p][g] = fmaf(x, w[g], sums[p][g]);
                            }
                        }
                    }
            }
    }

#pragma unroll
    for (int p = 0; p < PIXELS; p++) {
        const int pixel = thread + p * threads;
        const int y = tile_y + pixel / c.tile_w, x = tile_x + pixel % c.tile_w;
        if (pixel >= c.tile_h * c.tile_w || y >= c.out.height || x >= c.out.width)
            continue;
#pragma unroll
        for (int g = 0; g < GROUP; g++)
            if (g < groups) {
                const size_t plane = sample * c.out.channels + first_oc + g;
                source.store((plane * c.out.height + y) * c.out.width + x, first_oc + g, sums[p][g]);
            }
    }
}

int least(int a, int b) { return a < b ? a : b; }

/* Tiles of about `pixels`, all of nearly the same height. */
void choose_tile(correlation *c, int pixels)
{
    c->tile_w = least(c->out.width, 32);
    const int most_rows = pixels / c->tile_w > 0 ? pixels / c->tile_w : 1;
    const int tiles_y = (c->out.height + most_rows - 1) / most_rows;
    c->tile_h = (c->out.height + tiles_y - 1) / tiles_y;
    c->tiles_x = (c->out.width + c->tile_w - 1) / c->tile_w;
}

/* Windows whose width the compiler knows stay whole in their rows. */
bool is_unrolled(const correlation *c)
{
    return (c->kernel_w == 3 || c->kernel_w == 5) && c->dilation_w == 1;
}

size_t slice_floats(const correlation *c)
{
    const size_t patch = (size_t)c->patch_h * (size_t)c->patch_w;
    return (size_t)c->slice_channels *
           (patch + (size_t)c->slice_rows * (size_t)c->slice_columns * (size_t)GROUP);
}

void measure_patch(correlation *c)
{
    c->patch_h = (c->tile_h - 1) * c->stride_h + (c->slice_rows - 1) * c->dilation_h + 1;
    c->patch_w = (c->tile_w - 1) * c->stride_w + (c->slice_columns - 1) * c->dilation_w + 1;
}

/* As many rows of the window and then as many channels as fit. Where not even one row does, it is cut as well
 * while it is wider than the tile; else the tile shrinks. One pixel under one tap, or under an unrolled row,
 * always fits. */
void choose_slice(correlation *c)
{
    c->slice_channels = 1;
    c->slice_rows = c->kernel_h;
    c->slice_columns = c->kernel_w;
    measure_patch(c);
    while (slice_floats(c) > SLICE_FLOATS) {
        const bool is_wide = (c->slice_columns - 1) * c->dilation_w > (c->tile_w - 1) * c->stride_w;
        if (c->slice_rows > 1)
            c->slice_rows = (c->slice_rows + 1) / 2;
        else if (is_wide && !is_unrolled(c))
            c->slice_columns = (c->slice_columns + 1) / 2;
        else if (c->tile_h > 1)
            c->tile_h = (c->tile_h + 1) / 2;
        else
            c->tile_w = (c->tile_w + 1) / 2;
        measure_patch(c);
    }
    c->tiles_x = (c->out.width + c->tile_w - 1) / c->tile_w;
    c->tiles = (unsigned)c->tiles_x * ls_blocks((size_t)c->out.height, (unsigned)c->tile_h);
    c->groups = ls_blocks((size_t)c->out.channels, GROUP);
    if (c->slice_rows == c->kernel_h && c->slice_columns == c->kernel_w) {
        const int fit = (int)(SLICE_FLOATS / slice_floats(c));
        c->slice_channels = least(fit, c->in.channels);
    }
}

size_t block_count(const correlation *c, int most) { return (size_t)c->tiles * c->groups * (size_t)most; }

template <class Source, int PIXELS>
void launch_correlation(kernel_stream stream, const struct kernel_step *step, int most, const correlation &c,
                        const Source &source)
{
    const auto correlate_chosen = !is_unrolled(&c)  ? correlate_kernel<Source, PIXELS, 0>
                                  : c.kernel_w == 3 ? correlate_kernel<Source, PIXELS, 3>
                                                    : correlate_kernel<Source, PIXELS, 5>;
    const int threads = (c.tile_h * c.tile_w + PIXELS - 1) / PIXELS;
    LS_LAUNCH(correlate_chosen, dim3(ls_blocks(block_count(&c, most), 1)),
              dim3((unsigned)((threads + WARP - 1) / WARP * WARP)), slice_floats(&c) * sizeof(float), stream,
              step, c, source);
}

/* Two pixels a thread read a weight half as often, where that leaves enough blocks. */
template <class Source>
void correlate(kernel_stream stream, const struct kernel_step *step, int most, correlation c,
               const Source &source)
{
    choose_tile(&c, 2 * MOST_THREADS);
    choose_slice(&c);
    if (block_count(&c, most) >= 4 * GEMM_BUSY_BLOCKS && c.tile_h * c.tile_w > MOST_THREADS) {
        launch_correlation<Source, 2>(stream, step, most, c, source);
        return;
    }
    choose_tile(&c, MOST_THREADS);
    choose_slice(&c);
    launch_correlation<Source, 1>(stream, step, most, c, source);
}

/* ---- gradient of the weights ----
 * dw (out channels, taps) = Σ over samples and output pixels of dz · x under the tap; beside it, as if there
 * were one more tap over a plane of ones, db. Columns begin at `first_column`, so that db can be had alone.
 */

struct weight_gradient {
    enum { A_BY_DEPTH = 1, B_BY_DEPTH = 1 };
    int rows, columns, depth; /* out channels; taps + 1; samples · output pixels */
    int taps, first_column;
    struct kernel_window window;
    divider pixels, out_width, tap_count, tap_width;
    ending_gradient dz;
    const float *x;
    float *dw, *db;

    __device__ float a(int row, int k) const
    {
        const int sample = pixels.quotient(k), pixel = k - sample * (int)pixels.divisor;
        return dz.at(((size_t)sample * rows + row) * pixels.divisor + pixel);
    }
    __device__ float b(int k, int column) const
    {
        column += first_column;
        if (column >= taps)
            return 1.0f;
        const int sample = pixels.quotient(k), pixel = k - sample * (int)pixels.divisor;
        const int oy = out_width.quotient(pixel), ox = pixel - oy * (int)out_width.divisor;
        const int channel = tap_count.quotient(column), tap = column - channel * (int)tap_count.divisor;
        const int ky = tap_width.quotient(tap), kx = tap - ky * (int)tap_width.divisor;
        const int iy = oy * window.stride_h + ky * window.dilation_h - window.padding_h;
        const int ix = ox * window.stride_w + kx * window.dilation_w - window.padding_w;
        if (iy < 0 || ix < 0 || iy >= window.in.height || ix >= window.in.width)
            return 0.0f;
        return x[(((size_t)sample * window.in.channels + channel) * window.in.height + iy) * window.in.width +
                 ix];
    }
    __device__ void store(int row, int column, float sum) const
    {
        column += first_column;
        if (column < taps)
            dw[(size_t)row * taps + column] = sum;
        else
            db[row] = sum;
    }
};

template <class Tile>
__global__ void __launch_bounds__(Tile::THREADS)
    weight_gradient_kernel(const struct kernel_step *step, weight_gradient problem, gemm_plan plan,
                           float *scratch)
{
    LS_SHARED(gemm_shared<Tile>, shared);
    problem.depth = (int)(step->count * problem.pixels.divisor);
    gemm_block<Tile>(problem, plan, (int)blockIdx.x, shared, scratch_counters(scratch),
                     scratch_floats(scratch));
}

int window_taps(const struct kernel_window *window)
{
    return window->in.channels * window->kernel_h * window->kernel_w;
}

int window_pixels(const struct kernel_window *window) { return window->out.height * window->out.width; }

} // namespace

void kernel_convolution_forward(kernel_stream stream, const struct kernel_step *step, int most,
                                const struct kernel_window *window, const float *x, const float *w,
                                const float *b, enum activation activation, float alpha, float *y,
                                float *scratch)
{
    (void)scratch;
    correlation c;
    c.in = window->in;
    c.out = window->out;
    c.kernel_h = window->kernel_h;
    c.kernel_w = window->kernel_w;
    c.stride_h = window->stride_h;
    c.stride_w = window->stride_w;
    c.padding_h = window->padding_h;
    c.padding_w = window->padding_w;
    c.dilation_h = window->dilation_h;
    c.dilation_w = window->dilation_w;
    c.spread_h = c.spread_w = 1;
    forward_source source;
    source.x = x;
    source.w = w;
    source.bias = b;
    source.ending.activation = activation;
    source.ending.alpha = alpha;
    source.y = y;
    correlate(stream, step, most, c, source);
}

static void backward_input(kernel_stream stream, const struct kernel_step *step, int most,
                           const struct kernel_window *window, const ending_gradient &dz, const float *w,
                           float *dx)
{
    correlation c;
    c.in = window->out;
    c.out = window->in;
    c.kernel_h = window->kernel_h;
    c.kernel_w = window->kernel_w;
    c.stride_h = c.stride_w = 1;
    c.dilation_h = window->dilation_h;
    c.dilation_w = window->dilation_w;
    c.padding_h = c.dilation_h * (window->kernel_h - 1) - window->padding_h;
    c.padding_w = c.dilation_w * (window->kernel_w - 1) - window->padding_w;
    c.spread_h = window->stride_h;
    c.spread_w = window->stride_w;
    backward_source source;
    source.dz = dz;
    source.w = w;
    source.dx = dx;
    correlate(stream, step, most, c, source);
}

static void backward_weight(kernel_stream stream, const struct kernel_step *step, int most,
                            const struct kernel_window *window, const ending_gradient &dz, const float *x,
                            float *dw, float *db, float *scratch)
{
    weight_gradient problem;
    problem.taps = window_taps(window);
    problem.first_column = dw ? 0 : problem.taps;
    problem.rows = window->out.channels;
    problem.columns = (dw ? problem.taps : 0) + (db ? 1 : 0);
    problem.depth = most * window_pixels(window);
    problem.window = *window;
    problem.pixels = divide_by(window_pixels(window));
    problem.out_width = divide_by(window->out.width);
    problem.tap_count = divide_by(window->kernel_h * window->kernel_w);
    problem.tap_width = divide_by(window->kernel_w);
    problem.dz = dz;
    problem.x = x;
    problem.dw = dw;
    problem.db = db;
    const gemm_plan plan = gemm_plan_make(problem.rows, problem.columns, problem.depth);
    const dim3 grid(gemm_blocks(&plan));
    switch (plan.size) {
    case GEMM_SMALL:
        LS_LAUNCH(weight_gradient_kernel<gemm_small>, grid, dim3(gemm_small::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    case GEMM_MEDIUM:
        LS_LAUNCH(weight_gradient_kernel<gemm_medium>, grid, dim3(gemm_medium::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    case GEMM_LARGE:
        LS_LAUNCH(weight_gradient_kernel<gemm_large>, grid, dim3(gemm_large::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    }
}

void kernel_convolution_backward(kernel_stream stream, const struct kernel_step *step, int most,
                                 const struct kernel_window *window, enum activation activation, float alpha,
                                 const float *x, const float *y, const float *dy, const float *w, float *dx,
                                 float *dw, float *db, float *scratch)
{
    ending_gradient dz;
    dz.y = y;
    dz.dy = dy;
    dz.ending.activation = activation;
    dz.ending.alpha = alpha;
    if (dw || db)
        backward_weight(stream, step, most, window, dz, x, dw, db, scratch);
    if (dx)
        backward_input(stream, step, most, window, dz, w, dx);
}

size_t kernel_convolution_scratch(int most, const struct kernel_window *window)
{
    const int depth = most * window_pixels(window), taps = window_taps(window);
    size_t most_partials = 0;
    const int columns[] = {1, taps, taps + 1};
    for (int i = 0; i < 3; i++) {
        const gemm_plan plan = gemm_plan_make(window->out.channels, columns[i], depth);
        most_partials = gemm_partials(&plan) > most_partials ? gemm_partials(&plan) : most_partials;
    }
    return SCRATCH_COUNTERS + most_partials;
}
