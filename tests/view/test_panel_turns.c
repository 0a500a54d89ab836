/* Who is drawn when, for frames of many lengths. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "view/panel_turns.h"

enum { PANELS = 9 };

static const unsigned moving = (1u << PANELS) - 1; /* these change in every frame */
static const double frame_lengths[] = {0.004, 1.0 / 60.0, 1.0 / 30.0, 0.045, 0.07, 0.15, 0.4};

static int count(unsigned set)
{
    int n = 0;
    for (; set != 0; set &= set - 1)
        n++;
    return n;
}

/* Whatever the frame rate, a change waits a period and a frame at most, and all together are drawn no more
 * than five times a second; frames share the work evenly. */
static void turns_are_fair(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof frame_lengths / sizeof frame_lengths[0]; f++) {
        const double dt = frame_lengths[f];
        const int frames = (int)(20.0 / dt);
        struct panel_turns turns = {0};
        double drawn_at[PANELS];
        int draws[PANELS] = {0};
        double now = 1000.0;
        panel_turns_drawn(&turns, ~0u, now);
        panel_turns_take(&turns, 0, now);
        for (int i = 0; i < PANELS; i++)
            drawn_at[i] = now;
        const int share = (int)ceil(fmin(1.0, dt / PANEL_TURNS_SECONDS) * PANELS);
        for (int frame = 1; frame <= frames; frame++) {
            now = 1000.0 + frame * dt;
            const unsigned taken = panel_turns_take(&turns, moving, now);
            assert_int_equal(taken & ~moving, 0);
            assert_true(count(taken) <= share + 1);
            for (int i = 0; i < PANELS; i++) {
                if (taken & 1u << i) {
                    drawn_at[i] = now;
                    draws[i]++;
                }
                assert_true(now - drawn_at[i] <= PANEL_TURNS_SECONDS + 1.001 * dt);
            }
        }
        int sum = 0;
        for (int i = 0; i < PANELS; i++) {
            assert_true(draws[i] <= 20.0 / fmax(dt, PANEL_TURNS_SECONDS - dt) + 1.0);
            assert_true(draws[i] >= 20.0 / (PANEL_TURNS_SECONDS + dt) - 1.0);
            sum += draws[i];
        }
        assert_true(sum <= PANELS * 20.0 / PANEL_TURNS_SECONDS + 1.0);
    }
}

/* Nothing is drawn that has not changed. */
static void the_unchanged_rest(void **state)
{
    (void)state;
    struct panel_turns turns = {0};
    for (int frame = 0; frame < 100; frame++)
        assert_int_equal(panel_turns_take(&turns, 0, 5.0 + 0.04 * frame), 0);
}

/* After a rest one change shows in the very frame, and the next one after a period at most; among the many
 * that change in every frame, one that rested goes first. */
static void rested_panels_go_first(void **state)
{
    (void)state;
    struct panel_turns turns = {0};
    double now = 50.0;
    panel_turns_drawn(&turns, ~0u, now);
    assert_int_equal(panel_turns_take(&turns, 0, now), 0);
    now += 1.0;
    assert_int_equal(panel_turns_take(&turns, 1u << PANEL_ROC, now), 1u << PANEL_ROC);
    double waited = 0.0;
    while (panel_turns_take(&turns, 1u << PANEL_ROC, now + waited) == 0)
        waited += 0.01;
    assert_true(waited > 0.1 && waited <= PANEL_TURNS_SECONDS + 0.011);

    const unsigned rested = 1u << PANEL_CONFUSION, busy = moving & ~rested;
    for (int frame = 0; frame < 30; frame++)
        panel_turns_take(&turns, busy, now += 0.04);
    unsigned taken = 0;
    for (int frame = 0; taken == 0 && frame < 10; frame++)
        taken = panel_turns_take(&turns, busy | rested, now += 0.01);
    assert_true(taken & rested);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_fair),
        cmocka_unit_test(the_unchanged_rest),
        cmocka_unit_test(rested_panels_go_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
