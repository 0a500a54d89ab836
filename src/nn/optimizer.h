/* Names of optimizers and of what they remember. */
#ifndef LS_NN_OPTIMIZER_H
#define LS_NN_OPTIMIZER_H

#include "compute/op.h"

enum { OPTIMIZER_COUNT = OPTIMIZER_ADAM + 1, OPTIMIZER_MOST_MOMENTS = 2 };

const char *optimizer_name(enum optimizer_kind kind); /* "sgd" */
bool optimizer_from_name(const char *name, enum optimizer_kind *kind);
/* What the optimizer calls its `moment`, 0 or 1, in PyTorch: "exp_avg". NULL: it has none. */
const char *optimizer_moment_name(enum optimizer_kind kind, int moment);

#endif
