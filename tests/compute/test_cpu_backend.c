/* What the parity harness does not ask of the CPU backend: evaluation over many groups, the probe beside
 * training, gradients that are made only on demand, the choice of instruction set. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "builder.h"
#include "compute/program.h"
#include "draw.h"
#include "parity.h"

enum { SAMPLES = 301, SIZE = 10, CLASSES = 4, BATCH = 37 };

struct fixture {
    struct program program;
    uint8_t pixels[SAMPLES * SIZE * SIZE];
    int32_t labels[SAMPLES];
    float *parameters;
};

static int set_up(void **state)
{
    struct fixture *f = ls_calloc(1, sizeof *f);
    struct draw draw = {.seed = 11};
    struct builder b;
    builder_init(&b, (struct shape){1, SIZE, SIZE});
    builder_conv(&b, 6, (struct window){3, 3, 1, 1, 1, 1}, ACTIVATION_RELU, true);
    builder_pool(&b, OP_MAX_POOL2D, (struct window){2, 2, 2, 2, 0, 0});
    builder_flatten(&b);
    builder_dense(&b, 21, ACTIVATION_RELU, true);
    builder_dense(&b, CLASSES, ACTIVATION_LINEAR, true);
    builder_softmax(&b);
    f->program = builder_finish(&b, LOSS_CROSS_ENTROPY);
    for (int i = 0; i < SAMPLES * SIZE * SIZE; i++)
        f->pixels[i] = (uint8_t)draw_int(&draw, 0, 255);
    for (int i = 0; i < SAMPLES; i++)
        f->labels[i] = draw_int(&draw, 0, CLASSES - 1);
    f->parameters = ls_calloc(f->program.parameter_count, sizeof(float));
    for (size_t i = 0; i < f->program.parameter_count; i++)
        f->parameters[i] = (float)draw_int(&draw, -1000, 1000) * 2e-4f;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    program_deinit(&f->program);
    free(f->parameters);
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
    const struct compute_data data = {.count = SAMPLES, .bytes = f->pixels, .labels = f->labels};
    assert_int_equal(compute_bind_data(compute, &data), 0);
    return compute;
}

static void train(struct compute *compute, uint64_t step)
{
    const struct compute_batch batch = {.first = (uint32_t)step * 7, .count = BATCH};
    const struct compute_update update = {.learning_rate = 0.1f, .step = step};
    compute_step(compute, &batch, &update, NULL);
}

static void evaluation_equals_single_samples(void **state)
{
    const struct fixture *f = *state;
    struct compute *alone = make(f, 1);
    float expected[SAMPLES * CLASSES];
    double loss = 0.0;
    int correct = 0;
    const int output = f->program.tensor_count - 1;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        struct batch_metrics metrics;
        const struct compute_batch batch = {.first = i, .count = 1};
        compute_run(alone, COMPUTE_PROBE, &batch, false, &metrics);
        compute_read_tensor(alone, COMPUTE_PROBE, output, expected + i * CLASSES);
        loss += metrics.loss / SAMPLES;
        correct += metrics.correct;
    }
    compute_destroy(alone);
    for (int threads = 1; threads <= 9; threads += 2) {
        struct compute *compute = make(f, threads);
        float outputs[SAMPLES * CLASSES];
        struct batch_metrics metrics;
        const struct compute_batch batch = {.count = SAMPLES};
        compute_evaluate(compute, &batch, &metrics, outputs);
        assert_memory_equal(outputs, expected, sizeof outputs);
        assert_int_equal(metrics.correct, correct);
        assert_true(fabs(metrics.loss - loss) < 1e-12 * SAMPLES);
        compute_destroy(compute);
    }
}

static void the_probe_does_not_disturb_training(void **state)
{
    const struct fixture *f = *state;
    const size_t count = f->program.parameter_count;
    float *after[2];
    for (int probing = 0; probing < 2; probing++) {
        struct compute *compute = make(f, 2);
        for (uint64_t step = 1; step <= 5; step++) {
            train(compute, step);
            const struct compute_batch probe = {.first = 3, .count = 1};
            if (probing)
                compute_run(compute, COMPUTE_PROBE, &probe, true, NULL);
        }
        after[probing] = ls_calloc(count, sizeof(float));
        compute_read_parameters(compute, after[probing]);
        compute_destroy(compute);
    }
    assert_memory_equal(after[0], after[1], count * sizeof(float));
    free(after[0]);
    free(after[1]);
}

/* A step leaves the gradient between a convolution with ReLU and its max pool unmade; asked for, it is what
 * compute_run gives, and asking leaves the rest alone. */
static void gradients_after_a_step_equal_those_of_a_run(void **state)
{
    const struct fixture *f = *state;
    struct compute *stepped = make(f, 2), *ran = make(f, 2);
    train(stepped, 1);
    const struct compute_batch batch = {.first = 7, .count = BATCH};
    compute_run(ran, COMPUTE_TRAIN, &batch, true, NULL);
    for (int round = 0; round < 2; round++)
        for (int tensor = 1; tensor < f->program.tensor_count; tensor++) {
            const size_t size = shape_count(f->program.tensors[tensor]) * BATCH * sizeof(float);
            float *a = ls_calloc(size, 1), *b = ls_calloc(size, 1);
            compute_read_tensor_gradient(stepped, COMPUTE_TRAIN, tensor, a);
            compute_read_tensor_gradient(ran, COMPUTE_TRAIN, tensor, b);
            assert_memory_equal(a, b, size);
            free(a);
            free(b);
        }
    compute_destroy(stepped);
    compute_destroy(ran);
}

static void the_instruction_set_can_be_chosen(void **state)
{
    const struct fixture *f = *state;
    const struct compute_desc desc = {.program = &f->program, .backend = BACKEND_CPU, .max_batch = 1};
    setenv("LAYERSCOPE_CPU_ISA", "generic", 1);
    struct error err = {0};
    struct compute *compute = compute_create(&desc, &err);
    assert_non_null(compute);
    assert_null(strstr(compute_device_name(compute), "AVX"));
    compute_destroy(compute);
    setenv("LAYERSCOPE_CPU_ISA", "mmx", 1);
    assert_null(compute_create(&desc, &err));
    assert_non_null(strstr(err.message, "mmx"));
    assert_non_null(strstr(err.message, "generic, avx2 or avx512"));
    unsetenv("LAYERSCOPE_CPU_ISA");
}

static void too_many_threads_are_capped(void **state)
{
    const struct fixture *f = *state;
    struct compute *compute = make(f, 100000);
    assert_true(compute_threads(compute) >= 1 && compute_threads(compute) <= 64);
    train(compute, 1);
    compute_destroy(compute);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation_equals_single_samples),
        cmocka_unit_test(the_probe_does_not_disturb_training),
        cmocka_unit_test(gradients_after_a_step_equal_those_of_a_run),
        cmocka_unit_test(the_instruction_set_can_be_chosen),
        cmocka_unit_test(too_many_threads_are_capped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
