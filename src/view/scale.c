/* Because the bins end at the rungs, both the rounded percentile and the clipped share are exact. */
#include "view/scale.h"

#include <math.h>

#include "base/error.h"

static const double mantissas[] = {1.0, 1.2, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0};

enum { PER_DECADE = sizeof mantissas / sizeof mantissas[0] };

static const int FIRST_EXPONENT = -12;
static const double TAIL = 0.005;
static const float KEEP_ABOVE = 0.6f;

float scale_rung(int index)
{
    LS_ASSERT(index >= 0 && index < SCALE_RUNGS);
    return (float)(mantissas[index % PER_DECADE] * pow(10.0, FIRST_EXPONENT + index / PER_DECADE));
}

int scale_find_rung(float x)
{
    int low = 0, high = SCALE_RUNGS;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (scale_rung(middle) >= x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void scale_init(struct scale *scale) { *scale = (struct scale){.rung = -1}; }

/* The lowest rung that at most TAIL of the finite values exceed; −1 when all of them are 0. */
static int find_percentile(const uint32_t *bins, uint32_t finite)
{
    uint32_t above = bins[SCALE_BIN_BEYOND];
    for (int i = SCALE_RUNGS - 1; i >= 0; i--) {
        if ((double)above + (double)bins[i] > TAIL * (double)finite)
            return i;
        above += bins[i];
    }
    /* Fewer than TAIL differ from 0: the largest of them sets the scale. */
    for (int i = SCALE_RUNGS - 1; i >= 0; i--)
        if (bins[i] > 0)
            return i;
    return -1;
}

void scale_update(struct scale *scale, const uint32_t *bins, uint32_t count)
{
    scale->not_finite = bins[SCALE_BIN_NOT_FINITE];
    const int rung = find_percentile(bins, count - scale->not_finite);
    const float now = scale_value(scale);
    if (rung >= 0 && (scale->rung < 0 || rung > scale->rung || scale_rung(rung) < KEEP_ABOVE * now))
        scale->rung = rung;
    scale->clip_percent = scale_clip_percent(scale, bins, count);
}

float scale_clip_percent(const struct scale *scale, const uint32_t *bins, uint32_t count)
{
    uint32_t clipped = bins[SCALE_BIN_BEYOND];
    for (int i = scale->rung + 1; scale->rung >= 0 && i < SCALE_RUNGS; i++)
        clipped += bins[i];
    return count > 0 ? 100.0f * (float)clipped / (float)count : 0.0f;
}

float scale_value(const struct scale *scale) { return scale->rung < 0 ? 1.0f : scale_rung(scale->rung); }
