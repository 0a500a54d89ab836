/* Pictures arrive in order, whole, without waiting; a ring that is full refuses. */
#include "test.h"

#include <pthread.h>
#include <string.h>

#include "gl/context.h"
#include "gl/debug.h"
#include "gl/framebuffer.h"
#include "gl/pixel_ring.h"

enum { WIDTH = 20, HEIGHT = 10 };

static struct gl_context *context;
static struct gl_framebuffer target;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    return context && gl_framebuffer_init(&target, WIDTH, HEIGHT, 1, &err) ? 0 : -1;
}

static int close_context(void **state)
{
    (void)state;
    gl_framebuffer_deinit(&target);
    gl_context_destroy(context);
    return 0;
}

/* Red is the picture's number, the lowest row is white. */
static void draw(int number)
{
    const float red[4] = {(float)number / 255.0f, 0.0f, 0.0f, 1.0f}, white[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    glBindFramebuffer(GL_FRAMEBUFFER, target.name);
    glClearBufferfv(GL_COLOR, 0, red);
    glEnable(GL_SCISSOR_TEST);
    glScissor(0, 0, WIDTH, 1);
    glClearBufferfv(GL_COLOR, 0, white);
    glDisable(GL_SCISSOR_TEST);
}

static void check(const struct gl_pixels *pixels, int number, int width, int height)
{
    assert_int_equal(pixels->number, number);
    assert_int_equal(pixels->width, width);
    assert_int_equal(pixels->height, height);
    for (int i = 0; i < width * height; i++) {
        assert_int_equal(pixels->rgba[4 * i], i < width ? 255 : number);
        assert_int_equal(pixels->rgba[4 * i + 1], i < width ? 255 : 0);
        assert_int_equal(pixels->rgba[4 * i + 3], 255);
    }
}

static void pictures_arrive_whole_and_in_order(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_pixel_ring ring;
    gl_pixel_ring_init(&ring);
    assert_null(gl_pixel_ring_take(&ring));
    assert_true(gl_pixel_ring_is_idle(&ring));
    for (int i = 0; i < 10; i++) {
        const int width = i % 2 ? WIDTH : WIDTH - 3; /* sizes may change from picture to picture */
        draw(i);
        assert_true(gl_pixel_ring_read(&ring, target.name, width, HEIGHT, i, &err));
        draw(200); /* what comes later does not show */
        if (i % 2 == 0)
            continue;
        glFinish();
        for (int k = i - 1; k <= i; k++) {
            struct gl_pixels *pixels = gl_pixel_ring_take(&ring);
            assert_non_null(pixels);
            check(pixels, k, k % 2 ? WIDTH : WIDTH - 3, HEIGHT);
            gl_pixels_give_back(pixels);
        }
        assert_null(gl_pixel_ring_take(&ring));
    }
    assert_true(gl_pixel_ring_is_idle(&ring));
    gl_pixel_ring_deinit(&ring);
    assert_int_equal(gl_debug_message_count(), 0);
}

static bool never(GLsync fence)
{
    (void)fence;
    return false;
}

static void a_fence_that_never_passes_fills_the_ring_and_nothing_waits(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_pixel_ring ring;
    gl_pixel_ring_init(&ring);
    ring.passed = never;
    draw(1);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(gl_pixel_ring_has_room(&ring), i < GL_PIXEL_RING_SLOTS);
        assert_int_equal(gl_pixel_ring_read(&ring, target.name, WIDTH, HEIGHT, i, &err),
                         i < GL_PIXEL_RING_SLOTS);
        assert_null(gl_pixel_ring_take(&ring));
    }
    assert_int_equal(err.class_, ERROR_NONE);
    assert_false(gl_pixel_ring_is_idle(&ring));
    gl_pixel_ring_deinit(&ring);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void *give_back(void *pixels)
{
    gl_pixels_give_back(pixels);
    return NULL;
}

static void another_thread_gives_back(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_pixel_ring ring;
    struct gl_pixels *held[GL_PIXEL_RING_SLOTS];
    gl_pixel_ring_init(&ring);
    draw(7);
    for (int i = 0; i < GL_PIXEL_RING_SLOTS; i++)
        assert_true(gl_pixel_ring_read(&ring, target.name, WIDTH, HEIGHT, 7, &err));
    glFinish();
    for (int i = 0; i < GL_PIXEL_RING_SLOTS; i++)
        assert_non_null(held[i] = gl_pixel_ring_take(&ring));
    assert_false(gl_pixel_ring_has_room(&ring));
    pthread_t thread;
    pthread_create(&thread, NULL, give_back, held[0]);
    pthread_join(thread, NULL);
    assert_true(gl_pixel_ring_has_room(&ring));
    check(held[1], 7, WIDTH, HEIGHT);
    gl_pixels_give_back(held[1]);
    gl_pixels_give_back(held[2]);
    gl_pixel_ring_deinit(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_arrive_whole_and_in_order),
        cmocka_unit_test(a_fence_that_never_passes_fills_the_ring_and_nothing_waits),
        cmocka_unit_test(another_thread_gives_back),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
