/* The reference's gradients against central finite differences, in double. */
#include "parity.h"

#include <math.h>
#include <stdio.h>

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
    struct draw draw;
    struct parity_report *report;
};

static double central_difference(struct differentiation *d, double *value, int first_op)
{
    const double kept = *value;
    *value = kept + h;
    const double above = reference_loss_from(d->reference, COMPUTE_TRAIN, first_op);
    *value = kept - h;
    const double below = reference_loss_from(d->reference, COMPUTE_TRAIN, first_op);
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
        if (program->ops[i].input == tensor)
            return i;
    return program->op_count;
}

/* −onehot / (p·batch), because a cross-entropy is computed from the logits and its softmax cannot be
 * moved alone. */
static void check_softmax_output(struct differentiation *d, const struct parity_data *data, int tensor)
{
    const double *p = reference_tensor(d->reference, COMPUTE_TRAIN, tensor);
    const double *gradients = reference_tensor_gradient(d->reference, COMPUTE_TRAIN, tensor);
    for (size_t i = 0; i < (size_t)d->c->batch * data->outputs; i++) {
        const bool is_label = data->labels[i / data->outputs] == (int32_t)(i % data->outputs);
        const double expected = is_label ? -1.0 / (p[i] * d->c->batch) : 0.0;
        report_check(d->report, d->c->name, "gradient of the softmax", i, expected, gradients[i],
                     1e-12 * fabs(expected));
    }
}

static void check_tensor(struct differentiation *d, int tensor)
{
    const struct program *program = &d->c->program;
    const int first_op = reader_of(program, tensor);
    /* Zeros that a ReLU cut off tie in a max pool, and lie on the kink of another ReLU. */
    const bool skip_zeros =
        first_op < program->op_count && (program->ops[first_op].kind == OP_MAX_POOL2D ||
                                         program->ops[first_op].activation == ACTIVATION_RELU);
    char name[60];
    snprintf(name, sizeof name, "gradient of tensor %d", tensor);
    check_numbers(d, name, reference_tensor(d->reference, COMPUTE_TRAIN, tensor),
                  reference_tensor_gradient(d->reference, COMPUTE_TRAIN, tensor),
                  (size_t)d->c->batch * shape_count(program->tensors[tensor]), first_op, skip_zeros);
}

void parity_differentiate(const struct parity_case *c, struct parity_report *report)
{
    report->target = "reference against finite differences";
    report->cases++;
    struct parity_case own = *c;
    own.input_gradients = true;
    struct parity_data data;
    parity_data_init(&data, &own, kink_distance);
    struct differentiation d = {.c = &own, .draw = {.seed = own.seed + 1}, .report = report};
    d.reference = parity_reference(&own, &data, own.batch);
    const struct program *program = &own.program;
    const struct compute_batch batch = {.count = own.batch};
    compute_run(d.reference, COMPUTE_TRAIN, &batch, true, NULL);

    const double *gradients = reference_parameter_gradients(d.reference, COMPUTE_TRAIN);
    double *parameters = reference_parameters(d.reference);
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const size_t weights = program_weight_count(program, op), biases = program_bias_count(program, op);
        char name[60];
        snprintf(name, sizeof name, "weight gradient of operation %d", i);
        check_numbers(&d, name, parameters + op->weight_offset, gradients + op->weight_offset, weights, 0,
                      false);
        snprintf(name, sizeof name, "bias gradient of operation %d", i);
        check_numbers(&d, name, parameters + op->bias_offset, gradients + op->bias_offset, biases, 0, false);
    }
    reference_loss_from(d.reference, COMPUTE_TRAIN, 0);

    /* From the last tensor to the first: moving one changes those after it. */
    for (int t = program->tensor_count - 1; t >= 0; t--) {
        if (program->loss == LOSS_CROSS_ENTROPY && t == program->tensor_count - 1)
            check_softmax_output(&d, &data, t);
        else
            check_tensor(&d, t);
    }
    compute_destroy(d.reference);
    parity_data_deinit(&data);
}
