/* The operations as their definitions read: plain loops in double over (batch, channels, height,
 * width). Slow and simple; what every other backend is compared with. */
#ifndef LS_COMPUTE_REFERENCE_OPS_H
#define LS_COMPUTE_REFERENCE_OPS_H

#include <stdint.h>

#include "compute/op.h"

/* One operation over a whole batch. Forward writes y, kink, gain and, of a batch norm in training,
 * `batch_statistics`; backward reads all of that and dy, and adds to dx, dx2 and dparameters. */
struct op_call {
    const struct op *op;
    int number; /* of the operation in the program: names a dropout's draws */
    struct shape in, second, out;
    int batch;
    bool training;
    uint64_t seed, step;      /* of the draws */
    const double *parameters; /* the flat vector */
    const double *buffers;    /* the flat vector */
    double *batch_statistics; /* laid out as the buffers: means and biased variances of this batch */
    const double *x, *x2;     /* the inputs; x2 is NULL where there is one */
    double *y;
    /* Lowered to the smallest distance of any value from a point where the operation has no derivative: a
     * ReLU's input from 0, a max pool's maximum from the runner-up. Exact zeros and ties do not count: every
     * backend computes them alike. */
    double *kink;
    double *gain;     /* a norm writes the largest |γ| / √(σ² + epsilon) */
    const double *dy; /* dLoss/dy */
    double *dx, *dx2; /* the same memory where both inputs are one tensor */
    double *dparameters;
};

void reference_forward(const struct op_call *call);
void reference_backward(const struct op_call *call);

/* A training step's part of a batch norm: moves its running statistics in `buffers` towards the batch's. */
void reference_move_statistics(const struct op *op, struct shape in, int batch,
                               const double *batch_statistics, double *buffers);

#endif
