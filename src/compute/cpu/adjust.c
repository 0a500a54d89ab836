/* Penalties, clipping and noise between the gradient and the optimizer. Only steps that have any come here;
 * gradients stay as the loss made them. The shares follow from the number of threads alone. */
#include <math.h>

#include "compute/cpu/cpu.h"

static void add_penalties(const struct cpu_job *job, size_t first, size_t last)
{
    const struct program *program = &job->cpu->base.program;
    const float *w = job->cpu->parameters;
    float *g = job->cpu->adjusted;
    for (int k = 0; k < program->penalty_count; k++) {
        const struct penalty *penalty = &program->penalties[k];
        const size_t from = penalty->offset > first ? penalty->offset : first;
        const size_t end = penalty->offset + penalty->count, to = end < last ? end : last;
        for (size_t i = from; i < to; i++)
            g[i] = op_penalised(g[i], w[i], penalty);
    }
}

/* Once all threads know the squares of their shares. */
static float norm_scale(const struct cpu_job *job)
{
    double squares = 0.0;
    cpu_pool_barrier(job->cpu->pool);
    for (int thread = 0; thread < job->threads; thread++)
        squares += job->cpu->threads[thread].adjusted_squares;
    return (float)op_clip_scale(sqrt(squares), (double)job->cpu->optimizer.clip_norm);
}

static void add_noise(const struct cpu_job *job, size_t first, size_t last, float deviation)
{
    const struct compute_schedule *schedule = &job->cpu->base.schedule;
    for (size_t i = first; i < last; i++)
        job->cpu->adjusted[i] += deviation * op_normal(schedule->seed, schedule->step, i);
}

void cpu_adjust(const struct cpu_job *job, int thread)
{
    struct cpu_compute *cpu = job->cpu;
    const struct optimizer *optimizer = &cpu->optimizer;
    const struct cpu_range share = cpu_share(cpu->base.program.parameter_count, thread, job->threads);
    float *g = cpu->adjusted;
    cpu_pool_barrier(cpu->pool);
    for (size_t i = share.first; i < share.last; i++)
        g[i] = job->slot->parameter_gradients[i];
    add_penalties(job, share.first, share.last);
    for (size_t i = share.first; i < share.last && optimizer->clip_value > 0.0f; i++)
        g[i] = op_clipped(g[i], optimizer->clip_value);
    if (optimizer->clip_norm > 0.0f) {
        cpu->threads[thread].adjusted_squares =
            cpu->kernels->sum_of_squares(g + share.first, share.last - share.first);
        const float scale = norm_scale(job);
        for (size_t i = share.first; i < share.last; i++)
            g[i] *= scale;
    }
    const float deviation = (float)op_noise_deviation(optimizer, job->update->step);
    if (deviation > 0.0f)
        add_noise(job, share.first, share.last, deviation);
    cpu_optimize(job, g + share.first, share.first, share.last - share.first);
}
