/* How often the viewer draws, and which frames count as hitches. */
#include "test.h"

#include "app/frame_times.h"
#include "app/pacing.h"

static bool near(double a, double b) { return a - b < 1e-9 && b - a < 1e-9; }

static double settle(struct pacing *pacing, double drawing_seconds)
{
    double rest = 0.0;
    for (int i = 0; i < 400; i++)
        rest = pacing_rest(pacing, drawing_seconds);
    return rest;
}

static void a_graphics_card_follows_the_screen(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, false, 1.0 / 144.0);
    assert_true(near(pacing_rest(&pacing, 0.002), 1.0 / 144.0 - 0.002));
    assert_true(near(pacing_rest(&pacing, 0.5), 0.0));
    assert_true(near(pacing_period(&pacing), 1.0 / 144.0));
}

static void a_software_renderer_leaves_time_to_training(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, true, 1.0 / 144.0);
    assert_true(near(settle(&pacing, 0.004), 1.0 / 30.0 - 0.004));
    settle(&pacing, 0.02);
    const double period = pacing_period(&pacing);
    assert_true(period > 1.0 / 29.0 && period < 1.0 / 21.0);
    assert_true(0.02 / period > 0.4 && 0.02 / period < 0.6);
    settle(&pacing, 0.045);
    assert_true(near(pacing_period(&pacing), 1.0 / 22.0));
    assert_true(near(settle(&pacing, 0.2), 0.0));
    settle(&pacing, 0.004);
    assert_true(near(pacing_period(&pacing), 1.0 / 30.0));
}

static void one_slow_frame_changes_little(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, true, 0.0);
    settle(&pacing, 0.02);
    const double before = pacing_period(&pacing);
    assert_true(near(pacing_rest(&pacing, 0.06), 0.0));
    assert_true(pacing_period(&pacing) < before + 0.01);
}

static void long_frames_are_found(void **state)
{
    (void)state;
    struct frame_times times = {0};
    frame_times_add(&times, 0.5, 300.0, 290.0, false);
    frame_times_add(&times, 5.0, 33.0, 30.0, false);
    frame_times_add(&times, 6.0, 250.0, 240.0, true);
    frame_times_add(&times, 7.0, 100.0, 120.0, false);
    frame_times_add(&times, 8.0, 120.0, 40.0, false);
    frame_times_add(&times, 9.0, 110.0, 105.0, false);
    assert_int_equal(times.frames, 4);
    assert_int_equal(times.hitches, 2);
    assert_int_equal(times.own_hitches, 1);
    assert_float_equal(times.longest_own_ms, 120.0, 0.0);
    assert_true(near(times.longest_ms, 120.0) && near(times.longest_at, 8.0));
    assert_int_equal(times.apart, 2);
    assert_true(near(times.longest_apart_ms, 300.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graphics_card_follows_the_screen),
        cmocka_unit_test(a_software_renderer_leaves_time_to_training),
        cmocka_unit_test(one_slow_frame_changes_little),
        cmocka_unit_test(long_frames_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
