/* Which samples a step trains on, and their values. */
#include "kernels/kernels.h"

#include "advance.cuh"
#include "base/rng.h"

namespace
{

enum { MOST_THREADS = 128, VALUES_EACH = 8 };
const unsigned most_parts = 1024; /* of a sample: blocks */

__global__ void advance_kernel(struct kernel_step *step, struct kernel_schedule schedule)
{
    advance_batch(step, schedule);
    set_factors(step, schedule);
}

struct gather {
    const uint32_t *indices;
    bool scheduled;
    struct kernel_schedule schedule;
    struct kernel_data data;
    int size, outputs;
    float *input;
    int32_t *labels;
    float *targets;
};

__device__ size_t sample_of_place(const struct kernel_step *step, const gather &g, uint32_t i)
{
    if (g.indices)
        return g.indices[i];
    if (!g.scheduled)
        return step->first + i;
    const struct rng_shuffle shuffle =
        rng_shuffle_init(g.schedule.seed, (uint32_t)step->epoch, g.schedule.samples);
    return rng_permute(&shuffle, step->first + i);
}

/* Grid: (samples, and one more that works out the step's factors meanwhile; parts of a sample). */
__global__ void gather_kernel(struct kernel_step *step, gather g)
{
    const uint32_t i = blockIdx.x;
    if (g.scheduled && i + 1 == gridDim.x) {
        if (blockIdx.y == 0 && threadIdx.x == 0)
            set_factors(step, g.schedule);
        return;
    }
    if (i >= step->count)
        return;
    LS_SHARED(size_t, shared_sample);
    if (threadIdx.x == 0)
        shared_sample = sample_of_place(step, g, i);
    __syncthreads();
    const size_t sample = shared_sample;
    for (int j = (int)(blockIdx.y * blockDim.x + threadIdx.x); j < g.size;
         j += (int)(gridDim.y * blockDim.x)) {
        const size_t from = sample * (size_t)g.size + (size_t)j;
        g.input[(size_t)i * (size_t)g.size + (size_t)j] =
            g.data.bytes ? (float)g.data.bytes[from] / 255.0f : g.data.values[from];
    }
    if (blockIdx.y > 0)
        return;
    const int32_t label = g.data.labels ? g.data.labels[sample] : -1;
    if (threadIdx.x == 0)
        g.labels[i] = label;
    if (!g.targets)
        return;
    for (int j = (int)threadIdx.x; j < g.outputs; j += (int)blockDim.x)
        g.targets[(size_t)i * (size_t)g.outputs + (size_t)j] =
            g.data.targets ? g.data.targets[sample * (size_t)g.outputs + (size_t)j]
                           : op_target_of_label(label, (size_t)g.outputs, (size_t)j);
}

} // namespace

void kernel_advance(kernel_stream stream, struct kernel_step *step, const struct kernel_schedule *schedule)
{
    LS_LAUNCH(advance_kernel, dim3(1), dim3(1), 0, stream, step, *schedule);
}

void kernel_gather(kernel_stream stream, struct kernel_step *step, const struct kernel_schedule *schedule,
                   const uint32_t *indices, const struct kernel_data *data, int most, int size, int outputs,
                   float *input, int32_t *labels, float *targets)
{
    gather g = {};
    g.indices = indices;
    g.scheduled = schedule != NULL;
    if (schedule)
        g.schedule = *schedule;
    g.data = *data;
    g.size = size;
    g.outputs = outputs;
    g.input = input;
    g.labels = labels;
    g.targets = targets;
    const unsigned threads = size > 32 ? MOST_THREADS : 32;
    const unsigned parts = ls_blocks((size_t)size, VALUES_EACH * threads);
    const dim3 grid((unsigned)most + (schedule ? 1u : 0u), parts < most_parts ? parts : most_parts);
    LS_LAUNCH(gather_kernel, grid, dim3(threads), 0, stream, step, g);
}
