/* The softmax of one sample by one warp; used by element.cu and loss.cu. */
#ifndef LS_KERNELS_SOFTMAX_CUH
#define LS_KERNELS_SOFTMAX_CUH

#include "compute/op_math.h"

#include "reduce.cuh"

/* Warps in a block; the grid has one warp for each sample. */
enum { SOFTMAX_WARPS = 4 };

__device__ inline unsigned softmax_sample(void) { return blockIdx.x * SOFTMAX_WARPS + threadIdx.x / WARP; }

struct softmax_sums {
    float maximum, sum;
};

/* y = softmax(x), both (size). All lanes of a warp call and get the same. */
__device__ inline softmax_sums softmax_warp(const float *x, float *y, int size)
{
    const int lane = (int)(threadIdx.x % WARP);
    softmax_sums s;
    s.maximum = x[0];
    for (int i = lane; i < size; i += WARP)
        s.maximum = x[i] > s.maximum ? x[i] : s.maximum;
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        const float other = __shfl_xor_sync(0xffffffffu, s.maximum, distance);
        s.maximum = other > s.maximum ? other : s.maximum;
    }
    float sum = 0.0f;
    for (int i = lane; i < size; i += WARP)
        sum += op_exp(x[i] - s.maximum);
    s.sum = warp_sum(sum);
    for (int i = lane; i < size; i += WARP)
        y[i] = op_exp(x[i] - s.maximum) / s.sum;
    return s;
}

/* Place of the first maximum of y (size); −1 where one of them is NaN. All lanes of a warp call and get the
 * same. */
__device__ inline int first_maximum_warp(const float *y, int size)
{
    const int lane = (int)(threadIdx.x % WARP);
    int best = 0, none = 0;
    for (int i = lane; i < size; i += WARP) {
        best = y[i] > y[best] ? i : best;
        none |= !(y[i] == y[i]);
    }
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        const int other = __shfl_xor_sync(0xffffffffu, best, distance);
        none |= __shfl_xor_sync(0xffffffffu, none, distance);
        if (y[other] > y[best] || (y[other] == y[best] && other < best))
            best = other;
    }
    return none ? -1 : best;
}

#endif
