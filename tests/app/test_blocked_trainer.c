/* The picture never waits for the trainer: while a step blocks, frames are drawn and commands are taken. */
#include "test.h"

#include <semaphore.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gl/context.h"
#include "gl/debug.h"
#include "gl/framebuffer.h"
#include "nn/training_thread.h"
#include "view/view.h"

enum { SAMPLES = 64, PIXELS = 28 * 28, CLASSES = 10, WIDTH = 320, HEIGHT = 200 };

/* Holds the trainer's thread before its step number `at`. */
struct gate {
    int step, at;
    sem_t reached, released;
};

static void hold(void *context)
{
    struct gate *gate = context;
    if (++gate->step != gate->at)
        return;
    sem_post(&gate->reached);
    sem_wait(&gate->released);
}

static uint8_t pixels[SAMPLES * PIXELS];
static int32_t labels[SAMPLES];

static struct data make_data(char **names)
{
    for (int i = 0; i < SAMPLES * PIXELS; i++)
        pixels[i] = (uint8_t)(i * 37 % 251);
    for (int i = 0; i < SAMPLES; i++)
        labels[i] = i % CLASSES;
    const struct dataset set = {
        .count = SAMPLES, .channels = 1, .height = 28, .width = 28, .pixels = pixels, .labels = labels};
    struct data data = {.train = set, .test = set, .classes = CLASSES, .class_names = names};
    strcpy(data.name, "pattern");
    return data;
}

static void frames_are_drawn_meanwhile(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    if (context == NULL)
        fail_msg("%s", err.message);
    char *names[CLASSES] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    struct data data = make_data(names);
    struct network *network = network_load("lenet5", (struct shape){1, 28, 28}, CLASSES, &err);
    if (network == NULL)
        fail_msg("%s", err.message);
    const struct trainer_desc trainer_desc = {
        .network = network,
        .data = &data,
        .backend = BACKEND_CPU,
        .batch = 16,
        .threads = 1,
        .seed = 1,
        .optimizer = {.kind = OPTIMIZER_SGD},
    };
    struct trainer *trainer = trainer_create(&trainer_desc, &err);
    if (trainer == NULL)
        fail_msg("%s", err.message);
    const struct view_desc view_desc = {
        .network = network,
        .data = &data,
        .metrics = trainer_metrics(trainer),
        .layout = trainer_snapshot_layout(trainer),
        .backend = "CPU",
        .hud = HUD_FULL,
    };
    struct view *view = view_create(&view_desc, &err);
    if (view == NULL)
        fail_msg("%s", err.message);
    struct gl_framebuffer target = {0};
    assert_true(gl_framebuffer_init(&target, WIDTH, HEIGHT, 1, &err));

    struct gate gate = {.at = 5};
    sem_init(&gate.reached, 0, 0);
    sem_init(&gate.released, 0, 0);
    struct training_thread *thread = training_thread_create(trainer, view_publisher(view), true, 0, &err);
    if (thread == NULL)
        fail_msg("%s", err.message);
    training_thread_set_step_hook(thread, hold, &gate);
    training_thread_post(thread, (struct training_command){.kind = TRAINING_RESUME});
    sem_wait(&gate.reached);

    const struct view_frame frame = {.width = WIDTH, .height = HEIGHT, .dt = 1.0f / 30.0f, .fps = 30.0};
    for (int i = 0; i < 10; i++) {
        training_thread_request_publish(thread);
        view_draw(view, &frame, target.name);
        assert_int_equal(training_thread_status(thread).step, 4);
    }
    assert_true(
        training_thread_post(thread, (struct training_command){.kind = TRAINING_SET_PROBE, .count = 3}));
    glFinish();
    assert_int_equal(training_thread_status(thread).step, 4);

    sem_post(&gate.released);
    while (training_thread_status(thread).step < 20 || view_info(view) == NULL ||
           view_info(view)->probe_index != 3) {
        training_thread_request_publish(thread);
        view_draw(view, &frame, target.name);
    }
    training_thread_destroy(thread);
    assert_int_equal(gl_debug_message_count() + log_warning_count(), 0);

    sem_destroy(&gate.reached);
    sem_destroy(&gate.released);
    gl_framebuffer_deinit(&target);
    view_destroy(view);
    trainer_destroy(trainer);
    network_destroy(network);
    gl_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(frames_are_drawn_meanwhile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
