/* The colour scale: the ladder, the percentile, the hysteresis, the clipped share. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "view/scale.h"

static uint32_t bins[SCALE_BINS];

static void put(float x, uint32_t times)
{
    if (x > 0.0f)
        bins[scale_find_rung(x)] += times;
}

static float update(struct scale *scale, uint32_t count)
{
    scale_update(scale, bins, count);
    memset(bins, 0, sizeof bins);
    return scale_value(scale);
}

static void rungs_are_the_stated_ones(void **state)
{
    (void)state;
    static const float decade[] = {1.0f, 1.2f, 1.6f, 2.0f, 2.5f, 3.0f, 4.0f, 5.0f, 6.0f, 8.0f, 10.0f};
    const int one = scale_find_rung(1.0f);
    for (int i = 0; i < 11; i++)
        assert_true(scale_rung(one + i) == decade[i]);
    assert_true(scale_rung(one - 1) == 0.8f);
    for (int i = 1; i < SCALE_RUNGS; i++)
        assert_true(scale_rung(i) > scale_rung(i - 1));
    assert_int_equal(scale_find_rung(1.0001f), one + 1);
    assert_int_equal(scale_find_rung(0.0f), 0);
    assert_int_equal(scale_find_rung(1e30f), SCALE_RUNGS);
}

static void takes_the_percentile_upward(void **state)
{
    (void)state;
    struct scale scale;
    scale_init(&scale);
    assert_true(scale_value(&scale) == 1.0f);
    put(2.1f, 995);
    put(7.0f, 5);
    assert_true(update(&scale, 1000) == 2.5f);
    assert_true(fabsf(scale.clip_percent - 0.5f) < 1e-6f);
    scale_init(&scale);
    put(2.1f, 994);
    put(7.0f, 6);
    assert_true(update(&scale, 1000) == 8.0f);
    assert_true(scale.clip_percent == 0.0f);
}

static void keeps_until_the_percentile_leaves_the_band(void **state)
{
    (void)state;
    struct scale scale;
    scale_init(&scale);
    put(4.0f, 100);
    assert_true(update(&scale, 100) == 4.0f);
    put(2.45f, 100);
    assert_true(update(&scale, 100) == 4.0f);
    put(1.9f, 100);
    assert_true(update(&scale, 100) == 2.0f);
    put(2.01f, 100);
    assert_true(update(&scale, 100) == 2.5f);
}

static void survives_zeros_and_infinities(void **state)
{
    (void)state;
    struct scale scale;
    scale_init(&scale);
    assert_true(update(&scale, 100) == 1.0f);
    put(0.3f, 1);
    assert_true(update(&scale, 1000) == 0.3f);
    assert_true(update(&scale, 1000) == 0.3f);
    bins[SCALE_BIN_NOT_FINITE] = 900;
    put(0.3f, 100);
    assert_true(update(&scale, 1000) == 0.3f);
    assert_int_equal(scale.not_finite, 900);
    bins[SCALE_BIN_BEYOND] = 50;
    put(8e12f, 50);
    assert_true(update(&scale, 100) == 8e12f);
    assert_true(fabsf(scale.clip_percent - 50.0f) < 1e-4f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rungs_are_the_stated_ones),
        cmocka_unit_test(takes_the_percentile_upward),
        cmocka_unit_test(keeps_until_the_percentile_leaves_the_band),
        cmocka_unit_test(survives_zeros_and_infinities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
