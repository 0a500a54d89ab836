/* The way of some groups of a batch through the program and back, on one thread. */
#include <string.h>

#include "compute/cpu/cpu.h"

/* The most lanes of any instruction set. */
enum { MAX_LANES = 64 };

static void gather(const struct cpu_job *job, int group, int sample)
{
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct compute_data *data = &job->cpu->base.data[job->batch->data];
    const struct tensor_plan *tensor = &job->cpu->plan.tensors[0];
    float *rows = cpu_rows(job, 0, group);
    const int used = cpu_group_samples(kernels->lanes, sample, job->batch->count);
    int32_t *labels = job->slot->labels + group * kernels->lanes;
    for (int n = 0; n < kernels->lanes; n++) {
        float *row = rows + (size_t)n * tensor->row_stride;
        labels[n] = -1;
        if (n >= used) {
            memset(row, 0, tensor->count * sizeof *row);
            continue;
        }
        const size_t number = compute_batch_sample(job->batch, sample + n);
        job->slot->numbers[group * kernels->lanes + n] = (uint32_t)number;
        if (data->bytes)
            kernels->bytes_to_row(row, data->bytes + number * tensor->count, tensor->count);
        else
            memcpy(row, data->values + number * tensor->count, tensor->count * sizeof *row);
        if (data->labels)
            labels[n] = data->labels[number];
    }
    kernels->rows_to_lanes(cpu_values(job, 0, group), rows, tensor->row_stride, tensor->count);
}

static void loss(const struct cpu_job *job, int group, int sample)
{
    const struct cpu_compute *cpu = job->cpu;
    const struct cpu_kernels *kernels = cpu->kernels;
    const struct compute_data *data = &cpu->base.data[job->batch->data];
    const struct op_plan *last = &cpu->plan.ops[cpu->base.program.op_count - 1];
    const enum loss_kind kind = cpu->base.program.loss;
    const int outputs = (int)shape_count(last->out);
    const float *targets[MAX_LANES];
    struct loss_group part = {
        .output = cpu_values(job, last->op->output, group),
        .logits = cpu_values(job, last->op->input, group),
        .outputs = outputs,
        .samples = cpu_group_samples(kernels->lanes, sample, job->batch->count),
        .labels = data->labels ? job->slot->labels + group * kernels->lanes : NULL,
    };
    if (data->targets && kind != LOSS_CROSS_ENTROPY) {
        for (int n = 0; n < part.samples; n++)
            targets[n] =
                data->targets + (size_t)compute_batch_sample(job->batch, sample + n) * (size_t)outputs;
        part.targets = targets;
    }
    if (job->backward)
        part.gradient = cpu_gradients(job, kind == LOSS_MSE ? last->op->output : last->op->input, group);
    double (*measure)(const struct loss_group *, int *) = kernels->cross_entropy;
    part.scale = 1.0f / (float)job->batch->count;
    if (kind == LOSS_MSE) {
        measure = kernels->mean_squared_error;
        part.scale = 2.0f / ((float)job->batch->count * (float)outputs);
    } else if (kind == LOSS_BINARY_CROSS_ENTROPY) {
        measure = kernels->binary_cross_entropy;
        part.scale = 1.0f / ((float)job->batch->count * (float)outputs);
    }
    job->slot->group_loss[group] = measure(&part, &job->slot->group_correct[group]);
}

void cpu_forward(const struct cpu_part *part, int from, int to)
{
    const struct cpu_job *job = part->job;
    const int lanes = job->cpu->kernels->lanes;
    LS_ASSERT(lanes <= MAX_LANES);
    for (int group = part->first; from == CPU_INPUT && group < part->last; group++)
        gather(job, group, part->sample + (group - part->first) * lanes);
    for (int i = from == CPU_INPUT ? 0 : from; i < to; i++)
        cpu_operation(part, i);
    const bool ends = to == job->cpu->plan.program->op_count;
    for (int group = part->first; ends && group < part->last; group++)
        loss(job, group, part->sample + (group - part->first) * lanes);
}

static void operation_backward(const struct cpu_part *part, int number, int side)
{
    const struct cpu_job *job = part->job;
    const struct plan *plan = &job->cpu->plan;
    const struct op_plan *op = &plan->ops[number];
    const int input = side == 0 ? op->op->input : op->op->second;
    const bool wanted = job->all_gradients || plan->tensors[input].trains;
    float *dx = wanted ? cpu_gradients(job, input, part->first) : NULL;
    if (!dx || !op->adds[side]) {
        cpu_operation_gradient(part, number, side, dx);
        return;
    }
    const float *given = part->memory->part;
    if (op->op->kind == OP_ADD)
        given = cpu_gradients(job, op->op->output, part->first);
    else
        cpu_operation_gradient(part, number, side, part->memory->part);
    job->cpu->kernels->add(dx, given,
                           (size_t)(part->last - part->first) * plan->tensors[input].count *
                               (size_t)job->cpu->kernels->lanes);
}

void cpu_backward(const struct cpu_part *part, int from, int to)
{
    const struct plan *plan = &part->job->cpu->plan;
    for (int i = from - 1; i >= to; i--) {
        const struct op_plan *op = &plan->ops[i];
        if (!op->reaches_loss || op->deferred)
            continue;
        for (int side = 0; side < op_input_count(op->op); side++)
            operation_backward(part, i, side);
    }
}
