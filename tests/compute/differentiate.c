/* The reference's gradients against central finite differences, in double. */
#include "parity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "compute/program.h"
#include "compute/reference/reference.h"
#include "draw.h"
#include "parity_data.h"
#include "report.h"

/* A central difference has an error of about h² from curvature and 1e-16 / h from rounding. */
static const double h = 1e-6;
static const double tolerance = 1e-6;
static const double rounding = 1e-9;
/* No value may cross a kink while one number moves by h: values are of order 1, weights below 10. */
static const double kink_distance = 2e-5;

enum { POINTS = 12 };

struct differentiation {
    const struct parity_case *c;
    struct compute *reference;
    enum compute_slot slot; /* COMPUTE_TRAIN: in training mode, COMPUTE_PROBE: in evaluation */
    struct draw draw;
    struct parity_report *report;
};

static double central_difference(struct differentiation *d, double *value, int first_op)
{
    const double kept = *value;
    *value = kept + h;
    const double above = reference_loss_from(d->reference, d->slot, first_op);
    *value = kept - h;
    const double below = reference_loss_from(d->reference, d->slot, first_op);
    *value = kept;
    return (above - below) / (2 * h);
}

/* Checks some of the `count` numbers at `values`, whose gradients are at `gradients`. */
static void check_numbers(struct differentiation *d, const char *what, double *values,
                          const double *gradients, size_t count, int first_op, bool skip_zeros)
{
    double scale = 0;
    for (size_t i = 0; i < count; i++)
        scale = fmax(scale, fabs(gradients[i]));
    for (int point = 0; point < POINTS && count > 0; point++) {
        const size_t i = count <= POINTS ? (size_t)point : (size_t)draw_int(&d->draw, 0, (int)count - 1);
        if (i >= count)
            return;
        if (skip_zeros && values[i] == 0.0)
            continue;
        const double expected = central_difference(d, &values[i], first_op);
        report_check(d->report, d->c->name, what, i, expected, gradients[i], tolerance * scale + rounding);
    }
}

static int reader_of(const struct program *program, int tensor)
{
    for (int i = 0; i < program->op_count; i++)
        if (program->ops[i].input == tensor ||
            (op_input_count(&program->ops[i]) == 2 && program->ops[i].second == tensor))
            return i;
    return program->op_count;
}

/* Of losses that are computed from the last operation's input: its output cannot be moved alone. */
static void check_output(struct differentiation *d, const struct parity_data *data, int tensor)
{
    const bool softmax = d->c->program.loss == LOSS_CROSS_ENTROPY;
    const double *y = reference_tensor(d->reference, d->slot, tensor);
    const double *gradients = reference_tensor_gradient(d->reference, d->slot, tensor);
    const size_t outputs = data->outputs, count = (size_t)d->c->batch * outputs;
    for (size_t i = 0; i < count; i++) {
        const int32_t label = data->labels[i / outputs];
        const double one_hot = label == (int32_t)(i % outputs);
        const double of_label = outputs == 1 ? (double)label : one_hot;
        const double t = d->c->targets ? (double)data->targets[i] : of_label;
        const double expected =
            softmax ? -one_hot / (y[i] * d->c->batch) : (y[i] - t) / (y[i] * (1.0 - y[i]) * (double)count);
        /* Where a sigmoid is near 0 or 1, its product cancels. */
        const double exact = softmax ? 1e-12 : 1e-12 + 1e-15 / (y[i] * (1.0 - y[i]));
        if (isfinite(expected))
            report_check(d->report, d->c->name, "gradient of the output", i, expected, gradients[i],
                         exact * fabs(expected));
    }
}

static bool has_kink(const struct op *op)
{
    return op->kind == OP_MAX_POOL2D || op->activation == ACTIVATION_RELU ||
           op->activation == ACTIVATION_LEAKY_RELU || op->activation == ACTIVATION_ELU;
}

static void check_tensor(struct differentiation *d, int tensor)
{
    const struct program *program = &d->c->program;
    const int first_op = reader_of(program, tensor);
    /* Zeros that a ReLU cut off tie in a max pool, and lie on the kink of another ReLU. */
    bool skip_zeros = false;
    for (int i = first_op; i < program->op_count; i++)
        skip_zeros = skip_zeros || has_kink(&program->ops[i]);
    char name[60];
    snprintf(name, sizeof name, "gradient of tensor %d", tensor);
    check_numbers(d, name, reference_tensor(d->reference, d->slot, tensor),
                  reference_tensor_gradient(d->reference, d->slot, tensor),
                  (size_t)d->c->batch * shape_count(program->tensors[tensor]), first_op, skip_zeros);
}

static void check_parameters(struct differentiation *d)
{
    const struct program *program = &d->c->program;
    const double *gradients = reference_parameter_gradients(d->reference, d->slot);
    double *parameters = reference_parameters(d->reference);
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const size_t weights = program_weight_count(program, op), biases = program_bias_count(program, op);
        char name[60];
        snprintf(name, sizeof name, "weight gradient of operation %d", i);
        check_numbers(d, name, parameters + op->weight_offset, gradients + op->weight_offset, weights, 0,
                      false);
        snprintf(name, sizeof name, "bias gradient of operation %d", i);
        check_numbers(d, name, parameters + op->bias_offset, gradients + op->bias_offset, biases, 0, false);
    }
    reference_loss_from(d->reference, d->slot, 0);
}

static void differentiate(struct differentiation *d, const struct parity_data *data)
{
    const struct program *program = &d->c->program;
    const struct compute_batch batch = {.count = d->c->batch};
    compute_run(d->reference, d->slot, &batch, true, NULL);
    check_parameters(d);
    /* From the last tensor to the first: moving one changes those after it. */
    for (int t = program->tensor_count - 1; t >= 0; t--) {
        if (program->loss != LOSS_MSE && t == program->ops[program->op_count - 1].output)
            check_output(d, data, t);
        else
            check_tensor(d, t);
    }
}

static bool has_modes(const struct program *program)
{
    for (int i = 0; i < program->op_count; i++)
        if (program->ops[i].kind == OP_DROPOUT || program->ops[i].kind == OP_BATCH_NORM)
            return true;
    return false;
}

static void check_buffers(struct differentiation *d, const struct parity_data *data)
{
    const size_t count = d->c->program.buffer_count;
    float *buffers = ls_calloc(count, sizeof *buffers);
    compute_read_buffers(d->reference, buffers);
    for (size_t i = 0; i < count; i++)
        report_check(d->report, d->c->name, "buffers, which no run moves", i, data->buffers[i], buffers[i],
                     0.0);
    free(buffers);
}

void parity_differentiate(const struct parity_case *c, struct parity_report *report)
{
    report->target = "reference against finite differences";
    report->cases++;
    struct parity_case own = *c;
    own.input_gradients = true;
    own.probe_batch = own.batch;
    struct parity_data data;
    parity_data_init(&data, &own, kink_distance);
    struct differentiation d = {.c = &own, .draw = {.seed = own.seed + 1}, .report = report};
    d.reference = parity_reference(&own, &data, own.batch);
    d.slot = COMPUTE_TRAIN;
    differentiate(&d, &data);
    d.slot = COMPUTE_PROBE;
    if (has_modes(&own.program))
        differentiate(&d, &data);
    check_buffers(&d, &data);
    compute_destroy(d.reference);
    parity_data_deinit(&data);
}
