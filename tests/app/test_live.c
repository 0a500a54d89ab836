/* Live training as the viewer runs it, without a window and without a wait: a thread trains on CUDA, frames
 * are drawn meanwhile, and what they show is written by the device. Over the shim some frames, on a device
 * (tests/gpu/real_device.c) LIVE_FRAMES of them. */
#include "test.h"

#include <GL/glew.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/rng.h"
#include "gl/context.h"
#include "gl/debug.h"
#include "gl/framebuffer.h"
#include "nn/training_thread.h"
#include "runtime_shim.h"
#include "view/view_private.h"

#ifndef LIVE_FRAMES
#define LIVE_FRAMES 24
#endif

/* A slot is read back every so many snapshots. */
enum {
    WIDTH = 320,
    HEIGHT = 200,
    SIZE = 8,
    SAMPLES = 512,
    SNAPSHOTS = 5,
    CHECK_EVERY = 3,
    MOST_CLASSES = 200
};

static size_t size_of(unsigned buffer)
{
    GLint size = 0;
    glGetNamedBufferParameteriv(buffer, GL_BUFFER_SIZE, &size);
    return (size_t)size;
}
static void read_all(unsigned buffer, void *to, size_t bytes)
{
    glGetNamedBufferSubData(buffer, 0, (GLsizeiptr)bytes, to);
}
static void write_all(unsigned buffer, const void *from, size_t bytes)
{
    glNamedBufferSubData(buffer, 0, (GLsizeiptr)bytes, from);
}
static const struct shim_gl own_device = {0, size_of, read_all, write_all};

static struct gl_context *context;
static uint8_t pixels[SAMPLES * SIZE * SIZE];
static int32_t labels[SAMPLES];
static char *names[MOST_CLASSES];

static struct data make_data(int classes)
{
    for (int i = 0; i < SAMPLES * SIZE * SIZE; i++)
        pixels[i] = (uint8_t)(rng_word(7, RNG_TEST, 0, (uint64_t)i) & 255);
    for (int i = 0; i < SAMPLES; i++)
        labels[i] = i % classes;
    for (int i = 0; i < classes; i++)
        names[i] = "class";
    const struct dataset set = {
        .count = SAMPLES, .channels = 1, .height = SIZE, .width = SIZE, .pixels = pixels, .labels = labels};
    struct data data = {.train = set, .test = set, .classes = classes, .class_names = names};
    strcpy(data.name, "noise");
    return data;
}

struct world {
    struct data data;
    struct network *network;
    struct trainer *trainer;
    struct view *view;
    struct gl_framebuffer framebuffer;
    struct training_thread *thread;
};

static void set_up(struct world *world, int classes)
{
    struct error err = {0};
    *world = (struct world){.data = make_data(classes)};
    shim_set_gl(&own_device);
    world->network = network_load("mlp-64-32", (struct shape){1, SIZE, SIZE}, classes, &err);
    assert_non_null(world->network);
    const struct trainer_desc trainer = {.network = world->network,
                                         .data = &world->data,
                                         .backend = BACKEND_CUDA,
                                         .device = compute_gl_device(),
                                         .background = true,
                                         .batch = 4,
                                         .seed = 9,
                                         .learning_rate = 0.02f,
                                         .evaluate_live = true,
                                         .optimizer = {.kind = OPTIMIZER_ADAM}};
    world->trainer = trainer_create(&trainer, &err);
    if (!world->trainer)
        fail_msg("%s", err.message);
    const struct view_desc view = {.network = world->network,
                                   .data = &world->data,
                                   .metrics = trainer_metrics(world->trainer),
                                   .layout = trainer_snapshot_layout(world->trainer),
                                   .device = trainer_snapshot_device(world->trainer),
                                   .backend = "CUDA",
                                   .hud = HUD_FULL,
                                   .camera = CAMERA_THREE_QUARTER};
    world->view = view_create(&view, &err);
    if (!world->view)
        fail_msg("%s", err.message);
    assert_true(gl_framebuffer_init(&world->framebuffer, WIDTH, HEIGHT, 1, &err));
    world->thread = training_thread_create(world->trainer, view_publisher(world->view), false, 0, &err);
    assert_non_null(world->thread);
}

static void tear_down(struct world *world)
{
    training_thread_destroy(world->thread);
    view_destroy(world->view);
    gl_framebuffer_deinit(&world->framebuffer);
    trainer_destroy(world->trainer);
    network_destroy(world->network);
    shim_set_gl(NULL);
    const struct shim_alive alive = shim_alive(), none = {0};
    assert_memory_equal(&alive, &none, sizeof none);
}

static const float *region(const struct world *world, const float *slot, enum region_kind kind, int layer,
                           int parameter)
{
    const struct snapshot_layout *layout = trainer_snapshot_layout(world->trainer);
    const int number = snapshot_layout_find(layout, kind, layer, parameter);
    assert_true(number >= 0);
    return slot + layout->regions[number].offset / sizeof(float);
}

/* All of the slot belongs to one step: its last layer's output is what its own weights make of its own hidden
 * layer, and what is printed. */
static void check_whole(const struct world *world)
{
    const struct arena *arena = world->view->arena;
    const struct network *network = world->network;
    const int last = network->layer_count - 1;
    const size_t in = network->layers[last].parameters[0].count / network_output_count(network);
    const int outputs = (int)network_output_count(network);
    const size_t bytes = trainer_snapshot_layout(world->trainer)->size;
    float *slot = ls_calloc(1, bytes);
    glGetNamedBufferSubData(arena_buffer(arena, arena_shown(arena))->name, 0, (GLsizeiptr)bytes, slot);
    const float *hidden = region(world, slot, REGION_ACTIVATION, last - 1, 0),
                *found = region(world, slot, REGION_ACTIVATION, last, 0),
                *w = region(world, slot, REGION_PARAMETER, last, 0),
                *b = region(world, slot, REGION_PARAMETER, last, 1);
    const struct snapshot_info *info = view_info(world->view);
    double logits[MOST_CLASSES], largest = -HUGE_VAL, sum = 0.0, magnitude = 0.0;
    for (int i = 0; i < outputs; i++) {
        double terms = fabs((double)b[i]);
        logits[i] = (double)b[i];
        for (size_t k = 0; k < in; k++) {
            const double term = (double)w[(size_t)i * in + k] * (double)hidden[k];
            logits[i] += term;
            terms += fabs(term);
        }
        largest = fmax(largest, logits[i]);
        magnitude = fmax(magnitude, terms);
    }
    for (int i = 0; i < outputs; i++)
        sum += exp(logits[i] - largest);
    assert_int_equal(info->output_count, outputs);
    for (int i = 0; i < outputs; i++) {
        const double expected = exp(logits[i] - largest) / sum;
        if (!(fabs(expected - (double)found[i]) <= 1e-4 + 1e-6 * magnitude) || info->output[i] != found[i])
            fail_msg("step %llu, output %d: %g of its own weights and hidden layer, %g drawn, %g printed",
                     (unsigned long long)info->step, i, expected, (double)found[i], (double)info->output[i]);
    }
    free(slot);
}

/* `classes` outputs: more than a warp has lanes, or few. */
static void check_live(int classes)
{
    struct world world;
    set_up(&world, classes);
    shim_set_late(true);
    uint64_t step = UINT64_MAX;
    double before = clock_seconds();
    for (int frames = 0, snapshots = 0; frames < LIVE_FRAMES || snapshots < SNAPSHOTS; frames++) {
        const double now = clock_seconds();
        const struct view_frame frame = {
            .width = WIDTH, .height = HEIGHT, .dt = (float)fmin(now - before, 0.25), .fps = 60.0};
        before = now;
        training_thread_request_publish(world.thread);
        view_draw(world.view, &frame, world.framebuffer.name);
        glFlush();
        if (view_fallback_reason(world.view))
            fail_msg("frame %d: %s", frames, view_fallback_reason(world.view));
        const struct training_status status = training_thread_status(world.thread);
        if (status.problem)
            fail_msg("frame %d: %s", frames, status.problem);
        const struct snapshot_info *info = view_info(world.view);
        if (!info || info->step == step)
            continue;
        assert_true(step == UINT64_MAX || info->step > step); /* never an older one */
        step = info->step;
        if (++snapshots % CHECK_EVERY == 0)
            check_whole(&world);
    }
    shim_set_late(false);
    tear_down(&world);
}

static void frames_are_the_device_s(void **state)
{
    (void)state;
    check_live(10);
}

static void many_classes_are_shown(void **state)
{
    (void)state;
    check_live(MOST_CLASSES);
}

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    return context == NULL;
}

static int close_context(void **state)
{
    (void)state;
    const int messages = gl_debug_message_count();
    gl_context_destroy(context);
    return messages;
}

int main(void)
{
    log_set_level(LOG_WARNING);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_the_device_s),
        cmocka_unit_test(many_classes_are_shown),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
