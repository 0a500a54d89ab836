/* Whether an output gives its label; used by loss.cu. */
#ifndef LS_KERNELS_CORRECT_CUH
#define LS_KERNELS_CORRECT_CUH

#include "softmax.cuh"

/* Of y (size), as struct batch_metrics counts it where the loss is not a cross-entropy over classes. `label`
 * −1: no. All lanes of a warp call and get the same. */
__device__ inline bool is_correct_warp(const float *y, int size, int label)
{
    const int best = first_maximum_warp(y, size);
    if (label < 0 || best < 0)
        return false;
    return size == 1 ? (y[0] > 0.5f) == (label == 1) : best == label;
}

#endif
