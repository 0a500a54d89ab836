/* Which rows stay, and the uniform bins of a range from the ladder's. */
#include "view/weight_history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static const uint32_t ONE_IN = 500; /* weights that a range may leave out */

void weight_history_init(struct weight_history *history, int tensors)
{
    memset(history, 0, sizeof *history);
    history->tensors = tensors;
    history->stride = 1;
    history->counts = ls_calloc((size_t)WEIGHT_ROWS * (size_t)tensors * WEIGHT_BINS, sizeof *history->counts);
    history->ranges = ls_calloc((size_t)tensors, sizeof *history->ranges);
    for (int i = 0; i < tensors; i++)
        history->ranges[i] = WEIGHT_LEAST_RANGE;
}

void weight_history_deinit(struct weight_history *history)
{
    free(history->counts);
    free(history->ranges);
    memset(history, 0, sizeof *history);
}

int weight_history_bin(float x)
{
    if (!isfinite(x))
        return 2 * WEIGHT_SIDE_BINS;
    int bin;
    const float magnitude = fabsf(x);
    if (magnitude < ldexpf(1.0f, WEIGHT_LEAST_RANGE)) {
        bin = (int)ldexpf(magnitude, 5 - WEIGHT_LEAST_RANGE);
    } else {
        int exponent;
        const float fraction = frexpf(magnitude, &exponent); /* ½ … 1 */
        const int within = (int)((fraction - 0.5f) * (float)(2 * WEIGHT_OCTAVE_BINS));
        bin = WEIGHT_LINEAR_BINS + (exponent - 1 - WEIGHT_LEAST_RANGE) * WEIGHT_OCTAVE_BINS + within;
        if (bin > WEIGHT_SIDE_BINS - 1)
            bin = WEIGHT_SIDE_BINS - 1;
    }
    return x < 0.0f ? WEIGHT_SIDE_BINS + bin : bin;
}

static uint64_t span_of(const struct weight_history *history, int row)
{
    return history->steps[row] / history->stride;
}

/* The newest row is kept only when it is the first of its span. */
static bool is_last_kept(const struct weight_history *history)
{
    const int last = history->count - 1;
    return last < 1 || span_of(history, last) != span_of(history, last - 1);
}

bool weight_history_is_due(const struct weight_history *history, uint64_t step)
{
    if (history->count == 0 || step < history->steps[history->count - 1])
        return true;
    return step / history->stride > span_of(history, history->count - 1);
}

static uint32_t *counts_of(const struct weight_history *history, int row, int tensor)
{
    return history->counts + ((size_t)row * (size_t)history->tensors + (size_t)tensor) * WEIGHT_BINS;
}

static size_t row_size(const struct weight_history *history)
{
    return (size_t)history->tensors * WEIGHT_BINS * sizeof *history->counts;
}

/* Doubles the stride: of two neighbouring spans the first row stays. */
static void thin(struct weight_history *history)
{
    history->stride *= 2;
    int kept = 1;
    for (int row = 1; row < history->count; row++) {
        if (span_of(history, row) == span_of(history, kept - 1))
            continue;
        history->steps[kept] = history->steps[row];
        if (kept != row)
            memcpy(counts_of(history, kept, 0), counts_of(history, row, 0), row_size(history));
        kept++;
    }
    history->count = kept;
}

/* The number of ladder bins a side below 2^range. */
static int bins_within(int range)
{
    return WEIGHT_LINEAR_BINS + (range - WEIGHT_LEAST_RANGE) * WEIGHT_OCTAVE_BINS;
}

static uint32_t sum(const uint32_t *bins, int begin, int end)
{
    uint32_t total = 0;
    for (int i = begin; i < end; i++)
        total += bins[i];
    return total;
}

static void widen_range(struct weight_history *history, int tensor, const uint32_t *counts)
{
    const uint32_t total = sum(counts, 0, 2 * WEIGHT_SIDE_BINS);
    int *range = &history->ranges[tensor];
    while (*range < WEIGHT_LARGEST_RANGE) {
        const int within = bins_within(*range);
        const uint32_t beyond =
            sum(counts, within, WEIGHT_SIDE_BINS) + sum(counts + WEIGHT_SIDE_BINS, within, WEIGHT_SIDE_BINS);
        if ((uint64_t)beyond * ONE_IN <= total)
            break;
        ++*range;
    }
}

void weight_history_take(struct weight_history *history, uint64_t step, const uint32_t *counts)
{
    if (history->count > 0 && step < history->steps[history->count - 1]) {
        history->count = 0;
        history->stride = 1;
    }
    if (history->count > 0 && (step == history->steps[history->count - 1] || !is_last_kept(history)))
        history->count--;
    while (history->count == WEIGHT_ROWS)
        thin(history);
    history->steps[history->count] = step;
    memcpy(counts_of(history, history->count, 0), counts, row_size(history));
    history->count++;
    history->version++;
    for (int tensor = 0; tensor < history->tensors; tensor++)
        widen_range(history, tensor, counts + (size_t)tensor * WEIGHT_BINS);
}

float weight_history_range(const struct weight_history *history, int tensor)
{
    LS_ASSERT(tensor >= 0 && tensor < history->tensors);
    return ldexpf(1.0f, history->ranges[tensor]);
}

/* The 32 equal bins of one side, from the centre outward, and what lies beyond them. */
static uint32_t side_bins(const uint32_t *side, int range, uint32_t out[WEIGHT_UNIFORM_BINS / 2])
{
    const int half = WEIGHT_UNIFORM_BINS / 2;
    memset(out, 0, (size_t)half * sizeof *out);
    int merged = 1 << (range - WEIGHT_LEAST_RANGE); /* ladder bins in a uniform one */
    int begin = 0;
    for (int bin = 0; bin < WEIGHT_LINEAR_BINS; bin++)
        out[bin / merged] += side[bin];
    begin = WEIGHT_LINEAR_BINS;
    for (int octave = WEIGHT_LEAST_RANGE; octave < range; octave++) {
        /* The ladder's bins double in width with every octave. */
        merged = 1 << (range - octave - 1);
        for (int bin = 0; bin < WEIGHT_OCTAVE_BINS; bin++)
            out[(WEIGHT_OCTAVE_BINS + bin) / merged] += side[begin + bin];
        begin += WEIGHT_OCTAVE_BINS;
    }
    return sum(side, begin, WEIGHT_SIDE_BINS);
}

void weight_history_row(const struct weight_history *history, int row, int tensor, struct weight_row *out)
{
    LS_ASSERT(row >= 0 && row < history->count && tensor >= 0 && tensor < history->tensors);
    const uint32_t *counts = counts_of(history, row, tensor);
    const int half = WEIGHT_UNIFORM_BINS / 2, range = history->ranges[tensor];
    uint32_t positive[WEIGHT_UNIFORM_BINS / 2], negative[WEIGHT_UNIFORM_BINS / 2];
    out->step = history->steps[row];
    out->above = side_bins(counts, range, positive);
    out->below = side_bins(counts + WEIGHT_SIDE_BINS, range, negative);
    out->not_finite = counts[2 * WEIGHT_SIDE_BINS];
    out->total = sum(counts, 0, WEIGHT_BINS);
    for (int bin = 0; bin < half; bin++) {
        out->bins[half + bin] = positive[bin];
        out->bins[half - 1 - bin] = negative[bin];
    }
}
