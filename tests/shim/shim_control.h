/* How the shim runs kernels; for tests. */
#ifndef LS_TESTS_SHIM_CONTROL_H
#define LS_TESTS_SHIM_CONTROL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shim_order { SHIM_FORWARD, SHIM_REVERSE, SHIM_SHUFFLED, SHIM_ORDERS };

/* The order of blocks and of threads, for kernels that run from now on; the seed is that of the shuffle. */
void shim_set_order(enum shim_order order, uint64_t seed);

/* Kernels run and barriers passed by whole blocks since the program began. */
uint64_t shim_launches(void);
uint64_t shim_barriers(void);

#ifdef __cplusplus
}
#endif

#endif
