/* What a step does with the loss's gradient before the optimizer. Private to the reference. */
#ifndef LS_COMPUTE_REFERENCE_REFERENCE_ADJUST_H
#define LS_COMPUTE_REFERENCE_REFERENCE_ADJUST_H

#include "compute/backend.h"

/* Penalties, clipping and noise as struct optimizer in op.h has them, of the schedule's next step. Returns
 * `adjusted` (parameter_count), filled, or, where there is nothing of it to do, `gradient`. */
const double *reference_adjust(const struct compute *compute, const struct optimizer *optimizer,
                               const struct compute_update *update, const double *parameters,
                               const double *gradient, double *adjusted);

#endif
