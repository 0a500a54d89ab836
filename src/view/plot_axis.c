/* Ranges and ticks. A range snaps outward to a coarse grid: it stays put while data moves inside it. */
#include "view/plot_axis.h"

#include <math.h>

#include "base/error.h"
#include "view/plot_reading.h"

static const double mantissas[] = {1.0, 2.0, 5.0};

/* The largest m·10ᵏ (m one of 1, 2, 5) not above `value` > 0. */
static double snap_down(double value)
{
    const double decade = pow(10.0, floor(log10(value) + 1e-9));
    double snapped = decade;
    for (int i = 0; i < 3; i++) {
        if (mantissas[i] * decade <= value * (1.0 + 1e-9))
            snapped = mantissas[i] * decade;
    }
    return snapped;
}

static double snap_up(double value)
{
    const double below = snap_down(value);
    if (below >= value * (1.0 - 1e-9))
        return below;
    const double decade = pow(10.0, floor(log10(below) + 1e-9));
    for (int i = 0; i < 3; i++) {
        if (mantissas[i] * decade >= value)
            return mantissas[i] * decade;
    }
    return 10.0 * decade;
}

struct plot_axis plot_axis_steps(const struct plot_history *history)
{
    const double last = plot_history_last_step(history);
    const double first = history->samples == 0 ? 0.0 : (double)history->first_step - 1.0;
    const double begin = first < 0.2 * last ? 0.0 : first;
    return (struct plot_axis){begin, fmax(last, begin + 10.0), false};
}

struct extent {
    double low, high;
};

static void extent_add(struct extent *extent, double value, bool logarithmic)
{
    if (!isfinite(value) || (logarithmic && value <= 0.0))
        return;
    extent->low = fmin(extent->low, value);
    extent->high = fmax(extent->high, value);
}

/* The share of the smoothed curve that lies at or above `level`. */
static double share_above(const struct plot_history *history, enum plot_series series, double level)
{
    int above = 0;
    for (int row = 0; row < history->count; row++)
        above += (double)plot_history_cell(history, row, series)->smooth >= level;
    return history->count == 0 ? 0.0 : (double)above / history->count;
}

/* The least of what must be seen whatever the rest: where the smoothed curve has come to, the newest
 * evaluation, and all evaluations of the later half of the steps. */
static double least_late(const struct plot_history *history, enum plot_series series)
{
    double least = INFINITY;
    if (history->count > 0)
        least = fmin(least, (double)plot_history_cell(history, history->count - 1, series)->smooth);
    for (int i = 0; i < history->evaluation_count; i++) {
        const struct evaluation_sample *evaluation = &history->evaluations[i];
        if (i + 1 == history->evaluation_count || evaluation->step > plot_history_last_step(history) / 2)
            least = fmin(least, (double)plot_evaluation_value(evaluation, series));
    }
    return least;
}

/* Accuracy and R² end at 1; the foot rises once most of the curve is above, and never above what must be
 * seen. R² has no least value, but what is below −1 says only that the network is not there yet: of such
 * values the newest evaluation alone moves the foot. */
static struct plot_axis accuracy_axis(const struct plot_history *history)
{
    static const double feet[] = {0.9, 0.8, 0.5, 0.0};
    const double least = least_late(history, PLOT_ACCURACY);
    for (int i = 0; i < 4; i++) {
        if (share_above(history, PLOT_ACCURACY, feet[i] + 0.01) > 0.8 && least >= feet[i])
            return (struct plot_axis){feet[i], 1.0, false};
    }
    if (!history->of_targets)
        return (struct plot_axis){0.0, 1.0, false};
    const int count = history->evaluation_count;
    const double newest = count == 0 ? 0.0 : (double)history->evaluations[count - 1].accuracy;
    return (struct plot_axis){isfinite(newest) && newest < -1.0 ? -snap_up(-newest) : -1.0, 1.0, false};
}

struct plot_axis plot_axis_values(const struct plot_history *history, enum plot_series series,
                                  bool logarithmic)
{
    if (series == PLOT_ACCURACY)
        return accuracy_axis(history);
    struct extent extent = {INFINITY, -INFINITY};
    for (int row = 0; row < history->count; row++)
        extent_add(&extent, (double)plot_history_cell(history, row, series)->smooth, logarithmic);
    for (int i = 0; i < history->evaluation_count; i++)
        extent_add(&extent, (double)plot_evaluation_value(&history->evaluations[i], series), logarithmic);
    if (!(extent.low <= extent.high))
        return logarithmic ? (struct plot_axis){0.1, 10.0, true} : (struct plot_axis){0.0, 1.0, false};
    if (logarithmic) {
        /* Room for the raw trace around the smoothed one. */
        struct plot_axis axis = {snap_down(extent.low / 1.25), snap_up(extent.high * 1.25), true};
        if (axis.high < 10.0 * axis.low)
            axis.low = axis.high / 10.0;
        return axis;
    }
    const double low = fmin(0.0, extent.low), high = fmax(0.0, extent.high);
    const double span = high > low ? high - low : 1.0;
    const double step = snap_up(span / 4.0);
    return (struct plot_axis){step * floor(low / step), step * ceil(high * 1.05 / step + 1e-9), false};
}

static int linear_ticks(const struct plot_axis *axis, int capacity, double *ticks)
{
    double step = snap_up((axis->high - axis->low) / capacity);
    int count;
    for (;;) {
        const double first = ceil(axis->low / step - 1e-9);
        count = (int)(floor(axis->high / step + 1e-9) - first) + 1;
        if (count <= capacity) {
            for (int i = 0; i < count; i++)
                ticks[i] = (first + i) * step;
            return count;
        }
        step = snap_up(step * 1.01);
    }
}

/* Every 1-2-5 value if there is room, else powers of ten, else every second, third … of them. */
static int log_ticks(const struct plot_axis *axis, int capacity, double *ticks)
{
    const int first = (int)floor(log10(axis->low) + 1e-9), last = (int)floor(log10(axis->high) + 1e-9);
    int count = 0, total = 0;
    for (int k = first; k <= last; k++) {
        for (int i = 0; i < 3; i++) {
            const double tick = mantissas[i] * pow(10.0, k);
            if (tick < axis->low * (1.0 - 1e-9) || tick > axis->high * (1.0 + 1e-9))
                continue;
            if (total++ < capacity)
                ticks[count++] = tick;
        }
    }
    if (total <= capacity)
        return count;
    for (int stride = 1;; stride++) {
        count = 0;
        total = 0;
        for (int k = first; k <= last; k++) {
            const double tick = pow(10.0, k);
            if (k % stride != 0 || tick < axis->low * (1.0 - 1e-9))
                continue;
            if (total++ < capacity)
                ticks[count++] = tick;
        }
        if (total <= capacity)
            return count;
    }
}

int plot_axis_ticks(const struct plot_axis *axis, int capacity, double ticks[PLOT_MAX_TICKS])
{
    LS_ASSERT(axis->low < axis->high);
    if (capacity < 1)
        return 0;
    if (capacity > PLOT_MAX_TICKS)
        capacity = PLOT_MAX_TICKS;
    return axis->logarithmic ? log_ticks(axis, capacity, ticks) : linear_ticks(axis, capacity, ticks);
}

double plot_axis_position(const struct plot_axis *axis, double value)
{
    if (!axis->logarithmic)
        return (value - axis->low) / (axis->high - axis->low);
    return log10(value / axis->low) / log10(axis->high / axis->low);
}

void plot_axis_format(double tick, bool percent, char text[NUMBER_TEXT_SIZE])
{
    const double value = percent ? 100.0 * tick : tick;
    /* What is left where steps of a tick add up to zero. */
    number_tick(text, fabs(value) < 1e-12 && percent ? 0.0 : value, NUMBER_MINUS);
}
