/* Batch norms: statistics over the whole batch, and where they come from in evaluation. */
#include <math.h>

#include "compute/cpu/cpu.h"

/* Of the operation's channels in one group. */
static struct norm_moments *moments_of(const struct cpu_job *job, const struct op_plan *plan, int group)
{
    return job->slot->norm_moments + (size_t)group * job->cpu->plan.norm_count + plan->norm_offset;
}

static struct norm_sums *sums_of(const struct cpu_job *job, const struct op_plan *plan, int group)
{
    return job->slot->norm_sums + (size_t)group * job->cpu->plan.norm_count + plan->norm_offset;
}

static double batch_values(const struct cpu_job *job, const struct op_plan *plan)
{
    return (double)job->batch->count * (double)plan->norm.places;
}

static struct channel_norm norm_of(double mean, double variance, float epsilon)
{
    return (struct channel_norm){.mean = (float)mean,
                                 .inverse = (float)(1.0 / sqrt(variance + (double)epsilon))};
}

void cpu_norm_moments(const struct cpu_part *part, int op)
{
    const struct cpu_job *job = part->job;
    const struct op_plan *plan = &job->cpu->plan.ops[op];
    const int lanes = job->cpu->kernels->lanes;
    for (int group = part->first; group < part->last; group++) {
        const int sample = part->sample + (group - part->first) * lanes;
        job->cpu->kernels->batch_norm_moments(
            &plan->norm, cpu_group_samples(lanes, sample, job->batch->count),
            cpu_values(job, plan->op->input, group), moments_of(job, plan, group));
    }
}

static void move_running(const struct cpu_job *job, const struct op_plan *plan, size_t channel, double mean,
                         double squares)
{
    const double count = batch_values(job, plan), momentum = (double)plan->op->momentum;
    const double variance = squares / (plan->op->unbiased && count > 1.0 ? count - 1.0 : count);
    float *means = job->cpu->buffers + plan->op->buffer_offset, *variances = means + plan->norm.channels;
    means[channel] += (float)(momentum * (mean - (double)means[channel]));
    variances[channel] += (float)(momentum * (variance - (double)variances[channel]));
}

void cpu_norm_close(const struct cpu_job *job, int thread, int op)
{
    const struct op_plan *plan = &job->cpu->plan.ops[op];
    struct channel_norm *norms = job->cpu->threads[thread].norms + plan->norm_offset;
    const int lanes = job->cpu->kernels->lanes;
    const double count = batch_values(job, plan), places = (double)plan->norm.places;
    for (size_t c = 0; c < plan->norm.channels; c++) {
        double mean = 0.0, squares = 0.0;
        for (int group = 0; group < job->groups; group++) {
            const int samples = cpu_group_samples(lanes, group * lanes, job->batch->count);
            mean += moments_of(job, plan, group)[c].mean * places * (double)samples / count;
        }
        for (int group = 0; group < job->groups; group++) {
            const int samples = cpu_group_samples(lanes, group * lanes, job->batch->count);
            const struct norm_moments *moments = &moments_of(job, plan, group)[c];
            const double off = moments->mean - mean;
            squares += moments->squares + off * off * places * (double)samples;
        }
        norms[c] = norm_of(mean, squares / count, plan->op->epsilon);
        if (thread == 0 && job->update)
            move_running(job, plan, c, mean, squares);
    }
}

void cpu_norm_sums(const struct cpu_part *part, int op)
{
    const struct cpu_job *job = part->job;
    const struct op_plan *plan = &job->cpu->plan.ops[op];
    float *gradients = part->memory->sums + plan->sum_offset;
    for (int group = part->first; group < part->last; group++) {
        struct norm_sums *sums = sums_of(job, plan, group);
        job->cpu->kernels->batch_norm_sums(&plan->norm, part->memory->norms + plan->norm_offset,
                                           cpu_values(job, plan->op->input, group),
                                           cpu_gradients(job, plan->op->output, group), sums);
        for (size_t c = 0; c < plan->weight_count; c++)
            gradients[c] += (float)sums[c].products;
        for (size_t c = 0; c < plan->bias_count; c++)
            gradients[plan->weight_count + c] += (float)sums[c].slopes;
    }
}

void cpu_norm_sums_close(const struct cpu_job *job, int thread, int op)
{
    const struct op_plan *plan = &job->cpu->plan.ops[op];
    struct channel_norm *norms = job->cpu->threads[thread].norms + plan->norm_offset;
    const double count = batch_values(job, plan);
    for (size_t c = 0; c < plan->norm.channels; c++) {
        double slopes = 0.0, products = 0.0;
        for (int group = 0; group < job->groups; group++) {
            slopes += sums_of(job, plan, group)[c].slopes;
            products += sums_of(job, plan, group)[c].products;
        }
        norms[c].mean_slope = (float)(slopes / count);
        norms[c].mean_product = (float)(products / count);
    }
}

void cpu_norms_from_running(const struct cpu_job *job, struct thread_memory *memory)
{
    const struct plan *plan = &job->cpu->plan;
    for (int i = 0; i < plan->program->op_count; i++) {
        const struct op_plan *op = &plan->ops[i];
        if (op->op->kind != OP_BATCH_NORM)
            continue;
        const float *means = job->cpu->buffers + op->op->buffer_offset,
                    *variances = means + op->norm.channels;
        for (size_t c = 0; c < op->norm.channels; c++)
            memory->norms[op->norm_offset + c] =
                norm_of((double)means[c], (double)variances[c], op->op->epsilon);
    }
}
