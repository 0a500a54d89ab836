/* What the families of operations share; private to compute/reference/. */
#ifndef LS_COMPUTE_REFERENCE_PRIVATE_H
#define LS_COMPUTE_REFERENCE_PRIVATE_H

#include "compute/op_math.h"
#include "compute/reference/reference_ops.h"

static inline size_t reference_at(struct shape s, int channel, int row, int column)
{
    return ((size_t)channel * (size_t)s.height + (size_t)row) * (size_t)s.width + (size_t)column;
}

static inline void reference_note_kink(const struct op_call *call, double distance)
{
    if (distance > 0.0 && distance < *call->kink)
        *call->kink = distance;
}

double reference_activate(const struct op_call *call, double x);
/* `x` is read of a GELU only. */
double reference_slope(const struct op_call *call, double x, double y);

/* Each for sample `n` of the batch. */
void reference_conv(const struct op_call *call, int n);
void reference_conv_backward(const struct op_call *call, int n);
void reference_max_pool(const struct op_call *call, int n);
void reference_max_pool_backward(const struct op_call *call, int n);
void reference_average_pool(const struct op_call *call, int n);
void reference_average_pool_backward(const struct op_call *call, int n);

/* Batch norm and layer norm, the whole batch. */
void reference_norm(const struct op_call *call);
void reference_norm_backward(const struct op_call *call);

#endif
