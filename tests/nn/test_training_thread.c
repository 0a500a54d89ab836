/* The trainer's thread: nobody waits for a step, commands do what they say, publishing skips when no
 * slot is free. Nothing here depends on how long a step takes. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fake_publisher.h"
#include "nn/training_thread.h"
#include "synthetic.h"

static const char model[] =
    "{\"layers\":[{\"class_name\":\"Flatten\"},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":8,\"activation\":\"relu\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";

/* Holds the thread before a step until it is released. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int arrived;  /* steps that came to the gate */
    int released; /* steps that may pass */
};

struct fixture {
    struct data *data;
    struct network *network;
    struct trainer *trainer;
    struct fake_publisher fake;
    struct gate gate;
};

static void wait_at_gate(void *context)
{
    struct gate *gate = context;
    pthread_mutex_lock(&gate->mutex);
    gate->arrived++;
    pthread_cond_broadcast(&gate->changed);
    while (gate->arrived > gate->released)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

static void await_arrival(struct gate *gate, int steps)
{
    pthread_mutex_lock(&gate->mutex);
    while (gate->arrived < steps)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

static void release(struct gate *gate, int steps)
{
    pthread_mutex_lock(&gate->mutex);
    gate->released = steps;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error err = {0};
    f->data = synthetic_create(6, 3, 50, 20);
    f->network = network_parse(model, "test", (struct shape){1, 6, 6}, 3, &err);
    const struct trainer_desc desc = {.network = f->network,
                                      .data = f->data,
                                      .backend = BACKEND_CPU,
                                      .batch = 16,
                                      .threads = 2,
                                      .optimizer = {.kind = OPTIMIZER_SGD}};
    f->trainer = trainer_create(&desc, &err);
    if (!f->trainer)
        return -1;
    fake_publisher_init(&f->fake, trainer_snapshot_layout(f->trainer), 1);
    pthread_mutex_init(&f->gate.mutex, NULL);
    pthread_cond_init(&f->gate.changed, NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    pthread_cond_destroy(&f->gate.changed);
    pthread_mutex_destroy(&f->gate.mutex);
    fake_publisher_deinit(&f->fake);
    trainer_destroy(f->trainer);
    network_destroy(f->network);
    synthetic_destroy(f->data);
    free(f);
    return 0;
}

static struct training_thread *start(struct fixture *f, bool paused, uint64_t max_steps)
{
    struct error err = {0};
    struct training_thread *thread =
        training_thread_create(f->trainer, &f->fake.publisher, paused, max_steps, &err);
    if (!thread)
        fail_msg("%s", err.message);
    return thread;
}

static void post(struct training_thread *thread, enum training_command_kind kind, uint32_t count, float value)
{
    assert_true(training_thread_post(thread, (struct training_command){kind, count, value}));
}

static void await_step(struct training_thread *thread, uint64_t step)
{
    while (training_thread_status(thread).step < step)
        clock_sleep(1e-3);
}

static void await_pause(struct training_thread *thread)
{
    while (!training_thread_status(thread).paused)
        clock_sleep(1e-3);
}

static void a_blocked_step_blocks_nobody(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, true, 0);
    training_thread_set_step_hook(thread, wait_at_gate, &f->gate);
    post(thread, TRAINING_RESUME, 0, 0.0f);
    await_arrival(&f->gate, 1);
    /* The thread stands in its first step now; all of this would hang if it waited for it. */
    for (int i = 0; i < 100; i++) {
        assert_int_equal(training_thread_status(thread).step, 0);
        training_thread_request_publish(thread);
        post(thread, TRAINING_SET_PROBE, (uint32_t)i, 0.0f);
    }
    assert_int_equal(f->fake.acquired, 0);
    release(&f->gate, 1);
    /* At the step boundary: the commands first, then one snapshot for the hundred requests. */
    await_arrival(&f->gate, 2);
    assert_int_equal(training_thread_status(thread).probe, 99 % 20);
    fake_publisher_wait(&f->fake, 1);
    assert_int_equal(f->fake.committed, 1);
    assert_int_equal(f->fake.slots[0].info.step, 1);
    assert_int_equal(f->fake.slots[0].info.probe_index, 99 % 20);
    release(&f->gate, 1000000);
    training_thread_destroy(thread);
}

/* A step every thousand seconds: everything else goes on as ever. */
static void a_speed_limit_holds_back_steps_alone(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, true, 0);
    post(thread, TRAINING_SET_SPEED, 0, 1e-3f);
    post(thread, TRAINING_RESUME, 0, 0.0f);
    for (uint32_t probe = 1; probe < 10; probe++) {
        post(thread, TRAINING_SET_PROBE, probe, 0.0f);
        while (training_thread_status(thread).probe != probe)
            clock_sleep(1e-3);
    }
    training_thread_request_publish(thread);
    fake_publisher_wait(&f->fake, 1);
    assert_int_equal(training_thread_status(thread).step, 0);
    assert_false(training_thread_status(thread).paused);
    /* Steps by hand are not held back, nor those after the limit is lifted. */
    post(thread, TRAINING_PAUSE, 0, 0.0f);
    post(thread, TRAINING_STEP, 3, 0.0f);
    await_step(thread, 3);
    post(thread, TRAINING_RESUME, 0, 0.0f);
    post(thread, TRAINING_SET_SPEED, 0, 0.0f);
    await_step(thread, 50);
    training_thread_destroy(thread);
}

/* Twenty steps at 200 a second last a tenth of a second at least, however fast the machine. */
static void a_speed_limit_is_kept(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, true, 0);
    const double begin = clock_seconds();
    post(thread, TRAINING_SET_SPEED, 0, 200.0f);
    post(thread, TRAINING_RESUME, 0, 0.0f);
    await_step(thread, 20);
    assert_true(clock_seconds() - begin > 0.0999);
    training_thread_destroy(thread);
}

static void a_full_queue_says_so(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, true, 0);
    training_thread_set_step_hook(thread, wait_at_gate, &f->gate);
    post(thread, TRAINING_RESUME, 0, 0.0f);
    await_arrival(&f->gate, 1);
    for (int i = 0; i < 256; i++)
        post(thread, TRAINING_SET_LEARNING_RATE, 0, 0.5f);
    assert_false(training_thread_post(thread, (struct training_command){.kind = TRAINING_PAUSE}));
    release(&f->gate, 1000000);
    await_step(thread, 2);
    post(thread, TRAINING_PAUSE, 0, 0.0f);
    await_pause(thread);
    training_thread_destroy(thread);
    assert_true(trainer_learning_rate(f->trainer) == 0.5f);
}

static void pause_freezes_and_steps_are_counted(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, false, 0);
    await_step(thread, 3);
    post(thread, TRAINING_PAUSE, 0, 0.0f);
    await_pause(thread);
    const uint64_t frozen = training_thread_status(thread).step;
    clock_sleep(0.02);
    assert_int_equal(training_thread_status(thread).step, frozen);

    post(thread, TRAINING_STEP, 5, 0.0f);
    post(thread, TRAINING_STEP, 2, 0.0f);
    await_step(thread, frozen + 7);
    clock_sleep(0.02);
    assert_int_equal(training_thread_status(thread).step, frozen + 7);
    assert_true(training_thread_status(thread).paused);
    assert_true(training_thread_status(thread).steps_per_second == 0.0);
    assert_true(training_thread_status(thread).step_ms > 0.0);

    post(thread, TRAINING_RESUME, 0, 0.0f);
    await_step(thread, frozen + 20);
    training_thread_destroy(thread);
    assert_true(trainer_steps_taken(f->trainer) >= frozen + 20);
    assert_int_equal(metrics_step_count(trainer_metrics(f->trainer)), trainer_steps_taken(f->trainer));
}

static void steps_while_running_change_nothing(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, false, 40);
    post(thread, TRAINING_STEP, 1000, 0.0f);
    await_pause(thread);
    training_thread_destroy(thread);
    assert_int_equal(trainer_steps_taken(f->trainer), 40);
}

static void max_steps_ends_in_a_pause(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, false, 10);
    await_pause(thread);
    assert_int_equal(training_thread_status(thread).step, 10);
    post(thread, TRAINING_RESUME, 0, 0.0f);
    post(thread, TRAINING_STEP, 3, 0.0f);
    training_thread_request_publish(thread);
    fake_publisher_wait(&f->fake, 1);
    assert_int_equal(f->fake.slots[0].info.step, 10);
    assert_true(training_thread_status(thread).paused);
    training_thread_destroy(thread);
    assert_int_equal(trainer_steps_taken(f->trainer), 10);

    thread = start(f, false, 4);
    await_pause(thread);
    training_thread_destroy(thread);
    assert_int_equal(trainer_steps_taken(f->trainer), 14);
}

static void a_paused_thread_publishes_at_once(void **state)
{
    struct fixture *f = *state;
    fake_publisher_free_slots(&f->fake);
    struct training_thread *thread = start(f, true, 0);
    for (int i = 1; i <= FAKE_SLOTS; i++) {
        post(thread, TRAINING_SET_PROBE, (uint32_t)i, 0.0f);
        training_thread_request_publish(thread);
        fake_publisher_wait(&f->fake, i);
    }
    assert_int_equal(f->fake.committed, FAKE_SLOTS);
    for (int i = 0; i < FAKE_SLOTS; i++) {
        assert_int_equal(f->fake.slots[i].info.step, 0);
        assert_int_equal(f->fake.slots[i].info.probe_index, i + 1);
    }
    training_thread_destroy(thread);
}

static void no_free_slot_skips_the_publish(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, false, 0);
    for (int i = 1; i <= 4; i++) {
        training_thread_request_publish(thread);
        fake_publisher_wait(&f->fake, i);
    }
    /* One slot was free: it is written once, and training goes on without the others. */
    const uint64_t step = training_thread_status(thread).step;
    await_step(thread, step + 2);
    training_thread_destroy(thread);
    assert_int_equal(f->fake.committed, 1);
    assert_int_equal(f->fake.refused, 3);
}

static void restarting_begins_anew(void **state)
{
    struct fixture *f = *state;
    struct training_thread *thread = start(f, false, 8);
    await_pause(thread);
    post(thread, TRAINING_RESTART, 0, 0.0f);
    while (training_thread_status(thread).step != 0)
        clock_sleep(1e-3);
    assert_true(training_thread_status(thread).paused);
    assert_int_equal(metrics_step_count(trainer_metrics(f->trainer)), 0);
    /* What is published while it stays paused is the new run's. */
    training_thread_request_publish(thread);
    for (int committed = 0; committed == 0; clock_sleep(1e-3)) {
        pthread_mutex_lock(&f->fake.mutex);
        committed = f->fake.committed;
        pthread_mutex_unlock(&f->fake.mutex);
    }
    const struct snapshot_info *info = &f->fake.slots[f->fake.last].info;
    assert_true(info->step == 0 && info->run == 1 && !info->has_gradients);
    post(thread, TRAINING_RESUME, 0, 0.0f);
    await_step(thread, 8);
    training_thread_destroy(thread);
    assert_int_equal(trainer_steps_taken(f->trainer), 8);
    assert_int_equal(metrics_step_count(trainer_metrics(f->trainer)), 8);
}

static void await_saved(struct training_thread *thread, struct error *err)
{
    while (!training_thread_take_saved(thread, err))
        clock_sleep(1e-3);
}

static void parameters_are_saved_between_steps(void **state)
{
    struct fixture *f = *state;
    char path[] = "/tmp/layerscope-test-XXXXXX";
    struct error err = {0};
    assert_true(mkdtemp(path) != NULL);
    char file[64];
    snprintf(file, sizeof file, "%s/a.safetensors", path);
    struct training_thread *thread = start(f, false, 0);
    await_step(thread, 2);
    assert_true(training_thread_save(thread, file, false));
    assert_false(training_thread_save(thread, file, false)); /* one at a time, until it is taken */
    await_saved(thread, &err);
    assert_int_equal(err.class_, ERROR_NONE);
    assert_true(training_thread_save(thread, file, false)); /* exists */
    await_saved(thread, &err);
    assert_int_not_equal(err.class_, ERROR_NONE);
    assert_false(training_thread_take_saved(thread, &err));
    training_thread_destroy(thread);
    const uint64_t steps = trainer_steps_taken(f->trainer);
    err = (struct error){0};
    assert_true(trainer_load(f->trainer, file, &err));
    assert_true(trainer_steps_taken(f->trainer) >= 2 && trainer_steps_taken(f->trainer) <= steps);
    remove(file);
    remove(path);
}

static void count_rescue(struct trainer *trainer, void *context)
{
    assert_true(trainer_is_whole(trainer));
    ++*(int *)context;
}

/* Between two steps, or at rest; never in the middle of a step. */
static void a_rescue_is_made_on_the_thread(void **state)
{
    struct fixture *f = *state;
    for (int paused = 0; paused < 2; paused++) {
        int saved = 0;
        struct training_thread *thread = start(f, paused, 0);
        training_thread_rescue_by(thread, count_rescue, &saved);
        assert_true(training_thread_rescue(thread, true, 60.0));
        assert_int_equal(saved, 1);
        training_thread_destroy(thread);
    }
    int saved = 0;
    struct training_thread *thread = start(f, false, 0);
    training_thread_set_step_hook(thread, wait_at_gate, &f->gate);
    training_thread_rescue_by(thread, count_rescue, &saved);
    await_arrival(&f->gate, 1);
    assert_false(training_thread_rescue(thread, true, 0.02));
    release(&f->gate, 1 << 20);
    training_thread_destroy(thread);
}

static void destroying_a_paused_thread_returns(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 50; i++)
        training_thread_destroy(start(f, i % 2 == 0, 0));
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_blocked_step_blocks_nobody),
        WITH_FIXTURE(a_full_queue_says_so),
        WITH_FIXTURE(pause_freezes_and_steps_are_counted),
        WITH_FIXTURE(steps_while_running_change_nothing),
        WITH_FIXTURE(max_steps_ends_in_a_pause),
        WITH_FIXTURE(a_paused_thread_publishes_at_once),
        WITH_FIXTURE(no_free_slot_skips_the_publish),
        WITH_FIXTURE(restarting_begins_anew),
        WITH_FIXTURE(parameters_are_saved_between_steps),
        WITH_FIXTURE(a_rescue_is_made_on_the_thread),
        WITH_FIXTURE(destroying_a_paused_thread_returns),
        WITH_FIXTURE(a_speed_limit_holds_back_steps_alone),
        WITH_FIXTURE(a_speed_limit_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
