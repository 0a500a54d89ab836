/* Permutations from the counter-based generator. */
#include "base/rng_host.h"

void rng_permutation(uint64_t seed, uint32_t step, uint32_t *order, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        /* Multiply-shift: the bias is below count / 2^32. */
        const uint32_t j = (uint32_t)(((uint64_t)rng_word(seed, RNG_SHUFFLE, step, i) * i) >> 32);
        const uint32_t t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
}
