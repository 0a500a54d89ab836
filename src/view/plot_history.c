/* Appending to the history of the plots. When all cells are in use, neighbours merge and each cell
 * covers twice as many steps from then on. */
#include "view/plot_history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

const char *plot_series_name(enum plot_series series)
{
    static const char *const names[PLOT_SERIES_COUNT] = {"loss", "accuracy", "learning_rate",
                                                         "gradient_norm"};
    return names[series];
}

void plot_history_init(struct plot_history *history)
{
    memset(history, 0, sizeof *history);
    history->cells = ls_calloc((size_t)PLOT_CELLS * PLOT_SERIES_COUNT, sizeof *history->cells);
    history->stride = 1;
    history->evaluation_stride = 1;
    history->smoothing.beta = PLOT_BETA;
}

static void forget_steps(struct plot_history *history)
{
    history->count = history->dirty = 0;
    history->samples = 0;
    history->stride = 1;
    memset(history->smooth, 0, sizeof history->smooth);
    memset(history->weight, 0, sizeof history->weight);
}

void plot_history_set_smoothing(struct plot_history *history, const struct plot_smoothing *smoothing)
{
    LS_ASSERT(smoothing->beta >= 0.0f && smoothing->beta < 1.0f);
    bool same = smoothing->beta == history->smoothing.beta;
    for (int i = 0; i < PLOT_SERIES_COUNT; i++)
        same = same && smoothing->logarithmic[i] == history->smoothing.logarithmic[i];
    if (same)
        return;
    history->smoothing = *smoothing;
    forget_steps(history);
}

static void begin_run(struct plot_history *history, uint64_t run)
{
    forget_steps(history);
    history->run = run;
    history->evaluation_count = 0;
    history->evaluation_stride = 1;
    history->evaluations_read = 0;
}

void plot_history_deinit(struct plot_history *history)
{
    free(history->cells);
    history->cells = NULL;
}

static struct plot_cell *row_of(struct plot_history *history, int row)
{
    return history->cells + (size_t)row * PLOT_SERIES_COUNT;
}

/* fminf and fmaxf prefer the number to the NaN. */
static struct plot_cell merge(struct plot_cell a, struct plot_cell b)
{
    return (struct plot_cell){fminf(a.low, b.low), fmaxf(a.high, b.high), b.smooth, b.last};
}

static void merge_neighbours(struct plot_history *history)
{
    for (int row = 0; row < PLOT_CELLS / 2; row++) {
        for (int s = 0; s < PLOT_SERIES_COUNT; s++)
            row_of(history, row)[s] = merge(row_of(history, 2 * row)[s], row_of(history, 2 * row + 1)[s]);
    }
    history->count = PLOT_CELLS / 2;
    history->stride *= 2;
    history->dirty = 0;
}

static struct plot_cell smoothed_cell(struct plot_history *history, enum plot_series series, float value)
{
    if (!isfinite(value))
        return (struct plot_cell){NAN, NAN, NAN, NAN};
    const bool logarithmic = history->smoothing.logarithmic[series];
    if (logarithmic && value <= 0.0f)
        return (struct plot_cell){value, value, NAN, value};
    double *smooth = &history->smooth[series], *weight = &history->weight[series];
    const double beta = (double)history->smoothing.beta;
    const double x = logarithmic ? log((double)value) : (double)value;
    *smooth = beta * *smooth + (1.0 - beta) * x;
    *weight = beta * *weight + (1.0 - beta);
    const double mean = *smooth / *weight;
    return (struct plot_cell){value, value, (float)(logarithmic ? exp(mean) : mean), value};
}

void plot_history_append(struct plot_history *history, const struct step_sample *sample)
{
    const bool of_targets = isnan(sample->accuracy);
    const float values[PLOT_SERIES_COUNT] = {sample->loss, of_targets ? sample->r2 : sample->accuracy,
                                             sample->learning_rate, sample->gradient_norm};
    history->of_targets = of_targets;
    if (history->samples == 0)
        history->first_step = sample->step;
    const bool new_row = history->samples % history->stride == 0;
    if (new_row && history->count == PLOT_CELLS)
        merge_neighbours(history);
    /* A merge doubles the stride, and the number of samples is then a multiple of it too. */
    const int row = new_row ? history->count++ : history->count - 1;
    for (int s = 0; s < PLOT_SERIES_COUNT; s++) {
        const struct plot_cell cell = smoothed_cell(history, (enum plot_series)s, values[s]);
        struct plot_cell *to = &row_of(history, row)[s];
        *to = new_row ? cell : merge(*to, cell);
    }
    history->samples++;
    if (row < history->dirty)
        history->dirty = row;
}

void plot_history_append_evaluation(struct plot_history *history, const struct evaluation_sample *sample)
{
    /* The newest one stands behind the kept ones; it stays only when its turn is due. */
    const size_t previous = history->evaluations_read - 1;
    if (history->evaluation_count > 0 && previous % history->evaluation_stride != 0)
        history->evaluation_count--;
    if (history->evaluation_count == PLOT_EVALUATIONS) {
        for (int i = 0; i < PLOT_EVALUATIONS / 2; i++)
            history->evaluations[i] = history->evaluations[2 * i];
        history->evaluation_count = PLOT_EVALUATIONS / 2;
        history->evaluation_stride *= 2;
    }
    struct evaluation_sample *kept = &history->evaluations[history->evaluation_count++];
    *kept = *sample;
    history->of_targets = isnan(sample->accuracy);
    if (history->of_targets)
        kept->accuracy = sample->r2;
    history->evaluations_read++;
}

static bool read_new(struct plot_history *history, const struct metrics *metrics)
{
    struct step_sample steps[256];
    struct evaluation_sample evaluations[16];
    bool changed = false;
    size_t count;
    while ((count = metrics_read_steps(metrics, history->samples, steps, 256)) > 0) {
        for (size_t i = 0; i < count; i++)
            plot_history_append(history, &steps[i]);
        changed = true;
    }
    while ((count = metrics_read_evaluations(metrics, history->evaluations_read, evaluations, 16)) > 0) {
        for (size_t i = 0; i < count; i++)
            plot_history_append_evaluation(history, &evaluations[i]);
        changed = true;
    }
    return changed;
}

/* A run may end while it is read. */
bool plot_history_update(struct plot_history *history, const struct metrics *metrics)
{
    bool changed = false;
    uint64_t run;
    do {
        run = metrics_run(metrics);
        if (run != history->run) {
            begin_run(history, run);
            changed = true;
        }
        changed = read_new(history, metrics) || changed;
    } while (metrics_run(metrics) != run);
    return changed;
}

void plot_history_clean(struct plot_history *history) { history->dirty = history->count; }

uint32_t plot_history_last_step(const struct plot_history *history)
{
    return history->samples == 0 ? 0 : history->first_step + (uint32_t)(history->samples - 1);
}

const struct plot_cell *plot_history_cell(const struct plot_history *history, int row,
                                          enum plot_series series)
{
    LS_ASSERT(row >= 0 && row < history->count);
    return &history->cells[(size_t)row * PLOT_SERIES_COUNT + (size_t)series];
}
