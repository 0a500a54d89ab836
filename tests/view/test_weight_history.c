/* The histograms of weights over time against plain counting, and which rows of a long run stay. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "view/weight_history.h"

enum { VALUES = 4000 };

static uint32_t state_of_noise = 1;

/* −1 … 1. */
static float noise(void)
{
    state_of_noise = state_of_noise * 1664525u + 1013904223u;
    return (float)(state_of_noise >> 8) / 8388608.0f - 1.0f;
}

static void count(uint32_t counts[WEIGHT_BINS], const float *values, int value_count)
{
    memset(counts, 0, WEIGHT_BINS * sizeof *counts);
    for (int i = 0; i < value_count; i++)
        counts[weight_history_bin(values[i])]++;
}

static void take(struct weight_history *history, uint64_t step, const float *values, int value_count)
{
    uint32_t counts[WEIGHT_BINS];
    count(counts, values, value_count);
    weight_history_take(history, step, counts);
}

/* Every range's bins are what counting into 64 equal bins gives. */
static void bins_are_exact(void **state)
{
    (void)state;
    for (int range = WEIGHT_LEAST_RANGE; range <= WEIGHT_LARGEST_RANGE; range++) {
        const float r = ldexpf(1.0f, range);
        float values[VALUES];
        for (int i = 0; i < VALUES; i++)
            values[i] = r * noise() * (i % 3 == 0 ? 0.1f : 1.0f);
        /* Edges of bins, and a few beyond the range: too few to widen it. */
        values[0] = 0.5f * r;
        values[1] = -0.5f * r;
        values[2] = 0.0f;
        values[3] = -0.0f;
        values[4] = r;
        values[5] = -1.5f * r;
        values[6] = 1.0e-42f;
        values[7] = NAN;
        values[8] = -INFINITY;
        uint32_t expected[WEIGHT_UNIFORM_BINS] = {0}, below = 0, above = 0;
        for (int i = 0; i < VALUES; i++) {
            if (!isfinite(values[i]))
                continue;
            const int out = (int)floor(fabs((double)values[i]) / (double)r * 32.0);
            if (out >= 32 && values[i] > 0.0f)
                above++;
            else if (out >= 32)
                below++;
            else
                expected[values[i] < 0.0f ? 31 - out : 32 + out]++;
        }
        struct weight_history history;
        weight_history_init(&history, 1);
        take(&history, 0, values, VALUES);
        assert_true(weight_history_range(&history, 0) == r);
        struct weight_row row;
        weight_history_row(&history, 0, 0, &row);
        for (int bin = 0; bin < WEIGHT_UNIFORM_BINS; bin++)
            assert_int_equal(row.bins[bin], expected[bin]);
        assert_int_equal(row.below, below);
        assert_int_equal(row.above, above);
        assert_int_equal(row.above, 1);
        assert_int_equal(row.not_finite, 2);
        assert_int_equal(row.total, VALUES);
        weight_history_deinit(&history);
    }
}

/* A row counted under a narrow range is as exact as before once the range has grown. */
static void a_growing_range_loses_nothing(void **state)
{
    (void)state;
    struct weight_history history;
    weight_history_init(&history, 1);
    float values[VALUES];
    for (int i = 0; i < VALUES; i++)
        values[i] = 0.2f * noise();
    values[0] = 0.7f; /* beyond ±0.25 */
    take(&history, 0, values, VALUES);
    struct weight_row narrow, wide;
    weight_history_row(&history, 0, 0, &narrow);
    assert_true(weight_history_range(&history, 0) == 0.25f);
    assert_int_equal(narrow.above, 1);

    float spread[VALUES];
    for (int i = 0; i < VALUES; i++)
        spread[i] = 0.9f * noise();
    take(&history, 1, spread, VALUES);
    assert_true(weight_history_range(&history, 0) == 1.0f);
    weight_history_row(&history, 0, 0, &wide);
    assert_int_equal(wide.above, 0);
    assert_int_equal(wide.bins[32 + 22], 1); /* .7 / (1 / 32) = 22.4 */
    for (int bin = 0; bin < 16; bin++) {
        uint32_t merged = 0;
        for (int i = 0; i < 4; i++)
            merged += narrow.bins[4 * bin + i];
        assert_int_equal(wide.bins[24 + bin], merged);
    }
    /* And it does not shrink again. */
    take(&history, 2, values, VALUES);
    assert_true(weight_history_range(&history, 0) == 1.0f);
    weight_history_deinit(&history);
}

/* Every row holds its own step's counts, the first one stays, the last is the newest, and the others lie
 * evenly, whatever the run's length. */
static void rows_stay_evenly_spread(void **state)
{
    (void)state;
    struct weight_history history;
    weight_history_init(&history, 2);
    uint32_t counts[2 * WEIGHT_BINS] = {0};
    for (uint64_t step = 0; step < 5000; step++) {
        counts[3] = (uint32_t)step;
        counts[WEIGHT_BINS + 5] = (uint32_t)step + 7;
        weight_history_take(&history, step, counts);
        const int last = history.count - 1;
        assert_in_range(history.count, 1, WEIGHT_ROWS);
        assert_int_equal(history.steps[0], 0);
        assert_int_equal(history.steps[last], step);
        assert_true(step < WEIGHT_ROWS || history.count > WEIGHT_ROWS / 2);
        for (int row = 0; row < history.count; row++) {
            if (row < last)
                assert_int_equal(history.steps[row], (uint64_t)row * history.stride);
            struct weight_row a, b;
            weight_history_row(&history, row, 0, &a);
            weight_history_row(&history, row, 1, &b);
            assert_int_equal(a.total, history.steps[row]);
            assert_int_equal(b.total, history.steps[row] + 7);
        }
    }
    weight_history_deinit(&history);
}

/* Looking only where a row is due leaves the same rows as looking at every step. */
static void due_steps_are_the_ones_that_stay(void **state)
{
    (void)state;
    struct weight_history all, due;
    weight_history_init(&all, 1);
    weight_history_init(&due, 1);
    uint32_t counts[WEIGHT_BINS] = {0};
    int looks = 0;
    for (uint64_t step = 0; step <= 3000; step++) {
        counts[0] = (uint32_t)step;
        weight_history_take(&all, step, counts);
        if (weight_history_is_due(&due, step)) {
            weight_history_take(&due, step, counts);
            looks++;
        }
    }
    weight_history_take(&due, 3000, counts);
    assert_true(looks < 200);
    assert_int_equal(due.count, all.count);
    assert_memory_equal(due.steps, all.steps, (size_t)all.count * sizeof all.steps[0]);
    weight_history_deinit(&all);
    weight_history_deinit(&due);
}

/* Steps come in leaps while live; a run that begins anew drops the old rows. */
static void leaps_and_new_runs(void **state)
{
    (void)state;
    struct weight_history history;
    weight_history_init(&history, 1);
    uint32_t counts[WEIGHT_BINS] = {0};
    uint64_t step = 3;
    for (int i = 0; i < 2000; i++) {
        counts[1] = (uint32_t)step;
        weight_history_take(&history, step, counts);
        for (int row = 1; row < history.count; row++)
            assert_true(history.steps[row] > history.steps[row - 1]);
        assert_int_equal(history.steps[history.count - 1], step);
        assert_int_equal(history.steps[0], 3);
        step += 1 + (uint64_t)(50.0f * fabsf(noise()));
    }
    const uint64_t again = history.steps[history.count - 1];
    const int rows = history.count;
    weight_history_take(&history, again, counts);
    assert_int_equal(history.count, rows);
    assert_true(weight_history_is_due(&history, 5));
    weight_history_take(&history, 5, counts);
    assert_int_equal(history.count, 1);
    assert_int_equal(history.stride, 1);
    weight_history_deinit(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_are_exact),          cmocka_unit_test(a_growing_range_loses_nothing),
        cmocka_unit_test(rows_stay_evenly_spread), cmocka_unit_test(due_steps_are_the_ones_that_stay),
        cmocka_unit_test(leaps_and_new_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
