/* What follows from a program alone: shapes as the kernels take them, and which gradients training needs. */
#ifndef LS_COMPUTE_CUDA_PLAN_H
#define LS_COMPUTE_CUDA_PLAN_H

#include "base/error.h"
#include "kernels/kernels.h"

struct cuda_op {
    const struct op *op;
    int in, out;                 /* values of a sample */
    struct kernel_window window; /* convolution and pools */
    bool reaches_loss;
};

struct cuda_plan {
    const struct program *program; /* the caller's, which outlives the plan */
    struct cuda_op *ops;
    int *storage; /* per tensor: whose memory it uses; a flattened one its source's */
    bool *trains; /* per tensor: its gradient leads to parameters */
};

/* False for a program that the kernels cannot run. */
bool cuda_plan_init(struct cuda_plan *plan, const struct program *program, struct error *err);
void cuda_plan_deinit(struct cuda_plan *plan);

/* Floats of scratch that the kernels need for batches of `most`. */
size_t cuda_plan_scratch(const struct cuda_plan *plan, int most);

static inline const struct op *cuda_plan_last(const struct cuda_plan *plan)
{
    return &plan->program->ops[plan->program->op_count - 1];
}

static inline size_t cuda_plan_size(const struct cuda_plan *plan, int tensor)
{
    return shape_count(plan->program->tensors[tensor]);
}

#endif
