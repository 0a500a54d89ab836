/* A plot's panel as it was painted, for what is laid over it. Private to hud*.c. */
#ifndef LS_VIEW_HUD_PLOTS_H
#define LS_VIEW_HUD_PLOTS_H

#include "view/hud_paint.h"

#include "base/number_text.h"

struct hud_plot {
    struct plot_frame frame;
    struct rect panel;
    struct rect key; /* what the lines are, in words; no width: none */
    struct rect log; /* what changes the axis; no width: nothing does */
};

/* The panel around a plot: title, figures, grid, ticks. Fills `plot`, whose frame is for plot_draw. */
void hud_paint_plot(const struct paint *paint, struct rect rect, const struct plot_history *history,
                    enum plot_series series, struct hud_plot *plot);
/* β and axes as the user has chosen them. */
struct plot_smoothing hud_plot_smoothing(const struct display *display);
/* The panel of a series. */
enum panel hud_plot_panel(enum plot_series series);
/* A line at the step under the cursor and the values there, when the cursor is over the plot. */
void hud_paint_plot_hover(const struct paint *paint, const struct hud_plot *plot,
                          const struct plot_history *history);
/* A value as the panels print it: four digits after the point below 1, "98.3 %". */
void hud_format_figure(char text[NUMBER_TEXT_SIZE], float value, bool percent);

#endif
