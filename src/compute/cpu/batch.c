/* How a batch is shared out to threads.
 *
 * A step has two parts. First each thread takes its share of the groups through forward and backward without
 * looking at the others; then, after a barrier, each makes the gradients of the parameters it owns over the
 * whole batch and moves them. In training a batch norm needs all groups before it lets any pass: the first
 * part then goes from batch norm to batch norm, with a barrier at each. */
#include <string.h>

#include "compute/cpu/cpu.h"

/* The groups of one thread. */
struct share {
    const struct cpu_job *job;
    int thread, begin, end;
};

static int part_count(const struct share *share)
{
    const int size = share->job->cpu->plan.groups_at_once;
    return (share->end - share->begin + size - 1) / size;
}

static struct cpu_part part_of(const struct share *share, int number)
{
    const struct cpu_job *job = share->job;
    const int size = job->cpu->plan.groups_at_once, first = share->begin + number * size;
    return (struct cpu_part){.job = job,
                             .memory = &job->cpu->threads[share->thread],
                             .first = first,
                             .last = first + size < share->end ? first + size : share->end,
                             .sample = first * job->cpu->kernels->lanes};
}

/* Each part goes all the way while it is in the cache. */
static void process_parts(const struct share *share)
{
    const struct plan *plan = &share->job->cpu->plan;
    for (int i = 0; i < part_count(share); i++) {
        const struct cpu_part part = part_of(share, i);
        cpu_forward(&part, CPU_INPUT, plan->program->op_count);
        if (share->job->backward)
            cpu_backward(&part, plan->gradient_ops, 0);
    }
}

static bool is_batch_norm(const struct plan *plan, int op) { return plan->ops[op].op->kind == OP_BATCH_NORM; }

static void forward_in_segments(const struct share *share)
{
    const struct cpu_job *job = share->job;
    const struct plan *plan = &job->cpu->plan;
    const int op_count = plan->program->op_count;
    for (int from = CPU_INPUT, norm = 0;; from = norm++) {
        while (norm < op_count && !is_batch_norm(plan, norm))
            norm++;
        for (int i = 0; i < part_count(share); i++) {
            const struct cpu_part part = part_of(share, i);
            cpu_forward(&part, from, norm);
            if (norm < op_count)
                cpu_norm_moments(&part, norm);
        }
        if (norm == op_count)
            return;
        cpu_pool_barrier(job->cpu->pool);
        cpu_norm_close(job, share->thread, norm);
    }
}

static void backward_in_segments(const struct share *share)
{
    const struct cpu_job *job = share->job;
    const struct plan *plan = &job->cpu->plan;
    for (int from = plan->gradient_ops, norm = from - 1;; from = norm-- + 1) {
        while (norm >= 0 && !(is_batch_norm(plan, norm) && plan->ops[norm].reaches_loss))
            norm--;
        /* The last part is the one that the cache still has. */
        for (int i = part_count(share) - 1; i >= 0; i--) {
            const struct cpu_part part = part_of(share, i);
            cpu_backward(&part, from, norm + 1);
            if (norm >= 0)
                cpu_norm_sums(&part, norm);
        }
        if (norm < 0)
            return;
        cpu_pool_barrier(job->cpu->pool);
        cpu_norm_sums_close(job, share->thread, norm);
    }
}

void cpu_process_batch(void *context, int thread)
{
    const struct cpu_job *job = context;
    const struct plan *plan = &job->cpu->plan;
    struct thread_memory *memory = &job->cpu->threads[thread];
    const struct share share = {.job = job,
                                .thread = thread,
                                .begin = job->groups * thread / job->threads,
                                .end = job->groups * (thread + 1) / job->threads};
    if (job->backward)
        memset(memory->sums, 0, plan->sum_count * sizeof *memory->sums);
    if (job->training && plan->norm_count > 0) {
        forward_in_segments(&share);
        backward_in_segments(&share);
    } else {
        cpu_norms_from_running(job, memory);
        process_parts(&share);
    }
    if (!job->backward)
        return;
    cpu_pool_barrier(job->cpu->pool);
    cpu_update(job, thread);
}
