/* Sums over one channel of a batch; used by batch_norm.cu and layer_norm.cu. A tensor is (samples, channels,
 * places), and value v of a channel is that of sample v / places, place v % places.
 *
 * A block takes `width` neighbouring channels: one where its threads find neighbours in the places, 32 where
 * there are few places and neighbours in memory are neighbouring channels. Where there are few channels,
 * several blocks share their values; the last to arrive brings the parts together in their order
 * (last_to_arrive). All of it follows from the shapes alone. */
#ifndef LS_KERNELS_CHANNELS_CUH
#define LS_KERNELS_CHANNELS_CUH

#include "compute/op.h"

#include "reduce.cuh"

enum { CHANNEL_THREADS = 256, CHANNEL_WIDE = 32, CHANNEL_FEW_PLACES = 8 };
/* Blocks that keep a GPU busy; and values of a thread below which sharing does not pay. */
enum { CHANNEL_BUSY_BLOCKS = 128, CHANNEL_LEAST_VALUES = 8 };

struct channel_plan {
    int channels, places;
    int width;         /* channels of a block */
    unsigned groups;   /* of channels */
    unsigned parts;    /* blocks that share a group's values */
    size_t part_count; /* values of a channel in one part */
};

static inline channel_plan channel_plan_make(int most, int channels, int places)
{
    channel_plan plan;
    plan.channels = channels;
    plan.places = places;
    plan.width = places < CHANNEL_FEW_PLACES ? (int)CHANNEL_WIDE : 1;
    plan.groups = ls_blocks((size_t)channels, (unsigned)plan.width);
    const size_t values = (size_t)most * (size_t)places;
    const size_t least = (size_t)CHANNEL_LEAST_VALUES * CHANNEL_THREADS / (size_t)plan.width;
    size_t parts = CHANNEL_BUSY_BLOCKS / plan.groups;
    if (parts > values / least)
        parts = values / least;
    if (parts < 1)
        parts = 1;
    plan.part_count = (values + parts - 1) / parts;
    plan.parts = (unsigned)((values + plan.part_count - 1) / plan.part_count);
    return plan;
}

/* Two floats for each channel of each part, beside SCRATCH_COUNTERS. */
static inline size_t channel_scratch(const channel_plan *plan)
{
    const size_t parts = plan->parts > 1 ? (size_t)plan->parts * plan->groups * (size_t)plan->width * 2 : 0;
    return SCRATCH_COUNTERS + parts;
}

static inline dim3 channel_grid(const channel_plan *plan) { return dim3(plan->groups, plan->parts); }

/* What a thread of such a grid goes through: values first, first + stride … below end of its channel. */
struct channel_share {
    int channel;
    size_t first, end, stride;
    size_t count; /* values of the block's part */
};

/* Values of part number `part` in a batch of `samples`. */
__device__ inline size_t channel_part_count(const channel_plan &plan, unsigned part, uint32_t samples)
{
    const size_t all = (size_t)samples * (size_t)plan.places, begin = part * plan.part_count;
    const size_t left = begin < all ? all - begin : 0;
    return left < plan.part_count ? left : plan.part_count;
}

__device__ inline channel_share channel_share_of(const channel_plan &plan, uint32_t samples)
{
    channel_share share;
    const unsigned width = (unsigned)plan.width;
    share.channel = (int)(blockIdx.x * width + threadIdx.x % width);
    share.count = channel_part_count(plan, blockIdx.y, samples);
    const size_t begin = blockIdx.y * plan.part_count;
    share.first = begin + threadIdx.x / width;
    /* Threads beyond the last channel only take part in the sums. */
    share.end = share.channel < plan.channels ? begin + share.count : 0;
    share.stride = CHANNEL_THREADS / width;
    return share;
}

/* The first thread of each channel of a block writes what the channel comes to. */
__device__ inline bool channel_writes(const channel_plan &plan, const channel_share &share)
{
    return threadIdx.x < (unsigned)plan.width && share.channel < plan.channels;
}

/* Every thread gets the sum over its channel in this block. `shared`: (CHANNEL_THREADS). */
__device__ inline float channel_sum(float value, int width, float *shared)
{
    __syncthreads();
    shared[threadIdx.x] = value;
    for (int half = CHANNEL_THREADS / 2; half >= width; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half)
            shared[threadIdx.x] += shared[(int)threadIdx.x + half];
    }
    __syncthreads();
    return shared[(int)threadIdx.x % width];
}

/* Where part number `part` of this block's channels keeps its two floats for this thread's channel. */
__device__ inline float *channel_part(const channel_plan &plan, unsigned part, float *scratch)
{
    const size_t block = (size_t)blockIdx.x * plan.parts + part;
    return scratch_floats(scratch) + (block * (size_t)plan.width + threadIdx.x % (unsigned)plan.width) * 2;
}

/* Σ dy · x̂ and Σ dy over a channel, the gradients of a norm's γ and β, into sums (channels, then channels)
 * and, where they are set, into dw and db. Source: dy(index) and normalised(index, sample, channel, place),
 * x̂. */
template <class Source>
__global__ void __launch_bounds__(CHANNEL_THREADS)
    channel_gradient_kernel(const struct kernel_step *step, channel_plan plan, Source source, float *sums,
                            float *dw, float *db, float *scratch)
{
    LS_SHARED_ARRAY(float, shared, CHANNEL_THREADS);
    const channel_share share = channel_share_of(plan, step->count);
    float scaled = 0.0f, plain = 0.0f;
    for (size_t v = share.first; v < share.end; v += share.stride) {
        const size_t sample = v / (size_t)plan.places, place = v % (size_t)plan.places;
        const size_t index =
            (sample * (size_t)plan.channels + (size_t)share.channel) * (size_t)plan.places + place;
        const float dy = source.dy[index];
        scaled = fmaf(dy, source.normalised(index, v, share.channel), scaled);
        plain += dy;
    }
    scaled = channel_sum(scaled, plan.width, shared);
    plain = channel_sum(plain, plan.width, shared);
    if (plan.parts > 1) {
        if (threadIdx.x < (unsigned)plan.width) {
            float *part = channel_part(plan, blockIdx.y, scratch);
            part[0] = scaled;
            part[1] = plain;
        }
        if (!last_to_arrive(scratch_counters(scratch) + blockIdx.x, plan.parts))
            return;
        scaled = plain = 0.0f;
        for (unsigned i = 0; i < plan.parts; i++) {
            const float *part = channel_part(plan, i, scratch);
            scaled += __ldcg(part);
            plain += __ldcg(part + 1);
        }
    }
    if (!channel_writes(plan, share))
        return;
    if (sums) {
        sums[share.channel] = scaled;
        sums[plan.channels + share.channel] = plain;
    }
    if (dw)
        dw[share.channel] = scaled;
    if (db)
        db[share.channel] = plain;
}

#endif
