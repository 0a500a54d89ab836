/* Forward and backward of one operation for some groups of a batch, on one thread. */
#include <string.h>

#include "compute/cpu/cpu.h"

/* Floats of (groups, count, lanes) in the part. */
static size_t part_floats(const struct cpu_part *part, size_t count)
{
    return (size_t)(part->last - part->first) * count * (size_t)part->job->cpu->kernels->lanes;
}

static int group_samples(const struct cpu_part *part, int group)
{
    const int lanes = part->job->cpu->kernels->lanes;
    return cpu_group_samples(lanes, part->sample + (group - part->first) * lanes, part->job->batch->count);
}

/* The input with its border of zeros: the tensor itself when there is none. */
static const float *padded_input(const struct cpu_part *part, const struct op_plan *plan, int group)
{
    const float *x = cpu_values(part->job, plan->op->input, group);
    if (!plan->padded)
        return x;
    part->job->cpu->kernels->pad(part->memory->padded, x, &plan->border);
    return part->memory->padded;
}

static void dense(const struct cpu_part *part, const struct op_plan *plan)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op *op = plan->op;
    const struct tensor_plan *in = &job->cpu->plan.tensors[op->input];
    kernels->dense_forward(&plan->dense, cpu_weight(job, plan), cpu_bias(job, plan),
                           op->activation == ACTIVATION_RELU, cpu_values(job, op->input, part->first),
                           cpu_values(job, op->output, part->first), part->last - part->first);
    if (!job->backward || in->storage == 0)
        return;
    for (int group = part->first; group < part->last; group++)
        kernels->lanes_to_rows(cpu_rows(job, op->input, group), in->row_stride,
                               cpu_values(job, op->input, group), in->count);
}

static void dropout(const struct cpu_part *part, int number, const float *x, float *y)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const struct compute_schedule *schedule = &job->cpu->base.schedule;
    const size_t count = shape_count(plan->in);
    if (!job->training) {
        memcpy(y, x, part_floats(part, count) * sizeof *y);
        return;
    }
    float *factors = cpu_at_group(job, job->slot->factors[number], count, part->first);
    for (int group = part->first; group < part->last; group++) {
        const size_t sample = (size_t)part->sample + (size_t)(group - part->first) * (size_t)kernels->lanes;
        kernels->dropout_factors(cpu_at_group(job, factors, count, group - part->first), count,
                                 plan->op->rate, schedule->seed, (uint32_t)schedule->step,
                                 op_dropout_index(number, sample * count));
    }
    kernels->multiply(x, factors, y, part_floats(part, count));
}

static void concatenate(const struct cpu_part *part, const struct op_plan *plan)
{
    const struct cpu_job *job = part->job;
    const size_t width = (size_t)job->cpu->kernels->lanes;
    const size_t first = shape_count(plan->in) * width, all = shape_count(plan->out) * width;
    for (int group = part->first; group < part->last; group++) {
        float *y = cpu_values(job, plan->op->output, group);
        memcpy(y, cpu_values(job, plan->op->input, group), first * sizeof *y);
        memcpy(y + first, cpu_values(job, plan->op->second, group), (all - first) * sizeof *y);
    }
}

/* The operations that go group by group. */
static void group_operation(const struct cpu_part *part, int number, int group)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const struct op *op = plan->op;
    const float *x = cpu_values(job, op->input, group);
    float *y = cpu_values(job, op->output, group);
    switch (op->kind) {
    case OP_CONV2D:
        kernels->conv_forward(&plan->conv, cpu_weight(job, plan), cpu_bias(job, plan),
                              op->activation == ACTIVATION_RELU, padded_input(part, plan, group), y);
        break;
    case OP_MAX_POOL2D:
        kernels->max_pool_forward(&plan->pool, x, y);
        break;
    case OP_AVERAGE_POOL2D:
        kernels->average_pool_forward(&plan->pool, x, y);
        break;
    case OP_SOFTMAX:
        kernels->softmax(x, y, (int)shape_count(plan->out));
        break;
    case OP_BATCH_NORM:
        kernels->batch_norm(&plan->norm, part->memory->norms + plan->norm_offset, cpu_weight(job, plan),
                            cpu_bias(job, plan), x, y);
        break;
    case OP_LAYER_NORM:
        kernels->layer_norm(&plan->norm, op->epsilon, cpu_weight(job, plan), cpu_bias(job, plan), x, y,
                            cpu_at_group(job, job->slot->statistics[number], 2 * plan->norm.places, group));
        break;
    default:
        LS_ASSERT(!"goes over all groups at once");
    }
}

void cpu_operation(const struct cpu_part *part, int number)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const struct op *op = plan->op;
    const size_t floats = part_floats(part, shape_count(plan->out));
    const float *x = cpu_values(job, op->input, part->first);
    float *y = cpu_values(job, op->output, part->first);
    switch (op->kind) {
    case OP_DENSE:
        dense(part, plan);
        break;
    case OP_FLATTEN:
        if (y != x)
            memcpy(y, x, floats * sizeof *y);
        break;
    case OP_ACTIVATION:
        kernels->activate(op->activation, op->alpha, x, y, floats);
        break;
    case OP_DROPOUT:
        dropout(part, number, x, y);
        break;
    case OP_ADD:
        kernels->add_two(y, x, cpu_values(job, op->second, part->first), floats);
        break;
    case OP_CONCATENATE:
        concatenate(part, plan);
        break;
    default:
        for (int group = part->first; group < part->last; group++)
            group_operation(part, number, group);
    }
    /* The kernels of dense and convolution have applied ReLU themselves. */
    const bool activated = op->kind == OP_DENSE || op->kind == OP_CONV2D;
    if (activated && op->activation != ACTIVATION_LINEAR && op->activation != ACTIVATION_RELU)
        kernels->activate(op->activation, op->alpha, y, y, floats);
}

static void conv_gradient(const struct cpu_part *part, const struct op_plan *plan, float *dx, int group)
{
    const struct cpu_job *job = part->job;
    struct thread_memory *memory = part->memory;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op *op = plan->op;
    const float *y = cpu_values(job, op->output, group), *dz = cpu_gradients(job, op->output, group);
    const int pool = job->cpu->plan.tensors[op->output].deferred_pool;
    if (pool >= 0) {
        const struct op_plan *reader = &job->cpu->plan.ops[pool];
        kernels->max_pool_gradient(&reader->pool, true, y, cpu_values(job, reader->op->output, group),
                                   cpu_gradients(job, reader->op->output, group), memory->slopes);
        dz = memory->slopes;
    } else if (op->activation != ACTIVATION_LINEAR) {
        kernels->activation_gradient(op->activation, op->alpha, NULL, y, dz, memory->slopes,
                                     shape_count(plan->out) * (size_t)kernels->lanes);
        dz = memory->slopes;
    }
    float *sums = memory->sums + plan->sum_offset;
    kernels->conv_weight_gradient(&plan->conv, dz, padded_input(part, plan, group), sums,
                                  op->has_bias ? sums + plan->weight_count : NULL);
    if (!dx)
        return;
    kernels->conv_input_gradient(&plan->conv, cpu_weight(job, plan), dz,
                                 plan->padded ? memory->padded_gradient : dx);
    if (plan->padded)
        kernels->crop(dx, memory->padded_gradient, &plan->border);
}

static void dense_gradient(const struct cpu_part *part, int number, float *dx)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const struct op *op = plan->op;
    const size_t outputs = shape_count(plan->out);
    float *dz = cpu_at_group(job, cpu_dense_slopes(job->slot, &job->cpu->plan, number), outputs, part->first);
    if (op->activation != ACTIVATION_LINEAR)
        kernels->activation_gradient(
            op->activation, op->alpha, NULL, cpu_values(job, op->output, part->first),
            cpu_gradients(job, op->output, part->first), dz, part_floats(part, outputs));
    if (dx)
        kernels->dense_input_gradient(&plan->dense, cpu_weight(job, plan), dz, dx, part->last - part->first);
}

static void batch_norm_gradient(const struct cpu_part *part, int number, float *dx)
{
    const struct cpu_job *job = part->job;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    /* In training they have been made before, because the gradient needs them. */
    if (!job->training)
        cpu_norm_sums(part, number);
    for (int group = part->first; dx && group < part->last; group++)
        job->cpu->kernels->batch_norm_gradient(
            &plan->norm, part->memory->norms + plan->norm_offset, cpu_weight(job, plan),
            group_samples(part, group), cpu_values(job, plan->op->input, group),
            cpu_gradients(job, plan->op->output, group),
            cpu_at_group(job, dx, shape_count(plan->in), group - part->first));
}

static void layer_norm_gradient(const struct cpu_part *part, int number, float *dx, int group)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const float *statistics = cpu_at_group(job, job->slot->statistics[number], 2 * plan->norm.places, group);
    const float *x = cpu_values(job, plan->op->input, group),
                *dy = cpu_gradients(job, plan->op->output, group);
    float *sums = part->memory->sums + plan->sum_offset;
    if (plan->weight_count + plan->bias_count > 0)
        kernels->layer_norm_parameters(&plan->norm, statistics, x, dy, plan->weight_count > 0 ? sums : NULL,
                                       plan->bias_count > 0 ? sums + plan->weight_count : NULL);
    if (dx)
        kernels->layer_norm_gradient(&plan->norm, cpu_weight(job, plan), statistics, x, dy, dx);
}

static void group_gradient(const struct cpu_part *part, int number, int side, float *dx, int group)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const struct op *op = plan->op;
    const float *x = cpu_values(job, op->input, group), *y = cpu_values(job, op->output, group);
    const float *dy = cpu_gradients(job, op->output, group);
    const size_t in_floats = shape_count(plan->in) * (size_t)kernels->lanes;
    const size_t out_floats = shape_count(plan->out) * (size_t)kernels->lanes;
    if (op->kind == OP_CONV2D)
        conv_gradient(part, plan, dx, group);
    else if (op->kind == OP_LAYER_NORM)
        layer_norm_gradient(part, number, dx, group);
    else if (dx && op->kind == OP_MAX_POOL2D)
        kernels->max_pool_gradient(&plan->pool, false, x, y, dy, dx);
    else if (dx && op->kind == OP_AVERAGE_POOL2D)
        kernels->average_pool_gradient(&plan->pool, dy, dx);
    else if (dx && op->kind == OP_SOFTMAX)
        kernels->softmax_gradient(y, dy, dx, (int)shape_count(plan->in));
    else if (dx && op->kind == OP_CONCATENATE && side == 0)
        memcpy(dx, dy, in_floats * sizeof *dx);
    else if (dx && op->kind == OP_CONCATENATE)
        memcpy(dx, dy + in_floats, (out_floats - in_floats) * sizeof *dx);
}

void cpu_operation_gradient(const struct cpu_part *part, int number, int side, float *dx)
{
    const struct cpu_job *job = part->job;
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const struct op *op = plan->op;
    const int input = side == 0 ? op->input : op->second;
    const size_t count = job->cpu->plan.tensors[input].count, floats = part_floats(part, count);
    const float *dy = cpu_gradients(job, op->output, part->first);
    switch (op->kind) {
    case OP_DENSE:
        dense_gradient(part, number, dx);
        break;
    case OP_BATCH_NORM:
        batch_norm_gradient(part, number, dx);
        break;
    case OP_ACTIVATION:
        if (dx)
            kernels->activation_gradient(op->activation, op->alpha, cpu_values(job, op->input, part->first),
                                         cpu_values(job, op->output, part->first), dy, dx, floats);
        break;
    case OP_DROPOUT:
        if (dx && job->training)
            kernels->multiply(dy, cpu_at_group(job, job->slot->factors[number], count, part->first), dx,
                              floats);
        else if (dx)
            memcpy(dx, dy, floats * sizeof *dx);
        break;
    case OP_FLATTEN:
    case OP_ADD:
        if (dx && dx != dy)
            memcpy(dx, dy, floats * sizeof *dx);
        break;
    default:
        for (int group = part->first; group < part->last; group++)
            group_gradient(part, number, side, dx ? cpu_at_group(job, dx, count, group - part->first) : NULL,
                           group);
    }
}
