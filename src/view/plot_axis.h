/* Axes of the plots: ranges that follow the data calmly, and ticks at 1, 2 and 5 times powers of ten. */
#ifndef LS_VIEW_PLOT_AXIS_H
#define LS_VIEW_PLOT_AXIS_H

#include "view/plot_history.h"

#include "base/number_text.h"

struct plot_axis {
    double low, high; /* low < high; of a logarithmic axis both are positive */
    bool logarithmic;
};

enum { PLOT_MAX_TICKS = 16 };

/* Steps, from 0 or the first one to the last. */
struct plot_axis plot_axis_steps(const struct plot_history *history);
/* Holds the smoothed curve and the evaluations; snapped outward, so that it moves seldom. The raw trace
 * may leave it. */
struct plot_axis plot_axis_values(const struct plot_history *history, enum plot_series series,
                                  bool logarithmic);

/* At most `capacity` ticks within the axis, rising; returns how many. */
int plot_axis_ticks(const struct plot_axis *axis, int capacity, double ticks[PLOT_MAX_TICKS]);
/* 0 at the low end, 1 at the high end. */
double plot_axis_position(const struct plot_axis *axis, double value);
/* number_tick; `percent` shows 0.95 as "95". */
void plot_axis_format(double tick, bool percent, char text[NUMBER_TEXT_SIZE]);

#endif
