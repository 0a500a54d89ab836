/* Operations: what a backend can run. A program is a straight list of operations over numbered
 * tensors; it knows nothing of layers. */
#ifndef LS_COMPUTE_OP_H
#define LS_COMPUTE_OP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/host_device.h"

/* `alpha` is struct op's. The slope of a GELU does not follow from its output, so that only OP_ACTIVATION may
 * have one: a dense or a convolution keeps nothing but its output. */
enum activation {
    ACTIVATION_LINEAR,
    ACTIVATION_SIGMOID,
    ACTIVATION_TANH,
    ACTIVATION_RELU,
    ACTIVATION_LEAKY_RELU, /* x < 0: alpha·x; Maas et al. 2013. alpha ≥ 0 */
    ACTIVATION_ELU,        /* x < 0: alpha·(eˣ − 1); Clevert et al. 2016. alpha ≥ 0 */
    ACTIVATION_GELU,       /* x·Φ(x) = x/2·(1 + erf(x/√2)); Hendrycks & Gimpel 2016 */
    ACTIVATION_GELU_TANH   /* its approximation x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), same paper */
};

/* Training mode is a COMPUTE_TRAIN batch that runs backward; all else is evaluation. */
enum op_kind {
    OP_DENSE,          /* y = act(W x + b); W (out, in) over the flattened input */
    OP_CONV2D,         /* cross-correlation with bias and activation; W (out, in, kernel_h, kernel_w) */
    OP_MAX_POOL2D,     /* padding counts as −∞; the first maximum in row order wins */
    OP_AVERAGE_POOL2D, /* mean of the window; padding counts as 0 and, with counts_padding, in the divisor */
    OP_FLATTEN,        /* same values, shape (count, 1, 1) */
    OP_ACTIVATION,     /* y = act(x), element by element */
    OP_SOFTMAX,        /* over all values of a sample, shifted by the maximum */
    OP_DROPOUT, /* training: y = x / (1 − rate) where op_dropout_keeps (op_math.h), else 0; evaluation:
                 * y = x. Srivastava et al. 2014, in the inverted form of Keras and PyTorch */
    OP_BATCH_NORM, /* per channel: y = γ·(x − μ) / √(σ² + epsilon) + β; Ioffe & Szegedy 2015. Training: μ and
                    * σ² (biased) over the batch, rows and columns, and gradients go through them. A training
                    * step, not compute_run, then moves the running statistics: r += momentum·(new − r), the
                    * new variance divided by n − 1 with `unbiased`, where n > 1. Evaluation: the running
                    * ones. */
    OP_LAYER_NORM, /* of each sample, its biased variance: y = γ·(x − μ) / √(σ² + epsilon) + β; Ba et al.
                    * 2016. With over_channels at each place over its channels, γ and β (channels) long, as
                    * Keras's does; else over all values, γ and β as long as these, as PyTorch's does. */
    OP_ADD,        /* y = x + second, of one shape */
    OP_CONCATENATE /* the channels of x, then those of second; equal heights and widths */
};
enum { OP_KIND_COUNT = OP_CONCATENATE + 1 };

enum loss_kind {
    /* −log p[label], p from an OP_SOFTMAX; computed from its input by log-sum-exp; mean over batch.
     * The gradient with respect to the softmax's input is (p − onehot) / batch. */
    LOSS_CROSS_ENTROPY,
    /* mean over batch and outputs of (y − target)²; target is the one-hot label, or the data's
     * float targets where it has them. The label itself where there is one output. */
    LOSS_MSE,
    /* mean over batch and outputs of −(t log y + (1 − t) log(1 − y)) with LOSS_MSE's targets t; y from an
     * OP_ACTIVATION with the sigmoid. Computed from its input z: max(z, 0) − z·t + log(1 + e^−|z|). The
     * gradient with respect to z is (y − t) / (batch · outputs). */
    LOSS_BINARY_CROSS_ENTROPY
};

enum optimizer_kind {
    OPTIMIZER_SGD,
    OPTIMIZER_MOMENTUM,
    OPTIMIZER_NESTEROV,
    OPTIMIZER_RMSPROP,
    OPTIMIZER_ADAM,
    OPTIMIZER_ADAMW
};
enum { OPTIMIZER_COUNT = OPTIMIZER_ADAMW + 1 };

/* The shape of one sample; a vector of n values is (n, 1, 1). */
struct shape {
    int channels, height, width;
};

LS_HOST_DEVICE size_t shape_count(struct shape s)
{
    return (size_t)s.channels * (size_t)s.height * (size_t)s.width;
}

struct op {
    enum op_kind kind;
    enum activation activation; /* dense, conv2d, activation */
    float alpha;                /* of a leaky ReLU or an ELU */
    int input, output;          /* tensor numbers; every tensor is written by one operation */
    int second;                 /* the second input of add and concatenate; may be `input` */
    /* conv2d, pools. padding_h and padding_w are before the first row and column, the _end ones after the
     * last; the output's size is floor((size + both paddings − dilation·(kernel − 1) − 1) / stride) + 1. */
    int kernel_h, kernel_w, stride_h, stride_w;
    int padding_h, padding_w, padding_end_h, padding_end_w;
    int dilation_h, dilation_w;        /* conv2d: the distance of the kernel's rows and columns, 1 or more */
    bool counts_padding;               /* average pool */
    bool has_weight;                   /* batch and layer norm: γ; dense and conv2d always have one */
    bool has_bias;                     /* dense, conv2d; batch and layer norm: β */
    size_t weight_offset, bias_offset; /* into the flat parameter vector, in floats */
    float rate;                        /* dropout: 0 ≤ rate < 1 */
    float epsilon;                     /* norms */
    bool over_channels;                /* layer norm */
    float momentum;                    /* batch norm, as all from here */
    bool unbiased;
    size_t buffer_offset; /* into the flat buffer vector: running means (channels), then variances */
};

/* 2 where `second` counts. */
LS_HOST_DEVICE int op_input_count(const struct op *op)
{
    return op->kind == OP_ADD || op->kind == OP_CONCATENATE ? 2 : 1;
}

/* Added to the loss's gradient of `count` parameters from `offset` before clipping: l1·sign(w) + 2·l2·w, the
 * gradient of l1·Σ|w| + l2·Σw², as Keras has it. No loss reported anywhere contains the penalty. */
struct penalty {
    size_t offset, count;
    float l1, l2;
};

/* Tensor 0 is the input; operation i reads tensors written before it. The last operation's output
 * is the network's output. A tensor may be read by several operations: its gradient is the sum. */
struct program {
    struct shape *tensors; /* (tensor_count) */
    int tensor_count;
    struct op *ops; /* (op_count), in execution order */
    int op_count;
    size_t parameter_count; /* floats in the flat parameter vector */
    size_t buffer_count; /* floats in the flat buffer vector: what changes in training without a gradient */
    struct penalty *penalties; /* (penalty_count), in order, without overlap; NULL when there is none */
    int penalty_count;
    enum loss_kind loss;
};

/* What a step does with the gradient g of the loss, in this order: penalties (struct penalty); clipping by
 * value, to ±clip_value; clipping by norm, times min(1, clip_norm / (‖g‖ + 1e-6)) with the Euclidean norm of
 * all of g, as PyTorch's clip_grad_norm_; noise (Neelakantan et al. 2015): plus a normal draw of variance
 * noise / (1 + t)^noise_decay, t counting updates from 0; then the optimizer. Gradients that are read, their
 * norm in batch_metrics too, are those of the loss alone.
 *
 * Hyperparameters, with PyTorch's meanings and defaults. All but AdamW take weight decay as an L2 penalty,
 * which adds weight_decay·w to g; biases decay too.
 * SGD: w −= lr·g.
 * Momentum: v = momentum·v + g; w −= lr·v.
 * Nesterov (Sutskever et al. 2013, in PyTorch's form): the same v; w −= lr·(g + momentum·v).
 * RMSprop (Hinton 2012): v = alpha·v + (1 − alpha)·g²; w −= lr·g / (√v + epsilon).
 * Adam (Kingma & Ba 2015): m = beta1·m + (1 − beta1)·g, v = beta2·v + (1 − beta2)·g²; with m̂ = m / (1 −
 * beta1ᵗ) and v̂ = v / (1 − beta2ᵗ) at update t, from 1 on: w −= lr·m̂ / (√v̂ + epsilon). AdamW (Loshchilov &
 * Hutter 2019): first w −= lr·weight_decay·w, then Adam without the penalty. State: v of momentum, Nesterov
 * and RMSprop and m of the Adams are moment 1, v of the Adams is moment 2. */
struct optimizer {
    enum optimizer_kind kind;
    float momentum;     /* 0.9 */
    float beta1, beta2; /* 0.9, 0.999 */
    float epsilon;      /* 1e-8 */
    float alpha;        /* 0.99 */
    float weight_decay; /* 0; AdamW 0.01 */
    float clip_value;   /* 0: no clipping by value */
    float clip_norm;    /* 0: no clipping by norm */
    float noise;        /* 0: none */
    float noise_decay;  /* 0.55 */
};

#endif
