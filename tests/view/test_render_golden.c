/* Whole pictures against the ones in tests/golden. Tolerance: a mean difference below 0.5 of 255, and
 * fewer than 0.1 % of the pixels further off than 16. tests/golden/regenerate makes them anew. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "media/png.h"
#include "picture.h"

struct golden {
    const char *name, *specimen;
    int width, height;
    enum theme_name theme;
    enum hud_mode hud;
    enum camera_preset camera;
};

static const struct golden goldens[] = {
    {"lenet5-dark", "lenet5", 640, 360, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER},
    {"lenet5-light", "lenet5", 640, 360, THEME_LIGHT, HUD_NONE, CAMERA_THREE_QUARTER},
    {"lenet5-film", "lenet5", 640, 360, THEME_DARK, HUD_LEGEND, CAMERA_FILM},
    {"mlp-dark", "mlp", 640, 360, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER},
    {"mlp-light-hud", "mlp", 1120, 630, THEME_LIGHT, HUD_FULL, CAMERA_THREE_QUARTER},
};

static void compare(const struct golden *golden, const struct picture *picture, const char *path)
{
    struct error err = {0};
    int width, height;
    uint8_t *wanted = png_read(path, &width, &height, &err);
    if (!wanted)
        fail_msg("%s", err.message);
    assert_int_equal(width, golden->width);
    assert_int_equal(height, golden->height);
    const size_t pixels = (size_t)width * (size_t)height;
    double sum = 0.0;
    size_t far_off = 0;
    for (size_t i = 0; i < pixels; i++) {
        int most = 0;
        for (size_t c = 0; c < 3; c++) {
            const int difference = abs(wanted[4 * i + c] - picture->rgba[4 * i + c]);
            sum += difference;
            most = difference > most ? difference : most;
        }
        far_off += most > 16;
    }
    free(wanted);
    const double mean = sum / (3.0 * (double)pixels), share = (double)far_off / (double)pixels;
    if (mean >= 0.5 || share >= 0.001) {
        char actual[128];
        snprintf(actual, sizeof actual, "golden-%s-actual.png", golden->name);
        png_write(actual, picture->rgba, width, height, true, NULL);
        fail_msg("%s: mean difference %.3f of 255, %.3f %% of the pixels off by more than 16; see %s in the "
                 "test's "
                 "folder",
                 golden->name, mean, 100.0 * share, actual);
    }
}

static void check(const struct golden *golden, bool regenerate)
{
    struct specimen specimen;
    struct picture picture;
    specimen_init(&specimen, golden->specimen);
    picture_init(&picture, &specimen, golden->width, golden->height, golden->theme, golden->hud,
                 golden->camera);
    specimen_publish(&specimen, view_publisher(picture.view));
    picture_draw(&picture);
    char relative[128];
    snprintf(relative, sizeof relative, "tests/golden/%s.png", golden->name);
    char *path = file_resource(relative);
    struct error err = {0};
    if (!regenerate)
        compare(golden, &picture, path);
    else if (!png_write(path, picture.rgba, picture.width, picture.height, true, &err))
        fail_msg("%s", err.message);
    free(path);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

static void pictures_match_the_golden_ones(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    assert_non_null(context);
    const bool regenerate = getenv("LAYERSCOPE_REGENERATE_GOLDEN") != NULL;
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++)
        check(&goldens[i], regenerate);
    assert_int_equal(gl_debug_message_count(), 0);
    gl_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pictures_match_the_golden_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
