/* The decimated history against the plain one, and axes with their ticks. */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "view/plot_axis.h"
#include "view/plot_reading.h"

enum { STEPS = 100000 };

static float noise(uint32_t step)
{
    const uint32_t hash = step * 2654435761u;
    return (float)(hash >> 8) / 16777216.0f;
}

static struct step_sample sample_at(uint32_t step)
{
    return (struct step_sample){step, noise(step), noise(step + 1000000u), 0.001f, noise(step) * 10.0f, NAN};
}

static void cells_hold_minimum_and_maximum(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    for (uint32_t step = 1; step <= STEPS; step++) {
        const struct step_sample sample = sample_at(step);
        plot_history_append(&history, &sample);
    }
    assert_int_equal(plot_history_last_step(&history), STEPS);
    assert_true(history.count <= PLOT_CELLS && history.count > PLOT_CELLS / 2);
    assert_int_equal(history.count, (STEPS + history.stride - 1) / history.stride);
    for (int row = 0; row < history.count; row++) {
        const uint32_t first = 1 + (uint32_t)row * history.stride;
        float low = INFINITY, high = -INFINITY, last = 0.0f;
        for (uint32_t step = first; step < first + history.stride && step <= STEPS; step++) {
            last = noise(step);
            low = fminf(low, last);
            high = fmaxf(high, last);
        }
        const struct plot_cell *cell = plot_history_cell(&history, row, PLOT_LOSS);
        assert_float_equal(cell->low, low, 0.0f);
        assert_float_equal(cell->high, high, 0.0f);
        assert_float_equal(cell->last, last, 0.0f);
        assert_float_equal(plot_history_cell(&history, row, PLOT_LEARNING_RATE)->low, 0.001f, 0.0f);
    }
    plot_history_deinit(&history);
}

/* The smoothed value is the weighted mean of all values so far. */
static void smoothing_is_unbiased(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    double sum = 0.0, weight = 0.0;
    for (uint32_t step = 1; step <= 500; step++) {
        const struct step_sample sample = sample_at(step);
        plot_history_append(&history, &sample);
        sum = sum * (double)PLOT_BETA + (double)sample.loss;
        weight = weight * (double)PLOT_BETA + 1.0;
        const struct plot_cell *cell = plot_history_cell(&history, (int)step - 1, PLOT_LOSS);
        assert_float_equal(cell->smooth, (float)(sum / weight), 1e-6f);
    }
    plot_history_deinit(&history);
}

/* Another β gives what it would have given from the start. */
static void smoothing_can_change(void **state)
{
    (void)state;
    static const float betas[] = {0.0f, 0.8f, 0.99f, 0.9f};
    struct metrics *metrics = metrics_create();
    struct plot_history changed;
    plot_history_init(&changed);
    for (uint32_t step = 1; step <= 20000; step++) {
        const struct step_sample sample = sample_at(step);
        metrics_append_step(metrics, &sample);
        if (step % 3000 == 0)
            plot_history_update(&changed, metrics);
    }
    for (size_t i = 0; i < sizeof betas / sizeof betas[0]; i++) {
        struct plot_history fresh;
        const struct plot_smoothing smoothing = {.beta = betas[i], .logarithmic = {i % 2 == 1}};
        plot_history_init(&fresh);
        plot_history_set_smoothing(&fresh, &smoothing);
        plot_history_set_smoothing(&changed, &smoothing);
        assert_true(plot_history_update(&fresh, metrics));
        assert_true(plot_history_update(&changed, metrics));
        assert_int_equal(changed.count, fresh.count);
        assert_int_equal(changed.stride, fresh.stride);
        assert_int_equal(changed.dirty, 0);
        assert_memory_equal(changed.cells, fresh.cells,
                            (size_t)fresh.count * PLOT_SERIES_COUNT * sizeof *fresh.cells);
        if (betas[i] == 0.0f)
            assert_true(plot_history_cell(&fresh, 100, PLOT_LOSS)->smooth ==
                        plot_history_cell(&fresh, 100, PLOT_LOSS)->last);
        plot_history_set_smoothing(&changed, &smoothing);
        assert_false(plot_history_update(&changed, metrics));
        plot_history_deinit(&fresh);
    }
    plot_history_deinit(&changed);
    metrics_destroy(metrics);
}

/* The cell whose end is nearest, with what its steps really were, and the nearest evaluation. */
static void readings_are_the_nearest(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 3, 500, 8192, 8193, 40001};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct plot_history history;
        struct plot_reading reading;
        plot_history_init(&history);
        assert_false(plot_reading_at(&history, PLOT_LOSS, 1.0, &reading));
        for (uint32_t step = 1; step <= lengths[i]; step++) {
            const struct step_sample sample = sample_at(step);
            plot_history_append(&history, &sample);
        }
        assert_true(plot_reading_at(&history, PLOT_LOSS, 1.0, &reading));
        assert_int_equal(reading.evaluation, -1);
        for (uint32_t at = 0; at <= lengths[i]; at += 1000) {
            const struct evaluation_sample evaluation = {at, noise(at), 0.5f, NAN};
            plot_history_append_evaluation(&history, &evaluation);
        }
        for (double step = -5.0; step < lengths[i] + 5.0; step += 0.37 * history.stride) {
            assert_true(plot_reading_at(&history, PLOT_LOSS, step, &reading));
            const double within = fmin(fmax(step, 1.0), lengths[i]);
            assert_true(fabs(reading.last_step - within) <= 0.5 * history.stride + 1e-9 ||
                        reading.last_step < within + history.stride);
            float low = INFINITY, high = -INFINITY;
            for (uint32_t s = reading.first_step; s <= reading.last_step; s++) {
                low = fminf(low, noise(s));
                high = fmaxf(high, noise(s));
            }
            assert_true(reading.cell.low == low && reading.cell.high == high);
            assert_true(reading.cell.last == noise(reading.last_step));
            const double away =
                fabs((double)history.evaluations[reading.evaluation].step - reading.last_step);
            for (int k = 0; k < history.evaluation_count; k++)
                assert_true(fabs((double)history.evaluations[k].step - reading.last_step) >= away);
            assert_true(reading.evaluated == history.evaluations[reading.evaluation].loss);
        }
        assert_true(plot_reading_at(&history, PLOT_GRADIENT_NORM, 1.0, &reading));
        assert_int_equal(reading.evaluation, -1);
        plot_history_deinit(&history);
    }
}

static void gaps_stay_gaps(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    for (uint32_t step = 1; step <= 3; step++) {
        struct step_sample sample = sample_at(step);
        if (step == 2)
            sample.loss = NAN;
        plot_history_append(&history, &sample);
    }
    assert_true(isnan(plot_history_cell(&history, 1, PLOT_LOSS)->smooth));
    assert_true(isnan(plot_history_cell(&history, 1, PLOT_LOSS)->low));
    assert_true(isfinite(plot_history_cell(&history, 1, PLOT_ACCURACY)->low));
    assert_true(isfinite(plot_history_cell(&history, 2, PLOT_LOSS)->smooth));
    plot_history_deinit(&history);
}

/* After the first halving, an append changes one row; all rows together are sent once per halving. */
static void little_is_sent_again(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    size_t sent = 0;
    for (uint32_t step = 1; step <= STEPS; step++) {
        const struct step_sample sample = sample_at(step);
        plot_history_append(&history, &sample);
        sent += (size_t)(history.count - history.dirty);
        plot_history_clean(&history);
    }
    int halvings = 0;
    for (uint32_t stride = history.stride; stride > 1; stride /= 2)
        halvings++;
    assert_true(halvings >= 3);
    assert_true(sent <= STEPS + (size_t)halvings * PLOT_CELLS);
    plot_history_deinit(&history);
}

static void evaluations_are_thinned(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    for (uint32_t i = 0; i < 1000; i++) {
        const struct evaluation_sample evaluation = {i * 100, noise(i), noise(i + 7), NAN};
        plot_history_append_evaluation(&history, &evaluation);
        const int count = history.evaluation_count;
        assert_true(count >= 1 && count <= PLOT_EVALUATIONS);
        assert_int_equal(history.evaluations[count - 1].step, i * 100);
        assert_int_equal(history.evaluations[0].step, 0);
        for (int k = 0; k + 1 < count; k++) {
            assert_true(history.evaluations[k].step < history.evaluations[k + 1].step);
            assert_float_equal(history.evaluations[k].loss, noise(history.evaluations[k].step / 100), 0.0f);
        }
    }
    assert_true(history.evaluation_count > PLOT_EVALUATIONS / 4);
    plot_history_deinit(&history);
}

static void follows_the_metrics(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_create();
    struct plot_history history;
    plot_history_init(&history);
    assert_false(plot_history_update(&history, metrics));
    for (uint32_t step = 1; step <= 1000; step++) {
        const struct step_sample sample = sample_at(step);
        metrics_append_step(metrics, &sample);
    }
    const struct evaluation_sample evaluation = {1000, 0.5f, 0.9f, NAN};
    metrics_append_evaluation(metrics, &evaluation);
    assert_true(plot_history_update(&history, metrics));
    assert_int_equal(history.samples, 1000);
    assert_int_equal(history.evaluation_count, 1);
    assert_false(plot_history_update(&history, metrics));

    /* A new run has as many steps already as the old one. */
    metrics_restart(metrics);
    for (uint32_t step = 1; step <= 1000; step++) {
        struct step_sample sample = sample_at(step);
        sample.loss = 7.0f;
        metrics_append_step(metrics, &sample);
    }
    assert_true(plot_history_update(&history, metrics));
    assert_int_equal(history.samples, 1000);
    assert_int_equal(history.evaluation_count, 0);
    assert_true(plot_history_cell(&history, 0, PLOT_LOSS)->high == 7.0f);
    assert_false(plot_history_update(&history, metrics));
    metrics_restart(metrics);
    assert_true(plot_history_update(&history, metrics));
    assert_int_equal(history.count, 0);
    plot_history_deinit(&history);
    metrics_destroy(metrics);
}

static bool is_125(double value)
{
    const double mantissa = value / pow(10.0, floor(log10(value) + 1e-9));
    return fabs(mantissa - 1.0) < 1e-6 || fabs(mantissa - 2.0) < 1e-6 || fabs(mantissa - 5.0) < 1e-6;
}

static void ticks_are_1_2_5(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        const double low = pow(10.0, -6.0 + 9.0 * (double)noise((uint32_t)i));
        const double high = low * (1.5 + 1000.0 * (double)noise((uint32_t)i + 5000));
        const int capacity = 2 + i % 8;
        double ticks[PLOT_MAX_TICKS];
        for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
            const struct plot_axis axis = {low, high, logarithmic != 0};
            const int count = plot_axis_ticks(&axis, capacity, ticks);
            assert_true(count <= capacity);
            for (int k = 0; k < count; k++) {
                const double position = plot_axis_position(&axis, ticks[k]);
                assert_true(position > -1e-6 && position < 1.0 + 1e-6);
                if (logarithmic)
                    assert_true(is_125(ticks[k]));
                else if (k > 0)
                    assert_true(is_125(ticks[k] - ticks[k - 1]));
            }
        }
    }
}

static void ranges_hold_the_curves(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    struct plot_axis axis = plot_axis_values(&history, PLOT_LOSS, true);
    assert_true(axis.low > 0.0 && axis.low < axis.high);
    for (uint32_t step = 1; step <= 2000; step++) {
        const struct step_sample sample = {step, 2.3f / (float)step, 1.0f - 0.9f / (float)step, 0.001f, 1.0f,
                                           NAN};
        plot_history_append(&history, &sample);
    }
    const struct evaluation_sample evaluation = {2000, 4.0f, 0.99f, NAN};
    plot_history_append_evaluation(&history, &evaluation);
    axis = plot_axis_values(&history, PLOT_LOSS, true);
    assert_true(axis.high >= 4.0 && axis.low <= 2.3 / 2000.0 && axis.low > 0.0);
    axis = plot_axis_values(&history, PLOT_LOSS, false);
    assert_true(axis.high >= 4.0 && axis.low <= 0.0);
    axis = plot_axis_values(&history, PLOT_ACCURACY, false);
    assert_float_equal(axis.low, 0.9, 1e-9);
    assert_float_equal(axis.high, 1.0, 1e-9);
    axis = plot_axis_values(&history, PLOT_LEARNING_RATE, false);
    assert_true(axis.low <= 0.0 && axis.high >= 0.001 && axis.high < 0.01);
    axis = plot_axis_steps(&history);
    assert_float_equal(axis.low, 0.0, 0.0);
    assert_float_equal(axis.high, 2000.0, 0.0);
    plot_history_deinit(&history);
}

/* A run that overfits: the training's accuracy alone would put the axis at 90 to 100. */
static void the_axis_holds_the_latest_evaluations(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    for (uint32_t step = 1; step <= 4000; step++) {
        const struct step_sample sample = {step, 0.01f, 1.0f, 0.001f, 1.0f, NAN};
        plot_history_append(&history, &sample);
        if (step % 400 == 0) {
            const struct evaluation_sample evaluation = {step, 2.5f, 0.8f - 0.00001f * (float)step, NAN};
            plot_history_append_evaluation(&history, &evaluation);
        }
    }
    const float newest = history.evaluations[history.evaluation_count - 1].accuracy;
    struct plot_axis axis = plot_axis_values(&history, PLOT_ACCURACY, false);
    assert_true(axis.low == 0.5 && axis.low <= (double)newest && axis.high == 1.0);
    for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
        axis = plot_axis_values(&history, PLOT_LOSS, logarithmic == 1);
        assert_true(axis.low <= 0.01 && axis.high >= 2.5);
    }
    /* The training's mean falls out of the axis as little. */
    for (uint32_t step = 4001; step <= 4100; step++) {
        const struct step_sample sample = {step, NAN, 0.0f, 0.001f, NAN, NAN};
        plot_history_append(&history, &sample);
    }
    axis = plot_axis_values(&history, PLOT_ACCURACY, false);
    assert_true(axis.low == 0.0);
    plot_history_deinit(&history);
}

/* One step a million times too large, and before and after it a flat trace: on a logarithmic axis the mean is
 * flat again after a few steps, where the mean of the values is above a thousand. */
static void a_spike_does_not_look_like_learning(void **state)
{
    (void)state;
    struct plot_history plain, logarithmic;
    plot_history_init(&plain);
    plot_history_init(&logarithmic);
    plot_history_set_smoothing(
        &logarithmic, &(struct plot_smoothing){.beta = PLOT_BETA, .logarithmic = {[PLOT_LOSS] = true}});
    for (uint32_t step = 1; step <= 200; step++) {
        /* What has no number, or no logarithm, leaves a gap and changes no mean. */
        const float loss = step == 100 ? 2e6f : step % 50 == 7 ? NAN : step % 50 == 8 ? 0.0f : 2.0f;
        const struct step_sample sample = {step, loss, 0.5f, 0.001f, 1.0f, NAN};
        plot_history_append(&plain, &sample);
        plot_history_append(&logarithmic, &sample);
    }
    const float mean = plot_history_cell(&logarithmic, 199, PLOT_LOSS)->smooth;
    assert_true(mean > 2.0f && mean < 2.02f);
    assert_true(plot_history_cell(&logarithmic, 98, PLOT_LOSS)->smooth < 2.0001f);
    assert_true(isnan(plot_history_cell(&logarithmic, 106, PLOT_LOSS)->smooth));
    assert_true(isnan(plot_history_cell(&logarithmic, 107, PLOT_LOSS)->smooth));
    assert_true(plot_history_cell(&logarithmic, 107, PLOT_LOSS)->low == 0.0f);
    assert_true(plot_history_cell(&plain, 149, PLOT_LOSS)->smooth > 1000.0f);
    assert_true(plot_history_cell(&logarithmic, 199, PLOT_ACCURACY)->smooth == 0.5f);
    plot_history_deinit(&plain);
    plot_history_deinit(&logarithmic);
}

static void tick_texts(void **state)
{
    (void)state;
    static const struct {
        double value;
        bool percent;
        const char *text;
    } cases[] = {{0.0, false, "0"},       {0.05, false, "0.05"},    {200.0, false, "200"},
                 {20000.0, false, "20k"}, {2e6, false, "2M"},       {0.95, true, "95"},
                 {1.0, true, "100"},      {1e-5, false, "1e−5"},    {0.001, false, "0.001"},
                 {5000.0, false, "5000"}, {0.0005, false, "0.0005"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NUMBER_TEXT_SIZE];
        plot_axis_format(cases[i].value, cases[i].percent, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* R² stands in the accuracy's place; its axis ends at 1 and does not follow it below −1. */
static void targets_have_r2_for_accuracy(void **state)
{
    (void)state;
    struct plot_history history;
    plot_history_init(&history);
    for (uint32_t step = 1; step <= 40; step++) {
        const struct step_sample sample = {step, 1.0f, NAN, 0.001f, 1.0f, -3.0f + 0.05f * (float)step};
        plot_history_append(&history, &sample);
    }
    assert_true(history.of_targets);
    assert_true(plot_history_cell(&history, 39, PLOT_ACCURACY)->last == -1.0f);
    struct plot_axis axis = plot_axis_values(&history, PLOT_ACCURACY, false);
    assert_true(axis.low == -1.0 && axis.high == 1.0);
    const struct evaluation_sample evaluation = {40, 1.0f, NAN, 0.875f};
    plot_history_append_evaluation(&history, &evaluation);
    assert_true(history.evaluations[0].accuracy == 0.875f);
    plot_history_append_evaluation(&history, &(struct evaluation_sample){41, 1.0f, NAN, -7.5f});
    axis = plot_axis_values(&history, PLOT_ACCURACY, false);
    assert_true(axis.low == -10.0 && axis.high == 1.0);
    plot_history_append_evaluation(&history, &evaluation);
    for (uint32_t step = 41; step <= 2000; step++) {
        const struct step_sample sample = {step, 1.0f, NAN, 0.001f, 1.0f, 0.95f};
        plot_history_append(&history, &sample);
    }
    axis = plot_axis_values(&history, PLOT_ACCURACY, false);
    assert_true(axis.low == 0.8 && axis.high == 1.0);
    plot_history_deinit(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_have_r2_for_accuracy),
        cmocka_unit_test(cells_hold_minimum_and_maximum),
        cmocka_unit_test(smoothing_is_unbiased),
        cmocka_unit_test(smoothing_can_change),
        cmocka_unit_test(readings_are_the_nearest),
        cmocka_unit_test(gaps_stay_gaps),
        cmocka_unit_test(little_is_sent_again),
        cmocka_unit_test(evaluations_are_thinned),
        cmocka_unit_test(follows_the_metrics),
        cmocka_unit_test(ticks_are_1_2_5),
        cmocka_unit_test(ranges_hold_the_curves),
        cmocka_unit_test(tick_texts),
        cmocka_unit_test(the_axis_holds_the_latest_evaluations),
        cmocka_unit_test(a_spike_does_not_look_like_learning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
