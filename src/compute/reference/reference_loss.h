/* The losses as op.h defines them, over a whole batch in double. */
#ifndef LS_COMPUTE_REFERENCE_LOSS_H
#define LS_COMPUTE_REFERENCE_LOSS_H

#include <stdint.h>

#include "compute/op.h"

struct loss_call {
    enum loss_kind kind;
    int batch;
    size_t outputs;
    const double *y;       /* (batch, outputs): the network's output */
    const double *z;       /* the last operation's input: what a softmax or a sigmoid was made of */
    const int32_t *labels; /* (batch); −1 without labels */
    const double *targets; /* (batch, outputs) */
};

double reference_loss(const struct loss_call *call);
int reference_correct(const struct loss_call *call);

/* Writes dLoss/dy and, of a cross-entropy, dLoss/dz in one well-conditioned formula. Returns whether it did
 * the latter: then the last operation is not to be run backward. */
bool reference_loss_backward(const struct loss_call *call, double *dy, double *dz);

#endif
