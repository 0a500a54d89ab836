/* The reference backend's insides, in double, for tests that differentiate numerically. Private to
 * compute/ and tests/compute/. */
#ifndef LS_COMPUTE_REFERENCE_H
#define LS_COMPUTE_REFERENCE_H

#include "compute/compute.h"

/* The live memory: a test may change it between calls. */
double *reference_parameters(struct compute *compute);
double *reference_tensor(struct compute *compute, enum compute_slot slot, int tensor);
const double *reference_parameter_gradients(const struct compute *compute, enum compute_slot slot);
const double *reference_tensor_gradient(const struct compute *compute, enum compute_slot slot, int tensor);

/* The loss of the slot's last batch, computed again from operation `first_op` on: the tensors that
 * earlier operations wrote stay as they are. */
double reference_loss_from(struct compute *compute, enum compute_slot slot, int first_op);

/* How far the slot's last forward stayed from a point without derivative; see reference_ops.h. */
double reference_kink_distance(const struct compute *compute, enum compute_slot slot);

/* By how much the slot's last forward may have enlarged a difference in the input of operation `op`, a norm;
 * see reference_ops.h. */
double reference_gain(const struct compute *compute, enum compute_slot slot, int op);

#endif
