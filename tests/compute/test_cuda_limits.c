/* The CUDA backend where sizes, memory and the device itself come to an end. Over the shim and on a device.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "builder.h"
#include "compute/compute.h"
#include "compute/program.h"
#include "constant_rate.h"
#include "draw.h"
#include "faults.h"
#include "runtime_shim.h"

/* On a device the size before as well, which here costs seconds. */
#ifndef FIRST_LARGE_BATCH
#define FIRST_LARGE_BATCH 65536
#endif

static const struct window one_pixel = {1, 1, 1, 1, 0, 0};

struct fixture {
    struct program program;
    uint32_t samples;
    int batch;
    float *values, *parameters;
    int32_t *labels;
};

static void fixture_init(struct fixture *f, struct program program, uint32_t samples, int batch)
{
    struct draw draw = {.seed = 11};
    *f = (struct fixture){.program = program, .samples = samples, .batch = batch};
    const size_t size = shape_count(program.tensors[0]);
    f->values = ls_calloc(samples * size, sizeof *f->values);
    for (size_t i = 0; i < samples * size; i++)
        f->values[i] = draw_float(&draw, -1.0f, 1.0f);
    f->labels = ls_calloc(samples, sizeof *f->labels);
    for (uint32_t i = 0; i < samples; i++)
        f->labels[i] = f->values[i * size] > 0.0f;
    f->parameters = ls_calloc(program.parameter_count, sizeof *f->parameters);
    for (size_t i = 0; i < program.parameter_count; i++)
        f->parameters[i] = draw_float(&draw, -0.1f, 0.1f);
}

static void fixture_deinit(struct fixture *f)
{
    program_deinit(&f->program);
    free(f->values);
    free(f->labels);
    free(f->parameters);
}

static struct program finish(struct builder *b)
{
    if (builder_shape(b).height * builder_shape(b).width > 1)
        builder_flatten(b);
    builder_dense(b, 2, ACTIVATION_LINEAR, true);
    builder_softmax(b);
    return builder_finish(b, LOSS_CROSS_ENTROPY);
}

static struct compute *create(const struct fixture *f, enum backend_kind backend)
{
    struct error err = {0};
    const struct compute_desc desc = {.program = &f->program, .backend = backend, .max_batch = f->batch};
    struct compute *compute = compute_create(&desc, &err);
    if (!compute)
        fail_msg("%s", err.message);
    return compute;
}

static int bind(struct compute *compute, const struct fixture *f)
{
    const struct compute_data data = {.count = f->samples, .values = f->values, .labels = f->labels};
    return compute_bind_data(compute, &data);
}

static void prepare(struct compute *compute, const struct fixture *f)
{
    const struct compute_schedule schedule = {.batch = f->batch, .seed = 3};
    compute_write_parameters(compute, f->parameters);
    compute_set_schedule(compute, &schedule);
}

static float *finish_training(struct compute *compute, const struct fixture *f, int steps)
{
    float *parameters = ls_calloc(f->program.parameter_count, sizeof *parameters);
    train_at(compute, steps, 0.5f, NULL);
    compute_read_parameters(compute, parameters);
    compute_sync(compute);
    if (compute_problem(compute))
        fail_msg("%s", compute_problem(compute));
    compute_destroy(compute);
    return parameters;
}

static float *train(const struct fixture *f, enum backend_kind backend, int steps)
{
    struct compute *compute = create(f, backend);
    bind(compute, f);
    prepare(compute, f);
    return finish_training(compute, f, steps);
}

/* Both backends come to the same parameters, which are not those of the beginning. */
static void check_training(const struct fixture *f, int steps)
{
    float *expected = train(f, BACKEND_REFERENCE, steps), *found = train(f, BACKEND_CUDA, steps);
    bool moved = false;
    for (size_t i = 0; i < f->program.parameter_count; i++) {
        assert_true(fabsf(expected[i] - found[i]) <= 1e-5f);
        moved |= fabsf(expected[i] - f->parameters[i]) > 1e-3f;
    }
    assert_true(moved);
    free(expected);
    free(found);
}

/* Samples are more than the y and z of a grid may be: 65,535. */
static void batches_may_be_large(void **state)
{
    (void)state;
    for (int batch = FIRST_LARGE_BATCH; batch <= 65536; batch++) {
        struct fixture f;
        struct builder b;
        builder_init(&b, (struct shape){2, 1, 1});
        builder_conv(&b, 1, one_pixel, ACTIVATION_TANH, false);
        fixture_init(&f, finish(&b), (uint32_t)batch, batch);
        check_training(&f, 1);
        fixture_deinit(&f);
    }
}

/* A row of the window alone exceeds a block's shared memory. */
static void windows_may_be_large(void **state)
{
    (void)state;
    const struct window window = {1, 2500, 1, 1, 0, 0};
    struct fixture f;
    struct builder b;
    builder_init(&b, (struct shape){1, 1, 2600});
    builder_conv(&b, 2, window, ACTIVATION_TANH, true);
    fixture_init(&f, finish(&b), 4, 2);
    check_training(&f, 2);
    fixture_deinit(&f);
}

/* 24 MiB of samples. */
static void init_wide(struct fixture *f)
{
    struct builder b;
    builder_init(&b, (struct shape){3072, 1, 1});
    fixture_init(f, finish(&b), 2048, 8);
}

static void samples_without_room_are_sent(void **state)
{
    (void)state;
    enum { STEPS = 8 };
    struct fixture f;
    init_wide(&f);
    float *expected = train(&f, BACKEND_CUDA, STEPS);
    struct compute *compute = create(&f, BACKEND_CUDA);
    faults_no_room(true);
    bind(compute, &f);
    prepare(compute, &f);
    float *found = finish_training(compute, &f, STEPS);
    faults_no_room(false);
    assert_memory_equal(expected, found, f.program.parameter_count * sizeof *found);
    free(expected);
    free(found);
    fixture_deinit(&f);
}

/* A batch of floats is larger than one of bytes, and needs larger buffers while the last bytes are under way.
 */
static void buffers_grow_when_nobody_reads_them(void **state)
{
    (void)state;
    struct fixture f;
    init_wide(&f);
    uint8_t *bytes = ls_calloc(3072 * 8, 1);
    const struct compute_data data = {.count = 8, .bytes = bytes, .labels = f.labels};
    struct batch_metrics expected[2], found[2];
    for (int sent = 0; sent < 2; sent++) {
        struct batch_metrics *metrics = sent ? found : expected;
        if (sent)
            setenv("LAYERSCOPE_CUDA_DATA_MIB", "0", 1);
        struct compute *compute = create(&f, BACKEND_CUDA);
        const struct compute_batch small = {.data = compute_bind_data(compute, &data), .count = 8},
                                   large = {.data = bind(compute, &f), .count = 30};
        compute_write_parameters(compute, f.parameters);
        shim_set_late(true);
        compute_evaluate(compute, &small, &metrics[0], NULL);
        compute_evaluate(compute, &large, &metrics[1], NULL);
        compute_sync(compute);
        shim_set_late(false);
        compute_destroy(compute);
    }
    unsetenv("LAYERSCOPE_CUDA_DATA_MIB");
    for (int i = 0; i < 2; i++)
        assert_true(expected[i].loss == found[i].loss && expected[i].correct == found[i].correct);
    free(bytes);
    fixture_deinit(&f);
}

/* Products by cuBLASLt, where there is one; else our own kernels have to do the same anyway. */
static void init_products(struct fixture *f)
{
    struct builder b;
    builder_init(&b, (struct shape){70, 1, 1});
    builder_dense(&b, 50, ACTIVATION_RELU, true);
    fixture_init(f, finish(&b), 10, 4);
}

/* The third of three batches has two samples; beside them lie the hidden layer's infinities and the
 * gradients' NaNs, of a batch in between that moves no parameter: neither may reach the gradients, 0 times
 * infinity being none. */
static void infinities_behind_a_batch_count_for_nothing(void **state)
{
    (void)state;
    struct fixture f;
    init_products(&f);
    float huge[4 * 70], *parameters[2];
    for (int i = 0; i < 4 * 70; i++)
        huge[i] = f.parameters[i % 70] > 0.0f ? 3e38f : -3e38f;
    setenv("LAYERSCOPE_CUBLASLT", "always", 1);
    for (int between = 0; between < 2; between++) {
        struct compute *compute = create(&f, BACKEND_CUDA);
        const struct compute_data data = {.count = 4, .values = huge, .labels = f.labels};
        bind(compute, &f);
        const struct compute_batch all = {.data = compute_bind_data(compute, &data), .count = 4};
        prepare(compute, &f);
        train_at(compute, 2, 0.1f, NULL);
        struct batch_metrics metrics = {0};
        if (between)
            compute_run(compute, COMPUTE_TRAIN, &all, true, &metrics);
        parameters[between] = finish_training(compute, &f, 1);
        assert_int_equal(isfinite(metrics.loss), !between);
        assert_int_equal(isfinite(metrics.gradient_norm), !between);
    }
    unsetenv("LAYERSCOPE_CUBLASLT");
    assert_memory_equal(parameters[0], parameters[1], f.program.parameter_count * sizeof(float));
    assert_true(isfinite(parameters[0][0]));
    free(parameters[0]);
    free(parameters[1]);
    fixture_deinit(&f);
}

/* As in our own kernels, where max(0, NaN) would be 0. */
static void nan_stays_nan_in_a_relu(void **state)
{
    (void)state;
    static const char *const who[] = {"off", "always"};
    struct fixture f;
    init_products(&f);
    f.values[0] = NAN;
    for (int i = 0; i < 2; i++) {
        setenv("LAYERSCOPE_CUBLASLT", who[i], 1);
        float *parameters = train(&f, BACKEND_CUDA, 3);
        assert_true(isnan(parameters[0]));
        free(parameters);
    }
    unsetenv("LAYERSCOPE_CUBLASLT");
    fixture_deinit(&f);
}

/* More places than a product counts: said before anything is allocated. */
static void a_batch_of_too_many_places_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct builder b;
    builder_init(&b, (struct shape){1, 256, 256});
    builder_conv(&b, 1, one_pixel, ACTIVATION_TANH, false);
    fixture_init(&f, finish(&b), 1, 65536);
    struct error err = {0};
    const struct compute_desc desc = {.program = &f.program, .backend = BACKEND_CUDA, .max_batch = f.batch};
    assert_null(compute_create(&desc, &err));
    assert_non_null(strstr(err.message, "65536 samples of 256x256 places"));
    assert_non_null(strstr(err.message, "smaller --batch"));
    fixture_deinit(&f);
}

/* The last test: a real device does not come back. */
static void a_lost_device_leaves_numbers(void **state)
{
    (void)state;
    struct fixture f;
    init_wide(&f);
    struct compute *compute = create(&f, BACKEND_CUDA);
    const struct compute_batch batch = {.data = bind(compute, &f), .count = 30};
    struct batch_metrics metrics;
    float outputs[60];
    memset(outputs, 0xff, sizeof outputs); /* NaN */
    faults_lose_device();
    compute_evaluate(compute, &batch, &metrics, outputs);
    compute_sync(compute);
    assert_non_null(compute_problem(compute));
    for (int i = 0; i < 60; i++)
        assert_true(outputs[i] == 0.0f);
    assert_true(metrics.loss == 0.0);
    compute_destroy(compute);
    faults_end();
    fixture_deinit(&f);
}

int main(void)
{
    log_set_level(LOG_WARNING);
#ifdef FAKE_CUBLASLT
    setenv("LAYERSCOPE_CUBLASLT_LIBRARY", FAKE_CUBLASLT, 1);
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_may_be_large),
        cmocka_unit_test(windows_may_be_large),
        cmocka_unit_test(samples_without_room_are_sent),
        cmocka_unit_test(buffers_grow_when_nobody_reads_them),
        cmocka_unit_test(infinities_behind_a_batch_count_for_nothing),
        cmocka_unit_test(nan_stays_nan_in_a_relu),
        cmocka_unit_test(a_batch_of_too_many_places_is_refused),
        cmocka_unit_test(a_lost_device_leaves_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
