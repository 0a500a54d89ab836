/* A recording without a display on a real device: no frame's picture crosses between host and device. */
#include "test.h"

#include "app/offline.h"
#include "base/log.h"
#include "compute/traffic.h"

enum { FRAMES = 12, MOST_TEXT_BYTES = 16384 };

static void no_picture_crosses(void **state)
{
    (void)state;
    char *arguments[] = {"layerscope", "record",   "unwritten.mp4", "--backend", "cuda",
                         "--size",     "1280x720", "--model",       "lenet5"};
    struct error err = {0};
    struct options options;
    struct offline offline;
    if (!options_parse(&options, (int)(sizeof arguments / sizeof *arguments), arguments, &err) ||
        !offline_init(&offline, &options, &err))
        fail_msg("%s", err.message);
    const char *reason = view_fallback_reason(offline.view);
    if (reason)
        fail_msg("fallback: %s", reason);
    for (int i = 0; i < FRAMES; i++) {
        struct traffic before, after;
        assert_true(offline_train(&offline, 1));
        traffic_read(&before);
        if (!offline_draw(&offline, 1.0f / 30.0f, &err))
            fail_msg("%s", err.message);
        traffic_read(&after);
        assert_int_equal(after.to_device[TRAFFIC_VIEW] - before.to_device[TRAFFIC_VIEW], 0);
        assert_int_equal(after.to_host[TRAFFIC_VIEW] - before.to_host[TRAFFIC_VIEW], 0);
        assert_in_range(after.to_host[TRAFFIC_TEXT] - before.to_host[TRAFFIC_TEXT], 1, MOST_TEXT_BYTES);
    }
    offline_deinit(&offline);
}

int main(void)
{
    log_set_level(LOG_WARNING);
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_picture_crosses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
