/* Operations: what a backend can run. A program is a straight list of operations over numbered
 * tensors; it knows nothing of layers. */
#ifndef LS_COMPUTE_OP_H
#define LS_COMPUTE_OP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/host_device.h"

enum activation { ACTIVATION_LINEAR, ACTIVATION_SIGMOID, ACTIVATION_TANH, ACTIVATION_RELU };

enum op_kind {
    OP_DENSE,          /* y = act(W x + b); W (out, in) over the flattened input */
    OP_CONV2D,         /* cross-correlation with bias and activation; W (out, in, kernel_h, kernel_w) */
    OP_MAX_POOL2D,     /* padding counts as −∞; the first maximum in row order wins */
    OP_AVERAGE_POOL2D, /* padding counts as 0 and is counted in the mean (Keras 'valid' has none) */
    OP_FLATTEN,        /* same values, shape (count, 1, 1) */
    OP_ACTIVATION,     /* y = act(x), element by element */
    OP_SOFTMAX         /* over all values of a sample, shifted by the maximum */
};

enum loss_kind {
    /* −log p[label], p from an OP_SOFTMAX; computed from its input by log-sum-exp; mean over batch.
     * The gradient with respect to the softmax's input is (p − onehot) / batch. */
    LOSS_CROSS_ENTROPY,
    /* mean over batch and outputs of (y − target)²; target is the one-hot label, or the data's
     * float targets where it has them. */
    LOSS_MSE
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
    int input, output;          /* tensor numbers; every tensor is written by one operation */
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w; /* conv2d, pools */
    bool has_bias;                                                    /* dense, conv2d */
    size_t weight_offset, bias_offset; /* into the flat parameter vector, in floats */
};

/* Tensor 0 is the input; operation i reads tensors written before it. The last operation's output
 * is the network's output. */
struct program {
    struct shape *tensors; /* (tensor_count) */
    int tensor_count;
    struct op *ops; /* (op_count), in execution order */
    int op_count;
    size_t parameter_count; /* floats in the flat parameter vector */
    enum loss_kind loss;
};

/* Hyperparameters, with PyTorch's meanings and defaults. All but AdamW take weight decay as an L2 penalty,
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
};

#endif
