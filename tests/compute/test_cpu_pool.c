/* The CPU backend's threads: everyone called once, barriers hold, sleepers wake. */
#include "test.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "compute/cpu/pool.h"

enum { THREADS = 5, ROUNDS = 300 };

struct counts {
    struct cpu_pool *pool;
    int active;
    atomic_int calls[THREADS];
    atomic_int before;
    atomic_int late; /* threads that passed the barrier before all had come to it */
};

static void count(void *context, int thread)
{
    struct counts *counts = context;
    atomic_fetch_add(&counts->calls[thread], 1);
    atomic_fetch_add(&counts->before, 1);
    cpu_pool_barrier(counts->pool);
    if (atomic_load(&counts->before) != counts->active)
        atomic_fetch_add(&counts->late, 1);
}

/* `pause_s` long enough sends the waiting threads to sleep. */
static void run_rounds(struct counts *counts, int rounds, double pause_s)
{
    for (int round = 0; round < rounds; round++) {
        counts->active = round % THREADS + 1;
        atomic_store(&counts->before, 0);
        for (int i = 0; i < THREADS; i++)
            atomic_store(&counts->calls[i], 0);
        cpu_pool_run(counts->pool, counts->active, count, counts);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(atomic_load(&counts->calls[i]), i < counts->active ? 1 : 0);
        if (pause_s > 0.0)
            clock_sleep(pause_s);
    }
    assert_int_equal(atomic_load(&counts->late), 0);
}

static void each_thread_works_once_a_round(void **state)
{
    (void)state;
    struct error err = {0};
    struct counts counts = {.pool = cpu_pool_create(THREADS, false, &err)};
    assert_non_null(counts.pool);
    assert_int_equal(cpu_pool_threads(counts.pool), THREADS);
    run_rounds(&counts, ROUNDS, 0.0);
    cpu_pool_destroy(counts.pool);
}

static void sleepers_wake(void **state)
{
    (void)state;
    struct error err = {0};
    struct counts counts = {.pool = cpu_pool_create(THREADS, false, &err)};
    assert_non_null(counts.pool);
    run_rounds(&counts, 4 * THREADS, 0.01);
    cpu_pool_destroy(counts.pool);
}

static void an_unused_pool_ends(void **state)
{
    (void)state;
    for (int threads = 1; threads <= THREADS; threads++) {
        struct error err = {0};
        struct cpu_pool *pool = cpu_pool_create(threads, true, &err);
        assert_non_null(pool);
        cpu_pool_destroy(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_works_once_a_round),
        cmocka_unit_test(sleepers_wake),
        cmocka_unit_test(an_unused_pool_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
