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

/* The input already has its padding: height = (out_height − 1) · stride_h + dilation_h · (kernel_h − 1) + 1
 * or more. */
struct conv_shape {
    int in_channels, height, width;
    int out_channels, out_height, out_width;
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
};

/* An image, and the rows and columns of zeros around it. */
struct border {
    int channels, height, width;
    int top, left, bottom, right;
};

/* The input has no padding; windows are clipped to it. */
struct pool_shape {
    int channels, height, width, out_height, out_width;
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w;
    bool counts_padding; /* average pool: divide by the whole window, not by what of it lies in the input */
};

/* A batch norm's channels and the places of each; of a layer norm over all values these and 1 place. */
struct norm_shape {
    size_t channels, places;
};

/* A batch norm's channel in one group: its mean, and the sum of the squares of the distances from it. */
struct norm_moments {
    double mean, squares;
};

/* … and Σ dy and Σ dy·x̂, the gradients of β and γ, x̂ = (x − mean) · inverse. */
struct norm_sums {
    double slopes, products;
};

/* A batch norm's channel as it is applied: inverse = 1 / √(variance + epsilon). In training the gradient goes
 * through mean and variance: the means of dy and dy·x̂ over the batch, else 0. */
struct channel_norm {
    float mean, inverse;
    float mean_slope, mean_product;
};

/* What a loss kernel reads of one group. */
struct loss_group {
    const float *output; /* (outputs, lanes) */
    const float *logits; /* the input of the softmax or the sigmoid, for the cross-entropies */
    int outputs;
    int samples;                 /* the lanes in use; the others get no loss and no gradient */
    const int32_t *labels;       /* (samples); NULL without */
    const float *const *targets; /* (samples) pointers to (outputs); NULL: from labels as op.h says */
    float scale;                 /* of the gradient, as op_math.h has it */
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
    void (*pad)(float *padded, const float *x, const struct border *border);
    void (*crop)(float *x, const float *padded, const struct border *border);

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

    /* Element by element; `count` floats, a multiple of `lanes`. y may be x; dz may be dy. `x` of
     * activation_gradient is read where op_slope_needs_input, else `y`. */
    void (*activate)(enum activation activation, float alpha, const float *x, float *y, size_t count);
    void (*activation_gradient)(enum activation activation, float alpha, const float *x, const float *y,
                                const float *dy, float *dz, size_t count);
    void (*add)(float *sum, const float *x, size_t count);
    void (*add_two)(float *sum, const float *x, const float *y, size_t count);

    /* Of the group whose first value has the index `first`, by op_dropout_keeps: 0 or 1 / (1 − rate); (count,
     * lanes). */
    void (*dropout_factors)(float *factors, size_t count, float rate, uint64_t seed, uint32_t step,
                            uint64_t first);
    /* 0 where the factor is. */
    void (*multiply)(const float *x, const float *factors, float *y, size_t count);

    /* One group, all arrays by channel. γ and β may be NULL. Lanes from `samples` on do not count and get no
     * gradient; their dy is 0. */
    void (*batch_norm_moments)(const struct norm_shape *shape, int samples, const float *x,
                               struct norm_moments *moments);
    void (*batch_norm)(const struct norm_shape *shape, const struct channel_norm *norms, const float *weight,
                       const float *bias, const float *x, float *y);
    void (*batch_norm_sums)(const struct norm_shape *shape, const struct channel_norm *norms, const float *x,
                            const float *dy, struct norm_sums *sums);
    void (*batch_norm_gradient)(const struct norm_shape *shape, const struct channel_norm *norms,
                                const float *weight, int samples, const float *x, const float *dy, float *dx);
    /* One group. `statistics` (2, places, lanes): means and 1 / √(variance + epsilon), for the gradients.
     * Those of the parameters are added to what is there and may be NULL. */
    void (*layer_norm)(const struct norm_shape *shape, float epsilon, const float *weight, const float *bias,
                       const float *x, float *y, float *statistics);
    void (*layer_norm_gradient)(const struct norm_shape *shape, const float *weight, const float *statistics,
                                const float *x, const float *dy, float *dx);
    void (*layer_norm_parameters)(const struct norm_shape *shape, const float *statistics, const float *x,
                                  const float *dy, float *dweight, float *dbias);

    /* One group. */
    void (*softmax)(const float *x, float *y, int count);
    void (*softmax_gradient)(const float *y, const float *dy, float *dx, int count);
    /* Sum of the samples' losses; `correct` counts as struct batch_metrics says. */
    double (*cross_entropy)(const struct loss_group *group, int *correct);
    double (*mean_squared_error)(const struct loss_group *group, int *correct);
    double (*binary_cross_entropy)(const struct loss_group *group, int *correct);

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
