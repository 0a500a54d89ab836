/* What follows from a program alone: which tensors share memory, which gradients training needs, how
 * much work memory a thread takes. */
#ifndef LS_COMPUTE_CPU_PLAN_H
#define LS_COMPUTE_CPU_PLAN_H

#include "compute/cpu/kernels.h"

struct tensor_plan {
    size_t count;      /* values of one sample */
    int storage;       /* the tensor whose memory it uses: itself, or for a flattened one its source */
    bool has_rows;     /* a dense operation reads it (true for a storage tensor) */
    size_t row_stride; /* of its rows; a multiple of the lanes */
    bool trains;       /* its gradient leads to parameters */
    int deferred_pool; /* the operation that makes its gradient only for those who ask; −1: made in backward
                        */
};

struct op_plan {
    const struct op *op;
    struct shape in, out;
    struct dense_shape dense;
    struct conv_shape conv;
    struct border border; /* of a convolution, */
    bool padded;          /* and is there one? */
    struct pool_shape pool;
    bool reaches_loss;
    /* Has another reader put its part into the gradient of the first or second input before? */
    bool adds[2];
    bool deferred; /* a max pool over a convolution with ReLU, which takes both in one go */
    struct norm_shape norm;
    size_t norm_offset; /* of a batch norm's channels among those of all batch norms */
    size_t weight_count, bias_count;
    size_t sum_offset; /* of its weights, then bias, in a thread's sums; not of dense operations */
};

struct plan {
    const struct program *program;
    struct tensor_plan *tensors;
    struct op_plan *ops;
    size_t sum_count;     /* floats of a thread's sums of parameter gradients */
    size_t norm_count;    /* channels of all batch norms */
    size_t padded_count;  /* values of the largest padded input of a convolution */
    size_t slope_count;   /* values of the largest output of a convolution */
    size_t largest_count; /* values of the largest tensor */
    int gradient_ops; /* operations whose gradient is to make: the loss has made that of a softmax or sigmoid
                       */
    int groups_at_once; /* groups that a thread takes through the program together */
};

void plan_init(struct plan *plan, const struct program *program, int lanes);
void plan_deinit(struct plan *plan);

#endif
