/* The curves of the plots, drawn by shaders from the history in texture buffers: the raw trace, the
 * smoothed one, and the evaluations as a dashed line with dots. Frames, ticks and text are the HUD's. */
#ifndef LS_VIEW_PLOT_H
#define LS_VIEW_PLOT_H

#include "base/error.h"
#include "view/layout.h"
#include "view/plot_axis.h"
#include "view/plot_history.h"
#include "view/theme.h"

struct plot;

/* Of a series' colour, in the trace of single steps: what happened must be seen beside its mean. */
#define PLOT_RAW_INK 0.4f

struct plot *plot_create(struct error *err);
void plot_destroy(struct plot *plot);
/* Reads what is new in `metrics` and sends only that to the GPU; true when anything was. Another smoothing
 * than before reads everything again. */
bool plot_update(struct plot *plot, const struct metrics *metrics, const struct plot_smoothing *smoothing);
const struct plot_history *plot_history(const struct plot *plot);

/* Where and how to draw one series. */
struct plot_frame {
    int width, height; /* the framebuffer, pixels */
    float scale;       /* of line widths */
    struct rect area;  /* between the axes, pixels */
    enum plot_series series;
    struct plot_axis steps, values;
    struct color train, test, panel; /* panel: the opaque colour behind */
};

/* Into the bound framebuffer, clipped to the area. Evaluations are drawn for loss and accuracy. Leaves
 * depth test, scissor test and blending disabled and nothing bound. */
void plot_draw(struct plot *plot, const struct plot_frame *frame);

#endif
