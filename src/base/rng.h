/* The one random number generator: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011), counter based, so that any draw can be made alone, in any order, on any
 * device. A draw is named by (seed, purpose, step, index). Shared by C and CUDA. */
#ifndef LS_BASE_RNG_H
#define LS_BASE_RNG_H

#include <stdint.h>

#include "base/host_device.h"

enum rng_purpose { RNG_INIT = 0, RNG_SHUFFLE = 1, RNG_DROPOUT = 2, RNG_NOISE = 3, RNG_TEST = 4, RNG_DATA = 5 };

struct rng_block {
    uint32_t v[4];
};

/* Four independent 32-bit words for one counter value. */
LS_HOST_DEVICE struct rng_block rng_philox(uint64_t seed, uint32_t purpose, uint32_t step, uint64_t index)
{
    uint32_t key0 = (uint32_t)seed;
    uint32_t key1 = (uint32_t)(seed >> 32);
    struct rng_block c;
    c.v[0] = (uint32_t)index;
    c.v[1] = (uint32_t)(index >> 32);
    c.v[2] = step;
    c.v[3] = purpose;
    for (int round = 0; round < 10; round++) {
        const uint64_t product0 = (uint64_t)0xD2511F53u * c.v[0];
        const uint64_t product1 = (uint64_t)0xCD9E8D57u * c.v[2];
        struct rng_block n;
        n.v[0] = (uint32_t)(product1 >> 32) ^ c.v[1] ^ key0;
        n.v[1] = (uint32_t)product1;
        n.v[2] = (uint32_t)(product0 >> 32) ^ c.v[3] ^ key1;
        n.v[3] = (uint32_t)product0;
        c = n;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

/* One 32-bit word: word index & 3 of block index >> 2. */
LS_HOST_DEVICE uint32_t rng_word(uint64_t seed, uint32_t purpose, uint32_t step, uint64_t index)
{
    const struct rng_block block = rng_philox(seed, purpose, step, index >> 2);
    return block.v[index & 3u];
}

/* Uniform in [0, 1), 24 bits. */
LS_HOST_DEVICE float rng_uniform(uint64_t seed, uint32_t purpose, uint32_t step, uint64_t index)
{
    return (float)(rng_word(seed, purpose, step, index) >> 8) * (1.0f / 16777216.0f);
}

/* ---- shuffles ----
 * The order of 0 … count−1 as a keyed bijection, so that any place of it can be had alone, on any device: a
 * Feistel network over the smallest power of two that holds `count` (Luby and Rackoff 1988; halves of
 * unequal width as in Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002), walked again
 * from where it lands until that is below `count`. */

enum { RNG_SHUFFLE_ROUNDS = 8 };

struct rng_shuffle {
    uint32_t count;
    uint32_t low_bits, low_mask, high_mask;
    uint32_t keys[RNG_SHUFFLE_ROUNDS];
};

/* The shuffle of `count` ≥ 1 things that (seed, step) names; a trainer's step is the epoch. */
LS_HOST_DEVICE struct rng_shuffle rng_shuffle_init(uint64_t seed, uint32_t step, uint32_t count)
{
    struct rng_shuffle s;
    uint32_t bits = 0;
    while (bits < 32 && (count - 1) >> bits)
        bits++;
    s.count = count;
    s.low_bits = bits / 2;
    s.low_mask = (1u << s.low_bits) - 1u;
    s.high_mask = (1u << (bits - s.low_bits)) - 1u;
    for (uint32_t i = 0; i < RNG_SHUFFLE_ROUNDS; i += 4) {
        const struct rng_block block = rng_philox(seed, RNG_SHUFFLE, step, i >> 2);
        for (uint32_t j = 0; j < 4; j++)
            s.keys[i + j] = block.v[j];
    }
    return s;
}

/* Every bit of x and key changes every bit with a chance near one half (C. Wellons, "Prospecting for hash
 * functions", 2018: lowbias32). */
LS_HOST_DEVICE uint32_t rng_mix(uint32_t x, uint32_t key)
{
    x += key;
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

/* Which of 0 … count−1 stands at `place`, itself below `count`. */
LS_HOST_DEVICE uint32_t rng_permute(const struct rng_shuffle *s, uint32_t place)
{
    uint32_t x = place;
    do {
        uint32_t low = x & s->low_mask, high = x >> s->low_bits;
        for (int i = 0; i < RNG_SHUFFLE_ROUNDS; i += 2) {
            high ^= rng_mix(low, s->keys[i]) & s->high_mask;
            low ^= rng_mix(high, s->keys[i + 1]) & s->low_mask;
        }
        x = (high << s->low_bits) | low;
    } while (x >= s->count);
    return x;
}

#endif
