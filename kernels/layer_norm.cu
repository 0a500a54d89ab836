/* Layer norm: one warp for each group of values that are normalised together, the channels of one place of
 * one sample. */
#include "kernels/kernels.h"

#include <math.h>

#include "channels.cuh"

namespace
{

enum { WARPS = 4 };

/* A group's values lie `places` apart from `first` on. */
struct group {
    size_t number, first;
};

__device__ group group_of_warp(int channels, int places)
{
    group g;
    g.number = (size_t)blockIdx.x * WARPS + threadIdx.x / WARP;
    g.first = g.number / (size_t)places * (size_t)channels * (size_t)places + g.number % (size_t)places;
    return g;
}

/* Mean and biased variance, by the corrected two-pass algorithm (batch_norm.cu). All lanes get the same. */
__device__ void group_statistics(const float *x, int channels, int places, float *mean, float *variance)
{
    const int lane = (int)(threadIdx.x % WARP);
    float sum = 0.0f, rest = 0.0f, squares = 0.0f;
    for (int c = lane; c < channels; c += WARP)
        sum += x[(size_t)c * (size_t)places];
    const float rough = warp_sum(sum) / (float)channels;
    for (int c = lane; c < channels; c += WARP) {
        const float distance = x[(size_t)c * (size_t)places] - rough;
        rest += distance;
        squares = fmaf(distance, distance, squares);
    }
    rest = warp_sum(rest);
    squares = warp_sum(squares);
    const float correction = rest / (float)channels;
    *mean = rough + correction;
    *variance = fmaf(-rest, correction, squares) / (float)channels;
}

/* x̂ by the statistics of the value's group: means, then variances, of `groups`. */
struct layer_source {
    const float *x, *dy, *statistics;
    size_t groups;
    float epsilon;

    __device__ float inverse(size_t group) const
    {
        return 1.0f / sqrtf(statistics[groups + group] + epsilon);
    }
    __device__ float normalised(size_t index, size_t group, int) const
    {
        return (x[index] - statistics[group]) * inverse(group);
    }
};

__global__ void layer_norm_forward_kernel(const struct kernel_step *step, int channels, int places,
                                          size_t groups, float epsilon, const float *all_x, const float *w,
                                          const float *b, float *all_y, float *statistics)
{
    const group g = group_of_warp(channels, places);
    if (g.number >= (size_t)step->count * (size_t)places)
        return;
    const float *x = all_x + g.first;
    float *y = all_y + g.first;
    float mean, variance;
    group_statistics(x, channels, places, &mean, &variance);
    const float inverse = 1.0f / sqrtf(variance + epsilon);
    for (int c = (int)(threadIdx.x % WARP); c < channels; c += WARP) {
        const size_t i = (size_t)c * (size_t)places;
        const float scaled = (x[i] - mean) * inverse * (w ? w[c] : 1.0f);
        y[i] = b ? scaled + b[c] : scaled;
    }
    if (threadIdx.x % WARP == 0) {
        statistics[g.number] = mean;
        statistics[groups + g.number] = variance;
    }
}

__global__ void layer_norm_backward_kernel(const struct kernel_step *step, int channels, int places,
                                           layer_source source, const float *w, float *dx)
{
    const group g = group_of_warp(channels, places);
    if (g.number >= (size_t)step->count * (size_t)places)
        return;
    const int lane = (int)(threadIdx.x % WARP);
    float along = 0.0f, plain = 0.0f;
    for (int c = lane; c < channels; c += WARP) {
        const size_t i = g.first + (size_t)c * (size_t)places;
        const float gradient = source.dy[i] * (w ? w[c] : 1.0f);
        along = fmaf(gradient, source.normalised(i, g.number, c), along);
        plain += gradient;
    }
    along = warp_sum(along) / (float)channels;
    plain = warp_sum(plain) / (float)channels;
    const float inverse = source.inverse(g.number);
    for (int c = lane; c < channels; c += WARP) {
        const size_t i = g.first + (size_t)c * (size_t)places;
        const float gradient = source.dy[i] * (w ? w[c] : 1.0f);
        const float normalised = source.normalised(i, g.number, c);
        dx[i] = (gradient - fmaf(normalised, along, plain)) * inverse;
    }
}

dim3 blocks_for(size_t groups) { return dim3(ls_blocks(groups, WARPS)); }

} // namespace

void kernel_layer_norm_forward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                               int places, float epsilon, const float *x, const float *w, const float *b,
                               float *y, float *statistics)
{
    const size_t groups = (size_t)most * (size_t)places;
    LS_LAUNCH(layer_norm_forward_kernel, blocks_for(groups), dim3(WARPS * WARP), 0, stream, step, channels,
              places, groups, epsilon, x, w, b, y, statistics);
}

void kernel_layer_norm_backward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                                int places, float epsilon, const float *x, const float *statistics,
                                const float *w, const float *dy, float *dx, float *dw, float *db,
                                float *scratch)
{
    layer_source source;
    source.x = x;
    source.dy = dy;
    source.statistics = statistics;
    source.groups = (size_t)most * (size_t)places;
    source.epsilon = epsilon;
    const channel_plan plan = channel_plan_make(most, channels, places);
    if (dw || db)
        LS_LAUNCH(channel_gradient_kernel<layer_source>, channel_grid(&plan), dim3(CHANNEL_THREADS), 0,
                  stream, step, plan, source, (float *)NULL, dw, db, scratch);
    if (dx)
        LS_LAUNCH(layer_norm_backward_kernel, blocks_for(source.groups), dim3(WARPS * WARP), 0, stream, step,
                  channels, places, source, w, dx);
}
