/* Finds the cell and the evaluation next to a step. */
#include "view/plot_reading.h"

#include <math.h>

float plot_evaluation_value(const struct evaluation_sample *evaluation, enum plot_series series)
{
    return series == PLOT_LOSS ? evaluation->loss : series == PLOT_ACCURACY ? evaluation->accuracy : NAN;
}

static uint32_t last_step_of(const struct plot_history *history, int row)
{
    const uint32_t end = history->first_step + (uint32_t)(row + 1) * history->stride - 1;
    const uint32_t last = plot_history_last_step(history);
    return end < last ? end : last;
}

static int nearest_row(const struct plot_history *history, double step)
{
    const double row = floor((step - (double)history->first_step) / (double)history->stride);
    int near = (int)fmin(fmax(row, 0.0), history->count - 1);
    if (near > 0 && fabs(step - last_step_of(history, near - 1)) < fabs(step - last_step_of(history, near)))
        near--;
    return near;
}

bool plot_reading_at(const struct plot_history *history, enum plot_series series, double step,
                     struct plot_reading *reading)
{
    if (history->count == 0)
        return false;
    const int row = nearest_row(history, step);
    *reading = (struct plot_reading){
        .first_step = history->first_step + (uint32_t)row * history->stride,
        .last_step = last_step_of(history, row),
        .cell = *plot_history_cell(history, row, series),
        .evaluation = -1,
        .evaluated = NAN,
    };
    double nearest = INFINITY;
    for (int i = 0; i < history->evaluation_count; i++) {
        const double away = fabs((double)history->evaluations[i].step - reading->last_step);
        const float value = plot_evaluation_value(&history->evaluations[i], series);
        if (away < nearest && isfinite(value)) {
            nearest = away;
            reading->evaluation = i;
            reading->evaluated = value;
        }
    }
    return true;
}
