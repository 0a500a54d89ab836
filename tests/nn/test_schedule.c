/* Schedules: each rate against PyTorch's schedulers (schedule_values.py), the text in both directions, what
 * is refused. */
#include "nn/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "schedule_values.h"
#include "test.h"

static struct schedule parse(const char *text)
{
    struct schedule schedule;
    struct error err = {0};
    if (!schedule_parse(&schedule, text, &err))
        fail_msg("%s: %s", text, err.message);
    return schedule;
}

static void check_rates(const struct schedule *schedule, const char *text, const double *rates)
{
    struct schedule_state state;
    schedule_begin(&state);
    for (uint64_t step = 0; step < STEPS; step++) {
        const double rate = (double)schedule_rate(schedule, &state, base, step, PER_EPOCH);
        if (!(fabs(rate - rates[step]) <= 1e-7 * rates[step] + 1e-12))
            fail_msg("%s: step %d: expected %.9g, found %.9g", text, (int)step, rates[step], rate);
        if (schedule_watches(schedule, step + 1, PER_EPOCH))
            schedule_note_loss(schedule, &state, base, losses[(step + 1) / PER_EPOCH - 1]);
    }
}

static void rates_are_pytorchs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected_rates / sizeof *expected_rates; i++) {
        const struct schedule schedule = parse(expected_rates[i].text);
        check_rates(&schedule, expected_rates[i].text, expected_rates[i].rates);
    }
}

static void text_goes_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected_rates / sizeof *expected_rates; i++) {
        char once[SCHEDULE_TEXT], twice[SCHEDULE_TEXT];
        const struct schedule schedule = parse(expected_rates[i].text);
        schedule_print(&schedule, once);
        const struct schedule again = parse(once);
        assert_string_equal(schedule_print(&again, twice), once);
        check_rates(&again, once, expected_rates[i].rates);
    }
    char text[SCHEDULE_TEXT];
    struct schedule schedule = parse("warmup+plateau:min=0.001");
    assert_string_equal(schedule_print(&schedule, text),
                        "warmup:steps=500,from=0.3333333333333333+plateau:epochs=1,factor=0.1,patience=10,"
                        "threshold=0.0001,cooldown=0,min=0.001");
    schedule = parse("cosine");
    assert_string_equal(schedule_print(&schedule, text), "cosine");
    schedule = parse("cosine:min=0.5,steps=4,held=1");
    assert_string_equal(schedule_print(&schedule, text), "cosine:steps=4,min=0.5,held=1");
}

/* Keras's CosineDecay: alpha of the rate at the end and after it. */
static void a_held_cosine_stays(void **state)
{
    (void)state;
    const struct schedule schedule = parse("cosine:steps=10,min=0.05,held=1");
    struct schedule_state begin;
    schedule_begin(&begin);
    assert_true(schedule_rate(&schedule, &begin, base, 9, PER_EPOCH) > 0.05f);
    for (uint64_t step = 10; step < 40; step++)
        assert_true(schedule_rate(&schedule, &begin, base, step, PER_EPOCH) == 0.05f);
}

static void a_cosine_without_a_length_takes_the_run(void **state)
{
    (void)state;
    struct schedule schedule = parse("warmup:epochs=2+cosine");
    schedule_complete(&schedule, 30, PER_EPOCH);
    assert_int_equal(schedule.length.count, 24);
    assert_false(schedule.length.epochs);
    schedule = parse("cosine");
    schedule_complete(&schedule, 0, PER_EPOCH);
    assert_int_equal(schedule.length.count, 10);
    assert_true(schedule.length.epochs);
    schedule_complete(&schedule, 30, PER_EPOCH);
    assert_int_equal(schedule.length.count, 10);
}

/* The base is what the user moves; a plateau's drops stay. */
static void a_new_base_keeps_the_schedule(void **state)
{
    (void)state;
    const struct schedule schedule = parse("plateau:patience=0,factor=0.5");
    struct schedule_state s;
    schedule_begin(&s);
    assert_false(schedule_note_loss(&schedule, &s, 0.1f, 1.0f));
    assert_true(schedule_note_loss(&schedule, &s, 0.1f, 1.0f));
    assert_true(fabsf(schedule_rate(&schedule, &s, 0.2f, 7, PER_EPOCH) - 0.1f) < 1e-8f);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"cosin", "expected constant, step, exponential, cosine, piecewise or plateau"},
        {"", "expected constant"},
        {"step:epoch=3", "step: expected key=value with one of epochs steps factor, found \"epoch\""},
        {"step:epochs", "found \"epochs\""},
        {"step:epochs=0", "step: epochs: expected a whole number from 1 to 1000000000, found \"0\""},
        {"step:epochs=-1", "found \"-1\""},
        {"step:epochs=1,steps=2", "step: expected epochs or steps, found both"},
        {"step:factor=nan", "step: factor: expected a number from 0 to 10, found \"nan\""},
        {"constant:steps=1", "constant: expected no keys"},
        {"cosine:patience=1", "cosine: expected key=value"},
        {"warmup:factor=2", "warmup: expected key=value with one of epochs steps from"},
        {"warmup:steps=5+", "expected constant"},
        {"warmup+warmup", "found \"warmup\""},
        {"cosine+warmup", "alone or after \"warmup+\", found \"cosine+warmup\""},
        {"piecewise", "piecewise: expected as many factors as places"},
        {"piecewise:steps=1/2,factor=0.5", "found 1 and 2"},
        {"piecewise:steps=2/1,factor=0.5/0.1", "expected growing numbers, found 1 after 2"},
        {"piecewise:steps=1/2/3/4/5/6/7/8/9,factor=1", "expected at most 8 numbers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule = {.patience = 77};
        struct error err = {0};
        assert_false(schedule_parse(&schedule, cases[i].text, &err));
        assert_int_equal(schedule.patience, 77);
        if (!strstr(err.message, cases[i].message))
            fail_msg("\"%s\": expected %s, found %s", cases[i].text, cases[i].message, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_pytorchs),
        cmocka_unit_test(text_goes_both_ways),
        cmocka_unit_test(a_held_cosine_stays),
        cmocka_unit_test(a_cosine_without_a_length_takes_the_run),
        cmocka_unit_test(a_new_base_keeps_the_schedule),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
