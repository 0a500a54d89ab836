/* Every operation on every backend that this build and machine can run, against the reference. */
#include "test.h"

#include "parity.h"
#include "report.h"

/* Every case on every instruction set, with two threads; and with one or three, in turn, on the one that the
 * CPU backend chooses by itself, which is one of them. */
static bool is_due(const struct parity_target *target, int number)
{
    if (target->backend != BACKEND_CPU || target->option != 0)
        return true;
    return target->threads == (number % 2 ? 3 : 1);
}

static void every_backend_agrees_with_the_reference(void **state)
{
    (void)state;
    struct parity_target targets[PARITY_MAX_TARGETS];
    const int count = parity_targets(targets);
    assert_true(count > 0);
    int failures = 0;
    for (int t = 0; t < count; t++) {
        struct parity_report report = {0};
        for (int i = 0; i < parity_case_count(); i++) {
            struct parity_case c;
            if (!is_due(&targets[t], i))
                continue;
            parity_case_init(&c, i, false);
            parity_run(&targets[t], &c, &report);
            parity_case_deinit(&c);
        }
        if (report.cases > 0)
            report_print(&report);
        failures += report.failures;
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_backend_agrees_with_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
