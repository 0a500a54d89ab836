/* Work memory of one batch on the device: what forward and backward read and write. */
#ifndef LS_COMPUTE_CUDA_WORK_H
#define LS_COMPUTE_CUDA_WORK_H

#include "compute/cuda/carver.h"
#include "compute/cuda/plan.h"

struct cuda_products;

/* All addresses are the device's. Two works that run at the same time share nothing that is written. */
struct cuda_work {
    int most; /* the largest batch */
    struct kernel_step *step;
    const float *parameters;
    float *buffers;     /* running statistics, which only a training step writes */
    float **values;     /* (tensor_count), each (most, channels, height, width) */
    float **gradients;  /* dLoss/dvalues; equal addresses of a flattened tensor and its source save a copy */
    float **statistics; /* (op_count), of norms, for the way back; see plan.h */
    float *parameter_gradients;     /* NULL: not wanted */
    float *part;                    /* a gradient that is to be added to what another reader left; plan.h */
    int32_t *labels;                /* (most) */
    float *targets;                 /* (most, outputs) */
    float *losses;                  /* (most) */
    int32_t *correct;               /* (most) */
    float *scratch;                 /* see cuda_plan_scratch; zero at first */
    struct cuda_products *products; /* makes some dense products of training; NULL: our kernels make all */
};

/* Makes the host's arrays of addresses, to be freed by cuda_work_deinit. */
void cuda_work_init(struct cuda_work *work, const struct cuda_plan *plan, int most);
void cuda_work_deinit(struct cuda_work *work);

/* Places all but parameters, their gradients, buffers, values and gradients. */
void cuda_work_carve(struct cuda_work *work, const struct cuda_plan *plan, struct carver *carver);
/* Places values or gradients of every tensor. */
void cuda_work_carve_tensors(const struct cuda_plan *plan, struct carver *carver, float **tensors, int most);

#endif
