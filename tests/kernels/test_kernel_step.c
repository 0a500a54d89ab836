/* From one batch to the next: samples, updates, metrics. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "compute/draw.h"
#include "memory.h"

/* ---- batches ---- */

enum { SAMPLES = 13, SIZE = 1100, OUTPUTS = 3, MOST = 5 };

struct gather_case {
    struct kernel_data data;
    struct kernel_schedule schedule;
    bool scheduled, indexed, targets;
    uint32_t *indices;
    uint32_t first, count;
    uint64_t epoch;
};

/* Outputs: input, labels, targets, the step. */
static void run_gather(const void *context, float *const *outputs)
{
    const struct gather_case *c = context;
    struct kernel_step *step = memory_step(c->count);
    step->first = c->first;
    step->epoch = c->epoch;
    step->step = 3;
    step->ring = 3;
    kernel_gather(memory_stream(), step, c->scheduled ? &c->schedule : NULL, c->indexed ? c->indices : NULL,
                  &c->data, MOST, SIZE, OUTPUTS, outputs[0], (int32_t *)(void *)outputs[1],
                  c->targets ? outputs[2] : NULL);
    memcpy(outputs[3], step, sizeof *step);
}

static void check_gather(const struct gather_case *c)
{
    const size_t sizes[] = {MOST * SIZE, MOST, MOST * OUTPUTS, sizeof(struct kernel_step) / sizeof(float)};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_gather, c, sizes, 4, results);
    const struct rng_shuffle shuffle = rng_shuffle_init(c->schedule.seed, (uint32_t)c->epoch, SAMPLES);
    for (uint32_t i = 0; i < c->count; i++) {
        const uint32_t place = c->first + i;
        const uint32_t sample = c->indexed     ? c->indices[i]
                                : c->scheduled ? rng_permute(&shuffle, place)
                                               : place;
        for (uint32_t j = 0; j < SIZE; j++) {
            const uint32_t from = sample * SIZE + j;
            const float expected = c->data.bytes ? (float)c->data.bytes[from] / 255.0f : c->data.values[from];
            assert_memory_equal(&results[0][i * SIZE + j], &expected, sizeof expected);
        }
        int32_t label;
        memcpy(&label, &results[1][i], sizeof label);
        assert_int_equal(label, c->data.labels ? c->data.labels[sample] : -1);
        for (int j = 0; c->targets && j < OUTPUTS; j++) {
            const float one_hot = j == label ? 1.0f : 0.0f;
            const float expected = c->data.targets ? c->data.targets[(int)sample * OUTPUTS + j] : one_hot;
            assert_true(results[2][(int)i * OUTPUTS + j] == expected);
        }
    }
    assert_true(memory_is_untouched(results[0] + c->count * SIZE, (MOST - c->count) * SIZE));
    assert_true(memory_is_untouched(results[1] + c->count, MOST - c->count));
    assert_true(memory_is_untouched(results[2] + c->count * OUTPUTS, (MOST - c->count) * OUTPUTS));
    if (!c->targets)
        assert_true(memory_is_untouched(results[2], MOST * OUTPUTS));
    struct kernel_step step;
    memcpy(&step, results[3], sizeof step);
    assert_int_equal(step.step, 3);
    assert_int_equal(step.count, c->count);
    if (c->scheduled) {
        const struct adam_step adam = op_adam_step(&c->schedule.optimizer, c->schedule.learning_rates[3], 3);
        assert_memory_equal(&step.adam, &adam, sizeof adam);
    } else {
        const struct kernel_step *fresh = memory_step(c->count);
        assert_memory_equal(&step.adam, &fresh->adam, sizeof step.adam);
    }
}

static struct optimizer adam_optimizer(void)
{
    const struct optimizer optimizer = {.kind = OPTIMIZER_ADAM,
                                        .momentum = 0.9f,
                                        .beta1 = 0.9f,
                                        .beta2 = 0.999f,
                                        .epsilon = 1e-8f,
                                        .alpha = 0.99f,
                                        .weight_decay = 0.25f};
    return optimizer;
}

static struct kernel_schedule test_schedule(void)
{
    enum { RING = 4 };
    float *rates = memory_floats(RING);
    for (int i = 0; i < RING; i++)
        rates[i] = 0.01f / (float)(i + 1);
    const struct kernel_schedule schedule = {.seed = 9,
                                             .samples = SAMPLES,
                                             .batch = MOST,
                                             .ring_entries = RING,
                                             .optimizer = adam_optimizer(),
                                             .learning_rates = rates};
    return schedule;
}

static void batches_hold_their_samples(void **state)
{
    (void)state;
    for (int i = 0; i < 24; i++) {
        struct draw draw = {.seed = 90};
        struct gather_case c = {.schedule = test_schedule(),
                                .scheduled = i % 3 == 0,
                                .indexed = i % 3 == 1,
                                .targets = i % 2 == 0,
                                .first = 7,
                                .count = i % 5 ? 4 : 5,
                                .epoch = 2};
        uint8_t *bytes = memory_bytes(SAMPLES * SIZE);
        int32_t *labels = memory_bytes(SAMPLES * sizeof *labels);
        for (int j = 0; j < SAMPLES * SIZE; j++)
            bytes[j] = (uint8_t)draw_int(&draw, 0, 255);
        for (int j = 0; j < SAMPLES; j++)
            labels[j] = draw_int(&draw, 0, OUTPUTS - 1);
        c.data.bytes = i % 4 < 2 ? bytes : NULL;
        c.data.values = c.data.bytes ? NULL : memory_draw(91, SAMPLES * SIZE, SAMPLES * SIZE, -1.0f, 1.0f);
        c.data.targets =
            i % 8 < 4 ? memory_draw(92, SAMPLES * OUTPUTS, SAMPLES * OUTPUTS, -1.0f, 1.0f) : NULL;
        c.data.labels = i % 7 ? labels : NULL;
        c.indices = memory_bytes(MOST * sizeof *c.indices);
        for (int j = 0; j < MOST; j++)
            c.indices[j] = (uint32_t)draw_int(&draw, 0, SAMPLES - 1);
        check_gather(&c);
        memory_free_all();
    }
}

/* Of one value each, as many as the y and z of a grid may have, and one more. */
static void batches_may_be_large(void **state)
{
    (void)state;
    enum { LIMIT = 65535 };
    for (int most = LIMIT; most <= LIMIT + 1; most++) {
        struct kernel_schedule schedule = test_schedule();
        schedule.samples = schedule.batch = (uint32_t)most;
        struct kernel_data data = {.values = memory_draw(93, (size_t)most, (size_t)most, -1.0f, 1.0f)};
        struct kernel_step *step = memory_step((uint32_t)most);
        step->first = step->ring = 0;
        step->epoch = 2;
        step->step = 1;
        float *input = memory_floats((size_t)most);
        int32_t *labels = memory_bytes((size_t)most * sizeof *labels);
        kernel_gather(memory_stream(), step, &schedule, NULL, &data, most, 1, 1, input, labels, NULL);
        assert_null(kernel_last_error());
        const struct rng_shuffle shuffle = rng_shuffle_init(schedule.seed, 2, (uint32_t)most);
        for (uint32_t i = 0; i < (uint32_t)most; i++)
            assert_true(input[i] == data.values[rng_permute(&shuffle, i)]);
        assert_true(step->clip == 1.0f); /* the block behind the samples ran */
        memory_free_all();
    }
}

/* 13 samples in batches of 5: 5, 5, 3, and around. */
static void check_advanced(const struct kernel_step *step, int steps_before)
{
    assert_int_equal(step->step, 1 + steps_before);
    assert_int_equal(step->draw, 20 + steps_before);
    assert_int_equal(step->seed, 77);
    assert_int_equal(step->epoch, steps_before / 3);
    assert_int_equal(step->first, steps_before % 3 * 5);
    assert_int_equal(step->count, steps_before % 3 == 2 ? 3 : 5);
    assert_int_equal(step->ring, steps_before % 4);
}

static struct kernel_step *first_step(void)
{
    struct kernel_step *step = memory_step(MOST);
    step->step = 1;
    step->epoch = step->first = step->ring = 0;
    step->seed = 77;
    step->draw = 20;
    return step;
}

static void batches_follow_each_other(void **state)
{
    (void)state;
    const struct kernel_schedule schedule = test_schedule();
    struct kernel_step *step = first_step();
    for (int i = 0; i < 9; i++) {
        check_advanced(step, i);
        kernel_advance(memory_stream(), step, &schedule);
        const struct adam_step adam =
            op_adam_step(&schedule.optimizer, schedule.learning_rates[step->ring], step->step);
        assert_memory_equal(&step->adam, &adam, sizeof adam);
    }
    memory_free_all();
}

/* ---- updates and metrics ---- */

struct update_case {
    struct optimizer optimizer;
    size_t parameters;
    float *w, *gradient, *moment1, *moment2, *rate, *losses, *scratch;
    int32_t *correct;
    struct kernel_schedule schedule;
    int samples;
    bool adjusted; /* penalties, clipping and noise */
};

enum { METRICS_FLOATS = sizeof(struct kernel_metrics) / sizeof(float) };

static void update_case_init(struct update_case *c, enum optimizer_kind kind, size_t parameters, int samples)
{
    memset(c, 0, sizeof *c);
    c->schedule = test_schedule();
    c->schedule.optimizer.kind = kind;
    c->optimizer = c->schedule.optimizer;
    c->parameters = parameters;
    c->samples = samples;
    c->w = memory_draw(101, parameters, parameters, -1.0f, 1.0f);
    c->gradient = memory_draw(102, parameters, parameters, -1.0f, 1.0f);
    const float lowest = kind == OPTIMIZER_RMSPROP ? 0.0f : -1.0f;
    c->moment1 = kind == OPTIMIZER_SGD ? NULL : memory_draw(103, parameters, parameters, lowest, 1.0f);
    c->moment2 = kind == OPTIMIZER_ADAM || kind == OPTIMIZER_ADAMW
                     ? memory_draw(104, parameters, parameters, 0.0f, 1.0f)
                     : NULL;
    c->losses = memory_draw(105, (size_t)samples, (size_t)samples + 3, 0.0f, 3.0f);
    c->correct = memory_bytes(((size_t)samples + 3) * sizeof *c->correct);
    for (int i = 0; i < samples; i++)
        c->correct[i] = i % 3 == 0;
    c->scratch = memory_zeros(kernel_measure_scratch(parameters));
}

/* All of it at once, on ranges that leave gaps. */
static void adjust_case(struct update_case *c)
{
    const size_t n = c->parameters;
    const struct penalty some[] = {{0, n / 3, 0.25f, 0.125f}, {n / 2, n / 4, 0.0f, 0.5f}};
    struct penalty *penalties = memory_bytes(sizeof some);
    memcpy(penalties, some, sizeof some);
    struct optimizer *optimizer = &c->schedule.optimizer;
    optimizer->clip_value = 0.75f;
    optimizer->clip_norm = 0.5f;
    optimizer->noise = 0.25f;
    optimizer->noise_decay = 0.55f;
    c->schedule.penalties = (struct kernel_penalties){penalties, 2};
    c->optimizer = *optimizer;
    c->adjusted = true;
}

static void copy_floats(float *to, const float *from, size_t count)
{
    if (from)
        memcpy(to, from, count * sizeof *to);
}

static struct kernel_step *step_of(const struct update_case *c)
{
    struct kernel_step *step = first_step();
    step->step = 2;
    step->count = (uint32_t)c->samples;
    step->ring = 2;
    step->adam = op_adam_step(&c->optimizer, c->schedule.learning_rates[2], step->step);
    step->deviation = (float)op_noise_deviation(&c->optimizer, step->step);
    step->clip = 1.0f;
    if (c->adjusted)
        kernel_clip(memory_stream(), step, &c->optimizer, &c->schedule.penalties, c->parameters, c->gradient,
                    c->w, c->scratch);
    return step;
}

/* Outputs: w, moment1, moment2. */
static void run_update(const void *context, float *const *outputs)
{
    const struct update_case *c = context;
    copy_floats(outputs[0], c->w, c->parameters);
    copy_floats(outputs[1], c->moment1, c->parameters);
    copy_floats(outputs[2], c->moment2, c->parameters);
    kernel_update(memory_stream(), step_of(c), &c->optimizer, &c->schedule.penalties,
                  c->schedule.learning_rates + 2, c->parameters, c->gradient, outputs[0],
                  c->moment1 ? outputs[1] : NULL, c->moment2 ? outputs[2] : NULL);
}

/* Outputs: w, moment1, moment2, and the ring with the step behind it. */
static void run_finish(const void *context, float *const *outputs)
{
    const struct update_case *c = context;
    copy_floats(outputs[0], c->w, c->parameters);
    copy_floats(outputs[1], c->moment1, c->parameters);
    copy_floats(outputs[2], c->moment2, c->parameters);
    struct kernel_step *step = step_of(c);
    struct kernel_metrics *ring = (struct kernel_metrics *)(void *)outputs[3];
    kernel_finish_step(memory_stream(), step, &c->schedule, c->samples + 3, c->losses, c->correct,
                       c->parameters, c->gradient, outputs[0], c->moment1 ? outputs[1] : NULL,
                       c->moment2 ? outputs[2] : NULL, ring, c->scratch);
    memcpy(outputs[3] + 4 * METRICS_FLOATS, step, sizeof *step);
}

static void run_measure(const void *context, float *const *outputs)
{
    const struct update_case *c = context;
    kernel_measure(memory_stream(), step_of(c), c->samples + 3, c->losses, c->correct, c->gradient,
                   c->parameters, c->schedule.learning_rates + 2, (struct kernel_metrics *)(void *)outputs[0],
                   c->scratch);
}

/* What the optimizer is to get, into `g`. */
static void expect_gradient(const struct update_case *c, double *g)
{
    double squares = 0.0;
    for (size_t i = 0; i < c->parameters; i++) {
        const struct penalty *penalty =
            op_find_penalty(c->schedule.penalties.ranges, c->schedule.penalties.count, i);
        g[i] = (double)c->gradient[i];
        if (penalty)
            g[i] = op_penalised_f64(g[i], (double)c->w[i], penalty);
        if (c->adjusted)
            g[i] = op_clipped_f64(g[i], (double)c->optimizer.clip_value);
        squares += g[i] * g[i];
    }
    const double scale = c->adjusted ? op_clip_scale(sqrt(squares), (double)c->optimizer.clip_norm) : 1.0;
    const double deviation = op_noise_deviation(&c->optimizer, 2);
    for (size_t i = 0; i < c->parameters; i++) {
        g[i] *= scale;
        if (c->adjusted)
            g[i] += deviation * op_normal_f64(77, 20, i);
    }
}

static void check_updated(const struct update_case *c, float *const *results)
{
    double *w = ls_calloc(c->parameters, sizeof *w), *m = ls_calloc(c->parameters, sizeof *m);
    double *v = ls_calloc(c->parameters, sizeof *v), *g = ls_calloc(c->parameters, sizeof *g);
    expect_gradient(c, g);
    const double rate = (double)c->schedule.learning_rates[2];
    for (size_t i = 0; i < c->parameters; i++) {
        w[i] = (double)c->w[i];
        m[i] = c->moment1 ? (double)c->moment1[i] : 0.0;
        v[i] = c->moment2 ? (double)c->moment2[i] : 0.0;
        op_update_f64(&c->optimizer, rate, 2, g[i], &w[i], &m[i], &v[i]);
    }
    check_close("w", results[0], w, c->parameters, 0.0);
    if (c->moment1)
        check_close("moment1", results[1], m, c->parameters, 0.0);
    if (c->moment2)
        check_close("moment2", results[2], v, c->parameters, 0.0);
    free(w);
    free(m);
    free(v);
    free(g);
}

static void check_metrics(const struct update_case *c, const float *ring, bool gradient)
{
    struct kernel_metrics entry;
    memcpy(&entry, ring + 2 * METRICS_FLOATS, sizeof entry);
    double loss = 0.0, squares = 0.0;
    unsigned correct = 0;
    for (int i = 0; i < c->samples; i++) {
        loss += (double)c->losses[i] / c->samples;
        correct += (unsigned)c->correct[i];
    }
    for (size_t i = 0; i < c->parameters; i++)
        squares += (double)c->gradient[i] * (double)c->gradient[i];
    const double norm = gradient ? sqrt(squares) : 0.0;
    assert_int_equal(entry.step, 2);
    check_close("loss", &entry.loss, &loss, 1, 0.0);
    check_close("gradient norm", &entry.gradient_norm, &norm, 1, 0.0);
    assert_int_equal(entry.correct, correct);
    assert_int_equal(entry.count, c->samples);
    assert_true(entry.learning_rate == c->schedule.learning_rates[2]);
    assert_true(memory_is_untouched(ring, 2 * METRICS_FLOATS));
    assert_true(memory_is_untouched(ring + 3 * METRICS_FLOATS, METRICS_FLOATS));
}

static void check_update(enum optimizer_kind kind, size_t parameters, int samples, bool adjusted)
{
    struct update_case c;
    update_case_init(&c, kind, parameters, samples);
    if (adjusted)
        adjust_case(&c);
    const size_t m1 = c.moment1 ? parameters : 0, m2 = c.moment2 ? parameters : 0;
    const size_t step_floats = sizeof(struct kernel_step) / sizeof(float);
    const size_t sizes[] = {parameters, m1, m2, 4 * METRICS_FLOATS + step_floats};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_update, &c, sizes, 3, results);
    check_updated(&c, results);

    run_in_every_order(run_finish, &c, sizes, 4, results);
    check_updated(&c, results);
    check_metrics(&c, results[3], true);
    struct kernel_step step;
    memcpy(&step, results[3] + 4 * METRICS_FLOATS, sizeof step);
    assert_int_equal(step.step, 3);
    assert_int_equal(step.ring, 3);
    assert_int_equal(step.first, samples < SAMPLES ? samples : 0);
    assert_int_equal(step.epoch, samples < SAMPLES ? 0 : 1);

    const size_t ring = 4 * METRICS_FLOATS;
    run_in_every_order(run_measure, &c, &ring, 1, results);
    check_metrics(&c, results[0], true);
    c.gradient = NULL;
    c.parameters = 0;
    run_in_every_order(run_measure, &c, &ring, 1, results);
    check_metrics(&c, results[0], false);
    memory_free_all();
}

static void parameters_move_and_metrics_tell(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 255, 256, 257, 5000, 300000};
    static const int samples[] = {1, 3, 13, 64, 300, 12};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int kind = 0; kind < OPTIMIZER_COUNT; kind++)
            if (counts[i] < 100000 || kind == OPTIMIZER_ADAM) {
                check_update((enum optimizer_kind)kind, counts[i], samples[i], false);
                check_update((enum optimizer_kind)kind, counts[i], samples[i], true);
            }
}

/* The metrics of a whole chain of steps land in the ring's entries in turn. */
static void steps_go_around_the_ring(void **state)
{
    (void)state;
    struct update_case c;
    update_case_init(&c, OPTIMIZER_SGD, 300, SAMPLES);
    struct kernel_step *step = first_step();
    struct kernel_metrics *ring = memory_bytes(4 * sizeof *ring);
    for (int i = 0; i < 7; i++) {
        check_advanced(step, i);
        step->adam = op_adam_step(&c.optimizer, 0.01f, step->step);
        kernel_finish_step(memory_stream(), step, &c.schedule, MOST, c.losses, c.correct, c.parameters,
                           c.gradient, c.w, NULL, NULL, ring, c.scratch);
        assert_int_equal(ring[i % 4].step, i + 1);
    }
    memory_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_hold_their_samples), cmocka_unit_test(batches_may_be_large),
        cmocka_unit_test(batches_follow_each_other), cmocka_unit_test(parameters_move_and_metrics_tell),
        cmocka_unit_test(steps_go_around_the_ring)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
