/* The roof: how fast OpenBLAS multiplies matrices on this machine. Loaded at run time, so that nothing
 * but this measurement needs it. */
#ifndef LS_TESTS_BENCH_SGEMM_H
#define LS_TESTS_BENCH_SGEMM_H

#include "base/error.h"

struct sgemm;

struct sgemm *sgemm_create(struct error *err);
void sgemm_destroy(struct sgemm *sgemm);
/* "SkylakeX": the code that OpenBLAS uses. */
const char *sgemm_core_name(const struct sgemm *sgemm);
/* GFLOP/s of single precision 1024³ over about `seconds`, each thread count from 1 to `threads` in turn;
 * the best one's median. */
double sgemm_measure(struct sgemm *sgemm, int threads, double seconds);

#endif
