/* 50 training steps. The same seed, backend and thread count give the same bits, losses and parameters,
 * from two computes that live at the same time and disturb each other's memory and threads, and from one that
 * took over another one's state half way; all backends give the same losses within 1e-3. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "builder.h"
#include "compute/program.h"
#include "draw.h"
#include "parity.h"

enum { STEPS = 50, BATCH = 33, SAMPLES = 200, SIZE = 12, CLASSES = 10 };

static struct program small_lenet(void)
{
    const struct window conv = {3, 3, 1, 1, 1, 1}, pool = {2, 2, 2, 2, 0, 0};
    struct builder b;
    builder_init(&b, (struct shape){1, SIZE, SIZE});
    builder_conv(&b, 5, conv, ACTIVATION_RELU, true);
    builder_pool(&b, OP_MAX_POOL2D, pool);
    builder_conv(&b, 9, conv, ACTIVATION_TANH, true);
    builder_pool(&b, OP_AVERAGE_POOL2D, pool);
    builder_flatten(&b);
    builder_dense(&b, 19, ACTIVATION_RELU, true);
    builder_dense(&b, CLASSES, ACTIVATION_LINEAR, true);
    builder_softmax(&b);
    return builder_finish(&b, LOSS_CROSS_ENTROPY);
}

struct run {
    struct compute *compute;
    double losses[STEPS];
    float *parameters;
};

struct fixture {
    struct program program;
    uint8_t pixels[SAMPLES * SIZE * SIZE];
    int32_t labels[SAMPLES];
    float *parameters;
};

static void fixture_init(struct fixture *f)
{
    struct draw draw = {.seed = 7};
    f->program = small_lenet();
    for (int i = 0; i < SAMPLES; i++)
        f->labels[i] = draw_int(&draw, 0, CLASSES - 1);
    /* Noise, with the row of the label's number brighter. */
    for (int i = 0; i < SAMPLES * SIZE * SIZE; i++) {
        const bool bright = i / SIZE % SIZE == f->labels[i / (SIZE * SIZE)];
        f->pixels[i] = (uint8_t)(draw_int(&draw, 0, 127) + (bright ? 128 : 0));
    }
    f->parameters = ls_calloc(f->program.parameter_count, sizeof(float));
    for (size_t i = 0; i < f->program.parameter_count; i++)
        f->parameters[i] = draw_float(&draw, -0.2f, 0.2f);
}

static void run_init(struct run *run, const struct fixture *f, const struct parity_target *target)
{
    const struct compute_desc desc = {.program = &f->program,
                                      .max_batch = BATCH,
                                      .optimizer = {OPTIMIZER_ADAM, 0.9f, 0.9f, 0.999f, 1e-8f, 0.99f, 0.0f}};
    struct error err = {0};
    run->compute = target->create(target, &desc, &err);
    assert_non_null(run->compute);
    compute_write_parameters(run->compute, f->parameters);
    const struct compute_data data = {.count = SAMPLES, .bytes = f->pixels, .labels = f->labels};
    assert_int_equal(compute_bind_data(run->compute, &data), 0);
    run->parameters = ls_calloc(f->program.parameter_count, sizeof(float));
}

static void run_step(struct run *run, int step)
{
    uint32_t indices[BATCH];
    for (int i = 0; i < BATCH; i++)
        indices[i] = rng_word(3, RNG_TEST, (uint32_t)step, (uint64_t)i) % SAMPLES;
    const struct compute_batch batch = {.indices = indices, .count = step % 5 ? BATCH : BATCH / 2};
    const struct compute_update update = {.learning_rate = 1e-2f, .step = (uint64_t)step + 1};
    struct batch_metrics metrics;
    compute_step(run->compute, &batch, &update, &metrics);
    compute_sync(run->compute);
    run->losses[step] = metrics.loss;
}

static void run_deinit(struct run *run)
{
    compute_destroy(run->compute);
    free(run->parameters);
}

static void check_target(const struct fixture *f, const struct parity_target *target, double losses[STEPS])
{
    struct run one, two;
    run_init(&one, f, target);
    run_init(&two, f, target);
    for (int step = 0; step < STEPS; step++) {
        run_step(&one, step);
        run_step(&two, step);
        /* Looking at a sample must leave training alone. */
        const struct compute_batch probe = {.first = (uint32_t)step, .count = 1};
        compute_run(two.compute, COMPUTE_PROBE, &probe, true, NULL);
    }
    compute_read_parameters(one.compute, one.parameters);
    compute_read_parameters(two.compute, two.parameters);
    compute_sync(one.compute);
    compute_sync(two.compute);
    assert_memory_equal(one.losses, two.losses, sizeof one.losses);
    assert_memory_equal(one.parameters, two.parameters, f->program.parameter_count * sizeof(float));
    assert_true(one.losses[STEPS - 1] < one.losses[0] / 2);
    memcpy(losses, one.losses, sizeof one.losses);
    run_deinit(&one);
    run_deinit(&two);
}

/* A compute that gets another one's state goes on with the same bits. */
static void check_state(const struct fixture *f, const struct parity_target *target)
{
    struct run one, two;
    run_init(&one, f, target);
    run_init(&two, f, target);
    for (int step = 0; step < STEPS / 2; step++)
        run_step(&one, step);
    const size_t size = compute_value_size(one.compute);
    assert_int_equal(size, target->backend == BACKEND_REFERENCE ? 8 : 4);
    void *values = ls_calloc(f->program.parameter_count, size);
    for (int state = 0; state < STATE_COUNT; state++) {
        compute_read_state(one.compute, (enum compute_state)state, values);
        compute_sync(one.compute);
        compute_write_state(two.compute, (enum compute_state)state, values);
    }
    free(values);
    for (int step = STEPS / 2; step < STEPS; step++) {
        run_step(&one, step);
        run_step(&two, step);
    }
    compute_read_parameters(one.compute, one.parameters);
    compute_read_parameters(two.compute, two.parameters);
    compute_sync(one.compute);
    compute_sync(two.compute);
    assert_memory_equal(one.losses + STEPS / 2, two.losses + STEPS / 2,
                        (STEPS - STEPS / 2) * sizeof *one.losses);
    assert_memory_equal(one.parameters, two.parameters, f->program.parameter_count * sizeof(float));
    run_deinit(&one);
    run_deinit(&two);
}

static void losses_repeat(void **state)
{
    (void)state;
    static struct fixture f;
    fixture_init(&f);
    const struct parity_target reference = {
        .name = "reference", .create = parity_create, .backend = BACKEND_REFERENCE, .threads = 1};
    double expected[STEPS];
    check_target(&f, &reference, expected);
    check_state(&f, &reference);
    struct parity_target targets[PARITY_MAX_TARGETS];
    const int count = parity_targets(targets);
    for (int i = 0; i < count; i++) {
        double losses[STEPS], worst = 0;
        check_target(&f, &targets[i], losses);
        check_state(&f, &targets[i]);
        for (int step = 0; step < STEPS; step++)
            worst = fmax(worst, fabs(losses[step] - expected[step]));
        printf("%s: last loss %.6f, at most %.1e from the reference\n", targets[i].name, losses[STEPS - 1],
               worst);
        assert_true(worst <= 1e-3);
    }
    program_deinit(&f.program);
    free(f.parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(losses_repeat)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
