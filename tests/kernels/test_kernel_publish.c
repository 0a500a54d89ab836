/* What goes into the arena. */
#include "test.h"

#include <string.h>

#include "memory.h"

static const size_t counts[] = {0, 1, 255, 257, 10000, 600001};

struct placed {
    const float *from;
    size_t count;
};

static void run_place(const void *context, float *const *outputs)
{
    const struct placed *p = context;
    kernel_place(memory_stream(), p->from, outputs[0], p->count);
    kernel_self_test(memory_stream(), outputs[1], p->count);
}

static void values_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const struct placed p = {memory_draw(110, counts[i], counts[i], -1.0f, 1.0f), counts[i]};
        const size_t sizes[] = {counts[i], counts[i]};
        float *results[RUN_MOST_OUTPUTS];
        run_in_every_order(run_place, &p, sizes, 2, results);
        assert_memory_equal(results[0], p.from, counts[i] * sizeof(float));
        for (size_t j = 0; j < counts[i]; j++)
            assert_true(results[1][j] == (float)(j % 8191) + 0.5f);
        memory_free_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_arrive)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
