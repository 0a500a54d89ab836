/* A run that was saved and loaded goes on with the same bits as one that never stopped: on every backend
 * (CUDA's kernels and runtime run on the CPU here), with every optimizer, with both built-in models, saved in
 * the middle of an epoch. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "nn/optimizer.h"
#include "nn/trainer.h"
#include "synthetic.h"

enum { SAMPLES = 9, BATCH = 2, BEFORE = 7, AFTER = 4 }; /* 5 steps in an epoch, the last one smaller */

struct fixture {
    struct data *data;
    struct network *network;
    char path[64];
};

static void set_up(struct fixture *f, const char *model)
{
    struct error err = {0};
    f->data = synthetic_create(28, 10, SAMPLES, 4);
    f->network = network_load(model, (struct shape){1, 28, 28}, 10, &err);
    if (!f->network)
        fail_msg("%s", err.message);
    snprintf(f->path, sizeof f->path, "/tmp/layerscope-resume-XXXXXX");
    const int descriptor = mkstemp(f->path);
    assert_true(descriptor >= 0);
    close(descriptor);
}

static void tear_down(struct fixture *f)
{
    unlink(f->path);
    network_destroy(f->network);
    synthetic_destroy(f->data);
}

/* Training that names all there is to remember: running statistics, masks, noise, a plateau on its way. */
static const char everything[] =
    "{\"layers\":[{\"class_name\":\"Conv2D\",\"config\":{\"filters\":3,\"kernel_size\":5,\"strides\":3,"
    "\"use_bias\":false}},{\"class_name\":\"BatchNormalization\"},{\"class_name\":\"ReLU\"},"
    "{\"class_name\":\"Flatten\"},{\"class_name\":\"Dropout\",\"config\":{\"rate\":0.25}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":8}},{\"class_name\":\"LayerNormalization\"},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";

static const struct penalty some_penalties[] = {{0, 75, 1e-3f, 0.0f}, {100, 50, 0.0f, 1e-2f}};

static void set_up_everything(struct fixture *f)
{
    struct error err = {0};
    set_up(f, "mlp");
    network_destroy(f->network);
    f->network = network_parse(everything, "everything", (struct shape){1, 28, 28}, 10, &err);
    if (!f->network)
        fail_msg("%s", err.message);
    struct program *program = &f->network->program;
    program->penalties = ls_calloc(2, sizeof some_penalties[0]);
    memcpy(program->penalties, some_penalties, sizeof some_penalties);
    program->penalty_count = 2;
}

static struct trainer *create_with(const struct fixture *f, enum backend_kind backend, const char *schedule)
{
    struct trainer_desc desc = {.network = f->network,
                                .data = f->data,
                                .backend = backend,
                                .batch = BATCH,
                                .threads = 2,
                                .seed = 9,
                                .learning_rate = 0.0123f,
                                .optimizer = {.kind = OPTIMIZER_ADAMW,
                                              .clip_value = 0.5f,
                                              .clip_norm = 0.2f,
                                              .noise = 0.01f,
                                              .noise_decay = 0.55f}};
    struct error err = {0};
    if (!schedule_parse(&desc.schedule, schedule, &err))
        fail_msg("%s", err.message);
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    return trainer;
}

static struct trainer *create(const struct fixture *f, enum backend_kind backend,
                              enum optimizer_kind optimizer)
{
    const struct trainer_desc desc = {.network = f->network,
                                      .data = f->data,
                                      .backend = backend,
                                      .batch = BATCH,
                                      .threads = 2,
                                      .seed = 9,
                                      .learning_rate = 0.0123f,
                                      .optimizer = {.kind = optimizer}};
    struct error err = {0};
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    return trainer;
}

static void train(struct trainer *trainer, struct step_sample *samples, int steps)
{
    for (int done = 0; done < steps;)
        done += trainer_train(trainer, steps - done, samples + done);
}

static void check_same_state(const struct fixture *f, struct trainer *a, struct trainer *b)
{
    const size_t most = f->network->program.parameter_count + f->network->program.buffer_count;
    const size_t size = compute_value_size(trainer_compute(a));
    void *expected = ls_calloc(most, size), *found = ls_calloc(most, size);
    for (int s = 0; s < STATE_COUNT; s++) {
        const size_t count = compute_state_count(trainer_compute(a), (enum compute_state)s);
        compute_read_state(trainer_compute(a), (enum compute_state)s, expected);
        compute_read_state(trainer_compute(b), (enum compute_state)s, found);
        compute_sync(trainer_compute(a));
        compute_sync(trainer_compute(b));
        assert_memory_equal(expected, found, count * size);
    }
    free(expected);
    free(found);
}

static void check_run(const struct fixture *f, enum backend_kind backend, enum optimizer_kind optimizer)
{
    struct step_sample expected[BEFORE + AFTER], found[AFTER];
    struct error err = {0};
    struct trainer *whole = create(f, backend, optimizer);
    train(whole, expected, BEFORE);
    if (!trainer_save(whole, f->path, true, &err))
        fail_msg("%s", err.message);
    train(whole, expected + BEFORE, AFTER);

    /* One that has trained on something else before. */
    struct trainer *resumed = create(f, backend, optimizer);
    train(resumed, found, 3);
    if (!trainer_load(resumed, f->path, &err))
        fail_msg("%s", err.message);
    assert_int_equal(trainer_steps_taken(resumed), BEFORE);
    train(resumed, found, AFTER);
    if (memcmp(expected + BEFORE, found, sizeof found) != 0)
        fail_msg("%s, %s, %s: other losses", f->network->name, compute_backend_name(backend),
                 optimizer_name(optimizer));
    check_same_state(f, whole, resumed);
    trainer_destroy(whole);
    trainer_destroy(resumed);
}

static void check_model(const char *model)
{
    struct fixture f;
    set_up(&f, model);
    for (int backend = BACKEND_REFERENCE; backend <= BACKEND_CUDA; backend++)
        for (int optimizer = 0; optimizer < OPTIMIZER_COUNT; optimizer++) {
            assert_true(compute_backend_available((enum backend_kind)backend));
            if (backend != BACKEND_CUDA || optimizer == OPTIMIZER_ADAM)
                check_run(&f, (enum backend_kind)backend, (enum optimizer_kind)optimizer);
        }
    tear_down(&f);
}

/* The plateau lowers the rate at each end of an epoch but the first, before the file and after it. */
static void everything_goes_on_bit_for_bit(void **state)
{
    (void)state;
    static const char *const schedules[] = {"warmup:steps=3+plateau:threshold=1,patience=0,factor=0.7",
                                            "warmup:steps=3+cosine:steps=20"};
    enum { LONG = 13 }; /* to the middle of the third epoch */
    struct fixture f;
    set_up_everything(&f);
    for (int backend = BACKEND_REFERENCE; backend <= BACKEND_CUDA; backend++)
        for (int s = 0; s < 2; s++) {
            struct step_sample expected[LONG + AFTER], found[LONG];
            struct error err = {0};
            struct trainer *whole = create_with(&f, (enum backend_kind)backend, schedules[s]);
            train(whole, expected, LONG);
            assert_true(trainer_save(whole, f.path, true, &err));
            train(whole, expected + LONG, AFTER);
            struct trainer *resumed = create_with(&f, (enum backend_kind)backend, schedules[s]);
            train(resumed, found, 7);
            if (!trainer_load(resumed, f.path, &err))
                fail_msg("%s", err.message);
            assert_true(trainer_rate(resumed) == expected[LONG].learning_rate);
            train(resumed, found, AFTER);
            if (memcmp(expected + LONG, found, AFTER * sizeof *found) != 0)
                fail_msg("%s: other losses", compute_backend_name((enum backend_kind)backend));
            assert_true(found[AFTER - 1].learning_rate < found[0].learning_rate);
            check_same_state(&f, whole, resumed);
            trainer_destroy(whole);
            trainer_destroy(resumed);
        }
    tear_down(&f);
}

/* On the CPU, CUDA's kernels take seconds for each of the built-in models, which go on there with one. */
static void every_optimizer_goes_on_with_cuda(void **state)
{
    (void)state;
    struct fixture f;
    set_up_everything(&f);
    for (int optimizer = 0; optimizer < OPTIMIZER_COUNT; optimizer++)
        check_run(&f, BACKEND_CUDA, (enum optimizer_kind)optimizer);
    tear_down(&f);
}

/* Another schedule than the file's has no past. */
static void another_schedule_begins_anew(void **state)
{
    (void)state;
    struct fixture f;
    struct step_sample samples[BEFORE + AFTER];
    struct error err = {0};
    set_up_everything(&f);
    struct trainer *saved = create_with(&f, BACKEND_CPU, "plateau:threshold=1,patience=0,factor=0.7");
    struct trainer *other = create_with(&f, BACKEND_CPU, "plateau:threshold=1,patience=3,factor=0.7");
    train(saved, samples, BEFORE + AFTER);
    assert_true(trainer_rate(saved) < 0.01f);
    assert_true(trainer_save(saved, f.path, true, &err) && trainer_load(other, f.path, &err));
    assert_true(trainer_rate(other) == 0.0123f);
    trainer_destroy(saved);
    trainer_destroy(other);
    tear_down(&f);
}

static void lenet_goes_on_bit_for_bit(void **state)
{
    (void)state;
    check_model("lenet5");
}

static void mlp_goes_on_bit_for_bit(void **state)
{
    (void)state;
    check_model("mlp");
}

/* From one backend to another, floats become doubles and doubles are rounded. */
static void backends_read_each_other(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, "mlp");
    struct step_sample samples[BEFORE], expected, found;
    struct error err = {0};
    struct trainer *reference = create(&f, BACKEND_REFERENCE, OPTIMIZER_ADAM);
    struct trainer *cpu = create(&f, BACKEND_CPU, OPTIMIZER_ADAM);
    train(reference, samples, BEFORE);
    assert_true(trainer_save(reference, f.path, true, &err));
    assert_true(trainer_load(cpu, f.path, &err));
    for (int i = 0; i < 3; i++) {
        train(reference, &expected, 1);
        train(cpu, &found, 1);
        assert_true(found.loss > expected.loss * 0.999f && found.loss < expected.loss * 1.001f);
    }
    assert_true(trainer_save(cpu, f.path, true, &err));
    assert_true(trainer_load(reference, f.path, &err));
    assert_int_equal(trainer_steps_taken(reference), BEFORE + 3);
    trainer_destroy(reference);
    trainer_destroy(cpu);
    tear_down(&f);
}

/* Saved before the first step, there is no state to save. */
static void a_fresh_run_is_saved_too(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, "mlp");
    struct error err = {0};
    struct step_sample expected[AFTER], found[AFTER];
    struct trainer *whole = create(&f, BACKEND_CPU, OPTIMIZER_MOMENTUM);
    struct trainer *resumed = create(&f, BACKEND_CPU, OPTIMIZER_MOMENTUM);
    train(resumed, found, 3);
    assert_true(trainer_save(whole, f.path, true, &err));
    train(whole, expected, AFTER);
    assert_true(trainer_load(resumed, f.path, &err));
    train(resumed, found, AFTER);
    assert_memory_equal(expected, found, sizeof found);
    trainer_destroy(whole);
    trainer_destroy(resumed);
    tear_down(&f);
}

/* A refused file changes nothing. */
static void damage_leaves_the_run_alone(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f, "mlp");
    struct error err = {0};
    struct step_sample samples[BEFORE];
    struct trainer *whole = create(&f, BACKEND_CPU, OPTIMIZER_ADAM);
    struct trainer *disturbed = create(&f, BACKEND_CPU, OPTIMIZER_ADAM);
    train(whole, samples, BEFORE);
    assert_true(trainer_save(whole, f.path, true, &err));
    struct safetensors file;
    assert_true(safetensors_read(&file, f.path, &err));
    for (int i = 0; i < file.metadata_count; i++)
        if (strcmp(file.metadata[i][0], "optimizer.exp_avg_sq") == 0)
            file.metadata[i][1][5] = '*';
    assert_true(safetensors_write(&file, f.path, true, &err));
    safetensors_deinit(&file);
    train(disturbed, samples, BEFORE);
    assert_false(trainer_load(disturbed, f.path, &err));
    assert_non_null(strstr(err.message, "metadata \"optimizer.exp_avg_sq\": expected 109386 F32 values"));
    train(whole, samples, AFTER);
    train(disturbed, samples, AFTER);
    check_same_state(&f, whole, disturbed);
    trainer_destroy(whole);
    trainer_destroy(disturbed);
    tear_down(&f);
}

int main(void)
{
    log_set_level(LOG_WARNING);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_goes_on_bit_for_bit), cmocka_unit_test(every_optimizer_goes_on_with_cuda),
        cmocka_unit_test(another_schedule_begins_anew),   cmocka_unit_test(lenet_goes_on_bit_for_bit),
        cmocka_unit_test(mlp_goes_on_bit_for_bit),        cmocka_unit_test(backends_read_each_other),
        cmocka_unit_test(a_fresh_run_is_saved_too),       cmocka_unit_test(damage_leaves_the_run_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
