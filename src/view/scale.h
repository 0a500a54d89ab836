/* The value S at which a colour map ends: the 99.5th percentile of |x| over what a plate shows, rounded up
 * to a rung of a fixed ladder, {1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8} × 10^k. It changes only when the
 * percentile leaves [0.6 S, S], so that colours do not flicker. Pure arithmetic on histograms whose bins are
 * the ladder's steps. */
#ifndef LS_VIEW_SCALE_H
#define LS_VIEW_SCALE_H

#include <stdint.h>

enum {
    SCALE_RUNGS = 250, /* 10^-12 … 8·10^12 */
    /* Bin i < SCALE_RUNGS counts values with rung(i−1) < |x| ≤ rung(i); then those beyond the ladder, then
     * NaN and infinities. Zeros are counted nowhere. */
    SCALE_BIN_BEYOND = SCALE_RUNGS,
    SCALE_BIN_NOT_FINITE,
    SCALE_BINS
};

float scale_rung(int index);
/* The first rung that is not below `x`; SCALE_RUNGS when all are. */
int scale_find_rung(float x);

struct scale {
    int rung;           /* −1: nothing but zeros so far */
    float clip_percent; /* of all values, those with |x| > S */
    uint32_t not_finite;
};

void scale_init(struct scale *scale);
/* `bins` (SCALE_BINS) of `count` values. */
void scale_update(struct scale *scale, const uint32_t *bins, uint32_t count);
/* Of `count` values, the share beyond ±S, in percent. */
float scale_clip_percent(const struct scale *scale, const uint32_t *bins, uint32_t count);
/* S; 1 before anything but zeros was seen. */
float scale_value(const struct scale *scale);

#endif
