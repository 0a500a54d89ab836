/* Training at one learning rate. */
#ifndef LS_TESTS_CONSTANT_RATE_H
#define LS_TESTS_CONSTANT_RATE_H

#include "compute/compute.h"

enum { CONSTANT_RATE_STEPS = 4096 };

static inline void train_at(struct compute *compute, int steps, float learning_rate,
                            struct batch_metrics *out)
{
    float rates[CONSTANT_RATE_STEPS];
    LS_ASSERT(steps <= CONSTANT_RATE_STEPS);
    for (int i = 0; i < steps; i++)
        rates[i] = learning_rate;
    compute_train(compute, steps, rates, out);
}

#endif
