/* Twenty networks after another in one window. */
#include "open_viewer.h"

#include <stdio.h>
#include <unistd.h>

#include "app/view_commands.h"

static size_t resident_bytes(void)
{
    unsigned long long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%llu %llu", &size, &resident), 2);
    fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* A film goes on meanwhile, what the user chose to see stays, and nothing is left of the runs before. */
static void again_and_again(void **state)
{
    (void)state;
    open_viewer("--model small.json --data gaussians:classes=3");
    train(2);
    view_command_find("theme")->run(&viewer);
    view_command_find("legend")->run(&viewer);
    view_command_find("record")->run(&viewer);
    assert_true(viewer.recorder.on);
    size_t early = 0;
    for (int i = 0; i < 20; i++) {
        if (i % 2 == 0) {
            DROP("mlp", "gaussians:classes=3");
            expect_run("MLP", "gaussians");
        } else {
            DROP("plane.json");
            expect_run("Plane", "gaussians");
        }
        assert_int_equal(view_theme(viewer.view), THEME_LIGHT);
        assert_int_equal(view_hud(viewer.view), HUD_LEGEND);
        assert_true(viewer.recorder.on);
        if (i == 5)
            early = resident_bytes();
    }
    assert_int_equal(viewer.open.count, 20);
#ifndef __SANITIZE_ADDRESS__
    /* Each pair of runs takes far more while it lasts. */
    assert_true(resident_bytes() < early + ((size_t)48 << 20));
#endif
    (void)early;
    view_command_find("record")->run(&viewer);
    close_viewer();
    assert_int_equal(access("layerscope-0001.mp4", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(again_and_again, end_viewer),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
