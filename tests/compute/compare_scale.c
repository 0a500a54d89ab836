#include "compare_scale.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "compute/program.h"
#include "compute/reference/reference.h"

/* What a sum that cancelled counts, as a share of its largest term: weights are of order 1. */
static const double share = 0.1;

static bool is_norm(const struct op *op) { return op->kind == OP_BATCH_NORM || op->kind == OP_LAYER_NORM; }
static bool sums(const struct op *op) { return op->kind == OP_DENSE || op->kind == OP_CONV2D; }

static double largest(const double *values, size_t count)
{
    double result = 0;
    for (size_t i = 0; i < count; i++)
        result = fmax(result, fabs(values[i]));
    return result;
}

static double largest_value(const struct pair *p, enum compute_slot slot, int tensor, int batch)
{
    return largest(reference_tensor(p->reference, slot, tensor),
                   (size_t)batch * shape_count(p->c->program.tensors[tensor]));
}

static double largest_gradient(const struct pair *p, enum compute_slot slot, int tensor, int batch)
{
    return largest(reference_tensor_gradient(p->reference, slot, tensor),
                   (size_t)batch * shape_count(p->c->program.tensors[tensor]));
}

/* By how much operation `i` enlarges an error at most; weights count as 1. */
static double gain(const struct pair *p, enum compute_slot slot, int i)
{
    const struct op *op = &p->c->program.ops[i];
    if (is_norm(op))
        return reference_gain(p->reference, slot, i);
    if (op->kind == OP_DROPOUT)
        return 1.0 / (1.0 - (double)op->rate);
    if (op->activation == ACTIVATION_LEAKY_RELU || op->activation == ACTIVATION_ELU)
        return fmax(1.0, (double)op->alpha);
    return 1.0;
}

/* How large a rounding error operation `op` makes of its own from values up to 1, beside that of a result of
 * 1. A slope that is made of an output near 1 has the rounding error of 1. What a dropout lets through may be
 * small beside what it does not. */
static double own_errors(const struct op *op)
{
    const bool saturates = op->activation == ACTIVATION_SIGMOID || op->activation == ACTIVATION_TANH;
    if (sums(op) || is_norm(op) || op->kind == OP_ADD || op->kind == OP_DROPOUT)
        return share;
    return saturates ? 0.03 : 0.0;
}

/* The scale of what operation `i` makes from values up to `largest` on a scale that may be wider: then
 * errors are handed on. */
static double scale_after(const struct pair *p, enum compute_slot slot, int i, double largest, double scale)
{
    const double made = own_errors(&p->c->program.ops[i]) * largest;
    return gain(p, slot, i) * fmax(made, scale > largest ? scale : 0.0);
}

static void scale_values(struct scales *s, const struct pair *p, enum compute_slot slot, int batch)
{
    const struct program *program = &p->c->program;
    s->values[0] = largest_value(p, slot, 0, batch);
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const int inputs[2] = {op->input, op->second};
        double scale = largest_value(p, slot, op->output, batch);
        for (int k = 0; k < op_input_count(op); k++) {
            const double own = largest_value(p, slot, inputs[k], batch);
            scale = fmax(scale, scale_after(p, slot, i, own, s->values[inputs[k]]));
        }
        s->values[op->output] = scale;
    }
}

static void scale_gradients(struct scales *s, const struct pair *p, enum compute_slot slot, int batch)
{
    const struct program *program = &p->c->program;
    for (int t = 0; t < program->tensor_count; t++)
        s->gradients[t] = largest_gradient(p, slot, t, batch);
    /* The loss's gradient is the difference of output and target. */
    const struct op *last = &program->ops[program->op_count - 1];
    const int differs = program->loss == LOSS_MSE ? last->output : last->input;
    const double count =
        batch *
        (program->loss == LOSS_CROSS_ENTROPY ? 1.0 : (double)shape_count(program->tensors[last->output]));
    s->gradients[differs] = fmax(s->gradients[differs], share * s->values[last->output] / count);
    for (int i = program->op_count - 1; i >= 0; i--) {
        const struct op *op = &program->ops[i];
        const int inputs[2] = {op->input, op->second};
        const double own = largest_gradient(p, slot, op->output, batch);
        for (int k = 0; k < op_input_count(op); k++) {
            double *scale = &s->gradients[inputs[k]];
            *scale = fmax(*scale, scale_after(p, slot, i, own, s->gradients[op->output]));
        }
    }
}

void scales_init(struct scales *s, const struct pair *p, enum compute_slot slot, int batch, bool gradients)
{
    const size_t count = (size_t)p->c->program.tensor_count;
    s->batch = batch;
    s->values = ls_calloc(count, sizeof(double));
    s->gradients = ls_calloc(count, sizeof(double));
    scale_values(s, p, slot, batch);
    if (gradients)
        scale_gradients(s, p, slot, batch);
}

void scales_deinit(struct scales *s)
{
    free(s->values);
    free(s->gradients);
}

/* Each gradient of a weight is a sum over samples and places, of inputs times gradients of outputs; of a
 * norm's weight, of normalised inputs of order 1. Weight and bias of one operation share a scale. */
double scales_of_parameters(const struct scales *s, const struct pair *p, const struct op *op)
{
    const struct program *program = &p->c->program;
    const struct shape out = program->tensors[op->output];
    const double own =
        fmax(compare_largest(p->expected + op->weight_offset, program_weight_count(program, op)),
             compare_largest(p->expected + op->bias_offset, program_bias_count(program, op)));
    const double input = is_norm(op) ? 1.0 : s->values[op->input];
    const double terms = s->batch * (double)out.height * out.width;
    return fmax(own, share * sqrt(terms) * input * s->gradients[op->output]);
}

double scales_of_gradient(const struct scales *s, const struct pair *p)
{
    const struct program *program = &p->c->program;
    double scale = 0;
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        if (program_weight_count(program, op) + program_bias_count(program, op) > 0)
            scale = fmax(scale, scales_of_parameters(s, p, op));
    }
    return 3.0 * scale; /* the norm adds up many of them */
}
