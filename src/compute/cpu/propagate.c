/* Forward and backward of some groups of a batch, on one thread. */
#include <string.h>

#include "compute/cpu/cpu.h"

/* The most lanes of any instruction set. */
enum { MAX_LANES = 64 };

static float *at_group(const struct cpu_job *job, float *tensor, size_t count, int group)
{
    return tensor + (size_t)group * count * (size_t)job->cpu->kernels->lanes;
}

static float *values_of(const struct cpu_job *job, int tensor, int group)
{
    return at_group(job, job->slot->values[tensor], job->cpu->plan.tensors[tensor].count, group);
}

static float *gradients_of(const struct cpu_job *job, int tensor, int group)
{
    return at_group(job, job->slot->gradients[tensor], job->cpu->plan.tensors[tensor].count, group);
}

static float *rows_of(const struct cpu_job *job, int tensor, int group)
{
    return at_group(job, job->slot->rows[tensor], job->cpu->plan.tensors[tensor].row_stride, group);
}

static void gather(const struct cpu_job *job, int group, int sample)
{
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct compute_data *data = &job->cpu->base.data[job->batch->data];
    const struct tensor_plan *tensor = &job->cpu->plan.tensors[0];
    float *rows = rows_of(job, 0, group);
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
        if (data->bytes)
            kernels->bytes_to_row(row, data->bytes + number * tensor->count, tensor->count);
        else
            memcpy(row, data->values + number * tensor->count, tensor->count * sizeof *row);
        if (data->labels)
            labels[n] = data->labels[number];
    }
    kernels->rows_to_lanes(values_of(job, 0, group), rows, tensor->row_stride, tensor->count);
}

/* The input with its border of zeros: the tensor itself when there is none. */
static const float *padded_input(const struct cpu_job *job, struct thread_memory *memory,
                                 const struct op_plan *plan, int group)
{
    const struct op *op = plan->op;
    const float *x = values_of(job, op->input, group);
    if (op->padding_h == 0 && op->padding_w == 0)
        return x;
    job->cpu->kernels->pad(memory->padded, x, plan->in.channels, plan->in.height, plan->in.width,
                           op->padding_h, op->padding_w);
    return memory->padded;
}

static void dense_forward(const struct cpu_job *job, const struct op_plan *plan, int first, int last)
{
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op *op = plan->op;
    const float *parameters = job->cpu->parameters;
    const struct tensor_plan *in = &job->cpu->plan.tensors[op->input];
    kernels->dense_forward(&plan->dense, parameters + op->weight_offset,
                           op->has_bias ? parameters + op->bias_offset : NULL,
                           op->activation == ACTIVATION_RELU, values_of(job, op->input, first),
                           values_of(job, op->output, first), last - first);
    if (!job->backward || in->storage == 0)
        return;
    for (int group = first; group < last; group++)
        kernels->lanes_to_rows(rows_of(job, op->input, group), in->row_stride,
                               values_of(job, op->input, group), in->count);
}

static void forward_op(const struct cpu_job *job, struct thread_memory *memory, const struct op_plan *plan,
                       int first, int last)
{
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op *op = plan->op;
    const size_t count = (size_t)(last - first) * shape_count(plan->out) * (size_t)kernels->lanes;
    float *y = values_of(job, op->output, first);
    switch (op->kind) {
    case OP_DENSE:
        dense_forward(job, plan, first, last);
        break;
    case OP_CONV2D: {
        const float *parameters = job->cpu->parameters;
        for (int group = first; group < last; group++)
            kernels->conv_forward(&plan->conv, parameters + op->weight_offset,
                                  op->has_bias ? parameters + op->bias_offset : NULL,
                                  op->activation == ACTIVATION_RELU, padded_input(job, memory, plan, group),
                                  values_of(job, op->output, group));
        break;
    }
    case OP_MAX_POOL2D:
        for (int group = first; group < last; group++)
            kernels->max_pool_forward(&plan->pool, values_of(job, op->input, group),
                                      values_of(job, op->output, group));
        return;
    case OP_AVERAGE_POOL2D:
        for (int group = first; group < last; group++)
            kernels->average_pool_forward(&plan->pool, values_of(job, op->input, group),
                                          values_of(job, op->output, group));
        return;
    case OP_FLATTEN:
        if (y != values_of(job, op->input, first))
            memcpy(y, values_of(job, op->input, first), count * sizeof *y);
        return;
    case OP_ACTIVATION:
        kernels->activate(op->activation, values_of(job, op->input, first), y, count);
        return;
    case OP_SOFTMAX:
        for (int group = first; group < last; group++)
            kernels->softmax(values_of(job, op->input, group), values_of(job, op->output, group),
                             (int)shape_count(plan->out));
        return;
    default:
        LS_ASSERT(!"compute_create refuses it");
    }
    /* Dense and convolution have applied ReLU themselves. */
    if (op->activation == ACTIVATION_SIGMOID || op->activation == ACTIVATION_TANH)
        kernels->activate(op->activation, y, y, count);
}

static void loss(const struct cpu_job *job, int group, int sample)
{
    const struct cpu_compute *cpu = job->cpu;
    const struct cpu_kernels *kernels = cpu->kernels;
    const struct compute_data *data = &cpu->base.data[job->batch->data];
    const struct op_plan *last = &cpu->plan.ops[cpu->base.program.op_count - 1];
    const bool cross_entropy = cpu->base.program.loss == LOSS_CROSS_ENTROPY;
    const int outputs = (int)shape_count(last->out);
    const float *targets[MAX_LANES];
    struct loss_group part = {
        .output = values_of(job, last->op->output, group),
        .logits = values_of(job, last->op->input, group),
        .outputs = outputs,
        .samples = cpu_group_samples(kernels->lanes, sample, job->batch->count),
        .labels = data->labels ? job->slot->labels + group * kernels->lanes : NULL,
    };
    if (data->targets && !cross_entropy) {
        for (int n = 0; n < part.samples; n++)
            targets[n] =
                data->targets + (size_t)compute_batch_sample(job->batch, sample + n) * (size_t)outputs;
        part.targets = targets;
    }
    if (job->backward) {
        part.gradient = gradients_of(job, cross_entropy ? last->op->input : last->op->output, group);
        part.scale = cross_entropy ? 1.0f / (float)job->batch->count
                                   : 2.0f / ((float)job->batch->count * (float)outputs);
    }
    job->slot->group_loss[group] = (cross_entropy ? kernels->cross_entropy : kernels->mean_squared_error)(
        &part, &job->slot->group_correct[group]);
}

void cpu_forward(const struct cpu_job *job, struct thread_memory *memory, int first, int last, int sample)
{
    const struct plan *plan = &job->cpu->plan;
    const int lanes = job->cpu->kernels->lanes;
    LS_ASSERT(lanes <= MAX_LANES);
    for (int group = first; group < last; group++)
        gather(job, group, sample + (group - first) * lanes);
    for (int i = 0; i < plan->program->op_count; i++)
        forward_op(job, memory, &plan->ops[i], first, last);
    for (int group = first; group < last; group++)
        loss(job, group, sample + (group - first) * lanes);
}

static void conv_backward(const struct cpu_job *job, struct thread_memory *memory, const struct op_plan *plan,
                          float *dx, int group)
{
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op *op = plan->op;
    const float *dz = gradients_of(job, op->output, group);
    const int pool = job->cpu->plan.tensors[op->output].deferred_pool;
    if (pool >= 0) {
        const struct op_plan *reader = &job->cpu->plan.ops[pool];
        kernels->max_pool_gradient(&reader->pool, true, values_of(job, op->output, group),
                                   values_of(job, reader->op->output, group),
                                   gradients_of(job, reader->op->output, group), memory->slopes);
        dz = memory->slopes;
    } else if (op->activation != ACTIVATION_LINEAR) {
        kernels->activation_gradient(op->activation, values_of(job, op->output, group), dz, memory->slopes,
                                     shape_count(plan->out) * (size_t)kernels->lanes);
        dz = memory->slopes;
    }
    float *sums = memory->conv_sums + plan->conv_offset;
    kernels->conv_weight_gradient(&plan->conv, dz, padded_input(job, memory, plan, group), sums,
                                  op->has_bias ? sums + plan->weight_count : NULL);
    if (!dx)
        return;
    const bool padded = op->padding_h > 0 || op->padding_w > 0;
    kernels->conv_input_gradient(&plan->conv, job->cpu->parameters + op->weight_offset, dz,
                                 padded ? memory->padded_gradient : dx);
    if (padded)
        kernels->crop(dx, memory->padded_gradient, plan->in.channels, plan->in.height, plan->in.width,
                      op->padding_h, op->padding_w);
}

/* `dx` is where the input's gradient goes, groups first … last−1; NULL: nobody needs it. */
static void backward_op(const struct cpu_job *job, struct thread_memory *memory, int number, float *dx,
                        int first, int last)
{
    const struct cpu_kernels *kernels = job->cpu->kernels;
    const struct op_plan *plan = &job->cpu->plan.ops[number];
    const struct op *op = plan->op;
    const size_t in_count = shape_count(plan->in), out_count = shape_count(plan->out);
    if (op->kind == OP_DENSE) {
        float *dz = at_group(job, cpu_dense_slopes(job->slot, &job->cpu->plan, number), out_count, first);
        if (op->activation != ACTIVATION_LINEAR)
            kernels->activation_gradient(op->activation, values_of(job, op->output, first),
                                         gradients_of(job, op->output, first), dz,
                                         (size_t)(last - first) * out_count * (size_t)kernels->lanes);
        if (dx)
            kernels->dense_input_gradient(&plan->dense, job->cpu->parameters + op->weight_offset, dz, dx,
                                          last - first);
        return;
    }
    for (int group = first; group < last; group++) {
        float *part = dx ? at_group(job, dx, in_count, group - first) : NULL;
        const float *x = values_of(job, op->input, group), *y = values_of(job, op->output, group);
        const float *dy = gradients_of(job, op->output, group);
        if (op->kind == OP_CONV2D)
            conv_backward(job, memory, plan, part, group);
        if (!part)
            continue;
        if (op->kind == OP_MAX_POOL2D)
            kernels->max_pool_gradient(&plan->pool, false, x, y, dy, part);
        else if (op->kind == OP_AVERAGE_POOL2D)
            kernels->average_pool_gradient(&plan->pool, dy, part);
        else if (op->kind == OP_ACTIVATION)
            kernels->activation_gradient(op->activation, y, dy, part, in_count * (size_t)kernels->lanes);
        else if (op->kind == OP_SOFTMAX)
            kernels->softmax_gradient(y, dy, part, (int)in_count);
        else if (op->kind == OP_FLATTEN && part != dy)
            memcpy(part, dy, in_count * (size_t)kernels->lanes * sizeof *part);
    }
}

void cpu_backward(const struct cpu_job *job, struct thread_memory *memory, int first, int last)
{
    const struct plan *plan = &job->cpu->plan;
    const struct program *program = plan->program;
    /* The loss has written the gradient of cross-entropy's softmax's input. */
    const int begin = program->loss == LOSS_CROSS_ENTROPY ? program->op_count - 2 : program->op_count - 1;
    for (int i = begin; i >= 0; i--) {
        const struct op_plan *op = &plan->ops[i];
        const int input = op->op->input;
        if (!op->reaches_loss || op->deferred)
            continue;
        const bool wanted = job->all_gradients || plan->tensors[input].trains;
        float *dx = wanted ? gradients_of(job, input, first) : NULL;
        if (!dx || !op->adds) {
            backward_op(job, memory, i, dx, first, last);
            continue;
        }
        backward_op(job, memory, i, memory->part, first, last);
        job->cpu->kernels->add(dx, memory->part,
                               (size_t)(last - first) * plan->tensors[input].count *
                                   (size_t)job->cpu->kernels->lanes);
    }
}
