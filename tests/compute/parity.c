/* Runs a backend beside the reference and compares what can be read from both. */
#include "parity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compare.h"
#include "compute/program.h"
#include "report.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static void check_round_trip(const struct pair *p)
{
    compute_read_parameters(p->other, p->got);
    compute_sync(p->other);
    memcpy(p->expected, p->data->parameters, p->c->program.parameter_count * sizeof(float));
    compare_exactly(p, "parameters read back", p->c->program.parameter_count);
}

/* Nothing but training steps moves running statistics. */
static void check_buffers_as_written(const struct pair *p, const char *what)
{
    compute_read_buffers(p->other, p->got);
    compute_sync(p->other);
    memcpy(p->expected, p->data->buffers, p->c->program.buffer_count * sizeof(float));
    compare_exactly(p, what, p->c->program.buffer_count);
}

static void check_initial_buffers(const struct pair *p)
{
    compute_read_buffers(p->other, p->got);
    compute_sync(p->other);
    program_initial_buffers(&p->c->program, p->expected);
    compare_exactly(p, "initial buffers", p->c->program.buffer_count);
}

/* What a backend trains with, as it is stored for a checkpoint. */
static void check_state_of_buffers(const struct pair *p)
{
    const size_t count = compute_state_count(p->other, STATE_BUFFERS);
    const bool doubles = compute_value_size(p->other) == sizeof(double);
    double *state = ls_calloc(count, sizeof *state);
    compute_read_state(p->other, STATE_BUFFERS, state);
    compute_read_buffers(p->other, p->got);
    compute_sync(p->other);
    for (size_t i = 0; i < count; i++)
        p->expected[i] = doubles ? (float)state[i] : ((const float *)(const void *)state)[i];
    compare_exactly(p, "state of the buffers", count);
    compute_write_buffers(p->other, p->data->buffers);
    compute_write_state(p->other, STATE_BUFFERS, state);
    compute_read_buffers(p->other, p->got);
    compute_sync(p->other);
    compare_exactly(p, "state of the buffers written back", count);
    free(state);
}

/* Means and variances are compared on scales of their own, of at least 0.1: a mean may have cancelled. */
static void compare_buffers(const struct pair *p, const char *what)
{
    compute_read_buffers(p->reference, p->expected);
    compute_read_buffers(p->other, p->got);
    compute_sync(p->other);
    for (int i = 0; i < p->c->program.op_count; i++) {
        const struct op *op = &p->c->program.ops[i];
        const size_t half = program_buffer_count(&p->c->program, op) / 2;
        for (size_t part = 0; part < 2; part++) {
            const size_t first = op->buffer_offset + part * half;
            char name[120];
            snprintf(name, sizeof name, "%s of operation %d: %s", what, i, part ? "variance" : "mean");
            compare_values(p, name, first, half, fmax(0.1, compare_largest(p->expected + first, half)));
        }
    }
}

/* As they were at first; a change of the optimizer's kind empties its state. */
static void start_again(const struct pair *p)
{
    compute_write_parameters(p->reference, p->data->parameters);
    compute_write_parameters(p->other, p->data->parameters);
    compute_write_buffers(p->reference, p->data->buffers);
    compute_write_buffers(p->other, p->data->buffers);
    struct optimizer another = p->c->optimizer;
    another.kind = another.kind == OPTIMIZER_SGD ? OPTIMIZER_ADAM : OPTIMIZER_SGD;
    compute_set_optimizer(p->reference, &another);
    compute_set_optimizer(p->other, &another);
    compute_set_optimizer(p->reference, &p->c->optimizer);
    compute_set_optimizer(p->other, &p->c->optimizer);
}

static void check_slots(const struct pair *p)
{
    const int batch = p->c->batch, probe = p->c->probe_batch;
    const struct compute_batch train = {.indices = p->data->indices, .count = batch};
    const struct compute_batch shown = {.first = p->data->count - (uint32_t)probe, .count = probe};
    compare_run(p, "train", COMPUTE_TRAIN, &train, 0, true);
    size_t count;
    float *before = compare_read_all(p, COMPUTE_TRAIN, batch, &count);
    compare_run(p, "probe", COMPUTE_PROBE, &shown, 0, true);
    const struct compute_batch first = {.count = 1};
    compare_run(p, "probe forward", COMPUTE_PROBE, &first, 0, false);
    float *after = compare_read_all(p, COMPUTE_TRAIN, batch, &count);
    compare_all(p, "train slot after the probe ran", before, after, count);
    free(before);
    free(after);
    compare_run(p, "train forward", COMPUTE_TRAIN, &train, 0, false);
}

static void check_indices(const struct pair *p)
{
    const int batch = p->c->batch;
    uint32_t *row = ls_calloc((size_t)batch, sizeof *row);
    for (int i = 0; i < batch; i++)
        row[i] = (uint32_t)i + 1;
    const struct compute_batch by_first = {.first = 1, .count = batch},
                               by_index = {.indices = row, .count = batch};
    size_t count;
    compute_run(p->other, COMPUTE_TRAIN, &by_first, true, NULL);
    float *one = compare_read_all(p, COMPUTE_TRAIN, batch, &count);
    compute_run(p->other, COMPUTE_TRAIN, &by_index, true, NULL);
    float *two = compare_read_all(p, COMPUTE_TRAIN, batch, &count);
    compare_all(p, "the same samples by index", one, two, count);
    free(one);
    free(two);
    free(row);
}

static void check_partial_batches(const struct pair *p)
{
    const int sizes[] = {1, p->c->batch - 1};
    for (int i = 0; i < COUNT(sizes); i++) {
        if (sizes[i] < 1 || sizes[i] >= p->c->batch)
            continue;
        const struct compute_batch part = {.indices = p->data->indices + i, .count = sizes[i]};
        char name[60];
        snprintf(name, sizeof name, "%d samples after %d", sizes[i], p->c->batch);
        compare_run(p, name, COMPUTE_TRAIN, &part, 0, true);
    }
}

static void check_float_data(const struct pair *p)
{
    if (!p->c->bytes)
        return;
    const struct compute_data floats = parity_data_as_floats(p->data, p->c);
    const int handle = compute_bind_data(p->other, &floats);
    const struct compute_batch batch = {.indices = p->data->indices, .count = p->c->batch};
    compare_run(p, "bytes as floats", COMPUTE_TRAIN, &batch, handle, true);
}

static void check_evaluate(const struct pair *p, const char *what, const uint32_t *indices, int count)
{
    const struct compute_batch batch = {.indices = indices, .count = count};
    const size_t values = (size_t)count * p->data->outputs;
    struct batch_metrics expected, got, without;
    compute_evaluate(p->reference, &batch, &expected, p->expected);
    compute_evaluate(p->other, &batch, &got, p->got);
    compute_evaluate(p->other, &batch, &without, NULL);
    compute_sync(p->other);
    const int ties = compare_near_ties(p->expected, p->data->outputs, count);
    compare_metrics(p, what, &expected, &got, ties, 0.0);
    compare_metrics(p, what, &expected, &without, ties, 0.0);
    compare_tensor(p, what, values);
}

/* Parameters after each step, as differences from those before training: a step is small beside the
 * parameter that it changes. Storing the parameter as a float costs half a unit in its last place a step. */
static void compare_updates(const struct pair *p, const char *what, int step)
{
    const size_t count = p->c->program.parameter_count;
    compute_read_parameters(p->reference, p->expected);
    compute_read_parameters(p->other, p->got);
    compute_sync(p->other);
    const double stored = step * 1.2e-7 * compare_largest(p->expected, count);
    double update = 0;
    for (size_t i = 0; i < count; i++)
        update = fmax(update, fabs((double)p->expected[i] - (double)p->data->parameters[i]));
    compare_values(p, what, 0, count, update + stored / compare_tolerance);
}

static void check_steps(const struct pair *p)
{
    const int batch = p->c->batch, steps = p->c->steps;
    const bool adam = p->c->optimizer.kind >= OPTIMIZER_ADAM;
    char name[60];
    for (int step = 1; step <= steps; step++) {
        const struct compute_batch b = {.indices = p->data->indices + step, .count = batch};
        const struct compute_update update = {.learning_rate = adam ? 0.01f : 0.004f, .step = (uint64_t)step};
        struct batch_metrics expected, got;
        compute_step(p->reference, &b, &update, &expected);
        compute_step(p->other, &b, &update, &got);
        compute_sync(p->other);
        if (!compare_is_clear(p, COMPUTE_TRAIN))
            return;
        const double scale = compare_gradient_scale(p, COMPUTE_TRAIN, batch);
        compute_read_tensor(p->reference, COMPUTE_TRAIN, compare_output_tensor(p), p->expected);
        snprintf(name, sizeof name, "step %d", step);
        compare_metrics(p, name, &expected, &got, compare_near_ties(p->expected, p->data->outputs, batch),
                        scale);
        compare_parameter_gradients(p, name, COMPUTE_TRAIN, batch);
        compare_tensors(p, name, COMPUTE_TRAIN, batch, GRADIENTS_OF_STEP);
        snprintf(name, sizeof name, "parameters after step %d", step);
        compare_updates(p, name, step);
        snprintf(name, sizeof name, "buffers after step %d", step);
        compare_buffers(p, name);
    }
    check_state_of_buffers(p);
    const struct compute_batch shown = {.count = batch};
    compare_run(p, "forward after training", COMPUTE_TRAIN, &shown, 0, false);
    if (steps == 1)
        return;
    /* Another optimizer begins with zero state. */
    for (int kind = 0; kind < OPTIMIZER_COUNT; kind++) {
        struct optimizer other = p->c->optimizer;
        other.kind = (enum optimizer_kind)((int)(other.kind + (unsigned)kind + 1) % OPTIMIZER_COUNT);
        compute_set_optimizer(p->reference, &other);
        compute_set_optimizer(p->other, &other);
        const struct compute_batch b = {.indices = p->data->indices, .count = batch};
        const struct compute_update update = {.learning_rate = 0.01f, .step = 1};
        compute_step(p->reference, &b, &update, NULL);
        compute_step(p->other, &b, &update, NULL);
        snprintf(name, sizeof name, "parameters after a change to optimizer %d", (int)other.kind);
        compare_updates(p, name, steps + kind + 1);
    }
}

/* Steps of a schedule that begins in the middle of an epoch whose last batch is smaller, asked for in pieces
 * of several sizes, with a learning rate that changes every step and an
 * optimizer that changes on the way. */
static void check_schedule(const struct pair *p)
{
    enum { PIECES = 4 };
    static const int pieces[PIECES] = {1, 3, 0, 4};
    const bool adam = p->c->optimizer.kind >= OPTIMIZER_ADAM;
    const int count = p->c->steps > 1 ? PIECES : 1;
    const struct compute_schedule schedule = {.batch = p->c->batch, .seed = p->c->seed, .step = 1};
    start_again(p);
    compute_set_schedule(p->reference, &schedule);
    compute_set_schedule(p->other, &schedule);
    int steps = 0;
    for (int piece = 0; piece < count; piece++) {
        float rates[4];
        for (int i = 0; i < 4; i++) /* another one each step */
            rates[i] = (adam ? 0.01f : 0.004f) / (float)(1 + (steps + i) * (steps + i));
        struct batch_metrics expected[4], got[4];
        compute_train(p->reference, pieces[piece], rates, expected);
        compute_train(p->other, pieces[piece], rates, piece == 1 ? NULL : got);
        compute_sync(p->other);
        if (!compare_is_clear(p, COMPUTE_TRAIN))
            return;
        const double scale = compare_gradient_scale(p, COMPUTE_TRAIN, 1);
        for (int i = 0; i < pieces[piece] && piece != 1; i++) {
            char name[60];
            snprintf(name, sizeof name, "scheduled step %d", steps + i + 1);
            compare_metrics(p, name, &expected[i], &got[i], p->c->batch, scale);
        }
        steps += pieces[piece];
        char name[60];
        snprintf(name, sizeof name, "parameters after %d scheduled steps", steps);
        compare_updates(p, name, steps);
        snprintf(name, sizeof name, "buffers after %d scheduled steps", steps);
        compare_buffers(p, name);
    }
    uint32_t *expected = ls_calloc(2 * (size_t)p->c->batch, sizeof *expected), *got = expected + p->c->batch;
    const int batch = compute_next_batch(p->reference, expected);
    report_check(p->report, p->c->name, "next batch", 0, batch, compute_next_batch(p->other, got), 0);
    report_check(p->report, p->c->name, "samples of the next batch", 0, 0,
                 memcmp(expected, got, (size_t)batch * sizeof *got), 0);
    free(expected);
}

/* Parameters that were written are used at once, whatever a backend keeps of the old ones. */
static void check_rewritten_parameters(const struct pair *p)
{
    start_again(p);
    check_round_trip(p);
    check_buffers_as_written(p, "buffers read back");
    const struct compute_batch batch = {.first = 2, .count = p->c->batch};
    compare_run(p, "after writing parameters", COMPUTE_TRAIN, &batch, 0, true);
}

void parity_run(const struct parity_target *target, const struct parity_case *c, struct parity_report *report)
{
    report->target = target->name;
    report->cases++;
    struct parity_data data;
    parity_data_init(&data, c, compare_kink_distance);
    const struct compute_desc desc = parity_desc(c);
    struct error err = {0};
    struct pair p = {.c = c, .data = &data, .report = report};
    p.other = target->create(target, &desc, &err);
    if (!p.other) {
        report_failure(report, c->name, err.message);
        parity_data_deinit(&data);
        return;
    }
    size_t room = c->program.parameter_count;
    room = room > c->program.buffer_count ? room : c->program.buffer_count;
    for (int t = 0; t < c->program.tensor_count; t++)
        if (room < data.count * shape_count(c->program.tensors[t]))
            room = data.count * shape_count(c->program.tensors[t]);
    p.expected = ls_calloc(room, sizeof(float));
    p.got = ls_calloc(room, sizeof(float));
    p.reference = parity_reference(c, &data, c->batch);
    compute_write_parameters(p.other, data.parameters);
    const struct compute_data bound = parity_data_bound(&data, c);
    compute_bind_data(p.other, &bound);

    check_initial_buffers(&p);
    compute_write_buffers(p.other, data.buffers);
    check_round_trip(&p);
    check_slots(&p);
    check_indices(&p);
    check_partial_batches(&p);
    check_float_data(&p);
    check_evaluate(&p, "evaluate", NULL, (int)data.count);
    check_evaluate(&p, "evaluate by index", data.indices, c->batch + 1);
    check_buffers_as_written(&p, "buffers before training");
    check_steps(&p);
    check_schedule(&p);
    check_rewritten_parameters(&p);

    compute_destroy(p.reference);
    compute_destroy(p.other);
    free(p.expected);
    free(p.got);
    parity_data_deinit(&data);
}
