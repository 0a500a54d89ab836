/* Irregular moments become frames of a constant rate. */
#include "test.h"

#include <math.h>

#include "media/film_clock.h"

static void a_regular_picture_per_frame(void **state)
{
    (void)state;
    struct film_clock clock;
    film_clock_start(&clock, 30, 100.0);
    assert_int_equal(film_clock_frames(&clock, 100.0), 1);
    for (int i = 0; i < 900; i++)
        assert_int_equal(film_clock_due(&clock, 100.0 + i / 30.0), i);
    assert_int_equal(film_clock_frames(&clock, 100.0 + 899.5 / 30.0), 900);
}

static void pictures_too_many_are_left_out(void **state)
{
    (void)state;
    struct film_clock clock;
    film_clock_start(&clock, 30, 0.0);
    int due = 0;
    for (int i = 0; i < 600; i++) /* 144 a second */
        due += film_clock_due(&clock, i / 144.0) >= 0;
    assert_int_equal(due, 125);
    assert_int_equal(film_clock_frames(&clock, 599 / 144.0), 125);
}

/* 17 to 80 ms a frame: each picture belongs to the frame that its moment lies in. */
static void slow_pictures_skip_frames_and_time_stays_true(void **state)
{
    (void)state;
    struct film_clock clock;
    film_clock_start(&clock, 30, 5.0);
    double now = 5.0;
    int64_t last = -1;
    for (int i = 0; i < 1000; i++) {
        const int64_t due = film_clock_due(&clock, now);
        if (due >= 0) {
            assert_true(due > last);
            assert_true(fabs((double)due / 30.0 - (now - 5.0)) < 1.0 / 30.0 + 1e-6);
            last = due;
        }
        now += 0.017 + 0.063 * ((i * 37 % 101) / 101.0);
    }
    assert_true(fabs(film_clock_seconds(&clock, now) - (now - 5.0)) < 1.5 / 30.0);
}

static void a_long_gap_is_cut_to_a_second(void **state)
{
    (void)state;
    struct film_clock clock;
    film_clock_start(&clock, 30, 0.0);
    assert_int_equal(film_clock_due(&clock, 0.0), 0);
    assert_int_equal(film_clock_frames(&clock, 3600.0), 31);
    assert_int_equal(film_clock_due(&clock, 3600.0), 30);
    assert_int_equal(film_clock_due(&clock, 3600.0 + 1.0 / 30.0), 31);
    assert_int_equal(film_clock_due(&clock, 3601.0), 60); /* a second is no gap to cut */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_regular_picture_per_frame),
        cmocka_unit_test(pictures_too_many_are_left_out),
        cmocka_unit_test(slow_pictures_skip_frames_and_time_stays_true),
        cmocka_unit_test(a_long_gap_is_cut_to_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
