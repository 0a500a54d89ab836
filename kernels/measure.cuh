/* The entry of the metrics ring, made at the end of a kernel over the parameters: every block brings its part
 * of the gradient's squares, the last one to arrive adds them up and the samples' losses. Used by loss.cu and
 * optimizer.cu. */
#ifndef LS_KERNELS_MEASURE_CUH
#define LS_KERNELS_MEASURE_CUH

#include <math.h>

#include "kernels/kernels.h"
#include "reduce.cuh"

enum { MEASURE_THREADS = 256, MEASURE_MOST_BLOCKS = 1024 };

static inline unsigned measure_blocks(size_t parameters)
{
    const size_t blocks = (parameters + MEASURE_THREADS - 1) / MEASURE_THREADS;
    if (blocks > MEASURE_MOST_BLOCKS)
        return MEASURE_MOST_BLOCKS;
    return blocks > 0 ? (unsigned)blocks : 1;
}

/* Called by all threads of all blocks of a grid of MEASURE_THREADS: the sum of their `own` in the last block
 * to arrive, where it is true, in `total` of every thread. */
__device__ inline bool grid_sum(float own, float *total, float *scratch)
{
    LS_SHARED_ARRAY(float, lanes, MEASURE_THREADS / WARP);
    float *parts = scratch_floats(scratch);
    const float block_total = block_sum(own, lanes);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = block_total;
    if (!last_to_arrive(scratch_counters(scratch), gridDim.x))
        return false;
    *total = 0.0f;
    for (unsigned block = threadIdx.x; block < gridDim.x; block += MEASURE_THREADS)
        *total += __ldcg(parts + block);
    *total = block_sum(*total, lanes);
    return true;
}

/* Called by all threads of all blocks of a grid of MEASURE_THREADS; `squares` is the thread's own sum. True
 * in the last block, after it wrote ring[step->ring]. */
__device__ inline bool measure_block(float squares, const struct kernel_step *step, const float *losses,
                                     const int32_t *correct, const float *learning_rate,
                                     struct kernel_metrics *ring, float *scratch)
{
    LS_SHARED_ARRAY(float, lanes, MEASURE_THREADS / WARP);
    float total, loss = 0.0f, right = 0.0f;
    if (!grid_sum(squares, &total, scratch))
        return false;
    for (uint32_t sample = threadIdx.x; sample < step->count; sample += MEASURE_THREADS) {
        loss += losses[sample];
        right += (float)correct[sample];
    }
    loss = block_sum(loss, lanes);
    right = block_sum(right, lanes);
    if (threadIdx.x == 0) {
        struct kernel_metrics *entry = ring + step->ring;
        entry->step = step->step;
        entry->loss = loss / (float)step->count;
        entry->gradient_norm = sqrtf(total);
        entry->correct = (uint32_t)right;
        entry->count = step->count;
        entry->learning_rate = learning_rate ? *learning_rate : 0.0f;
        entry->unused = 0;
    }
    return true;
}

#endif
