/* Random draws for tests, from the project's own generator: a seed names the whole sequence. */
#ifndef LS_TESTS_DRAW_H
#define LS_TESTS_DRAW_H

#include "base/rng.h"

struct draw {
    uint64_t seed;
    uint64_t next;
};

/* lo … hi, both included */
static inline int draw_int(struct draw *draw, int lo, int hi)
{
    const uint64_t word = rng_word(draw->seed, RNG_TEST, 0, draw->next++);
    return lo + (int)((word * (uint64_t)(hi - lo + 1)) >> 32);
}

/* [lo, hi) */
static inline float draw_float(struct draw *draw, float lo, float hi)
{
    return lo + (hi - lo) * rng_uniform(draw->seed, RNG_TEST, 0, draw->next++);
}

static inline int draw_one_of(struct draw *draw, const int *values, int count)
{
    return values[draw_int(draw, 0, count - 1)];
}

#endif
