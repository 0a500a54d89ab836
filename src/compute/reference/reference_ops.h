/* The operations as their definitions read: plain loops in double over (batch, channels, height,
 * width). Slow and simple; what every other backend is compared with. */
#ifndef LS_COMPUTE_REFERENCE_OPS_H
#define LS_COMPUTE_REFERENCE_OPS_H

#include "compute/op.h"

/* y from x. `parameters` is the flat vector. `kink` is lowered to the smallest distance of any value
 * from a point where the operation has no derivative: a ReLU's input from 0, a max pool's maximum
 * from the runner-up. Exact zeros and ties do not count: every backend computes them alike. */
void reference_forward(const struct op *op, struct shape in, struct shape out, int batch,
                       const double *parameters, const double *x, double *y, double *kink);

/* Adds dLoss/dx to `dx` and dLoss/dparameters to `dparameters`, from dy = dLoss/dy. */
void reference_backward(const struct op *op, struct shape in, struct shape out, int batch,
                        const double *parameters, const double *x, const double *y, const double *dy,
                        double *dx, double *dparameters);

#endif
