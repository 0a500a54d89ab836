/* The CPU backend's own struct; private to compute/cpu/. */
#ifndef LS_COMPUTE_CPU_CPU_H
#define LS_COMPUTE_CPU_CPU_H

#include "compute/backend.h"
#include "compute/cpu/kernels.h"
#include "compute/cpu/memory.h"
#include "compute/cpu/plan.h"
#include "compute/cpu/pool.h"

struct cpu_compute {
    struct compute base;
    const struct cpu_kernels *kernels;
    struct plan plan;
    struct cpu_pool *pool;
    struct slot_memory slots[COMPUTE_SLOT_COUNT];
    struct thread_memory *threads; /* one per thread of the pool */
    float *parameters;             /* (parameter_count), as the next two */
    float *moment1, *moment2;      /* of the optimizer; see op.h */
    struct optimizer optimizer;
};

/* What the threads work on together: one batch through one slot. */
struct cpu_job {
    struct cpu_compute *cpu;
    struct slot_memory *slot;
    const struct compute_batch *batch;
    bool backward;
    bool all_gradients;                  /* of tensors that lead to no parameters, too */
    const struct compute_update *update; /* NULL: leave the parameters alone */
    struct adam_step adam;               /* when update is set and the optimizer is Adam or AdamW */
    int threads;                         /* active ones */
    int groups;                          /* of the batch */
};

/* propagate.c: groups first … last−1 of the slot, at most plan.groups_at_once. `sample` is the number
 * within the batch of the first group's first sample. */
void cpu_forward(const struct cpu_job *job, struct thread_memory *memory, int first, int last, int sample);
void cpu_backward(const struct cpu_job *job, struct thread_memory *memory, int first, int last);

/* update.c: gradients and new values of the parameters that `thread` owns, once all threads are through
 * backward. */
void cpu_update(const struct cpu_job *job, int thread);

/* The samples of group `group` that are in use, when its first one is number `sample` of `count`. */
static inline int cpu_group_samples(int lanes, int sample, int count)
{
    return count - sample < lanes ? count - sample : lanes;
}

/* dLoss/d(W x + b) of a dense operation: (groups, outputs, lanes). */
static inline float *cpu_dense_slopes(const struct slot_memory *slot, const struct plan *plan, int op)
{
    return slot->slopes[op] ? slot->slopes[op] : slot->gradients[plan->ops[op].op->output];
}

#endif
