/* Several samples a pixel: their mean in linear light, and areas of one colour untouched. */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "gl/context.h"
#include "gl/debug.h"
#include "view/scene_picture.h"

enum { WIDTH = 6, HEIGHT = 4 };

static struct gl_context *context;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    return context ? 0 : -1;
}

static int close_context(void **state)
{
    (void)state;
    gl_context_destroy(context);
    return 0;
}

static const struct {
    int samples, supersampling;
} kinds[] = {{1, 1}, {4, 1}, {4, 2}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* Columns left of `edge`, in samples of the drawn picture, are dark, the others bright; 0 … 255. */
static void draw_edge(const struct scene_picture *picture, int edge, int dark, int bright)
{
    glBindFramebuffer(GL_FRAMEBUFFER, picture->drawn.name);
    const float low[4] = {(float)dark / 255.0f, (float)dark / 255.0f, (float)dark / 255.0f, 1.0f};
    const float high[4] = {(float)bright / 255.0f, (float)bright / 255.0f, (float)bright / 255.0f, 1.0f};
    glClearBufferfv(GL_COLOR, 0, high);
    glEnable(GL_SCISSOR_TEST);
    glScissor(0, 0, edge, picture->drawn.height);
    glClearBufferfv(GL_COLOR, 0, low);
    glDisable(GL_SCISSOR_TEST);
}

static void read_back(const struct scene_picture *picture, uint8_t *rgba)
{
    struct error err = {0};
    struct gl_framebuffer target;
    assert_true(gl_framebuffer_init(&target, WIDTH, HEIGHT, 1, &err));
    scene_picture_resolve(picture, target.name);
    gl_framebuffer_read(&target, rgba);
    gl_framebuffer_deinit(&target);
}

static void one_color_comes_back_bit_for_bit(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct scene_picture picture;
        scene_picture_init(&picture, kinds[kind].samples);
        assert_true(scene_picture_resize(&picture, WIDTH, HEIGHT, kinds[kind].supersampling, 1.0f));
        assert_false(scene_picture_resize(&picture, WIDTH, HEIGHT, kinds[kind].supersampling, 1.0f));
        assert_int_equal(scene_picture_samples(&picture), kind == 0 ? 1 : 4);
        for (int level = 0; level < 256; level++) {
            uint8_t rgba[WIDTH * HEIGHT * 4];
            draw_edge(&picture, 0, 0, level);
            read_back(&picture, rgba);
            for (int i = 0; i < WIDTH * HEIGHT; i++)
                for (int c = 0; c < 3; c++)
                    assert_int_equal(rgba[4 * i + c], level);
        }
        scene_picture_deinit(&picture);
    }
    assert_int_equal(gl_debug_message_count(), 0);
}

/* IEC 61966-2-1. */
static double to_light(double level)
{
    const double v = level / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double from_light(double light)
{
    return 255.0 * (light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1.0 / 2.4) - 0.055);
}

static void an_edge_is_averaged_in_linear_light(void **state)
{
    (void)state;
    struct scene_picture picture;
    scene_picture_init(&picture, 1);
    scene_picture_resize(&picture, WIDTH, HEIGHT, 2, 1.0f);
    static const int pairs[][2] = {{0, 255}, {255, 0}, {20, 90}, {200, 240}, {0, 8}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        uint8_t rgba[WIDTH * HEIGHT * 4];
        draw_edge(&picture, 5, pairs[i][0], pairs[i][1]); /* in the middle of the third column */
        read_back(&picture, rgba);
        const double mean = from_light(0.5 * (to_light(pairs[i][0]) + to_light(pairs[i][1])));
        assert_int_equal(rgba[4 * 1], pairs[i][0]);
        assert_true(fabs(rgba[4 * 2] - mean) <= 1.0);
        assert_int_equal(rgba[4 * 3], pairs[i][1]);
    }
    scene_picture_deinit(&picture);
}

static void a_coarser_picture_fills_the_window(void **state)
{
    (void)state;
    for (float coarseness = 1.5f; coarseness <= 4.0f; coarseness += 0.5f) {
        struct scene_picture picture;
        scene_picture_init(&picture, 4);
        assert_true(scene_picture_resize(&picture, WIDTH, HEIGHT, 1, coarseness));
        assert_false(scene_picture_resize(&picture, WIDTH, HEIGHT, 1, coarseness));
        assert_int_equal(picture.drawn.width, (int)ceilf((float)WIDTH / coarseness));
        assert_int_equal(scene_picture_samples(&picture), 1);
        uint8_t rgba[WIDTH * HEIGHT * 4];
        draw_edge(&picture, picture.drawn.width / 2, 30, 220);
        read_back(&picture, rgba);
        for (int y = 0; y < HEIGHT; y++) {
            const uint8_t *row = rgba + 4 * WIDTH * y;
            assert_int_equal(row[4 * (WIDTH - 1)], 220);
            for (int x = 1; x < WIDTH; x++)
                assert_true(row[4 * x] >= row[4 * (x - 1)] && row[4 * x] >= 30);
        }
        assert_true(scene_picture_resize(&picture, WIDTH, HEIGHT, 1, 1.0f));
        scene_picture_deinit(&picture);
    }
}

/* Twice as wide as any picture may be. */
static void without_room_there_are_fewer_samples(void **state)
{
    (void)state;
    GLint limit;
    glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &limit);
    struct scene_picture picture;
    scene_picture_init(&picture, 1);
    const int before = log_warning_count();
    scene_picture_resize(&picture, limit / 2 + 1, 2, 2, 1.0f);
    assert_true(picture.drawn.name != 0);
    assert_int_equal(picture.drawn.width, limit / 2 + 1);
    assert_int_equal(scene_picture_samples(&picture), 1);
    assert_int_equal(log_warning_count(), before + 1);
    assert_false(scene_picture_resize(&picture, limit / 2 + 1, 2, 2, 1.0f)); /* not tried for every frame */
    scene_picture_deinit(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_color_comes_back_bit_for_bit),
        cmocka_unit_test(an_edge_is_averaged_in_linear_light),
        cmocka_unit_test(a_coarser_picture_fills_the_window),
        cmocka_unit_test(without_room_there_are_fewer_samples),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
