/* The reference backend: parameters, optimizer state and both slots' tensors in double, one thread. */
#include "compute/reference/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/backend.h"
#include "compute/op_math.h"
#include "compute/reference/reference_adjust.h"
#include "compute/reference/reference_loss.h"
#include "compute/reference/reference_ops.h"

/* One set of work memory and the batch that last ran in it. */
struct slot {
    double **values;    /* (tensor_count), each (batch, channels, height, width) */
    double **gradients; /* dLoss/dvalues */
    double *parameter_gradients;
    double *batch_statistics; /* as the buffers */
    int32_t *labels;          /* (count); −1 without labels */
    double *targets;          /* (count, outputs) */
    int count;
    bool training;       /* the mode, */
    uint64_t seed, step; /* and the draws of it */
    double kink;
    double *gains; /* (op_count) */
};

struct reference {
    struct compute base;
    struct optimizer optimizer;
    double *parameters, *moment1, *moment2, *buffers;
    double *adjusted; /* the gradient on its way to the optimizer */
    struct slot slots[COMPUTE_SLOT_COUNT];
};

static struct reference *of(struct compute *compute) { return (struct reference *)compute; }
static const struct reference *of_const(const struct compute *compute)
{
    return (const struct reference *)compute;
}

static const struct op *last_op(const struct reference *r)
{
    return &r->base.program.ops[r->base.program.op_count - 1];
}

static size_t tensor_size(const struct reference *r, int tensor)
{
    return shape_count(r->base.program.tensors[tensor]);
}

static size_t output_size(const struct reference *r) { return tensor_size(r, last_op(r)->output); }

static void slot_init(const struct reference *r, struct slot *slot, int batch)
{
    const struct program *program = &r->base.program;
    slot->values = ls_calloc((size_t)program->tensor_count, sizeof *slot->values);
    slot->gradients = ls_calloc((size_t)program->tensor_count, sizeof *slot->gradients);
    for (int i = 0; i < program->tensor_count; i++) {
        slot->values[i] = ls_calloc((size_t)batch * tensor_size(r, i), sizeof(double));
        slot->gradients[i] = ls_calloc((size_t)batch * tensor_size(r, i), sizeof(double));
    }
    slot->parameter_gradients = ls_calloc(program->parameter_count, sizeof(double));
    slot->gains = ls_calloc((size_t)program->op_count, sizeof(double));
    slot->batch_statistics = ls_calloc(program->buffer_count, sizeof(double));
    slot->labels = ls_calloc((size_t)batch, sizeof *slot->labels);
    slot->targets = ls_calloc((size_t)batch * output_size(r), sizeof(double));
}

static void slot_deinit(const struct reference *r, struct slot *slot)
{
    for (int i = 0; i < r->base.program.tensor_count; i++) {
        free(slot->values[i]);
        free(slot->gradients[i]);
    }
    free(slot->values);
    free(slot->gradients);
    free(slot->parameter_gradients);
    free(slot->gains);
    free(slot->batch_statistics);
    free(slot->labels);
    free(slot->targets);
}

static void destroy(struct compute *compute)
{
    struct reference *r = of(compute);
    for (int i = 0; i < COMPUTE_SLOT_COUNT; i++)
        slot_deinit(r, &r->slots[i]);
    free(r->parameters);
    free(r->moment1);
    free(r->moment2);
    free(r->adjusted);
    free(r->buffers);
    free(r);
}

static void to_double(double *out, const float *in, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = in[i];
}

static void to_float(float *out, const double *in, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float)in[i];
}

static void write_parameters(struct compute *compute, const float *parameters)
{
    to_double(of(compute)->parameters, parameters, compute->program.parameter_count);
}

static void read_parameters(struct compute *compute, float *parameters)
{
    to_float(parameters, of(compute)->parameters, compute->program.parameter_count);
}

static void write_buffers(struct compute *compute, const float *buffers)
{
    to_double(of(compute)->buffers, buffers, compute->program.buffer_count);
}

static void read_buffers(struct compute *compute, float *buffers)
{
    to_float(buffers, of(compute)->buffers, compute->program.buffer_count);
}

static double *state_of(struct compute *compute, enum compute_state state)
{
    const struct reference *r = of(compute);
    double *const states[STATE_COUNT] = {r->parameters, r->moment1, r->moment2, r->buffers};
    return states[state];
}

static void write_state(struct compute *compute, enum compute_state state, const void *values)
{
    memcpy(state_of(compute, state), values, compute_state_count(compute, state) * sizeof(double));
}

static void read_state(struct compute *compute, enum compute_state state, void *values)
{
    memcpy(values, state_of(compute, state), compute_state_count(compute, state) * sizeof(double));
}

static void read_parameter_gradients(struct compute *compute, enum compute_slot slot, float *gradients)
{
    to_float(gradients, of(compute)->slots[slot].parameter_gradients, compute->program.parameter_count);
}

static void bind_data(struct compute *compute, int handle, const struct compute_data *data)
{
    (void)compute, (void)handle, (void)data; /* read in place, through compute->data */
}

/* Copies the batch's samples, labels and targets into the slot. */
static void gather(struct reference *r, struct slot *slot, const struct compute_batch *batch)
{
    const struct compute_data *data = &r->base.data[batch->data];
    const size_t inputs = tensor_size(r, 0), outputs = output_size(r);
    slot->count = batch->count;
    for (int n = 0; n < batch->count; n++) {
        const size_t sample = compute_batch_sample(batch, n);
        double *x = slot->values[0] + (size_t)n * inputs;
        for (size_t i = 0; i < inputs; i++)
            x[i] = data->bytes ? data->bytes[sample * inputs + i] / 255.0 : data->values[sample * inputs + i];
        slot->labels[n] = data->labels ? data->labels[sample] : -1;
        double *target = slot->targets + (size_t)n * outputs;
        for (size_t i = 0; i < outputs; i++)
            target[i] = data->targets ? (double)data->targets[sample * outputs + i]
                                      : (double)op_target_of_label(slot->labels[n], outputs, i);
    }
}

static struct op_call call_of(struct reference *r, struct slot *slot, int number)
{
    const struct program *program = &r->base.program;
    const struct op *op = &program->ops[number];
    const bool two = op_input_count(op) == 2;
    return (struct op_call){.op = op,
                            .number = number,
                            .in = program->tensors[op->input],
                            .second = program->tensors[op->second],
                            .out = program->tensors[op->output],
                            .batch = slot->count,
                            .training = slot->training,
                            .seed = slot->seed,
                            .step = slot->step,
                            .parameters = r->parameters,
                            .buffers = r->buffers,
                            .batch_statistics = slot->batch_statistics,
                            .x = slot->values[op->input],
                            .x2 = two ? slot->values[op->second] : NULL,
                            .y = slot->values[op->output],
                            .kink = &slot->kink,
                            .gain = &slot->gains[number],
                            .dy = slot->gradients[op->output],
                            .dx = slot->gradients[op->input],
                            .dx2 = two ? slot->gradients[op->second] : NULL,
                            .dparameters = slot->parameter_gradients};
}

static void forward(struct reference *r, struct slot *slot, int first_op)
{
    slot->kink = HUGE_VAL;
    for (int i = first_op; i < r->base.program.op_count; i++) {
        const struct op_call call = call_of(r, slot, i);
        reference_forward(&call);
    }
}

static struct loss_call loss_call_of(const struct reference *r, const struct slot *slot)
{
    const struct op *last = last_op(r);
    return (struct loss_call){.kind = r->base.program.loss,
                              .batch = slot->count,
                              .outputs = output_size(r),
                              .z = slot->values[last->input],
                              .y = slot->values[last->output],
                              .labels = slot->labels,
                              .targets = slot->targets};
}

static double loss(const struct reference *r, const struct slot *slot)
{
    const struct loss_call call = loss_call_of(r, slot);
    return reference_loss(&call);
}

static void backward(struct reference *r, struct slot *slot)
{
    const struct program *program = &r->base.program;
    memset(slot->parameter_gradients, 0, program->parameter_count * sizeof(double));
    for (int i = 0; i < program->tensor_count; i++)
        memset(slot->gradients[i], 0, (size_t)slot->count * tensor_size(r, i) * sizeof(double));
    const struct loss_call call = loss_call_of(r, slot);
    const struct op *last = last_op(r);
    const bool skips_last =
        reference_loss_backward(&call, slot->gradients[last->output], slot->gradients[last->input]);
    for (int i = program->op_count - 1 - skips_last; i >= 0; i--) {
        const struct op_call op_call = call_of(r, slot, i);
        reference_backward(&op_call);
    }
}

static double gradient_norm(const struct reference *r, const struct slot *slot)
{
    double sum = 0.0;
    for (size_t i = 0; i < r->base.program.parameter_count; i++)
        sum += slot->parameter_gradients[i] * slot->parameter_gradients[i];
    return sqrt(sum);
}

static void run(struct compute *compute, enum compute_slot which, const struct compute_batch *batch,
                bool with_backward, struct batch_metrics *out)
{
    struct reference *r = of(compute);
    struct slot *slot = &r->slots[which];
    gather(r, slot, batch);
    slot->training = which == COMPUTE_TRAIN && with_backward;
    slot->seed = compute->schedule.seed;
    slot->step = compute->schedule.step;
    forward(r, slot, 0);
    if (with_backward)
        backward(r, slot);
    const struct loss_call call = loss_call_of(r, slot);
    if (out)
        *out = (struct batch_metrics){.loss = reference_loss(&call),
                                      .correct = reference_correct(&call),
                                      .gradient_norm = with_backward ? gradient_norm(r, slot) : 0.0};
}

static void move_statistics(struct reference *r)
{
    const struct program *program = &r->base.program;
    const struct slot *slot = &r->slots[COMPUTE_TRAIN];
    for (int i = 0; i < program->op_count; i++)
        if (program->ops[i].kind == OP_BATCH_NORM)
            reference_move_statistics(&program->ops[i], program->tensors[program->ops[i].input], slot->count,
                                      slot->batch_statistics, r->buffers);
}

static void step(struct compute *compute, const struct compute_batch *batch,
                 const struct compute_update *update, struct batch_metrics *out)
{
    struct reference *r = of(compute);
    run(compute, COMPUTE_TRAIN, batch, true, out);
    move_statistics(r);
    const double *g = reference_adjust(compute, &r->optimizer, update, r->parameters,
                                       r->slots[COMPUTE_TRAIN].parameter_gradients, r->adjusted);
    const double learning_rate = update->learning_rate;
    for (size_t i = 0; i < compute->program.parameter_count; i++)
        op_update_f64(&r->optimizer, learning_rate, update->step, g[i], &r->parameters[i], &r->moment1[i],
                      &r->moment2[i]);
}

static void evaluate(struct compute *compute, const struct compute_batch *batch, struct batch_metrics *out,
                     float *outputs)
{
    struct reference *r = of(compute);
    struct slot *slot = &r->slots[COMPUTE_TRAIN];
    const size_t output = output_size(r);
    struct batch_metrics total = {0};
    for (int done = 0; done < batch->count;) {
        struct compute_batch part = *batch;
        const int left = batch->count - done, most = compute->slot_batch[COMPUTE_TRAIN];
        part.count = left < most ? left : most;
        part.indices = batch->indices ? batch->indices + done : NULL;
        part.first = batch->first + (uint32_t)done;
        struct batch_metrics metrics;
        run(compute, COMPUTE_TRAIN, &part, false, &metrics);
        total.loss += metrics.loss * part.count;
        total.correct += metrics.correct;
        if (outputs)
            to_float(outputs + (size_t)done * output, slot->values[last_op(r)->output],
                     (size_t)part.count * output);
        done += part.count;
    }
    total.loss /= batch->count;
    if (out)
        *out = total;
}

static void read_tensor(struct compute *compute, enum compute_slot slot, int tensor, float *values)
{
    const struct reference *r = of(compute);
    to_float(values, r->slots[slot].values[tensor], (size_t)r->slots[slot].count * tensor_size(r, tensor));
}

static void read_tensor_gradient(struct compute *compute, enum compute_slot slot, int tensor, float *values)
{
    const struct reference *r = of(compute);
    to_float(values, r->slots[slot].gradients[tensor], (size_t)r->slots[slot].count * tensor_size(r, tensor));
}

static void set_optimizer(struct compute *compute, const struct optimizer *optimizer)
{
    struct reference *r = of(compute);
    if (optimizer->kind != r->optimizer.kind) {
        memset(r->moment1, 0, compute->program.parameter_count * sizeof(double));
        memset(r->moment2, 0, compute->program.parameter_count * sizeof(double));
    }
    r->optimizer = *optimizer;
}

static void sync_nothing(struct compute *compute) { (void)compute; }

static const struct compute_ops reference_ops = {
    .value_size = sizeof(double),
    .destroy = destroy,
    .write_parameters = write_parameters,
    .read_parameters = read_parameters,
    .write_buffers = write_buffers,
    .read_buffers = read_buffers,
    .write_state = write_state,
    .read_state = read_state,
    .read_parameter_gradients = read_parameter_gradients,
    .bind_data = bind_data,
    .run = run,
    .step = step,
    .evaluate = evaluate,
    .read_tensor = read_tensor,
    .read_tensor_gradient = read_tensor_gradient,
    .set_optimizer = set_optimizer,
    .sync = sync_nothing,
};

struct compute *reference_create(const struct compute_desc *desc, struct error *err)
{
    (void)err; /* nothing here can fail */
    struct reference *r = ls_calloc(1, sizeof *r);
    compute_base_init(&r->base, &reference_ops, desc);
    r->base.threads = 1;
    snprintf(r->base.device_name, sizeof r->base.device_name, "reference, 1 thread, double");
    r->optimizer = desc->optimizer;
    const size_t count = desc->program->parameter_count;
    r->parameters = ls_calloc(count, sizeof(double));
    r->moment1 = ls_calloc(count, sizeof(double));
    r->moment2 = ls_calloc(count, sizeof(double));
    r->adjusted = ls_calloc(count, sizeof(double));
    r->buffers = ls_calloc(desc->program->buffer_count, sizeof(double));
    for (int i = 0; i < COMPUTE_SLOT_COUNT; i++)
        slot_init(r, &r->slots[i], r->base.slot_batch[i]);
    return &r->base;
}

double *reference_parameters(struct compute *compute) { return of(compute)->parameters; }

double *reference_tensor(struct compute *compute, enum compute_slot slot, int tensor)
{
    return of(compute)->slots[slot].values[tensor];
}

const double *reference_parameter_gradients(const struct compute *compute, enum compute_slot slot)
{
    return of_const(compute)->slots[slot].parameter_gradients;
}

const double *reference_tensor_gradient(const struct compute *compute, enum compute_slot slot, int tensor)
{
    return of_const(compute)->slots[slot].gradients[tensor];
}

double reference_loss_from(struct compute *compute, enum compute_slot slot, int first_op)
{
    struct reference *r = of(compute);
    forward(r, &r->slots[slot], first_op);
    return loss(r, &r->slots[slot]);
}

double reference_kink_distance(const struct compute *compute, enum compute_slot slot)
{
    return of_const(compute)->slots[slot].kink;
}

double reference_gain(const struct compute *compute, enum compute_slot slot, int op)
{
    return of_const(compute)->slots[slot].gains[op];
}
