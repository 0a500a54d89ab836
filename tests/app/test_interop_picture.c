/* The picture of a network whose device writes into OpenGL's buffer by itself: the same as through the host,
 * with no byte across; and it goes on when the device fails. CUDA's kernels and runtime run on the CPU here,
 * OpenGL is Mesa's. */
#include "test.h"

#include <GL/glew.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/traffic.h"
#include "gl/context.h"
#include "gl/debug.h"
#include "gl/framebuffer.h"
#include "nn/trainer.h"
#include "runtime_shim.h"
#include "synthetic.h"
#include "view/view.h"

enum { WIDTH = 640, HEIGHT = 360, BYTES = WIDTH * HEIGHT * 4 };

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
static const struct shim_gl mesa = {0, size_of, read_all, write_all};

struct world {
    struct data *data;
    struct network *network;
    struct trainer *trainer;
    struct view *view;
    struct gl_framebuffer framebuffer;
    uint8_t *pixels;
};

static struct gl_context *context;

static void set_up(struct world *world, const struct shim_gl *gl)
{
    struct error err = {0};
    *world = (struct world){.pixels = ls_calloc(1, BYTES)};
    shim_set_gl(gl);
    world->data = synthetic_create(28, 10, 32, 8);
    world->network = network_load("mlp", (struct shape){1, 28, 28}, 10, &err);
    const struct trainer_desc trainer = {
        .network = world->network, .data = world->data, .backend = BACKEND_CUDA, .batch = 4, .seed = 9};
    world->trainer = trainer_create(&trainer, &err);
    if (!world->trainer)
        fail_msg("%s", err.message);
    const struct view_desc view = {.network = world->network,
                                   .data = world->data,
                                   .metrics = trainer_metrics(world->trainer),
                                   .layout = trainer_snapshot_layout(world->trainer),
                                   .device = trainer_snapshot_device(world->trainer),
                                   .backend = "CUDA",
                                   .hud = HUD_NONE,
                                   .camera = CAMERA_THREE_QUARTER,
                                   .gradients = GRADIENTS_STACKED};
    world->view = view_create(&view, &err);
    if (!world->view)
        fail_msg("%s", err.message);
    assert_true(gl_framebuffer_init(&world->framebuffer, WIDTH, HEIGHT, 1, &err));
}

static void tear_down(struct world *world)
{
    view_destroy(world->view);
    gl_framebuffer_deinit(&world->framebuffer);
    trainer_destroy(world->trainer);
    network_destroy(world->network);
    synthetic_destroy(world->data);
    free(world->pixels);
    shim_set_gl(NULL);
}

/* One step and one frame, of that step or of the one before. */
static void advance(struct world *world, bool publish)
{
    trainer_step(world->trainer, NULL);
    if (publish)
        assert_true(trainer_publish(world->trainer, view_publisher(world->view)));
    const struct view_frame frame = {
        .width = WIDTH, .height = HEIGHT, .dt = 0.0f, .lock_step = true, .hide_wall_clock = true};
    view_draw(world->view, &frame, world->framebuffer.name);
    gl_framebuffer_read(&world->framebuffer, world->pixels);
}

static uint64_t crossed(enum traffic_purpose purpose)
{
    struct traffic traffic;
    traffic_read(&traffic);
    return traffic.to_device[purpose] + traffic.to_host[purpose];
}

static void the_picture_is_the_same_and_nothing_crosses(void **state)
{
    (void)state;
    struct world direct, staged;
    set_up(&direct, &mesa);
    assert_null(view_fallback_reason(direct.view));
    uint8_t *pictures[2];
    for (int step = 0; step < 2; step++) {
        const uint64_t view = crossed(TRAFFIC_VIEW), text = crossed(TRAFFIC_TEXT);
        advance(&direct, true);
        assert_int_equal(crossed(TRAFFIC_VIEW) - view, 0);
        assert_in_range(crossed(TRAFFIC_TEXT) - text, 1, 16384);
        pictures[step] = ls_calloc(1, BYTES);
        memcpy(pictures[step], direct.pixels, BYTES);
    }
    tear_down(&direct);
    assert_true(memcmp(pictures[0], pictures[1], BYTES) != 0);

    set_up(&staged, NULL);
    assert_non_null(view_fallback_reason(staged.view));
    for (int step = 0; step < 2; step++) {
        const uint64_t view = crossed(TRAFFIC_VIEW);
        advance(&staged, true);
        assert_true(crossed(TRAFFIC_VIEW) > view);
        assert_memory_equal(pictures[step], staged.pixels, BYTES);
        free(pictures[step]);
    }
    tear_down(&staged);
}

/* The frame in which the device fails shows the step before. */
static void a_failing_device_is_replaced_by_the_host(void **state)
{
    (void)state;
    struct world staged, failing;
    set_up(&staged, NULL);
    uint8_t *expected = ls_calloc(1, BYTES);
    for (int step = 0; step < 3; step++)
        advance(&staged, step != 1);
    memcpy(expected, staged.pixels, BYTES);
    tear_down(&staged);

    set_up(&failing, &mesa);
    advance(&failing, true);
    struct shim_gl lost = mesa;
    lost.size = NULL; /* from here on mapping fails */
    shim_set_gl(&lost);
    advance(&failing, true);
    assert_non_null(view_fallback_reason(failing.view));
    assert_non_null(strstr(view_fallback_reason(failing.view), "cudaGraphicsMapResources"));
    advance(&failing, true);
    assert_memory_equal(expected, failing.pixels, BYTES);
    tear_down(&failing);
    free(expected);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_is_the_same_and_nothing_crosses),
        cmocka_unit_test(a_failing_device_is_replaced_by_the_host),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
