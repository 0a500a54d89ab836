/* The CPU backend on a program with branches, batch norms and dropout, where the parity harness does not
 * look: evaluation over many groups, the probe beside training, how statistics depend on threads. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "builder.h"
#include "compute/compute.h"
#include "compute/op_math.h"
#include "compute/program.h"
#include "draw.h"

enum { SAMPLES = 150, SIZE = 9, CLASSES = 3, BATCH = 37, SEED = 5 };

struct fixture {
    struct program program;
    int dropped[2]; /* the outputs of the dropouts; their inputs are the tensors before */
    float pixels[SAMPLES * SIZE * SIZE];
    int32_t labels[SAMPLES];
    float *parameters, *buffers;
};

static const struct op norm = {.kind = OP_BATCH_NORM,
                               .has_weight = true,
                               .has_bias = true,
                               .epsilon = 1e-3f,
                               .momentum = 0.1f,
                               .unbiased = true};

static int last_tensor(const struct builder *b) { return b->program.tensor_count - 1; }

static struct program make_program(int dropped[2])
{
    struct builder b;
    builder_init(&b, (struct shape){1, SIZE, SIZE});
    builder_norm(&b, norm);
    builder_conv(&b, 5, (struct window){3, 3, 1, 1, 1, 1}, ACTIVATION_LINEAR, false);
    builder_norm(&b, norm);
    builder_activation(&b, ACTIVATION_RELU);
    const int skip = last_tensor(&b);
    builder_conv(&b, 5, (struct window){3, 3, 1, 1, 1, 1}, ACTIVATION_LINEAR, true);
    builder_norm(&b, norm);
    builder_add(&b, skip);
    builder_concatenate(&b, skip);
    /* 9 · 9 · 10 values, no multiple of 4; then 12. */
    builder_dropout(&b, 0.25f);
    dropped[0] = last_tensor(&b);
    builder_flatten(&b);
    builder_dense(&b, 12, ACTIVATION_TANH, true);
    builder_dropout(&b, 0.5f);
    dropped[1] = last_tensor(&b);
    builder_dense(&b, CLASSES, ACTIVATION_LINEAR, true);
    builder_softmax(&b);
    return builder_finish(&b, LOSS_CROSS_ENTROPY);
}

static int set_up(void **state)
{
    struct fixture *f = ls_calloc(1, sizeof *f);
    struct draw draw = {.seed = 12};
    f->program = make_program(f->dropped);
    for (int i = 0; i < SAMPLES * SIZE * SIZE; i++)
        f->pixels[i] = draw_float(&draw, -1.0f, 3.0f);
    for (int i = 0; i < SAMPLES; i++)
        f->labels[i] = draw_int(&draw, 0, CLASSES - 1);
    f->parameters = ls_calloc(f->program.parameter_count, sizeof(float));
    for (size_t i = 0; i < f->program.parameter_count; i++)
        f->parameters[i] = draw_float(&draw, -0.3f, 0.5f);
    f->buffers = ls_calloc(f->program.buffer_count, sizeof(float));
    for (size_t i = 0; i < f->program.buffer_count; i++)
        f->buffers[i] = draw_float(&draw, 0.25f, 1.5f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    program_deinit(&f->program);
    free(f->parameters);
    free(f->buffers);
    free(f);
    return 0;
}

static struct compute *make(const struct fixture *f, int threads)
{
    const struct compute_desc desc = {.program = &f->program,
                                      .backend = BACKEND_CPU,
                                      .max_batch = BATCH,
                                      .threads = threads,
                                      .optimizer = {.kind = OPTIMIZER_SGD}};
    struct error err = {0};
    struct compute *compute = compute_create(&desc, &err);
    assert_non_null(compute);
    compute_write_parameters(compute, f->parameters);
    compute_write_buffers(compute, f->buffers);
    const struct compute_data data = {.count = SAMPLES, .values = f->pixels, .labels = f->labels};
    assert_int_equal(compute_bind_data(compute, &data), 0);
    const struct compute_schedule schedule = {.batch = BATCH, .seed = SEED};
    compute_set_schedule(compute, &schedule);
    return compute;
}

static void train(struct compute *compute, int steps)
{
    const float rates[] = {0.1f, 0.1f, 0.1f, 0.1f, 0.1f};
    assert_true(steps <= 5);
    compute_train(compute, steps, rates, NULL);
}

static void evaluation_equals_single_samples(void **state)
{
    const struct fixture *f = *state;
    struct compute *alone = make(f, 1);
    float expected[SAMPLES * CLASSES];
    for (uint32_t i = 0; i < SAMPLES; i++) {
        const struct compute_batch batch = {.first = i, .count = 1};
        compute_run(alone, COMPUTE_PROBE, &batch, false, NULL);
        compute_read_tensor(alone, COMPUTE_PROBE, f->program.tensor_count - 1, expected + i * CLASSES);
    }
    compute_destroy(alone);
    for (int threads = 1; threads <= 5; threads += 2) {
        struct compute *compute = make(f, threads);
        float outputs[SAMPLES * CLASSES];
        const struct compute_batch batch = {.count = SAMPLES};
        compute_evaluate(compute, &batch, NULL, outputs);
        assert_memory_equal(outputs, expected, sizeof outputs);
        compute_destroy(compute);
    }
}

static void the_probe_does_not_disturb_training(void **state)
{
    const struct fixture *f = *state;
    const size_t counts[2] = {f->program.parameter_count, f->program.buffer_count};
    float *after[2][2];
    for (int probing = 0; probing < 2; probing++) {
        struct compute *compute = make(f, 2);
        for (int step = 0; step < 5; step++) {
            train(compute, 1);
            const struct compute_batch probe = {.first = 3, .count = 1}, all = {.count = SAMPLES};
            if (!probing)
                continue;
            compute_run(compute, COMPUTE_PROBE, &probe, true, NULL);
            compute_evaluate(compute, &all, NULL, NULL);
        }
        for (int i = 0; i < 2; i++)
            after[probing][i] = ls_calloc(counts[i], sizeof(float));
        compute_read_parameters(compute, after[probing][0]);
        compute_read_buffers(compute, after[probing][1]);
        compute_destroy(compute);
    }
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(after[0][i], after[1][i], counts[i] * sizeof(float));
        free(after[0][i]);
        free(after[1][i]);
    }
}

/* They are summed over groups in their order, whoever made them. */
static void statistics_do_not_depend_on_threads(void **state)
{
    const struct fixture *f = *state;
    const size_t count = f->program.buffer_count;
    float *expected = ls_calloc(count, sizeof *expected), *got = ls_calloc(count, sizeof *got);
    for (int threads = 1; threads <= 5; threads++) {
        struct compute *compute = make(f, threads);
        train(compute, 1);
        compute_read_buffers(compute, threads == 1 ? expected : got);
        compute_destroy(compute);
        if (threads > 1)
            assert_memory_equal(expected, got, count * sizeof *got);
    }
    assert_memory_not_equal(expected, f->buffers, count * sizeof *expected);
    free(expected);
    free(got);
}

/* Only a step moves them: not a run in training mode, not a probe, not an evaluation. */
static void running_statistics_stay_without_a_step(void **state)
{
    const struct fixture *f = *state;
    struct compute *compute = make(f, 2);
    const struct compute_batch batch = {.first = 1, .count = BATCH}, one = {.count = 1};
    compute_run(compute, COMPUTE_TRAIN, &batch, true, NULL);
    compute_run(compute, COMPUTE_TRAIN, &batch, false, NULL);
    compute_run(compute, COMPUTE_PROBE, &one, true, NULL);
    compute_evaluate(compute, &batch, NULL, NULL);
    float *buffers = ls_calloc(f->program.buffer_count, sizeof *buffers);
    compute_read_buffers(compute, buffers);
    assert_memory_equal(buffers, f->buffers, f->program.buffer_count * sizeof *buffers);
    free(buffers);
    compute_destroy(compute);
}

static void check_dropped(const struct fixture *f, struct compute *compute, int tensor, uint64_t step)
{
    const struct program *program = &f->program;
    int number = 0;
    while (program->ops[number].output != tensor)
        number++;
    const struct op *op = &program->ops[number];
    const size_t count = BATCH * shape_count(program->tensors[tensor]);
    float *x = ls_calloc(count, sizeof *x), *y = ls_calloc(count, sizeof *y);
    compute_read_tensor(compute, COMPUTE_TRAIN, op->input, x);
    compute_read_tensor(compute, COMPUTE_TRAIN, tensor, y);
    for (size_t i = 0; i < count; i++) {
        const bool kept = op_dropout_keeps(op->rate, SEED, step, number, i);
        assert_true(fabsf(y[i] - (kept ? x[i] / (1.0f - op->rate) : 0.0f)) <= 1e-6f * fabsf(x[i]));
    }
    free(x);
    free(y);
}

static void dropout_draws_what_seed_and_step_name(void **state)
{
    const struct fixture *f = *state;
    struct compute *compute = make(f, 2);
    const struct compute_batch batch = {.first = 2, .count = BATCH};
    for (uint64_t step = 0; step < 3; step++) {
        compute_run(compute, COMPUTE_TRAIN, &batch, true, NULL);
        for (int i = 0; i < 2; i++)
            check_dropped(f, compute, f->dropped[i], step);
        train(compute, 1);
    }
    compute_destroy(compute);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation_equals_single_samples),
        cmocka_unit_test(the_probe_does_not_disturb_training),
        cmocka_unit_test(statistics_do_not_depend_on_threads),
        cmocka_unit_test(running_statistics_stay_without_a_step),
        cmocka_unit_test(dropout_draws_what_seed_and_step_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
