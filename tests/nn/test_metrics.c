/* Histories: what is appended is read again, also while it is appended. */
#include "test.h"

#include <pthread.h>

#include "nn/metrics.h"

static void cursors_see_every_sample_once(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_create();
    struct step_sample out[64];
    assert_int_equal(metrics_read_steps(metrics, 0, out, 64), 0);
    for (uint32_t step = 1; step <= 5000; step++)
        metrics_append_step(metrics, &(struct step_sample){.step = step, .loss = (float)step});
    size_t cursor = 0, count;
    while ((count = metrics_read_steps(metrics, cursor, out, 64)) > 0) {
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(out[i].step, cursor + i + 1);
            assert_true(out[i].loss == (float)out[i].step);
        }
        cursor += count;
    }
    assert_int_equal(cursor, 5000);
    assert_int_equal(metrics_step_count(metrics), 5000);
    assert_int_equal(metrics_read_steps(metrics, 6000, out, 64), 0);
    metrics_destroy(metrics);
}

static void evaluations_are_a_history_of_their_own(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_create();
    metrics_append_evaluation(metrics, &(struct evaluation_sample){7, 0.5f, 0.25f, 0.125f});
    struct evaluation_sample out = {0};
    assert_int_equal(metrics_evaluation_count(metrics), 1);
    assert_int_equal(metrics_step_count(metrics), 0);
    assert_int_equal(metrics_read_evaluations(metrics, 0, &out, 1), 1);
    assert_true(out.step == 7 && out.loss == 0.5f && out.accuracy == 0.25f && out.r2 == 0.125f);
    metrics_destroy(metrics);
}

enum { APPENDED = 20000 };

static void *append_many(void *argument)
{
    for (uint32_t step = 1; step <= APPENDED; step++)
        metrics_append_step(argument, &(struct step_sample){.step = step});
    return NULL;
}

static void reading_while_appending(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_create();
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, append_many, metrics), 0);
    struct step_sample out[100];
    size_t cursor = 0;
    while (cursor < APPENDED) {
        const size_t count = metrics_read_steps(metrics, cursor, out, 100);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(out[i].step, cursor + i + 1);
        cursor += count;
    }
    pthread_join(writer, NULL);
    metrics_destroy(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursors_see_every_sample_once),
        cmocka_unit_test(evaluations_are_a_history_of_their_own),
        cmocka_unit_test(reading_while_appending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
