/* A batch through the network: the kernels of forward and backward, enqueued on any stream, over any device
 * memory. */
#ifndef LS_COMPUTE_CUDA_PROPAGATE_H
#define LS_COMPUTE_CUDA_PROPAGATE_H

#include "compute/cuda/work.h"

/* Which gradients of tensors backward makes. */
enum cuda_gradients {
    CUDA_GRADIENTS_NONE,          /* forward alone */
    CUDA_GRADIENTS_OF_PARAMETERS, /* what training needs */
    CUDA_GRADIENTS_BUT_INPUT,     /* of all tensors but the input */
    CUDA_GRADIENTS_ALL
};

enum cuda_mode {
    CUDA_EVALUATION, /* no dropout, running statistics */
    CUDA_TRAINING,   /* dropout by the step's draws, statistics of the batch */
    CUDA_STEP        /* the same, and running statistics move */
};

/* The kernels of the batch that work->step names, from its input (values[0], labels, targets) to losses and
 * gradients. `float_targets`: work->targets are set; without, errors are taken to the labels.
 */
void cuda_propagate(const struct cuda_plan *plan, const struct cuda_work *work, struct CUstream_st *stream,
                    bool float_targets, enum cuda_gradients gradients, enum cuda_mode mode);

#endif
