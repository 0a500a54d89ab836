/* Pulses on the screen: most of those between plates go to the right in the first half of a cycle, and to the
 * left in the colours of gradients in the second; some are seen at every step; the picture is the same after
 * every cycle, and still while nothing is trained. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"

enum { WIDTH = 1280, HEIGHT = 720 };

static struct gl_context *context;
static struct specimen lenet;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        return -1;
    specimen_init(&lenet, "lenet5");
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    specimen_deinit(&lenet);
    gl_context_destroy(context);
    return 0;
}

static void show_step(struct picture *picture, uint64_t step)
{
    lenet.info.step = step;
    specimen_publish(&lenet, view_publisher(picture->view));
    picture_draw(picture);
}

/* Of lock step, as in recordings; `phase` 0 … 1 of the cycle. */
static uint64_t step_at(const struct picture *picture, float phase)
{
    const struct pulse *pulse = view_pulse(picture->view);
    for (uint64_t step = 0; step < (uint64_t)pulse->steps; step++) {
        struct pulse there = *pulse;
        there.step = step;
        if (fabsf(pulse_phase(&there) - phase) <= 0.5f / (float)pulse->steps)
            return step;
    }
    fail_msg("no step has phase %g", (double)phase);
    return 0;
}

static bool is_forward_head(const uint8_t *p) { return p[0] > 185 && p[1] > 185 && p[2] > 200; }

static bool is_backward_head(const uint8_t *p)
{
    const bool green = p[1] > p[0] + 25 && p[1] > p[2] + 25;
    const bool magenta = p[0] > p[1] + 40 && p[2] > p[1] + 30;
    return (green || magenta) && p[0] + p[1] + p[2] > 330;
}

/* The mean column of the heads between two plates, NaN without any; how many pixels they have. */
static float mean_column(const struct picture *picture, const char *before, const char *after,
                         bool (*is_head)(const uint8_t *pixel), int *pixels)
{
    const struct view_plate *left =
        picture_plate(picture, before, strcmp(before, "input") ? "activation" : "input");
    const struct view_plate *right = picture_plate(picture, after, "activation");
    double sum = 0.0;
    *pixels = 0;
    const int first = (int)fmaxf(left->quad[1][0], left->quad[2][0]) + 12;
    const int last = (int)fminf(right->quad[0][0], right->quad[3][0]) - 6;
    for (int y = (int)right->quad[0][1]; y < (int)right->quad[3][1]; y++)
        for (int x = first; x < last; x++)
            if (is_head(picture->rgba + 4 * (y * picture->width + x))) {
                sum += x;
                ++*pixels;
            }
    return *pixels > 0 ? (float)(sum / *pixels) : NAN;
}

static void open_picture(struct picture *picture)
{
    picture_init(picture, &lenet, WIDTH, HEIGHT, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER);
    view_display(picture->view)->selection_hidden = true;
    show_step(picture, 0);
}

static void pulses_run_forward_and_then_backward(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture);
    int pixels;
    float before = 0.0f;
    for (int i = 0; i < 3; i++) {
        show_step(&picture, step_at(&picture, 0.11f + 0.04f * (float)i));
        const float x = mean_column(&picture, "input", "conv1", is_forward_head, &pixels);
        assert_true(pixels > 100);
        assert_true(x > before + 4.0f);
        before = x;
    }
    before = INFINITY;
    for (int i = 0; i < 3; i++) {
        show_step(&picture, step_at(&picture, 0.77f + 0.04f * (float)i));
        const float x = mean_column(&picture, "input", "conv1", is_backward_head, &pixels);
        assert_true(pixels > 100);
        assert_true(x < before - 4.0f);
        before = x;
    }
    picture_deinit(&picture);
    assert_int_equal(gl_debug_message_count(), 0);
}

/* Only pulses move from step to step of the same snapshot. */
static int moved_pixels(const struct picture *picture, const uint8_t *before)
{
    int moved = 0;
    for (int i = 0; i < picture->width * picture->height; i++) {
        int most = 0;
        for (int k = 0; k < 3; k++)
            most = (int)fmaxf((float)most, fabsf((float)(picture->rgba[4 * i + k] - before[4 * i + k])));
        moved += most > 40;
    }
    return moved;
}

static void pulses_are_seen_at_every_step(void **state)
{
    (void)state;
    struct picture picture;
    picture_init(&picture, &lenet, 640, 360, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER);
    view_display(picture.view)->selection_hidden = true;
    const size_t size = (size_t)640 * 360 * 4;
    uint8_t *before = ls_calloc(size, 1);
    show_step(&picture, 0);
    for (uint64_t step = 0; step < (uint64_t)view_pulse(picture.view)->steps; step += 3) {
        view_set_theme(picture.view, step % 2 == 0 ? THEME_DARK : THEME_LIGHT);
        show_step(&picture, step);
        memcpy(before, picture.rgba, size);
        show_step(&picture, step + 1);
        const int moved = moved_pixels(&picture, before);
        if (moved < 100)
            fail_msg("at step %d pulses cover %d pixels", (int)step, moved);
    }
    free(before);
    picture_deinit(&picture);
}

static void a_cycle_later_the_picture_is_the_same(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture);
    const size_t size = (size_t)WIDTH * HEIGHT * 4;
    uint8_t *first = ls_calloc(size, 1);
    const uint64_t cycle = (uint64_t)view_pulse(picture.view)->steps;
    show_step(&picture, 7);
    memcpy(first, picture.rgba, size);
    picture_draw(&picture);
    picture_draw(&picture);
    assert_memory_equal(first, picture.rgba, size);
    show_step(&picture, 7 + cycle / 10);
    assert_true(memcmp(first, picture.rgba, size) != 0);
    show_step(&picture, 7 + 3 * cycle);
    assert_memory_equal(first, picture.rgba, size);
    free(first);
    picture_deinit(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulses_run_forward_and_then_backward),
        cmocka_unit_test(pulses_are_seen_at_every_step),
        cmocka_unit_test(a_cycle_later_the_picture_is_the_same),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
