/* The parity harness itself: it accepts the reference behind a wrapper and notices every mistake that
 * the wrapper can make. */
#include "test.h"

#include <stdio.h>

#include "parity.h"
#include "report.h"
#include "wrong_backend.h"

/* As far as the first check that fails. */
static struct parity_report run_all(enum mistake mistake)
{
    struct parity_target target = {.create = wrong_create, .option = (int)mistake, .threads = 1};
    struct parity_report report = {0};
    for (int i = 0; i < parity_case_count() && report.failures == 0; i++) {
        struct parity_case c;
        parity_case_init(&c, i, true);
        parity_run(&target, &c, &report);
        parity_case_deinit(&c);
    }
    report.target = mistake_name(mistake);
    return report;
}

static void accepts_what_is_right(void **state)
{
    (void)state;
    const struct parity_report report = run_all(MISTAKE_NONE);
    report_print(&report);
    assert_int_equal(report.failures, 0);
    assert_true(report.checks > 1000);
}

static void notices_every_mistake(void **state)
{
    (void)state;
    for (int mistake = MISTAKE_NONE + 1; mistake < MISTAKE_COUNT; mistake++) {
        const struct parity_report report = run_all((enum mistake)mistake);
        printf("%s: noticed by case %d\n  first: %s\n", report.target, report.cases, report.first_failure);
        assert_true(report.failures > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_is_right),
        cmocka_unit_test(notices_every_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
