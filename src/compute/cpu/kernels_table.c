/* The table of one instruction set. */
#include "compute/cpu/kernels_private.h"

#if defined(LS_ISA_AVX512)
#define NAME "AVX-512"
#elif defined(LS_ISA_AVX2)
#define NAME "AVX2"
#elif defined(__SSE2__)
#define NAME "SSE2"
#else
#define NAME "portable code"
#endif

const struct cpu_kernels LS_KERNEL(cpu_kernels) = {
    .name = NAME,
    .lanes = LANES,
    .rows_to_lanes = LS_KERNEL(rows_to_lanes),
    .lanes_to_rows = LS_KERNEL(lanes_to_rows),
    .bytes_to_row = LS_KERNEL(bytes_to_row),
    .pad = LS_KERNEL(pad),
    .crop = LS_KERNEL(crop),
    .dense_forward = LS_KERNEL(dense_forward),
    .dense_input_gradient = LS_KERNEL(dense_input_gradient),
    .dense_weight_gradient = LS_KERNEL(dense_weight_gradient),
    .conv_forward = LS_KERNEL(conv_forward),
    .conv_input_gradient = LS_KERNEL(conv_input_gradient),
    .conv_weight_gradient = LS_KERNEL(conv_weight_gradient),
    .max_pool_forward = LS_KERNEL(max_pool_forward),
    .max_pool_gradient = LS_KERNEL(max_pool_gradient),
    .average_pool_forward = LS_KERNEL(average_pool_forward),
    .average_pool_gradient = LS_KERNEL(average_pool_gradient),
    .activate = LS_KERNEL(activate),
    .activation_gradient = LS_KERNEL(activation_gradient),
    .add = LS_KERNEL(add),
    .add_two = LS_KERNEL(add_two),
    .dropout_factors = LS_KERNEL(dropout_factors),
    .multiply = LS_KERNEL(multiply),
    .batch_norm_moments = LS_KERNEL(batch_norm_moments),
    .batch_norm = LS_KERNEL(batch_norm),
    .batch_norm_sums = LS_KERNEL(batch_norm_sums),
    .batch_norm_gradient = LS_KERNEL(batch_norm_gradient),
    .layer_norm = LS_KERNEL(layer_norm),
    .layer_norm_gradient = LS_KERNEL(layer_norm_gradient),
    .layer_norm_parameters = LS_KERNEL(layer_norm_parameters),
    .softmax = LS_KERNEL(softmax),
    .softmax_gradient = LS_KERNEL(softmax_gradient),
    .cross_entropy = LS_KERNEL(cross_entropy),
    .mean_squared_error = LS_KERNEL(mean_squared_error),
    .binary_cross_entropy = LS_KERNEL(binary_cross_entropy),
    .sum_of_squares = LS_KERNEL(sum_of_squares),
    .sgd = LS_KERNEL(sgd),
    .momentum = LS_KERNEL(momentum),
    .nesterov = LS_KERNEL(nesterov),
    .rmsprop = LS_KERNEL(rmsprop),
    .adam = LS_KERNEL(adam),
};
