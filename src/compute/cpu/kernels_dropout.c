/* Dropout's draws, one vector of counters at a time: the same numbers as op_dropout_keeps. */
#include <string.h>

#include "compute/cpu/kernels_private.h"

/* rng_philox of LANES counters: word w of lane n's block goes to words[w][n]. */
static void philox(uint64_t seed, uint32_t step, const uint64_t block[LANES], uint32_t words[4][LANES])
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    for (int n = 0; n < LANES; n++) {
        c0[n] = (uint32_t)block[n];
        c1[n] = (uint32_t)(block[n] >> 32);
        c2[n] = step;
        c3[n] = RNG_DROPOUT;
    }
    for (int round = 0; round < 10; round++) {
        for (int n = 0; n < LANES; n++) {
            const uint64_t product0 = (uint64_t)0xD2511F53u * c0[n];
            const uint64_t product1 = (uint64_t)0xCD9E8D57u * c2[n];
            c0[n] = (uint32_t)(product1 >> 32) ^ c1[n] ^ key0;
            c1[n] = (uint32_t)product1;
            c2[n] = (uint32_t)(product0 >> 32) ^ c3[n] ^ key1;
            c3[n] = (uint32_t)product0;
        }
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    memcpy(words[0], c0, sizeof c0);
    memcpy(words[1], c1, sizeof c1);
    memcpy(words[2], c2, sizeof c2);
    memcpy(words[3], c3, sizeof c3);
}

/* What a value is multiplied by, from its word; the comparison is that of op_dropout_keeps. */
static float factor_of(uint32_t word, float rate, float scale)
{
    return (float)(int32_t)(word >> 8) * (1.0f / 16777216.0f) >= rate ? scale : 0.0f;
}

void LS_KERNEL(dropout_factors)(float *factors, size_t count, float rate, uint64_t seed, uint32_t step,
                                uint64_t first)
{
    const float scale = 1.0f / (1.0f - rate);
    /* Of values that are a multiple of 4, one block serves four neighbours in every lane. */
    const bool aligned = count % 4 == 0 && first % 4 == 0;
    uint64_t block[LANES];
    uint32_t words[4][LANES];
    for (size_t i = 0; i < count; i += aligned ? 4 : 1) {
        for (size_t n = 0; n < LANES; n++)
            block[n] = (first + n * count + i) >> 2;
        philox(seed, step, block, words);
        for (int w = 0; aligned && w < 4; w++, factors += LANES)
            for (int n = 0; n < LANES; n++)
                factors[n] = factor_of(words[w][n], rate, scale);
        if (aligned)
            continue;
        for (size_t n = 0; n < LANES; n++)
            factors[n] = factor_of(words[(first + n * count + i) & 3][n], rate, scale);
        factors += LANES;
    }
}

/* A factor of 0 gives 0, of infinite values too. */
void LS_KERNEL(multiply)(const float *x, const float *factors, float *y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = factors[i] > 0.0f ? x[i] * factors[i] : 0.0f;
}
