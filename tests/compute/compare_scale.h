/* On which scale the values of a tensor are compared. Its largest magnitude is one, but what sums made of
 * larger terms that cancelled has the rounding errors of these, and hands them on. */
#ifndef LS_TESTS_COMPARE_SCALE_H
#define LS_TESTS_COMPARE_SCALE_H

#include "compare.h"

/* Of what the reference holds of the slot's last batch. */
struct scales {
    int batch;
    double *values;    /* (tensor_count) */
    double *gradients; /* (tensor_count); 0 without gradients */
};

void scales_init(struct scales *scales, const struct pair *p, enum compute_slot slot, int batch,
                 bool gradients);
void scales_deinit(struct scales *scales);

/* Of the gradients of an operation's weight and bias, which are at p->expected in the flat vector. */
double scales_of_parameters(const struct scales *scales, const struct pair *p, const struct op *op);
/* Of the norm of all of them. */
double scales_of_gradient(const struct scales *scales, const struct pair *p);

#endif
