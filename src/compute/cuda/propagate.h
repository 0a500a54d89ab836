/* A batch through the network: the kernels of forward and backward, enqueued on any stream, over any device
 * memory. */
#ifndef LS_COMPUTE_CUDA_PROPAGATE_H
#define LS_COMPUTE_CUDA_PROPAGATE_H

#include "compute/cuda/plan.h"

struct cuda_products;

/* Where a batch's numbers are; all addresses are the device's. Two works that run at the same time share
 * nothing that is written. */
struct cuda_work {
    int most; /* the largest batch */
    struct kernel_step *step;
    const float *parameters;
    float **values;    /* (tensor_count), each (most, channels, height, width) */
    float **gradients; /* dLoss/dvalues; equal addresses of a flattened tensor and its source save a copy */
    float *parameter_gradients;     /* NULL: not wanted */
    int32_t *labels;                /* (most) */
    float *targets;                 /* (most, outputs) */
    float *losses;                  /* (most) */
    int32_t *correct;               /* (most) */
    float *scratch;                 /* see cuda_plan_scratch; zero at first */
    struct cuda_products *products; /* makes some dense products of training; NULL: our kernels make all */
};

/* Which gradients of tensors backward makes. */
enum cuda_gradients {
    CUDA_GRADIENTS_NONE,          /* forward alone */
    CUDA_GRADIENTS_OF_PARAMETERS, /* what training needs */
    CUDA_GRADIENTS_BUT_INPUT,     /* of all tensors but the input */
    CUDA_GRADIENTS_ALL
};

/* The kernels of the batch that work->step names, from its input (values[0], labels, targets) to losses and
 * gradients. `float_targets`: work->targets are set; without, mean squared error is taken to one-hot labels.
 */
void cuda_propagate(const struct cuda_plan *plan, const struct cuda_work *work, struct CUstream_st *stream,
                    bool float_targets, enum cuda_gradients gradients);

#endif
