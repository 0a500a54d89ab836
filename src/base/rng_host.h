/* Draws that only the host needs. */
#ifndef LS_BASE_RNG_HOST_H
#define LS_BASE_RNG_HOST_H

#include "base/rng.h"

/* Fills `order` with a uniform random permutation of 0 … count-1 (Fisher–Yates), named by (seed, step). */
void rng_permutation(uint64_t seed, uint32_t step, uint32_t *order, uint32_t count);

#endif
