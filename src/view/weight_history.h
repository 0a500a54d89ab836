/* How the weights of every layer were distributed in the course of a run: histograms of a few steps that
 * stay evenly spread over it, however long it gets. No OpenGL.
 *
 * Counts are kept on a fine ladder of bins from which those of any range ±2^k follow by adding whole bins:
 * |x| below 2^LEAST in 32 equal bins, every octave above in 16. A range may therefore grow at any time and
 * all its rows are still exact. */
#ifndef LS_VIEW_WEIGHT_HISTORY_H
#define LS_VIEW_WEIGHT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WEIGHT_ROWS = 32, /* the last is always the newest */
    WEIGHT_LEAST_RANGE = -8,
    WEIGHT_LARGEST_RANGE = 8, /* exponents of 2 */
    WEIGHT_LINEAR_BINS = 32,
    WEIGHT_OCTAVE_BINS = 16,
    WEIGHT_SIDE_BINS =
        WEIGHT_LINEAR_BINS + (WEIGHT_LARGEST_RANGE - WEIGHT_LEAST_RANGE) * WEIGHT_OCTAVE_BINS + 1,
    WEIGHT_BINS = 2 * WEIGHT_SIDE_BINS + 1, /* x ≥ 0 outward, x < 0 outward, NaN and infinities */
    WEIGHT_UNIFORM_BINS = 64,               /* shown, over ±range */
};

/* One row of one tensor over ±range. */
struct weight_row {
    uint64_t step;
    uint32_t bins[WEIGHT_UNIFORM_BINS]; /* [low, high) for x ≥ 0, mirrored below */
    uint32_t below, above;              /* beyond the range */
    uint32_t not_finite;
    uint32_t total; /* all of the above */
};

struct weight_history {
    int tensors;
    int count;                   /* rows in use */
    uint64_t stride;             /* of every `stride` steps the first that was seen is kept; a power of two */
    uint64_t steps[WEIGHT_ROWS]; /* rising */
    uint32_t *counts;            /* (WEIGHT_ROWS, tensors, WEIGHT_BINS) */
    int *ranges;                 /* (tensors): exponents; they only grow */
    uint64_t version;            /* changes with every row taken */
};

void weight_history_init(struct weight_history *history, int tensors);
void weight_history_deinit(struct weight_history *history);
/* The bin of one value. shaders/weight_histogram.comp does the same. */
int weight_history_bin(float x);
/* Whether a snapshot after `step` steps would be kept. */
bool weight_history_is_due(const struct weight_history *history, uint64_t step);
/* Takes the histograms of a snapshot as the newest row: `counts` is (tensors, WEIGHT_BINS). A step before
 * the last one begins a new run. */
void weight_history_take(struct weight_history *history, uint64_t step, const uint32_t *counts);
/* R, such that all but 1 in 500 weights of every row so far lie within ±R. */
float weight_history_range(const struct weight_history *history, int tensor);
/* Row 0 is the oldest. */
void weight_history_row(const struct weight_history *history, int row, int tensor, struct weight_row *out);

#endif
