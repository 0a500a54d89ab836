/* The CPU backend's inner loops. The same sources are compiled once per instruction set; each makes one
 * table of this type, and isa.c picks the table for the CPU at hand.
 *
 * The samples of a batch lie in groups of `lanes`. A tensor of one group is (values, lanes): value i of
 * sample n of the group is at [i * lanes + n], so that one vector holds the same value of all samples
 * of a group, and a weight is one number for the whole vector. Tensors are 64-byte aligned. `row`
 * buffers are sample by sample: (samples, row_stride), row_stride a multiple of `lanes`. */
#ifndef LS_COMPUTE_CPU_KERNELS_H
#define LS_COMPUTE_CPU_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "compute/op.h"
#include "compute/op_math.h"

/* y = W x + b over `groups` groups. W is (outputs, inputs). */
struct dense_shape {
    int inputs, outputs;
};

/* The input already has its padding: height = (out_height − 1) · stride_h + kernel_h or more. */
struct conv_shape {
    int in_channels, height, width;
    int out_channels, out_height, out_width;
    int kernel_h, kernel_w, stride_h, stride_w;
};

/* The input has no padding; windows are clipped to it. */
struct pool_shape {
    int channels, height, width, out_height, out_width;
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w;
};

/* What a loss kernel reads of one group. */
struct loss_group {
    const float *output; /* (outputs, lanes) */
    const float *logits; /* the softmax's input, for cross-entropy */
    int outputs;
    int samples;                 /* the lanes in use; the others get no loss and no gradient */
    const int32_t *labels;       /* (samples); NULL without */
    const float *const *targets; /* (samples) pointers to (outputs); NULL: one-hot labels */
    float scale;                 /* of the gradient: 1 / batch, for MSE 2 / (batch · outputs) */
    float *gradient;             /* dLoss/dlogits or dLoss/doutput, (outputs, lanes); NULL: forward alone */
};

struct cpu_kernels {
    const char *name; /* "AVX-512" */
    int lanes;

    /* (lanes) rows ↔ one group; `rows` is read and written in whole vectors up to row_stride. */
    void (*rows_to_lanes)(float *lanes, const float *rows, size_t row_stride, size_t count);
    void (*lanes_to_rows)(float *rows, size_t row_stride, const float *lanes, size_t count);
    void (*bytes_to_row)(float *row, const uint8_t *bytes, size_t count);
    /* (channels, height, width) into the middle of zeros, and the middle back. */
    void (*pad)(float *padded, const float *x, int channels, int height, int width, int padding_h,
                int padding_w);
    void (*crop)(float *x, const float *padded, int channels, int height, int width, int padding_h,
                 int padding_w);

    void (*dense_forward)(const struct dense_shape *shape, const float *weight, const float *bias, bool relu,
                          const float *x, float *y, int groups);
    void (*dense_input_gradient)(const struct dense_shape *shape, const float *weight, const float *dz,
                                 float *dx, int groups);
    /* Rows first … last−1 of dW and db (may be NULL) over `samples` samples. x is rows. */
    void (*dense_weight_gradient)(const struct dense_shape *shape, const float *dz, const float *x_rows,
                                  size_t row_stride, int samples, int first, int last, float *dweight,
                                  float *dbias);

    /* One group each. Weight and bias gradients are added to what is there; dx is overwritten. */
    void (*conv_forward)(const struct conv_shape *shape, const float *weight, const float *bias, bool relu,
                         const float *x, float *y);
    void (*conv_input_gradient)(const struct conv_shape *shape, const float *weight, const float *dz,
                                float *dx);
    void (*conv_weight_gradient)(const struct conv_shape *shape, const float *dz, const float *x,
                                 float *dweight, float *dbias);

    void (*max_pool_forward)(const struct pool_shape *shape, const float *x, float *y);
    /* With `relu`, x is the output of a ReLU and dx the gradient of its input. */
    void (*max_pool_gradient)(const struct pool_shape *shape, bool relu, const float *x, const float *y,
                              const float *dy, float *dx);
    void (*average_pool_forward)(const struct pool_shape *shape, const float *x, float *y);
    void (*average_pool_gradient)(const struct pool_shape *shape, const float *dy, float *dx);

    /* Element by element; `count` floats, a multiple of `lanes`. y may be x; dz may be dy. */
    void (*activate)(enum activation activation, const float *x, float *y, size_t count);
    void (*activation_gradient)(enum activation activation, const float *y, const float *dy, float *dz,
                                size_t count);
    void (*add)(float *sum, const float *x, size_t count);

    /* One group. */
    void (*softmax)(const float *x, float *y, int count);
    void (*softmax_gradient)(const float *y, const float *dy, float *dx, int count);
    /* Sum of the samples' losses; `correct` counts samples whose largest output is the label. */
    double (*cross_entropy)(const struct loss_group *group, int *correct);
    double (*mean_squared_error)(const struct loss_group *group, int *correct);

    /* Any `count`, any alignment. */
    double (*sum_of_squares)(const float *x, size_t count);
    void (*sgd)(float *w, const float *g, size_t count, float learning_rate,
                const struct optimizer *optimizer);
    void (*momentum)(float *w, float *v, const float *g, size_t count, float learning_rate,
                     const struct optimizer *optimizer);
    void (*nesterov)(float *w, float *v, const float *g, size_t count, float learning_rate,
                     const struct optimizer *optimizer);
    void (*rmsprop)(float *w, float *v, const float *g, size_t count, float learning_rate,
                    const struct optimizer *optimizer);
    void (*adam)(float *w, float *m, float *v, const float *g, size_t count, const struct adam_step *step);
};

extern const struct cpu_kernels cpu_kernels_generic;
#ifdef LS_CPU_X86_64
extern const struct cpu_kernels cpu_kernels_avx2;
extern const struct cpu_kernels cpu_kernels_avx512;
#endif

#endif
