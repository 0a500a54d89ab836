/* Differences between what two backends hold, reported on the scale of the expected values. */
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compare_scale.h"
#include "compute/program.h"
#include "compute/reference/reference.h"
#include "report.h"

double compare_largest(const float *values, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)values[i]));
    return largest;
}

/* Compares `count` values in pair->expected and pair->got from `first` on. */
void compare_values(const struct pair *p, const char *what, size_t first, size_t count, double scale)
{
    const double allowed = compare_tolerance * scale;
    size_t worst = first;
    double worst_error = -1;
    for (size_t i = first; i < first + count; i++) {
        const double error = fabs((double)p->expected[i] - (double)p->got[i]);
        if (error > worst_error || isnan(error)) {
            worst = i;
            worst_error = error;
        }
        if (isnan(error))
            break;
    }
    if (count > 0)
        report_check(p->report, p->c->name, what, worst - first, p->expected[worst], p->got[worst], allowed);
}

void compare_tensor(const struct pair *p, const char *what, size_t count)
{
    compare_values(p, what, 0, count, compare_largest(p->expected, count));
}

void compare_exactly(const struct pair *p, const char *what, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&p->expected[i], &p->got[i], sizeof(float)) != 0) {
            report_check(p->report, p->c->name, what, i, p->expected[i], p->got[i], 0.0);
            return;
        }
    report_check(p->report, p->c->name, what, 0, 0.0, 0.0, 0.0);
}

static size_t tensor_count(const struct pair *p, int tensor, int batch)
{
    return (size_t)batch * shape_count(p->c->program.tensors[tensor]);
}

int compare_output_tensor(const struct pair *p)
{
    return p->c->program.ops[p->c->program.op_count - 1].output;
}

/* How many samples have two outputs so near to each other that rounding may decide which is larger. */
int compare_near_ties(const float *outputs, size_t width, int batch)
{
    int ties = 0;
    for (int n = 0; width == 1 && n < batch; n++)
        ties += fabsf(outputs[n] - 0.5f) < 1e-5f;
    for (int n = 0; n < batch; n++) {
        const float *y = outputs + (size_t)n * width;
        size_t best = 0;
        for (size_t i = 1; i < width; i++)
            best = y[i] > y[best] ? i : best;
        for (size_t i = 0; i < width; i++)
            if (i != best && y[best] - y[i] < 1e-5f * fmaxf(1.0f, fabsf(y[best]))) {
                ties++;
                break;
            }
    }
    return ties;
}

/* A loss is compared on a scale of at least 0.1: near 0 it is a difference of larger values. */
void compare_metrics(const struct pair *p, const char *what, const struct batch_metrics *expected,
                     const struct batch_metrics *got, int ties, double gradient_scale)
{
    char name[120];
    snprintf(name, sizeof name, "%s: loss", what);
    report_check(p->report, p->c->name, name, 0, expected->loss, got->loss,
                 compare_tolerance * fmax(0.1, expected->loss));
    snprintf(name, sizeof name, "%s: correct", what);
    report_check(p->report, p->c->name, name, 0, expected->correct, got->correct, ties);
    snprintf(name, sizeof name, "%s: gradient norm", what);
    report_check(p->report, p->c->name, name, 0, expected->gradient_norm, got->gradient_norm,
                 compare_tolerance * fmax(expected->gradient_norm, gradient_scale));
}

double compare_gradient_scale(const struct pair *p, enum compute_slot slot, int batch)
{
    struct scales scales;
    scales_init(&scales, p, slot, batch, true);
    compute_read_parameter_gradients(p->reference, slot, p->expected);
    const double scale = scales_of_gradient(&scales, p);
    scales_deinit(&scales);
    return scale;
}

void compare_parameter_gradients(const struct pair *p, const char *what, enum compute_slot slot, int batch)
{
    const struct program *program = &p->c->program;
    struct scales scales;
    scales_init(&scales, p, slot, batch, true);
    compute_read_parameter_gradients(p->reference, slot, p->expected);
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const size_t weights = program_weight_count(program, op), biases = program_bias_count(program, op);
        if (weights + biases == 0)
            continue;
        const double scale = scales_of_parameters(&scales, p, op);
        compute_read_parameter_gradients(p->other, slot, p->got);
        compute_sync(p->other);
        char name[160];
        snprintf(name, sizeof name, "%s: gradient: weight of operation %d", what, i);
        compare_values(p, name, op->weight_offset, weights, scale);
        snprintf(name, sizeof name, "%s: gradient: bias of operation %d", what, i);
        compare_values(p, name, op->bias_offset, biases, scale);
    }
    scales_deinit(&scales);
}

static bool has_gradient(const struct pair *p, enum compute_slot slot, int tensor, enum gradients gradients)
{
    if (gradients == GRADIENTS_NONE)
        return false;
    if (slot == COMPUTE_PROBE || p->c->input_gradients)
        return true;
    return gradients == GRADIENTS_OF_RUN ? tensor > 0 : program_follows_parameters(&p->c->program, tensor);
}

void compare_tensors(const struct pair *p, const char *what, enum compute_slot slot, int batch,
                     enum gradients gradients)
{
    char name[160];
    struct scales scales;
    scales_init(&scales, p, slot, batch, gradients != GRADIENTS_NONE);
    for (int t = 0; t < p->c->program.tensor_count; t++) {
        compute_read_tensor(p->reference, slot, t, p->expected);
        compute_read_tensor(p->other, slot, t, p->got);
        compute_sync(p->other);
        snprintf(name, sizeof name, "%s: tensor %d", what, t);
        compare_values(p, name, 0, tensor_count(p, t, batch), scales.values[t]);
        if (!has_gradient(p, slot, t, gradients))
            continue;
        compute_read_tensor_gradient(p->reference, slot, t, p->expected);
        compute_read_tensor_gradient(p->other, slot, t, p->got);
        compute_sync(p->other);
        snprintf(name, sizeof name, "%s: gradient of tensor %d", what, t);
        compare_values(p, name, 0, tensor_count(p, t, batch), scales.gradients[t]);
    }
    scales_deinit(&scales);
}

bool compare_is_clear(const struct pair *p, enum compute_slot slot)
{
    const bool clear = reference_kink_distance(p->reference, slot) > compare_kink_distance;
    p->report->unclear += !clear;
    return clear;
}

/* Runs the same batch on both; the other one's data may have another number. */
void compare_run(const struct pair *p, const char *what, enum compute_slot slot,
                 const struct compute_batch *batch, int other_data, bool backward)
{
    struct compute_batch other_batch = *batch;
    other_batch.data = other_data;
    struct batch_metrics expected, got;
    compute_run(p->reference, slot, batch, backward, &expected);
    compute_run(p->other, slot, &other_batch, backward, &got);
    compute_sync(p->other);
    if (!compare_is_clear(p, slot))
        return;
    const double scale = backward ? compare_gradient_scale(p, slot, batch->count) : 0.0;
    compute_read_tensor(p->reference, slot, compare_output_tensor(p), p->expected);
    compare_metrics(p, what, &expected, &got, compare_near_ties(p->expected, p->data->outputs, batch->count),
                    scale);
    compare_tensors(p, what, slot, batch->count, backward ? GRADIENTS_OF_RUN : GRADIENTS_NONE);
    if (backward)
        compare_parameter_gradients(p, what, slot, batch->count);
}

/* Everything readable of a slot of the other backend, one after the other, in fresh memory. */
float *compare_read_all(const struct pair *p, enum compute_slot slot, int batch, size_t *count)
{
    const struct program *program = &p->c->program;
    *count = program->parameter_count;
    for (int t = 0; t < program->tensor_count; t++)
        *count += 2 * tensor_count(p, t, batch);
    float *all = ls_calloc(*count, sizeof *all);
    float *next = all;
    compute_read_parameter_gradients(p->other, slot, next);
    next += program->parameter_count;
    for (int t = 0; t < program->tensor_count; t++) {
        compute_read_tensor(p->other, slot, t, next);
        next += tensor_count(p, t, batch);
        if (has_gradient(p, slot, t, GRADIENTS_OF_RUN))
            compute_read_tensor_gradient(p->other, slot, t, next);
        next += tensor_count(p, t, batch);
    }
    compute_sync(p->other);
    return all;
}

/* Compares two results of compare_read_all bit by bit. */
void compare_all(const struct pair *p, const char *what, float *expected, float *got, size_t count)
{
    struct pair view = *p;
    view.expected = expected;
    view.got = got;
    compare_exactly(&view, what, count);
}
