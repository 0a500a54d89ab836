/* What is the CUDA backend's own: graphs, the copies it counts, and a device that fails at any call. Its
 * kernels run on the CPU. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "builder.h"
#include "compute/compute.h"
#include "compute/program.h"
#include "constant_rate.h"
#include "draw.h"
#include "kernels/kernels.h"
#include "runtime_shim.h"

enum { SAMPLES = 44, BATCH = 8, SIZE = 6, CLASSES = 4, CHANNELS = 3, STEPS = 41, LOST = 719 };

struct fixture {
    struct program program;
    uint8_t pixels[SAMPLES * SIZE * SIZE];
    int32_t labels[SAMPLES];
    float *parameters;
};

static struct fixture f;

static const struct window conv = {3, 3, 1, 1, 1, 1}, pool = {2, 2, 2, 2, 0, 0};

static struct program plain(void)
{
    struct builder b;
    builder_init(&b, (struct shape){1, SIZE, SIZE});
    builder_conv(&b, CHANNELS, conv, ACTIVATION_RELU, true);
    builder_pool(&b, OP_MAX_POOL2D, pool);
    builder_flatten(&b);
    builder_dense(&b, CLASSES, ACTIVATION_LINEAR, true);
    builder_softmax(&b);
    return builder_finish(&b, LOSS_CROSS_ENTROPY);
}

/* With branches, running statistics and masks. */
static struct program branched(void)
{
    struct builder b;
    builder_init(&b, (struct shape){1, SIZE, SIZE});
    builder_conv(&b, CHANNELS, conv, ACTIVATION_RELU, true);
    const int trunk = b.current;
    builder_norm(
        &b,
        (struct op){
            .kind = OP_BATCH_NORM, .has_weight = true, .has_bias = true, .epsilon = 1e-3f, .momentum = 0.1f});
    builder_activation(&b, ACTIVATION_GELU);
    builder_add(&b, trunk);
    builder_concatenate(&b, trunk);
    builder_pool(&b, OP_MAX_POOL2D, pool);
    builder_dropout(&b, 0.2f);
    builder_flatten(&b);
    builder_dense(&b, CLASSES, ACTIVATION_LINEAR, true);
    builder_softmax(&b);
    return builder_finish(&b, LOSS_CROSS_ENTROPY);
}

static void set_up(struct program program)
{
    struct draw draw = {.seed = 3};
    f.program = program;
    for (int i = 0; i < SAMPLES; i++)
        f.labels[i] = draw_int(&draw, 0, CLASSES - 1);
    for (int i = 0; i < SAMPLES * SIZE * SIZE; i++)
        f.pixels[i] = (uint8_t)draw_int(&draw, 0, 255);
    f.parameters = ls_calloc(f.program.parameter_count, sizeof(float));
    for (size_t i = 0; i < f.program.parameter_count; i++)
        f.parameters[i] = draw_float(&draw, -0.3f, 0.3f);
}

static int set_up_plain(void **state)
{
    (void)state;
    set_up(plain());
    return 0;
}

static int set_up_branched(void **state)
{
    (void)state;
    set_up(branched());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    program_deinit(&f.program);
    free(f.parameters);
    return 0;
}

static struct compute *create(struct error *err)
{
    const struct compute_desc desc = {.program = &f.program,
                                      .backend = BACKEND_CUDA,
                                      .max_batch = BATCH,
                                      .optimizer = {OPTIMIZER_ADAM, 0.9f, 0.9f, 0.999f, 1e-8f, 0.99f, 0.0f}};
    return compute_create(&desc, err);
}

static struct compute *begin(struct error *err)
{
    struct compute *compute = create(err);
    if (!compute)
        return NULL;
    const struct compute_data data = {.count = SAMPLES, .bytes = f.pixels, .labels = f.labels};
    compute_bind_data(compute, &data);
    compute_write_parameters(compute, f.parameters);
    const struct compute_schedule schedule = {.batch = BATCH, .seed = 5};
    compute_set_schedule(compute, &schedule);
    return compute;
}

struct run {
    struct batch_metrics metrics[STEPS];
    float *parameters;
    float buffers[2 * CHANNELS];
};

/* STEPS steps, `at_once` of them a call; the learning rate changes once. */
static void train(struct run *run, int at_once)
{
    struct error err = {0};
    struct compute *compute = begin(&err);
    assert_non_null(compute);
    for (int done = 0; done < STEPS;) {
        const int change = 20, next = done < change ? change : STEPS;
        const int steps = next - done < at_once ? next - done : at_once;
        train_at(compute, steps, done < change ? 0.02f : 0.01f, run->metrics + done);
        done += steps;
    }
    run->parameters = ls_calloc(f.program.parameter_count, sizeof(float));
    compute_read_parameters(compute, run->parameters);
    compute_read_buffers(compute, run->buffers);
    compute_sync(compute);
    assert_null(compute_problem(compute));
    compute_destroy(compute);
}

/* Bit by bit, but for the padding of the structs. */
static void compare_metrics(const struct batch_metrics *a, const struct batch_metrics *b, int count)
{
    for (int i = 0; i < count; i++)
        if (a[i].loss != b[i].loss || a[i].correct != b[i].correct ||
            a[i].gradient_norm != b[i].gradient_norm)
            fail_msg("step %d: expected %.17g, %d, %.17g, found %.17g, %d, %.17g", i + 1, a[i].loss,
                     a[i].correct, a[i].gradient_norm, b[i].loss, b[i].correct, b[i].gradient_norm);
}

static void compare(const struct run *a, const struct run *b)
{
    compare_metrics(a->metrics, b->metrics, STEPS);
    assert_memory_equal(a->parameters, b->parameters, f.program.parameter_count * sizeof(float));
    assert_memory_equal(a->buffers, b->buffers, sizeof a->buffers);
}

static void graphs_change_no_bit(void **state)
{
    (void)state;
    struct run many, few, one, single, sent;
    const long graphs = shim_graph_launches(), singles = shim_single_launches();
    train(&many, STEPS);
    /* The first step is made kernel by kernel; then come graphs of 16 steps and of one. */
    assert_int_equal(shim_graph_launches() - graphs, (1 + 3) + (1 + 5));
    assert_in_range(shim_single_launches() - singles, 5, 60);
    train(&few, 7);
    train(&one, 1);
    setenv("LAYERSCOPE_CUDA_GRAPHS", "off", 1);
    const long before = shim_graph_launches();
    train(&single, 5);
    unsetenv("LAYERSCOPE_CUDA_GRAPHS");
    assert_int_equal(shim_graph_launches(), before);
    setenv("LAYERSCOPE_CUDA_DATA_MIB", "0", 1);
    train(&sent, 9);
    unsetenv("LAYERSCOPE_CUDA_DATA_MIB");
    compare(&many, &few);
    compare(&many, &one);
    compare(&many, &single);
    compare(&many, &sent);
    assert_true(many.metrics[STEPS - 1].loss < many.metrics[0].loss);
    const struct run *runs[] = {&many, &few, &one, &single, &sent};
    for (int i = 0; i < 5; i++)
        free(runs[i]->parameters);
}

/* Rates that change every step, in graphs of 16 steps, in calls of any length and around the ring's end, are
 * those that the steps take one by one. */
static void each_step_of_a_graph_has_its_rate(void **state)
{
    (void)state;
    enum { MANY = 1100 };
    static float rates[MANY];
    static struct batch_metrics whole[MANY], pieces[MANY];
    float *ends[2];
    for (int i = 0; i < MANY; i++)
        rates[i] = 0.02f / (1.0f + 0.01f * (float)i) * (i % 3 == 0 ? 0.5f : 1.0f);
    for (int how = 0; how < 2; how++) {
        struct error err = {0};
        if (how == 1)
            setenv("LAYERSCOPE_CUDA_GRAPHS", "off", 1);
        struct compute *compute = begin(&err);
        const long graphs = shim_graph_launches();
        for (int done = 0, at_once = how ? 37 : MANY; done < MANY; done += at_once) {
            const int steps = MANY - done < at_once ? MANY - done : at_once;
            compute_train(compute, steps, rates + done, (how ? pieces : whole) + done);
        }
        ends[how] = ls_calloc(f.program.parameter_count, sizeof(float));
        compute_read_parameters(compute, ends[how]);
        compute_sync(compute);
        if (how == 0) /* the first step by itself, 63 graphs and 15 single ones to the ring's end, then 76 */
            assert_int_equal(shim_graph_launches() - graphs, 63 + 15 + 4 + 12);
        compute_destroy(compute);
        unsetenv("LAYERSCOPE_CUDA_GRAPHS");
    }
    compare_metrics(whole, pieces, MANY);
    assert_memory_equal(ends[0], ends[1], f.program.parameter_count * sizeof(float));
    free(ends[0]);
    free(ends[1]);
}

/* More steps than the ring of metrics has entries, in one call and across its end. */
static void metrics_come_in_order(void **state)
{
    (void)state;
    enum { MANY = 1200 };
    static struct batch_metrics pieces[MANY], whole[MANY];
    for (int how = 0; how < 2; how++) {
        struct error err = {0};
        struct compute *compute = begin(&err);
        if (how == 0)
            train_at(compute, MANY, 1e-3f, whole);
        for (int done = 0; how == 1 && done < MANY; done += 100) {
            train_at(compute, 100, 1e-3f, pieces + done);
            compute_sync(compute);
        }
        compute_sync(compute);
        compute_destroy(compute);
    }
    compare_metrics(whole, pieces, MANY);
}

static void a_failed_capture_goes_on_without_graphs(void **state)
{
    (void)state;
    struct run expected, found;
    setenv("LAYERSCOPE_CUDA_GRAPHS", "off", 1);
    train(&expected, STEPS);
    unsetenv("LAYERSCOPE_CUDA_GRAPHS");

    struct error err = {0};
    struct compute *compute = begin(&err);
    train_at(compute, 2, 0.02f, found.metrics);
    compute_sync(compute);
    /* Of the first call that needs the larger graph: choosing the device, then the capture. */
    log_set_level(LOG_ERROR);
    const long graphs = shim_graph_launches();
    shim_fail(1, 900, false);
    train_at(compute, 18, 0.02f, found.metrics + 2);
    shim_fail(-1, 0, false);
    log_set_level(LOG_WARNING);
    train_at(compute, STEPS - 20, 0.01f, found.metrics + 20);
    compute_sync(compute);
    assert_null(compute_problem(compute));
    assert_int_equal(shim_graph_launches(), graphs);
    compare_metrics(expected.metrics, found.metrics, STEPS);
    compute_destroy(compute);
    free(expected.parameters);
}

/* Kernels that no step launched before are not loaded while a graph is captured. */
static void the_first_step_of_an_optimizer_is_no_graph(void **state)
{
    (void)state;
    struct error err = {0};
    struct compute *compute = begin(&err);
    const struct optimizer clipping = {.kind = OPTIMIZER_MOMENTUM, .momentum = 0.9f, .clip_norm = 1.0f};
    train_at(compute, 17, 0.01f, NULL);
    compute_set_optimizer(compute, &clipping);
    const long graphs = shim_graph_launches(), singles = shim_single_launches();
    train_at(compute, 17, 0.01f, NULL);
    compute_sync(compute);
    assert_null(compute_problem(compute));
    assert_int_equal(shim_graph_launches() - graphs, 1);
    assert_in_range(shim_single_launches() - singles, 5, 60);
    compute_destroy(compute);
}

static void read_buffers(struct compute *compute, float *buffers)
{
    compute_read_buffers(compute, buffers);
    compute_sync(compute);
}

/* Means 0 and variances 1 at first; steps move them, and nothing else does. */
static void only_steps_move_running_statistics(void **state)
{
    (void)state;
    static const float fresh[2 * CHANNELS] = {0, 0, 0, 1, 1, 1};
    float before[2 * CHANNELS], after[2 * CHANNELS];
    struct error err = {0};
    struct compute *compute = begin(&err);
    read_buffers(compute, before);
    assert_memory_equal(before, fresh, sizeof fresh);
    const struct compute_batch batch = {.count = BATCH}, one = {.count = 1}, all = {.count = SAMPLES};
    struct batch_metrics training, again, evaluation, mean;
    compute_run(compute, COMPUTE_TRAIN, &batch, true, &training);
    compute_run(compute, COMPUTE_TRAIN, &batch, false, &evaluation);
    compute_run(compute, COMPUTE_TRAIN, &batch, true, &again);
    compute_run(compute, COMPUTE_PROBE, &one, true, NULL);
    compute_evaluate(compute, &all, &mean, NULL);
    read_buffers(compute, after);
    assert_memory_equal(after, fresh, sizeof fresh);
    /* The same draws and statistics of the batch again; evaluation has neither. */
    assert_true(training.loss == again.loss && training.loss != evaluation.loss);

    const struct compute_update update = {0.01f, 1};
    compute_step(compute, &batch, &update, NULL);
    read_buffers(compute, before);
    assert_memory_not_equal(before, fresh, sizeof fresh);
    train_at(compute, 2, 0.01f, NULL);
    read_buffers(compute, after);
    assert_memory_not_equal(before, after, sizeof fresh);
    compute_write_state(compute, STATE_BUFFERS, fresh);
    compute_read_state(compute, STATE_BUFFERS, after);
    compute_sync(compute);
    assert_memory_equal(after, fresh, sizeof fresh);
    compute_destroy(compute);
}

static uint64_t bytes(bool to_device, enum traffic_purpose purpose)
{
    struct traffic traffic;
    traffic_read(&traffic);
    return to_device ? traffic.to_device[purpose] : traffic.to_host[purpose];
}

static void every_byte_across_is_counted(void **state)
{
    (void)state;
    struct error err = {0};
    struct compute *compute = create(&err);
    const uint64_t before = bytes(true, TRAFFIC_TRAINING);
    const struct compute_data data = {.count = SAMPLES, .bytes = f.pixels, .labels = f.labels};
    compute_bind_data(compute, &data);
    assert_int_equal(bytes(true, TRAFFIC_TRAINING) - before, sizeof f.pixels + sizeof f.labels);
    compute_write_parameters(compute, f.parameters);
    const struct compute_schedule schedule = {.batch = BATCH, .seed = 5};
    compute_set_schedule(compute, &schedule);
    struct batch_metrics metrics[64];
    train_at(compute, 64, 0.01f, metrics);
    compute_sync(compute);

    /* Nothing but metrics crosses while training goes on, and none where nobody wants them. */
    const uint64_t down = bytes(true, TRAFFIC_TRAINING), up = bytes(false, TRAFFIC_TRAINING);
    train_at(compute, 64, 0.01f, metrics);
    compute_sync(compute);
    assert_int_equal(bytes(true, TRAFFIC_TRAINING), down);
    assert_int_equal(bytes(false, TRAFFIC_TRAINING) - up, 64 * 32);
    train_at(compute, 64, 0.01f, NULL);
    compute_sync(compute);
    assert_int_equal(bytes(false, TRAFFIC_TRAINING) - up, 64 * 32);

    const uint64_t view = bytes(false, TRAFFIC_VIEW);
    float *parameters = ls_calloc(f.program.parameter_count, sizeof *parameters);
    compute_account(compute, TRAFFIC_VIEW);
    compute_read_parameters(compute, parameters);
    compute_sync(compute);
    assert_int_equal(bytes(false, TRAFFIC_VIEW) - view, f.program.parameter_count * sizeof(float));
    assert_int_equal(bytes(false, TRAFFIC_TRAINING) - up, 64 * 32);
    assert_int_equal(bytes(false, TRAFFIC_TEXT) + bytes(true, TRAFFIC_TEXT), 0);
    free(parameters);
    compute_destroy(compute);
}

static void assert_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(isfinite(values[i]));
}

/* A whole life, whatever fails in it. Returns whether anybody was told. */
static bool live(void)
{
    struct error err = {0};
    struct compute *compute = begin(&err);
    if (!compute) {
        assert_non_null(strstr(err.message, "backend cuda"));
        assert_non_null(strstr(err.message, "--backend cpu"));
        return true;
    }
    static struct batch_metrics metrics[20], mean;
    static float outputs[SAMPLES * CLASSES], input[SIZE * SIZE], output[CLASSES], buffers[2 * CHANNELS];
    float *parameters = ls_calloc(f.program.parameter_count, sizeof *parameters);
    /* NaN, each of them. */
    memset(metrics, 0xff, sizeof metrics);
    memset(&mean, 0xff, sizeof mean);
    memset(outputs, 0xff, sizeof outputs);
    memset(input, 0xff, sizeof input);
    memset(output, 0xff, sizeof output);
    memset(buffers, 0xff, sizeof buffers);
    memset(parameters, 0xff, f.program.parameter_count * sizeof *parameters);
    const uint32_t indices[] = {3, 1, 2};
    const struct compute_batch some = {.indices = indices, .count = 3}, one = {.count = 1},
                               all = {.count = SAMPLES};
    const struct compute_update update = {0.01f, 1};
    const struct optimizer other = {.kind = OPTIMIZER_MOMENTUM, .momentum = 0.9f};
    train_at(compute, 20, 0.01f, metrics);
    compute_run(compute, COMPUTE_PROBE, &one, true, &mean);
    compute_read_tensor(compute, COMPUTE_PROBE, f.program.ops[f.program.op_count - 1].output, output);
    compute_read_tensor_gradient(compute, COMPUTE_PROBE, 0, input);
    compute_evaluate(compute, &all, &mean, outputs);
    compute_step(compute, &some, &update, NULL);
    compute_set_optimizer(compute, &other);
    train_at(compute, 2, 0.01f, metrics);
    compute_read_parameter_gradients(compute, COMPUTE_TRAIN, parameters);
    compute_read_parameters(compute, parameters);
    if (f.program.buffer_count > 0) {
        compute_read_buffers(compute, buffers);
        compute_sync(compute);
        compute_write_buffers(compute, buffers);
        compute_sync(compute);
        assert_finite(buffers, 2 * CHANNELS);
    }
    compute_sync(compute);
    /* What there is is a number, be it 0. */
    assert_finite(parameters, f.program.parameter_count);
    assert_finite(outputs, SAMPLES * CLASSES);
    assert_finite(output, CLASSES);
    assert_finite(input, SIZE * SIZE);
    assert_true(isfinite(mean.loss) && isfinite(mean.gradient_norm));
    for (int i = 0; i < 20; i++)
        assert_true(isfinite(metrics[i].loss) && isfinite(metrics[i].gradient_norm));
    const char *problem = compute_problem(compute);
    const bool told = problem != NULL;
    if (problem) {
        assert_non_null(strstr(problem, "the CUDA device no longer answers"));
        assert_non_null(strstr(problem, "an error that a test asked for"));
    }
    compute_destroy(compute);
    free(parameters);
    return told;
}

static void assert_nothing_alive(void)
{
    const struct shim_alive alive = shim_alive();
    assert_int_equal(alive.memory + alive.pinned + alive.streams + alive.events + alive.graphs, 0);
    assert_int_equal(alive.executables, 0);
    /* Nor is an error left for the next compute on this thread, or a copy made that waits. */
    assert_null(kernel_last_error());
    assert_int_equal(shim_pageable_copies(), 0);
}

/* Samples are under way to the device. The shim ends the program when memory in use is freed. */
static void the_end_waits_for_copies(void **state)
{
    (void)state;
    struct error err = {0};
    struct compute *compute = create(&err);
    const struct compute_data data = {.count = SAMPLES, .bytes = f.pixels, .labels = f.labels};
    shim_set_late(true);
    compute_bind_data(compute, &data);
    compute_destroy(compute);
    shim_set_late(false);
    assert_nothing_alive();
}

/* `lost`: every later call fails too. */
static void fail_at_calls(bool lost, int stride)
{
    log_set_level(LOG_ERROR);
    const long before = shim_calls();
    assert_false(live());
    const long calls = shim_calls() - before;
    assert_true(calls > 50);
    int told = 0;
    for (long call = 0; call < calls; call += stride) {
        shim_fail(call, LOST, lost);
        told += live();
        shim_fail(-1, 0, false);
        assert_nothing_alive();
    }
    /* Destruction, and captures that are made up for, tell nobody. */
    assert_true(told > calls / stride / 2);
    log_set_level(LOG_WARNING);
}

static void a_failure_at_any_call_is_told(void **state)
{
    (void)state;
    fail_at_calls(false, 1);
    fail_at_calls(true, 3);
}

static void a_failure_at_some_calls_is_told(void **state)
{
    (void)state;
    fail_at_calls(true, 17);
}

static void a_failure_while_samples_are_sent_is_told(void **state)
{
    (void)state;
    setenv("LAYERSCOPE_CUDA_DATA_MIB", "0", 1);
    fail_at_calls(true, 3);
    unsetenv("LAYERSCOPE_CUDA_DATA_MIB");
}

/* With the backend left open the CPU trains; asked for by name it is an error. */
static void kernels_that_cannot_be_loaded_leave_the_cpu(void **state)
{
    (void)state;
    enum { UNSUPPORTED_PTX = 222 };
    const long before = shim_calls();
    assert_int_equal(compute_choose_backend(BACKEND_AUTO, 0), BACKEND_CUDA);
    const long loading = shim_calls() - before - 1; /* the last of them */
    shim_fail(loading, UNSUPPORTED_PTX, false);
    assert_int_equal(compute_choose_backend(BACKEND_AUTO, 0), BACKEND_CPU);
    shim_fail(loading, UNSUPPORTED_PTX, false);
    struct error err = {0};
    assert_null(create(&err));
    shim_fail(-1, 0, false);
    assert_non_null(
        strstr(err.message, "backend cuda: this build has no code of its own for kernels on the CPU"));
    assert_non_null(strstr(err.message, "use --backend cpu"));
}

static size_t size_of(unsigned buffer) { return buffer; }

/* What counts is the device that drives OpenGL, for it is the one that trains, and not the first. */
static void of_two_devices_that_of_opengl_counts(void **state)
{
    (void)state;
    for (int able = 0; able < 2; able++) {
        struct shim_device devices[] = {{7, 0}, {7, 0}};
        devices[able].major = 9;
        shim_set_devices(devices, 2);
        for (int drawing = 0; drawing < 2; drawing++) {
            const struct shim_gl gl = {.device = drawing, .size = size_of};
            shim_set_gl(&gl);
            assert_int_equal(compute_gl_device(), drawing);
            assert_int_equal(compute_choose_backend(BACKEND_AUTO, compute_gl_device()),
                             drawing == able ? BACKEND_CUDA : BACKEND_CPU);
            struct error err = {0};
            const struct compute_desc desc = {
                .program = &f.program, .backend = BACKEND_CUDA, .device = drawing, .max_batch = BATCH};
            struct compute *compute = compute_create(&desc, &err);
            assert_int_equal(compute != NULL, drawing == able);
            if (!compute)
                assert_non_null(strstr(err.message, "has compute capability 7.0, this build needs 7.5"));
            compute_destroy(compute);
        }
    }
    const struct shim_device usual = {9, 0};
    const struct shim_gl unknown = {.device = 17, .size = size_of};
    shim_set_devices(&usual, 1);
    shim_set_gl(&unknown);
    assert_int_equal(compute_gl_device(), 0);
    shim_set_gl(NULL);
    assert_nothing_alive();
}

int main(void)
{
    log_set_level(LOG_WARNING);
    const struct CMUnitTest on_plain[] = {
        cmocka_unit_test(each_step_of_a_graph_has_its_rate),
        cmocka_unit_test(metrics_come_in_order),
        cmocka_unit_test(a_failed_capture_goes_on_without_graphs),
        cmocka_unit_test(the_first_step_of_an_optimizer_is_no_graph),
        cmocka_unit_test(every_byte_across_is_counted),
        cmocka_unit_test(the_end_waits_for_copies),
        cmocka_unit_test(a_failure_at_any_call_is_told),
        cmocka_unit_test(a_failure_while_samples_are_sent_is_told),
        cmocka_unit_test(kernels_that_cannot_be_loaded_leave_the_cpu),
        cmocka_unit_test(of_two_devices_that_of_opengl_counts),
    };
    const struct CMUnitTest on_branched[] = {
        cmocka_unit_test(graphs_change_no_bit),
        cmocka_unit_test(only_steps_move_running_statistics),
        cmocka_unit_test(a_failure_at_some_calls_is_told),
    };
    return cmocka_run_group_tests_name("plain", on_plain, set_up_plain, tear_down) +
           cmocka_run_group_tests_name("branched", on_branched, set_up_branched, tear_down);
}
