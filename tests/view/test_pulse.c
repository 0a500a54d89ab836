/* Pulses keep step with training: their phase is a function of the step, their cycle a round number of steps.
 */
#include "test.h"

#include <math.h>

#include "view/pulse.h"

static double turn(double from, double to) { return to - from - floor(to - from); }

static void a_known_rate_makes_the_phase_a_function_of_the_step(void **state)
{
    (void)state;
    struct pulse film, still;
    pulse_init(&film);
    pulse_init(&still);
    for (uint64_t step = 0; step <= 1234; step++)
        pulse_update(&film, step, 1.0 / 30.0, 30.0);
    pulse_update(&still, 1234, 0.0, 30.0);
    assert_int_equal(film.steps, 50);
    assert_true(pulse_phase(&film) == pulse_phase(&still));
    const double before = (double)pulse_phase(&still);
    pulse_update(&still, 1234 + 10, 0.0, 30.0);
    assert_true(fabs(turn(before, (double)pulse_phase(&still)) - 10.0 / 50.0) < 1e-6);
    pulse_update(&still, 1234 + 50, 0.0, 30.0);
    assert_true(fabs((double)pulse_phase(&still) - before) < 1e-6);
}

static void the_cycle_is_a_round_number_of_steps_that_lasts_about_a_second(void **state)
{
    (void)state;
    assert_int_equal(pulse_steps_for(0.1), 1);
    assert_int_equal(pulse_steps_for(30.0), 50);
    assert_int_equal(pulse_steps_for(60.0), 100);
    assert_int_equal(pulse_steps_for(700.0), 1000);
    for (double rate = 1.0; rate < 1e6; rate *= 1.1) {
        const double seconds = (double)pulse_steps_for(rate) / rate;
        assert_true(seconds > 0.6 * PULSE_SECONDS && seconds < 1.7 * PULSE_SECONDS);
    }
}

static void a_pause_holds_pulses_and_teaches_nothing(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse);
    uint64_t step = 0;
    for (int i = 0; i < 60; i++)
        pulse_update(&pulse, step += 25, 1.0 / 30.0, 0.0);
    assert_int_equal(pulse.steps, 1000);
    const float phase = pulse_phase(&pulse);
    for (int i = 0; i < 300; i++) {
        pulse_update(&pulse, step, 1.0 / 30.0, 0.0);
        assert_true(pulse_phase(&pulse) == phase);
    }
    pulse_update(&pulse, step += 1, 1.0 / 30.0, 0.0);
    assert_int_equal(pulse.steps, 1000);
    assert_true(fabs(turn((double)phase, (double)pulse_phase(&pulse)) - 0.001) < 1e-5);
}

static void a_new_rate_changes_the_cycle_without_a_jump(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse);
    uint64_t step = 0;
    int changes = 0;
    for (int i = 0; i < 400; i++) {
        const uint64_t steps = i < 200 ? 25 : 3;
        const int before = pulse.steps;
        const double phase = (double)pulse_phase(&pulse);
        pulse_update(&pulse, step += steps, 1.0 / 30.0, 0.0);
        changes += pulse.steps != before;
        assert_true(fabs(turn(phase, (double)pulse_phase(&pulse)) - (double)steps / before) < 1e-5 || i == 0);
    }
    assert_true(pulse.steps / 90.0 > 0.5 * PULSE_SECONDS && pulse.steps / 90.0 < 2.0 * PULSE_SECONDS);
    assert_true(changes >= 2 && changes <= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_rate_makes_the_phase_a_function_of_the_step),
        cmocka_unit_test(the_cycle_is_a_round_number_of_steps_that_lasts_about_a_second),
        cmocka_unit_test(a_pause_holds_pulses_and_teaches_nothing),
        cmocka_unit_test(a_new_rate_changes_the_cycle_without_a_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
