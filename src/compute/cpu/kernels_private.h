/* The kernels' names within one instruction set; kernels_table.c gathers them. */
#ifndef LS_COMPUTE_CPU_KERNELS_PRIVATE_H
#define LS_COMPUTE_CPU_KERNELS_PRIVATE_H

#include "compute/cpu/kernels.h"
#include "compute/cpu/simd.h"

void LS_KERNEL(rows_to_lanes)(float *, const float *, size_t, size_t);
void LS_KERNEL(lanes_to_rows)(float *, size_t, const float *, size_t);
void LS_KERNEL(bytes_to_row)(float *, const uint8_t *, size_t);
void LS_KERNEL(pad)(float *, const float *, const struct border *);
void LS_KERNEL(crop)(float *, const float *, const struct border *);

void LS_KERNEL(dense_forward)(const struct dense_shape *, const float *, const float *, bool, const float *,
                              float *, int);
void LS_KERNEL(dense_input_gradient)(const struct dense_shape *, const float *, const float *, float *, int);
void LS_KERNEL(dense_weight_gradient)(const struct dense_shape *, const float *, const float *, size_t, int,
                                      int, int, float *, float *);

void LS_KERNEL(conv_forward)(const struct conv_shape *, const float *, const float *, bool, const float *,
                             float *);
void LS_KERNEL(conv_input_gradient)(const struct conv_shape *, const float *, const float *, float *);
void LS_KERNEL(conv_weight_gradient)(const struct conv_shape *, const float *, const float *, float *,
                                     float *);

void LS_KERNEL(max_pool_forward)(const struct pool_shape *, const float *, float *);
void LS_KERNEL(max_pool_gradient)(const struct pool_shape *, bool, const float *, const float *,
                                  const float *, float *);
void LS_KERNEL(average_pool_forward)(const struct pool_shape *, const float *, float *);
void LS_KERNEL(average_pool_gradient)(const struct pool_shape *, const float *, float *);

void LS_KERNEL(activate)(enum activation, float, const float *, float *, size_t);
void LS_KERNEL(activation_gradient)(enum activation, float, const float *, const float *, const float *,
                                    float *, size_t);
void LS_KERNEL(add)(float *, const float *, size_t);
void LS_KERNEL(add_two)(float *, const float *, const float *, size_t);

void LS_KERNEL(dropout_factors)(float *, size_t, float, uint64_t, uint32_t, uint64_t);
void LS_KERNEL(multiply)(const float *, const float *, float *, size_t);

void LS_KERNEL(batch_norm_moments)(const struct norm_shape *, int, const float *, struct norm_moments *);
void LS_KERNEL(batch_norm)(const struct norm_shape *, const struct channel_norm *, const float *,
                           const float *, const float *, float *);
void LS_KERNEL(batch_norm_sums)(const struct norm_shape *, const struct channel_norm *, const float *,
                                const float *, struct norm_sums *);
void LS_KERNEL(batch_norm_gradient)(const struct norm_shape *, const struct channel_norm *, const float *,
                                    int, const float *, const float *, float *);
void LS_KERNEL(layer_norm)(const struct norm_shape *, float, const float *, const float *, const float *,
                           float *, float *);
void LS_KERNEL(layer_norm_gradient)(const struct norm_shape *, const float *, const float *, const float *,
                                    const float *, float *);
void LS_KERNEL(layer_norm_parameters)(const struct norm_shape *, const float *, const float *, const float *,
                                      float *, float *);

void LS_KERNEL(softmax)(const float *, float *, int);
void LS_KERNEL(softmax_gradient)(const float *, const float *, float *, int);
double LS_KERNEL(cross_entropy)(const struct loss_group *, int *);
double LS_KERNEL(mean_squared_error)(const struct loss_group *, int *);
double LS_KERNEL(binary_cross_entropy)(const struct loss_group *, int *);

double LS_KERNEL(sum_of_squares)(const float *, size_t);
void LS_KERNEL(sgd)(float *, const float *, size_t, float, const struct optimizer *);
void LS_KERNEL(momentum)(float *, float *, const float *, size_t, float, const struct optimizer *);
void LS_KERNEL(nesterov)(float *, float *, const float *, size_t, float, const struct optimizer *);
void LS_KERNEL(rmsprop)(float *, float *, const float *, size_t, float, const struct optimizer *);
void LS_KERNEL(adam)(float *, float *, float *, const float *, size_t, const struct adam_step *);

#endif
