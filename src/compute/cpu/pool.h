/* The CPU backend's threads. The caller of cpu_pool_run is thread 0; the others wait for work. A
 * waiting thread spins for some microseconds, then sleeps, so that the renderer gets the cores. */
#ifndef LS_COMPUTE_CPU_POOL_H
#define LS_COMPUTE_CPU_POOL_H

#include "base/error.h"

struct cpu_pool;

/* Makes threads − 1 threads, 1 ≤ threads ≤ CPU_MAX_THREADS; with `background` they stand back
 * (base/thread.h). */
struct cpu_pool *cpu_pool_create(int threads, bool background, struct error *err);
void cpu_pool_destroy(struct cpu_pool *pool);
int cpu_pool_threads(const struct cpu_pool *pool);

/* Calls work(context, thread) for thread 0 … active−1, each on its own thread, and waits for all. Inside
 * work, numbers below 1e-38 are flushed to 0. */
void cpu_pool_run(struct cpu_pool *pool, int active, void (*work)(void *context, int thread), void *context);
/* Inside work: waits until every active thread has called it. */
void cpu_pool_barrier(struct cpu_pool *pool);

enum { CPU_MAX_THREADS = 64 };

#endif
