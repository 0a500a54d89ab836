/* What follows from a program alone: shapes as the kernels take them, which gradients training needs, and
 * which of them are sums. */
#ifndef LS_COMPUTE_CUDA_PLAN_H
#define LS_COMPUTE_CUDA_PLAN_H

#include "kernels/kernels.h"

struct cuda_op {
    const struct op *op;
    int in, out;                 /* values of a sample */
    struct kernel_window window; /* convolution and pools */
    int channels, places;        /* of norms, as their kernels count them */
    bool reaches_loss;
    bool adds[2]; /* to the gradient of its inputs: an operation after it has written there before */
};

struct cuda_plan {
    const struct program *program; /* the caller's, which outlives the plan */
    struct cuda_op *ops;
    int *storage; /* per tensor: whose memory it uses; a flattened one its source's where nobody else reads it
                   */
    bool *trains; /* per tensor: its gradient leads to parameters */
    size_t part_size; /* values of the largest tensor whose gradient is a sum; 0: there is none */
};

void cuda_plan_init(struct cuda_plan *plan, const struct program *program);
void cuda_plan_deinit(struct cuda_plan *plan);

/* Whether the kernels can count what batches of up to `most` samples hold: false, and why in `text`. */
bool cuda_plan_check(const struct cuda_plan *plan, int most, char *text, size_t room);

/* Floats of scratch that the kernels need for batches of `most`. */
size_t cuda_plan_scratch(const struct cuda_plan *plan, int most);
/* Floats that an operation keeps from forward to backward: a batch norm's statistics of the batch and, behind
 * them, the sums of its way back; a layer norm's statistics. */
size_t cuda_plan_statistics(const struct cuda_op *op, int most);

static inline const struct op *cuda_plan_last(const struct cuda_plan *plan)
{
    return &plan->program->ops[plan->program->op_count - 1];
}

static inline size_t cuda_plan_size(const struct cuda_plan *plan, int tensor)
{
    return shape_count(plan->program->tensors[tensor]);
}

#endif
