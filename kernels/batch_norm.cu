/* Batch norm. Statistics of a channel are its mean and its biased variance over a batch: each part of it by
 * the corrected two-pass algorithm, parts brought together pairwise (Chan, Golub & LeVeque, "Algorithms for
 * computing the sample variance", The American Statistician 37, 1983). */
#include "kernels/kernels.h"

#include <math.h>

#include "channels.cuh"

namespace
{

enum { THREADS = 256 };

struct running {
    float *statistics; /* running means, then variances; NULL: they stay */
    float momentum;
    bool unbiased;
};

/* Numbers of some of a channel's values: how many, their mean, the squares of the distances to it. */
struct moments {
    float count, mean, squares;
};

/* `a` may be of no values, or `b`, but not both. */
__device__ moments join(const moments &a, const moments &b)
{
    moments both;
    const float distance = b.mean - a.mean;
    both.count = a.count + b.count;
    both.mean = fmaf(distance, b.count / both.count, a.mean);
    both.squares = a.squares + fmaf(distance * distance, a.count * (b.count / both.count), b.squares);
    return both;
}

__device__ size_t index_of(const channel_plan &plan, int channel, size_t v)
{
    const size_t sample = v / (size_t)plan.places, place = v % (size_t)plan.places;
    return (sample * (size_t)plan.channels + (size_t)channel) * (size_t)plan.places + place;
}

/* Of this block's part; all threads of a channel get the same. */
__device__ moments part_moments(const channel_plan &plan, const channel_share &share, const float *x,
                                float *shared)
{
    moments m;
    m.count = (float)share.count;
    const float divisor = share.count > 0 ? m.count : 1.0f;
    float sum = 0.0f;
    for (size_t v = share.first; v < share.end; v += share.stride)
        sum += x[index_of(plan, share.channel, v)];
    sum = channel_sum(sum, plan.width, shared);
    const float rough = sum / divisor;
    float rest = 0.0f, squares = 0.0f;
    for (size_t v = share.first; v < share.end; v += share.stride) {
        const float distance = x[index_of(plan, share.channel, v)] - rough;
        rest += distance;
        squares = fmaf(distance, distance, squares);
    }
    rest = channel_sum(rest, plan.width, shared);
    squares = channel_sum(squares, plan.width, shared);
    const float correction = rest / divisor;
    m.mean = rough + correction;
    m.squares = fmaf(-rest, correction, squares);
    return m;
}

__device__ void move(float *value, float to, float momentum) { *value = fmaf(momentum, to - *value, *value); }

__global__ void __launch_bounds__(CHANNEL_THREADS)
    batch_norm_statistics_kernel(const struct kernel_step *step, channel_plan plan, const float *x,
                                 float *statistics, running running, float *scratch)
{
    LS_SHARED_ARRAY(float, shared, CHANNEL_THREADS);
    const uint32_t samples = step->count;
    const channel_share share = channel_share_of(plan, samples);
    moments all = part_moments(plan, share, x, shared);
    if (plan.parts > 1) {
        if (threadIdx.x < (unsigned)plan.width) {
            float *part = channel_part(plan, blockIdx.y, scratch);
            part[0] = all.mean;
            part[1] = all.squares;
        }
        if (!last_to_arrive(scratch_counters(scratch) + blockIdx.x, plan.parts))
            return;
        all.count = all.mean = all.squares = 0.0f;
        for (unsigned i = 0; i < plan.parts; i++) {
            const float *part = channel_part(plan, i, scratch);
            moments next;
            next.count = (float)channel_part_count(plan, i, samples);
            next.mean = __ldcg(part);
            next.squares = __ldcg(part + 1);
            all = join(all, next);
        }
    }
    if (!channel_writes(plan, share))
        return;
    const float variance = all.squares / all.count;
    statistics[share.channel] = all.mean;
    statistics[plan.channels + share.channel] = variance;
    if (!running.statistics)
        return;
    const bool unbiased = running.unbiased && all.count > 1.0f;
    move(&running.statistics[share.channel], all.mean, running.momentum);
    move(&running.statistics[plan.channels + share.channel],
         unbiased ? all.squares / (all.count - 1.0f) : variance, running.momentum);
}

/* x̂ by the statistics of the value's channel. */
struct batch_source {
    const float *x, *dy, *statistics;
    int channels;
    float epsilon;

    __device__ float inverse(int channel) const
    {
        return 1.0f / sqrtf(statistics[channels + channel] + epsilon);
    }
    __device__ float normalised(size_t index, size_t, int channel) const
    {
        return (x[index] - statistics[channel]) * inverse(channel);
    }
};

__global__ void batch_norm_forward_kernel(const struct kernel_step *step, batch_source source, int places,
                                          const float *w, const float *b, float *y)
{
    const size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;
    if (i >= (size_t)step->count * (size_t)source.channels * (size_t)places)
        return;
    const int channel = (int)(i / (size_t)places % (size_t)source.channels);
    const float scaled = source.normalised(i, 0, channel) * (w ? w[channel] : 1.0f);
    y[i] = b ? scaled + b[channel] : scaled;
}

/* sums: of channel_gradient_kernel, where the statistics are the batch's own and gradients go through them;
 * NULL: they are given numbers. */
__global__ void batch_norm_backward_kernel(const struct kernel_step *step, batch_source source, int places,
                                           const float *w, const float *sums, float *dx)
{
    const size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;
    if (i >= (size_t)step->count * (size_t)source.channels * (size_t)places)
        return;
    const int channel = (int)(i / (size_t)places % (size_t)source.channels);
    float gradient = source.dy[i];
    if (sums) {
        const float count = (float)step->count * (float)places;
        const float along = source.normalised(i, 0, channel) * (sums[channel] / count);
        gradient -= sums[source.channels + channel] / count + along;
    }
    dx[i] = gradient * source.inverse(channel) * (w ? w[channel] : 1.0f);
}

batch_source source_of(int channels, float epsilon, const float *x, const float *dy, const float *statistics)
{
    batch_source source;
    source.x = x;
    source.dy = dy;
    source.statistics = statistics;
    source.channels = channels;
    source.epsilon = epsilon;
    return source;
}

dim3 blocks_for(int most, int channels, int places)
{
    return dim3(ls_blocks((size_t)most * (size_t)channels * (size_t)places, THREADS));
}

} // namespace

void kernel_batch_norm_statistics(kernel_stream stream, const struct kernel_step *step, int most,
                                  int channels, int places, const float *x, float *statistics,
                                  float *running_statistics, float momentum, bool unbiased, float *scratch)
{
    const channel_plan plan = channel_plan_make(most, channels, places);
    running moved;
    moved.statistics = running_statistics;
    moved.momentum = momentum;
    moved.unbiased = unbiased;
    LS_LAUNCH(batch_norm_statistics_kernel, channel_grid(&plan), dim3(CHANNEL_THREADS), 0, stream, step, plan,
              x, statistics, moved, scratch);
}

void kernel_batch_norm_forward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                               int places, float epsilon, const float *x, const float *statistics,
                               const float *w, const float *b, float *y)
{
    LS_LAUNCH(batch_norm_forward_kernel, blocks_for(most, channels, places), dim3(THREADS), 0, stream, step,
              source_of(channels, epsilon, x, NULL, statistics), places, w, b, y);
}

void kernel_batch_norm_backward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                                int places, float epsilon, const float *x, const float *statistics,
                                bool through, const float *w, const float *dy, float *dx, float *dw,
                                float *db, float *sums, float *scratch)
{
    const batch_source source = source_of(channels, epsilon, x, dy, statistics);
    const channel_plan plan = channel_plan_make(most, channels, places);
    if (dw || db || (dx && through))
        LS_LAUNCH(channel_gradient_kernel<batch_source>, channel_grid(&plan), dim3(CHANNEL_THREADS), 0,
                  stream, step, plan, source, sums, dw, db, scratch);
    if (dx)
        LS_LAUNCH(batch_norm_backward_kernel, blocks_for(most, channels, places), dim3(THREADS), 0, stream,
                  step, source, places, w, through ? sums : NULL, dx);
}

size_t kernel_norm_scratch(int most, int channels, int places)
{
    const channel_plan plan = channel_plan_make(most, channels, places);
    return channel_scratch(&plan);
}
