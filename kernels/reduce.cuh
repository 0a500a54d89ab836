/* Sums whose order never depends on timing: within a warp, within a block, and over the blocks of a grid by
 * the one that arrives last. */
#ifndef LS_KERNELS_REDUCE_CUH
#define LS_KERNELS_REDUCE_CUH

#include <stdint.h>

#include "launch.h"

enum { WARP = 32 };

/* The head of a scratch array (kernels.h): counters of arrived blocks, all 0 between kernels. */
enum { SCRATCH_COUNTERS = 512 };

__device__ inline unsigned *scratch_counters(float *scratch) { return (unsigned *)scratch; }
__device__ inline float *scratch_floats(float *scratch) { return scratch + SCRATCH_COUNTERS; }

/* Every lane gets the sum over its warp. All 32 lanes must call. */
__device__ inline float warp_sum(float value)
{
    for (int distance = WARP / 2; distance > 0; distance /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    return value;
}

/* Every thread gets the sum over its block, whose size is a multiple of the warp. `lanes`: shared memory, one
 * float a warp. Begins with a barrier, so that it may be called again with the same memory. */
__device__ inline float block_sum(float value, float *lanes)
{
    value = warp_sum(value);
    __syncthreads();
    if (threadIdx.x % WARP == 0)
        lanes[threadIdx.x / WARP] = value;
    __syncthreads();
    float sum = 0.0f;
    for (unsigned warp = 0; warp < blockDim.x / WARP; warp++)
        sum += lanes[warp];
    return sum;
}

/* Called by all threads of a block when what it wrote to global memory is complete. True in the last of
 * `blocks` blocks only: what the others wrote is visible to it through __ldcg. The counter is 0 again
 * afterwards. */
__device__ inline bool last_to_arrive(unsigned *counter, unsigned blocks)
{
    LS_SHARED(unsigned, before);
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0)
        before = atomicAdd(counter, 1u);
    __syncthreads();
    if (before != blocks - 1)
        return false;
    __threadfence();
    if (threadIdx.x == 0)
        *counter = 0;
    return true;
}

#endif
