/* The metric history as plots need it: every step kept while there is room, then ever wider cells of
 * steps with their minimum and maximum, so that a run of any length costs the same to draw. No OpenGL. */
#ifndef LS_VIEW_PLOT_HISTORY_H
#define LS_VIEW_PLOT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/metrics.h"

/* Of samples with targets the accuracy is R². */
enum plot_series { PLOT_LOSS, PLOT_ACCURACY, PLOT_LEARNING_RATE, PLOT_GRADIENT_NORM, PLOT_SERIES_COUNT };

enum {
    PLOT_CELLS = 8192,      /* even; several per pixel column of any plot */
    PLOT_EVALUATIONS = 128, /* when full, every second one is dropped */
};

/* The smoothing of the thick curves by default: m = β·m + (1 − β)·x, divided by 1 − βⁿ (Kingma & Ba
 * 2015). */
#define PLOT_BETA 0.95f

/* How the running means are taken: in the scale of the axis that they stand on. On a logarithmic one x is the
 * logarithm of a value, and the mean is exp(m): one value a million times too large would otherwise lie above
 * all that follow for hundreds of steps, and its fading would look like learning. */
struct plot_smoothing {
    float beta; /* 0 ≤ β < 1 */
    bool logarithmic[PLOT_SERIES_COUNT];
};

/* One series over the steps of a cell; also one RGBA32F texel. NaN: no finite value. */
struct plot_cell {
    float low, high;
    float smooth; /* the smoothed value after the cell's last step; NaN too where that has no logarithm */
    float last;
};

struct plot_history {
    struct plot_cell *cells; /* (PLOT_CELLS, PLOT_SERIES_COUNT); the first `count` rows are set */
    int count;
    uint32_t stride;     /* steps per cell, a power of two; the last cell may hold fewer */
    uint32_t first_step; /* the step of the first sample; steps follow one another */
    bool of_targets;     /* the samples have R² in place of an accuracy */
    uint64_t run;        /* metrics_run of all this */
    size_t samples;      /* steps read so far: the cursor into the metrics */
    int dirty;           /* rows from here on changed since plot_history_clean */
    struct plot_smoothing smoothing;
    /* Sums over the steps so far, and what their weights add up to. */
    double smooth[PLOT_SERIES_COUNT], weight[PLOT_SERIES_COUNT];

    /* Their accuracy is R² where the samples have targets. */
    struct evaluation_sample evaluations[PLOT_EVALUATIONS]; /* the last is always the newest */
    int evaluation_count;
    uint32_t evaluation_stride; /* every such evaluation is kept */
    size_t evaluations_read;
};

/* "loss", "accuracy", "learning_rate", "gradient_norm": the columns of a log. */
const char *plot_series_name(enum plot_series series);

void plot_history_init(struct plot_history *history);
void plot_history_deinit(struct plot_history *history);
/* By default β is PLOT_BETA and no axis logarithmic. Another smoothing forgets the steps: the next update
 * reads them all again, so that the new mean is that of the whole run. */
void plot_history_set_smoothing(struct plot_history *history, const struct plot_smoothing *smoothing);
/* Reads what is new, all of a new run; true when anything was. */
bool plot_history_update(struct plot_history *history, const struct metrics *metrics);
void plot_history_append(struct plot_history *history, const struct step_sample *sample);
void plot_history_append_evaluation(struct plot_history *history, const struct evaluation_sample *sample);
/* The caller has taken over the rows from `dirty` on. */
void plot_history_clean(struct plot_history *history);
/* The last step, 0 before the first. */
uint32_t plot_history_last_step(const struct plot_history *history);
const struct plot_cell *plot_history_cell(const struct plot_history *history, int row,
                                          enum plot_series series);

#endif
