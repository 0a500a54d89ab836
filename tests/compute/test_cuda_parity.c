/* The CUDA backend against the reference, its kernels' source run on the CPU. */
#include "test.h"

#include <stdlib.h>

#include "base/log.h"
#include "parity.h"
#include "report.h"
#include "runtime_shim.h"

static const struct parity_target cuda = {
    .name = "cuda", .create = parity_create, .backend = BACKEND_CUDA, .threads = 1};

static void check(const char *how, int stride, bool small)
{
    struct parity_report report = {0};
    for (int i = 0; i < parity_case_count(); i += stride) {
        struct parity_case c;
        parity_case_init(&c, i, small);
        parity_run(&cuda, &c, &report);
        parity_case_deinit(&c);
    }
    report.target = how;
    report_print(&report);
    assert_true(report.checks > 1000);
    assert_int_equal(report.failures, 0);
}

static void every_operation_agrees_with_the_reference(void **state)
{
    (void)state;
    check("cuda", 1, true);
}

static void larger_shapes_agree(void **state)
{
    (void)state;
    check("cuda, larger shapes", 5, false);
}

/* Work runs when it is waited for: nothing is read or overwritten too early. */
static void late_streams_change_nothing(void **state)
{
    (void)state;
    shim_set_late(true);
    check("cuda, late streams", 3, true);
    shim_set_late(false);
}

static void samples_that_do_not_fit_are_sent(void **state)
{
    (void)state;
    setenv("LAYERSCOPE_CUDA_DATA_MIB", "0", 1);
    shim_set_late(true);
    check("cuda, samples sent", 3, true);
    shim_set_late(false);
    unsetenv("LAYERSCOPE_CUDA_DATA_MIB");
}

static void without_graphs(void **state)
{
    (void)state;
    setenv("LAYERSCOPE_CUDA_GRAPHS", "off", 1);
    check("cuda, no graphs", 3, true);
    unsetenv("LAYERSCOPE_CUDA_GRAPHS");
}

static void no_number_is_right(void **state)
{
    (void)state;
    assert_int_equal(parity_no_numbers(&cuda), 0);
}

static void nothing_stays_alive(void **state)
{
    (void)state;
    const struct shim_alive alive = shim_alive();
    assert_int_equal(alive.memory + alive.pinned + alive.streams + alive.events + alive.graphs, 0);
    assert_int_equal(alive.executables, 0);
}

int main(void)
{
    log_set_level(LOG_WARNING);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_agrees_with_the_reference),
        cmocka_unit_test(larger_shapes_agree),
        cmocka_unit_test(late_streams_change_nothing),
        cmocka_unit_test(samples_that_do_not_fit_are_sent),
        cmocka_unit_test(without_graphs),
        cmocka_unit_test(no_number_is_right),
        cmocka_unit_test(nothing_stays_alive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
