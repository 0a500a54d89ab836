/* Activations at the end of a product and the gradient before them; used by dense.cu and convolution.cu. */
#ifndef LS_KERNELS_ACTIVATION_CUH
#define LS_KERNELS_ACTIVATION_CUH

#include "compute/op_math.h"

#include "launch.h"

/* Not those whose slope needs the input (op_slope_needs_input): an activation here keeps nothing but y. */
struct ending {
    enum activation activation;
    float alpha;

    __device__ float of(float x) const
    {
        return op_slope_needs_input(activation) ? x : op_activate(activation, alpha, x);
    }
    __device__ float slope(float y) const
    {
        return op_slope_needs_input(activation) ? 1.0f : op_activation_slope(activation, alpha, 0.0f, y);
    }
};

/* dz, the gradient before the activation, made while dy is read. */
struct ending_gradient {
    const float *y, *dy;
    struct ending ending;

    __device__ float at(size_t i) const
    {
        return ending.activation == ACTIVATION_LINEAR ? dy[i] : dy[i] * ending.slope(y[i]);
    }
};

#endif
