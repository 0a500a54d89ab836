/* Device memory as kernels on the CPU see it, for tests: what was never written is NaN, and around every
 * array lie guards whose reading gives NaN (under AddressSanitizer: ends the test) and whose writing is
 * noticed. */
#ifndef LS_TESTS_KERNELS_MEMORY_H
#define LS_TESTS_KERNELS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"

kernel_stream memory_stream(void);

/* All bits one: NaN, −1. Freed by memory_free_all. */
void *memory_bytes(size_t bytes);
float *memory_floats(size_t count);
float *memory_zeros(size_t count);
/* `count` of them drawn from [lo, hi), up to `room` NaN. */
float *memory_draw(uint64_t seed, size_t count, size_t room, float lo, float hi);
struct kernel_step *memory_step(uint32_t count);

/* Fails the test if something was written around an array. */
void memory_check_guards(void);
void memory_free_all(void);

/* ---- runs ---- */

enum { RUN_MOST_OUTPUTS = 4 };

/* What a run writes to: `outputs[i]` has sizes[i] floats. */
typedef void run_function(const void *context, float *const *outputs);
/* Runs it forward, in reverse, and shuffled; fails the test unless the results are the same bits. Returns in
 * `results` those of the first run. */
void run_in_every_order(run_function *function, const void *context, const size_t *sizes, int count,
                        float **results);

/* Outputs of a run that it did not write. */
bool memory_is_untouched(const float *outputs, size_t count);

/* The largest difference is at most 1e-5 of the largest expected magnitude, or of `least` if that is more. */
void check_close(const char *what, const float *got, const double *expected, size_t count, double least);

#endif
