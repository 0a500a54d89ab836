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
    float *buffers;                /* (buffer_count) */
    struct optimizer optimizer;
    float *adjusted; /* (parameter_count) the gradient on its way to the optimizer; NULL until it is needed */
};

/* What the threads work on together: one batch through one slot. */
struct cpu_job {
    struct cpu_compute *cpu;
    struct slot_memory *slot;
    const struct compute_batch *batch;
    bool backward;
    bool training;                       /* the mode; see op.h */
    bool all_gradients;                  /* of tensors that lead to no parameters, too */
    const struct compute_update *update; /* NULL: leave the parameters alone */
    struct adam_step adam;               /* when update is set and the optimizer is Adam or AdamW */
    bool adjusts; /* penalties, clipping or noise stand between the gradient and the optimizer */
    int threads;  /* active ones */
    int groups;   /* of the batch */
};

/* The groups first … last−1 of the slot that one thread works on, at most plan.groups_at_once; `sample` is
 * the number within the batch of the first one's first sample. */
struct cpu_part {
    const struct cpu_job *job;
    struct thread_memory *memory;
    int first, last, sample;
};

/* batch.c: all of a batch, the work of each thread; `context` is the job. */
void cpu_process_batch(void *context, int thread);

/* propagate.c: operations from … to−1, after the last one the loss; from CPU_INPUT, the input before the
 * first. */
enum { CPU_INPUT = -1 };
void cpu_forward(const struct cpu_part *part, int from, int to);
/* Operations from−1 … to; the loss has left its gradient. */
void cpu_backward(const struct cpu_part *part, int from, int to);

/* operations.c: one operation. The gradient of its input number `side` goes to `dx`, one group after the
 * other; NULL: nobody needs it. Gradients of parameters come with side 0. */
void cpu_operation(const struct cpu_part *part, int op);
void cpu_operation_gradient(const struct cpu_part *part, int op, int side, float *dx);

/* norms.c: a batch norm in training needs all of the batch before any of it. Each thread gathers what its
 * groups have; after a barrier each sums up over all groups, in their order, and so has the same. */
void cpu_norm_moments(const struct cpu_part *part, int op);
/* In a training step thread 0 moves the running statistics, too. */
void cpu_norm_close(const struct cpu_job *job, int thread, int op);
/* The same of the backward sums, which are the gradients of γ and β. */
void cpu_norm_sums(const struct cpu_part *part, int op);
void cpu_norm_sums_close(const struct cpu_job *job, int thread, int op);
/* In evaluation the norms follow from the running statistics. */
void cpu_norms_from_running(const struct cpu_job *job, struct thread_memory *memory);

/* update.c: gradients and new values of the parameters that `thread` owns, once all threads are through
 * backward. */
void cpu_update(const struct cpu_job *job, int thread);
/* Moves `count` parameters from `offset` on; `gradient` is theirs. */
void cpu_optimize(const struct cpu_job *job, const float *gradient, size_t offset, size_t count);
/* adjust.c: penalties, clipping and noise, then the optimizer, for the thread's share of all parameters; all
 * gradients are made when every thread has called it. */
void cpu_adjust(const struct cpu_job *job, int thread);

struct cpu_range {
    size_t first, last;
};

/* A thread's share of `count` floats. Borders at whole cache lines: two threads never write to the same one
 * for long. */
static inline struct cpu_range cpu_share(size_t count, int thread, int threads)
{
    enum { LINE = 16 };
    const size_t lines = (count + LINE - 1) / LINE;
    const size_t first = lines * (size_t)thread / (size_t)threads * LINE;
    const size_t last = lines * (size_t)(thread + 1) / (size_t)threads * LINE;
    return (struct cpu_range){first < count ? first : count, last < count ? last : count};
}

/* The samples of group `group` that are in use, when its first one is number `sample` of `count`. */
static inline int cpu_group_samples(int lanes, int sample, int count)
{
    return count - sample < lanes ? count - sample : lanes;
}

/* A tensor of (groups, count, lanes) from a group on. */
static inline float *cpu_at_group(const struct cpu_job *job, float *tensor, size_t count, int group)
{
    return tensor + (size_t)group * count * (size_t)job->cpu->kernels->lanes;
}

static inline float *cpu_values(const struct cpu_job *job, int tensor, int group)
{
    return cpu_at_group(job, job->slot->values[tensor], job->cpu->plan.tensors[tensor].count, group);
}

static inline float *cpu_gradients(const struct cpu_job *job, int tensor, int group)
{
    return cpu_at_group(job, job->slot->gradients[tensor], job->cpu->plan.tensors[tensor].count, group);
}

/* (groups, lanes, row_stride) */
static inline float *cpu_rows(const struct cpu_job *job, int tensor, int group)
{
    return cpu_at_group(job, job->slot->rows[tensor], job->cpu->plan.tensors[tensor].row_stride, group);
}

/* NULL where the operation has none. */
static inline const float *cpu_weight(const struct cpu_job *job, const struct op_plan *plan)
{
    return plan->weight_count > 0 ? job->cpu->parameters + plan->op->weight_offset : NULL;
}

static inline const float *cpu_bias(const struct cpu_job *job, const struct op_plan *plan)
{
    return plan->bias_count > 0 ? job->cpu->parameters + plan->op->bias_offset : NULL;
}

/* dLoss/d(W x + b) of a dense operation: (groups, outputs, lanes). */
static inline float *cpu_dense_slopes(const struct slot_memory *slot, const struct plan *plan, int op)
{
    return slot->slopes[op] ? slot->slopes[op] : slot->gradients[plan->ops[op].op->output];
}

#endif
