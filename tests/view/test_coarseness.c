/* The pace of a software renderer, by a model of one: some milliseconds, and more for each pixel of the scene. */
#include "test.h"

#include <math.h>

#include "view/coarseness.h"

struct machine {
    double rest_seconds, pixel_seconds;
};

/* So many frames; returns how long the last one took. */
static double run(struct coarseness *coarseness, struct machine machine, int width, int height, int frames)
{
    double frame = 0.0;
    for (int i = 0; i < frames; i++) {
        const double factor = (double)coarseness_factor(coarseness);
        const double scene = machine.pixel_seconds * width * height / (factor * factor);
        frame = machine.rest_seconds + scene;
        coarseness_follow(coarseness, width, frame, scene);
    }
    return frame;
}

static void a_quick_machine_draws_every_pixel(void **state)
{
    (void)state;
    struct coarseness coarseness;
    coarseness_init(&coarseness, 1280, 720);
    run(&coarseness, (struct machine){0.01, 2e-8}, 1280, 720, 100);
    assert_true(coarseness_factor(&coarseness) == 1.0f);
    /* Begins coarse at 4K, and finds that it need not. */
    coarseness_init(&coarseness, 3840, 2160);
    assert_true(coarseness_factor(&coarseness) == 2.0f);
    run(&coarseness, (struct machine){0.01, 5e-9}, 3840, 2160, 100);
    assert_true(coarseness_factor(&coarseness) == 1.0f);
}

static void slow_machines_keep_the_pace(void **state)
{
    (void)state;
    for (double pixel = 1e-8; pixel < 1.5e-7; pixel *= 1.1) {
        struct coarseness coarseness;
        coarseness_init(&coarseness, 3840, 2160);
        const struct machine machine = {0.02, pixel};
        run(&coarseness, machine, 3840, 2160, 4);
        assert_true(run(&coarseness, machine, 3840, 2160, 1) <= COARSENESS_FRAME_SECONDS);
        /* No coarser than it must be, and at rest. */
        run(&coarseness, machine, 3840, 2160, 60);
        const float factor = coarseness_factor(&coarseness);
        for (int i = 0; i < 60; i++) {
            run(&coarseness, machine, 3840, 2160, 1);
            assert_true(coarseness_factor(&coarseness) == factor);
        }
        const double full = machine.rest_seconds + machine.pixel_seconds * 3840 * 2160;
        assert_true(factor > 1.0f || full <= COARSENESS_FRAME_SECONDS);
    }
}

static void what_the_scene_cannot_help_is_left(void **state)
{
    (void)state;
    struct coarseness coarseness;
    coarseness_init(&coarseness, 1280, 720);
    run(&coarseness, (struct machine){0.5, 2e-8}, 1280, 720, 50);
    assert_true(coarseness_factor(&coarseness) == 1.0f);
    /* Small windows stay legible. */
    coarseness_init(&coarseness, 1280, 720);
    run(&coarseness, (struct machine){0.0, 1e-4}, 1280, 720, 50);
    assert_true(coarseness_factor(&coarseness) == 2.0f);
    coarseness_init(&coarseness, 800, 600);
    run(&coarseness, (struct machine){0.0, 1e-4}, 800, 600, 50);
    assert_true(coarseness_factor(&coarseness) == 1.0f);
    /* A single slow frame is none of the machine's habits. */
    coarseness_init(&coarseness, 1920, 1080);
    coarseness_follow(&coarseness, 1920, 3.0, 2.9);
    coarseness_follow(&coarseness, 1920, 0.03, 0.02);
    coarseness_follow(&coarseness, 1920, 3.0, 2.9);
    assert_true(coarseness_factor(&coarseness) == 1.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quick_machine_draws_every_pixel),
        cmocka_unit_test(slow_machines_keep_the_pace),
        cmocka_unit_test(what_the_scene_cannot_help_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
