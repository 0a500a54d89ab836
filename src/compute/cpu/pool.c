/* A gate holds a number; threads wait for it to change. The start gate's number says how many threads
 * the next job wants, so that a thread left out of a job need not look at anything else. */
#include "compute/cpu/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"

/* A wait spins for a few microseconds, the usual difference between two threads, then yields for longer
 * than the pause between two steps, then sleeps: waking a sleeper costs as much as a small step. */
enum { SPIN_ROUNDS = 100, YIELD_ROUNDS = 500, ACTIVE_BITS = 8, ACTIVE_MASK = (1 << ACTIVE_BITS) - 1 };

struct gate {
    atomic_uint value;
    atomic_int sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

struct cpu_pool {
    int threads;
    int spin_rounds; /* 0 with fewer cores than threads */
    pthread_t handles[CPU_MAX_THREADS];
    int started;
    struct gate start, barrier;
    atomic_int arrived;
    int active;
    void (*work)(void *context, int thread);
    void *context;
};

struct worker {
    struct cpu_pool *pool;
    int thread;
    bool background;
};

static void gate_init(struct gate *gate)
{
    atomic_init(&gate->value, 0);
    atomic_init(&gate->sleepers, 0);
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->changed, NULL);
}

static void gate_deinit(struct gate *gate)
{
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->mutex);
}

static void gate_set(struct gate *gate, unsigned value)
{
    atomic_store(&gate->value, value);
    if (atomic_load(&gate->sleepers) == 0)
        return;
    pthread_mutex_lock(&gate->mutex);
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

static inline void spin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Returns the gate's value once it differs from `old`. */
static unsigned gate_wait(struct gate *gate, unsigned old, int spin_rounds)
{
    unsigned value = atomic_load_explicit(&gate->value, memory_order_acquire);
    for (int round = 0; value == old && round < spin_rounds + YIELD_ROUNDS; round++) {
        if (round < spin_rounds)
            spin_pause();
        else
            sched_yield();
        value = atomic_load_explicit(&gate->value, memory_order_acquire);
    }
    if (value != old)
        return value;
    pthread_mutex_lock(&gate->mutex);
    atomic_fetch_add(&gate->sleepers, 1);
    while ((value = atomic_load(&gate->value)) == old)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    atomic_fetch_sub(&gate->sleepers, 1);
    pthread_mutex_unlock(&gate->mutex);
    return value;
}

void cpu_pool_barrier(struct cpu_pool *pool)
{
    /* Read before arriving: after that, the last one may start the next run. */
    const int active = pool->active;
    if (active == 1)
        return;
    const unsigned old = atomic_load_explicit(&pool->barrier.value, memory_order_relaxed);
    if (atomic_fetch_add(&pool->arrived, 1) + 1 == active) {
        atomic_store(&pool->arrived, 0);
        gate_set(&pool->barrier, old + 1);
    } else {
        gate_wait(&pool->barrier, old, pool->spin_rounds);
    }
}

/* Numbers below 1e-38 count as 0 while work runs: the moments of a parameter that gets no more gradient fade
 * into that range and stay there, where each operation takes a hundred cycles. Returns the mode before. */
static unsigned flush_tiny_numbers(void)
{
#if defined(__x86_64__)
    enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
    const unsigned mode = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(mode | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
    return mode;
#else
    return 0;
#endif
}

static void restore_mode(unsigned mode)
{
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(mode);
#else
    (void)mode;
#endif
}

static void *worker_main(void *argument)
{
    const struct worker worker = *(struct worker *)argument;
    free(argument);
    struct cpu_pool *pool = worker.pool;
    unsigned value = 0;
    if (worker.background)
        thread_stand_back();
    flush_tiny_numbers();
    for (;;) {
        value = gate_wait(&pool->start, value, pool->spin_rounds);
        const int active = (int)(value & ACTIVE_MASK);
        if (active == 0)
            return NULL;
        if (worker.thread < active) {
            pool->work(pool->context, worker.thread);
            cpu_pool_barrier(pool);
        }
    }
}

/* `active` 0 ends the threads. */
static void start(struct cpu_pool *pool, int active)
{
    const unsigned round = atomic_load(&pool->start.value) >> ACTIVE_BITS;
    gate_set(&pool->start, (round + 1) << ACTIVE_BITS | (unsigned)active);
}

void cpu_pool_run(struct cpu_pool *pool, int active, void (*work)(void *context, int thread), void *context)
{
    LS_ASSERT(active >= 1 && active <= pool->threads);
    pool->active = active;
    pool->work = work;
    pool->context = context;
    if (active > 1)
        start(pool, active);
    const unsigned mode = flush_tiny_numbers();
    work(context, 0);
    restore_mode(mode);
    cpu_pool_barrier(pool);
}

struct cpu_pool *cpu_pool_create(int threads, bool background, struct error *err)
{
    LS_ASSERT(threads >= 1 && threads <= CPU_MAX_THREADS);
    struct cpu_pool *pool = ls_calloc(1, sizeof *pool);
    pool->threads = threads;
    pool->active = 1;
    /* With fewer cores than threads, whoever spins only keeps another from its work. */
    pool->spin_rounds = sysconf(_SC_NPROCESSORS_ONLN) >= threads ? SPIN_ROUNDS : 0;
    gate_init(&pool->start);
    gate_init(&pool->barrier);
    atomic_init(&pool->arrived, 0);
    for (int thread = 1; thread < threads; thread++) {
        struct worker *worker = ls_calloc(1, sizeof *worker);
        *worker = (struct worker){.pool = pool, .thread = thread, .background = background};
        const int status = pthread_create(&pool->handles[pool->started], NULL, worker_main, worker);
        if (status != 0) {
            free(worker);
            error_set(err,
                      "CPU backend: expected to start %d threads, but thread %d failed: %s; use fewer with "
                      "--threads",
                      threads, thread + 1, strerror(status));
            cpu_pool_destroy(pool);
            return NULL;
        }
        pool->started++;
    }
    return pool;
}

void cpu_pool_destroy(struct cpu_pool *pool)
{
    if (!pool)
        return;
    start(pool, 0);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->handles[i], NULL);
    gate_deinit(&pool->start);
    gate_deinit(&pool->barrier);
    free(pool);
}

int cpu_pool_threads(const struct cpu_pool *pool) { return pool->threads; }
