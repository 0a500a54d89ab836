/* The one random number generator: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011), counter based, so that any draw can be made alone, in any order, on any
 * device. A draw is named by (seed, purpose, step, index). Shared by C and CUDA. */
#ifndef LS_BASE_RNG_H
#define LS_BASE_RNG_H

#include <stdint.h>

#ifdef __CUDACC__
#define LS_HOST_DEVICE static __host__ __device__ inline
#else
#define LS_HOST_DEVICE static inline
#endif

enum rng_purpose { RNG_INIT = 0, RNG_SHUFFLE = 1, RNG_DROPOUT = 2, RNG_NOISE = 3, RNG_TEST = 4 };

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

#endif
