/* What a plot says at one step: the numbers behind the pixels under the cursor. No OpenGL. */
#ifndef LS_VIEW_PLOT_READING_H
#define LS_VIEW_PLOT_READING_H

#include "view/plot_history.h"

struct plot_reading {
    uint32_t first_step, last_step; /* of the cell that was read; its curve point stands at last_step */
    struct plot_cell cell;
    int evaluation; /* the nearest one of a series that is evaluated; −1: none */
    float evaluated;
};

/* The loss or accuracy of an evaluation; NaN for the other series. */
float plot_evaluation_value(const struct evaluation_sample *evaluation, enum plot_series series);
/* Reads the cell whose curve point is nearest to `step`; false when there is none. */
bool plot_reading_at(const struct plot_history *history, enum plot_series series, double step,
                     struct plot_reading *reading);

#endif
