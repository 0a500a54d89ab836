/* The reference's gradients of every operation, against finite differences. */
#include "test.h"

#include "parity.h"
#include "report.h"

static void gradients_are_the_slopes_of_the_loss(void **state)
{
    (void)state;
    struct parity_report report = {0};
    for (int i = 0; i < parity_case_count(); i++) {
        struct parity_case c;
        parity_case_init(&c, i, true);
        parity_differentiate(&c, &report);
        parity_case_deinit(&c);
    }
    report_print(&report);
    assert_true(report.checks > 1000);
    assert_int_equal(report.failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_are_the_slopes_of_the_loss)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
