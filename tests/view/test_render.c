/* What the picture says: every plate's pixels have the colours of their values. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"
#include "view/scale.h"

static struct gl_context *context;
static struct specimen lenet, mlp, kernels;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        return -1;
    specimen_init(&lenet, "lenet5");
    specimen_init(&mlp, "mlp");
    specimen_init(&kernels, "kernels");
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    specimen_deinit(&lenet);
    specimen_deinit(&mlp);
    specimen_deinit(&kernels);
    gl_context_destroy(context);
    return 0;
}

static void open_picture(struct picture *picture, const struct specimen *specimen, int width, int height,
                         enum theme_name theme)
{
    picture_init(picture, specimen, width, height, theme, HUD_NONE, CAMERA_THREE_QUARTER);
    view_display(picture->view)->selection_hidden = true; /* its lines cross plates */
    specimen_publish(specimen, view_publisher(picture->view));
    picture_draw(picture);
}

static struct color expected_color(const struct theme *theme, const struct view_plate *shown, float value)
{
    const float t = value / shown->scale;
    return theme_map_color(theme, shown->plate->map, shown->plate->is_signed ? 0.5f + 0.5f * t : t);
}

/* Compares every value whose cell is big enough for a pixel of its own; returns how many there were. */
static int check_plate(const struct picture *picture, const struct specimen *specimen,
                       const struct theme *theme, const struct view_plate *shown)
{
    const struct region *region = &specimen->layout.regions[shown->plate->region];
    const float *values = specimen->snapshot + region->offset / sizeof(float);
    int checked = 0;
    const size_t kernel = (size_t)shown->plate->kernel;
    assert_int_equal(region->count, (size_t)shown->plate->values * kernel);
    for (size_t i = 0; i < region->count / kernel; i++) {
        float x, y, texel_px;
        picture_locate(shown, i, &x, &y, &texel_px);
        if (texel_px < 2.5f)
            continue;
        const struct color color =
            expected_color(theme, shown, plate_shown_value(shown->plate, values + i * kernel));
        const float wanted[3] = {color.r, color.g, color.b};
        const uint8_t *got = picture_pixel(picture, x, y);
        for (int c = 0; c < 3; c++)
            if (fabsf((float)got[c] - 255.0f * wanted[c]) > 2.0f)
                fail_msg("%s %s value %zu = %g at (%g, %g): channel %d is %d, expected %g", shown->layer,
                         shown->kind, i, (double)values[i * kernel], (double)x, (double)y, c, got[c],
                         255.0 * (double)wanted[c]);
        checked++;
    }
    return checked;
}

static void check_model(const struct specimen *specimen, enum theme_name theme, int supersampling, int least)
{
    struct picture picture;
    open_picture(&picture, specimen, 1920, 1080, theme);
    picture.supersampling = supersampling;
    picture_draw(&picture);
    const struct view_plate *plates;
    const int count = view_plates(picture.view, &plates);
    int checked = 0;
    for (int i = 0; i < count; i++) {
        assert_true(plates[i].visible);
        checked += check_plate(&picture, specimen, theme_get(theme), &plates[i]);
    }
    assert_true(checked >= least);
    picture_deinit(&picture);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void pixels_have_the_colors_of_their_values(void **state)
{
    (void)state;
    check_model(&lenet, THEME_DARK, 1, 8000);
    check_model(&lenet, THEME_LIGHT, 1, 8000);
    check_model(&mlp, THEME_DARK, 1, 1500);
    check_model(&mlp, THEME_LIGHT, 1, 1500);
}

static void films_have_the_colors_of_their_values(void **state)
{
    (void)state;
    check_model(&lenet, THEME_DARK, 2, 8000);
    check_model(&mlp, THEME_LIGHT, 2, 1500);
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Close by, where each kernel has pixels of its own, and from afar, where many share one. */
static void many_kernels_show_their_norms(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &kernels, 1000, 700, THEME_DARK);
    const int layer = network_find_layer(kernels.network, "many");
    const struct view_plate *plates;
    const struct view_plate *shown = NULL;
    const int count = view_plates(picture.view, &plates);
    for (int i = 0; i < count; i++) {
        const struct plate *plate = plates[i].plate;
        if (plate->kind != PLATE_WEIGHT)
            continue;
        assert_int_equal(plate->kernel, plate->layer == layer ? 9 : 1);
        assert_true(plate->is_signed == (plate->layer != layer));
        shown = plate->layer == layer ? &plates[i] : shown;
    }
    assert_non_null(shown);
    const float *weights = specimen_region(&kernels, REGION_PARAMETER, "many", 0);
    float norms[65 * 64];
    for (int i = 0; i < 65 * 64; i++)
        norms[i] = plate_norm(weights + 9 * i, 9);
    qsort(norms, 65 * 64, sizeof *norms, compare_floats);
    assert_true(shown->scale == scale_rung(scale_find_rung(norms[65 * 64 - 1 - 20])));
    assert_string_equal(shown->map, "activation");
    const int number = (int)(shown - plates);
    const float middle[2] = {
        0.25f * (shown->quad[0][0] + shown->quad[1][0] + shown->quad[2][0] + shown->quad[3][0]),
        0.25f * (shown->quad[0][1] + shown->quad[1][1] + shown->quad[2][1] + shown->quad[3][1])};
    assert_true(view_focus_at(picture.view, middle[0], middle[1], 0.0f) == layer);
    picture_draw(&picture);
    view_plates(picture.view, &plates);
    assert_true(check_plate(&picture, &kernels, theme_get(THEME_DARK), &plates[number]) == 65 * 64);
    picture_deinit(&picture);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void scales_and_clipping_match_the_values(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &lenet, 320, 180, THEME_DARK);
    const struct view_plate *plates;
    const int count = view_plates(picture.view, &plates);
    for (int i = 0; i < count; i++) {
        const struct view_plate *shown = &plates[i];
        if (shown->plate->kind == PLATE_INPUT || shown->plate->kind == PLATE_OUTPUT) {
            assert_true(shown->scale == 1.0f);
            continue;
        }
        const struct region *region = &lenet.layout.regions[shown->plate->region];
        float *sorted = ls_calloc(region->count, sizeof *sorted);
        for (size_t k = 0; k < region->count; k++)
            sorted[k] = fabsf(lenet.snapshot[region->offset / sizeof(float) + k]);
        qsort(sorted, region->count, sizeof *sorted, compare_floats);
        const size_t tail = (size_t)(0.005 * (double)region->count);
        const float percentile = sorted[region->count - 1 - tail];
        assert_true(shown->scale == scale_rung(scale_find_rung(percentile)));
        size_t clipped = 0;
        for (size_t k = 0; k < region->count; k++)
            clipped += sorted[k] > shown->scale;
        assert_true(fabs((double)shown->clip_percent - 100.0 * (double)clipped / (double)region->count) <
                    1e-4);
        free(sorted);
    }
    picture_deinit(&picture);
}

static void values_that_are_no_numbers_show_a_checker(void **state)
{
    (void)state;
    float *conv2 = specimen_region(&lenet, REGION_ACTIVATION, "conv2", 0);
    const float before[2] = {conv2[150], conv2[555]};
    conv2[150] = NAN;
    conv2[555] = INFINITY;
    struct picture picture;
    open_picture(&picture, &lenet, 3840, 2160, THEME_DARK);
    const struct view_plate *shown = picture_plate(&picture, "conv2", "activation");
    static const size_t bad[2] = {150, 555};
    for (int i = 0; i < 2; i++) {
        float x, y, texel_px;
        picture_locate(shown, bad[i], &x, &y, &texel_px);
        int yellow = 0, black = 0, other = 0;
        for (int dy = -8; dy <= 8; dy++)
            for (int dx = -8; dx <= 8; dx++) {
                const uint8_t *p = picture_pixel(&picture, x + (float)dx * texel_px / 24.0f,
                                                 y + (float)dy * texel_px / 24.0f);
                if (p[0] == 255 && p[1] >= 228 && p[2] == 0)
                    yellow++;
                else if (p[0] + p[1] + p[2] == 0)
                    black++;
                else
                    other++;
            }
        assert_true(yellow > 20 && black > 20);
        assert_int_equal(other, 0);
    }
    picture_deinit(&picture);
    conv2[150] = before[0];
    conv2[555] = before[1];
}

static void plates_without_data_are_hatched_grey(void **state)
{
    (void)state;
    struct picture picture;
    picture_init(&picture, &lenet, 640, 360, THEME_LIGHT, HUD_NONE, CAMERA_THREE_QUARTER);
    picture_draw(&picture);
    assert_null(view_info(picture.view));
    const struct view_plate *shown = picture_plate(&picture, "conv1", "activation");
    int shades[256] = {0}, different = 0;
    for (size_t i = 0; i < 784; i += 3) {
        float x, y, texel_px;
        picture_locate(shown, i, &x, &y, &texel_px);
        const uint8_t *p = picture_pixel(&picture, x, y);
        assert_true(abs(p[0] - p[1]) < 12 && abs(p[1] - p[2]) < 14);
        different += shades[p[0]]++ == 0;
    }
    assert_true(different >= 2);
    picture_deinit(&picture);
}

static void two_frames_of_the_same_moment_are_identical(void **state)
{
    (void)state;
    struct picture picture, again;
    open_picture(&picture, &lenet, 640, 360, THEME_DARK);
    open_picture(&again, &lenet, 640, 360, THEME_DARK);
    const size_t size = (size_t)640 * 360 * 4;
    assert_memory_equal(picture.rgba, again.rgba, size);
    picture_draw(&again);
    assert_memory_equal(picture.rgba, again.rgba, size);
    picture_deinit(&picture);
    picture_deinit(&again);
}

static void any_window_size_can_be_drawn(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {64, 64}, {3000, 90}, {90, 1500}, {640, 360}};
    struct picture picture;
    picture_init(&picture, &lenet, 16, 16, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    specimen_publish(&lenet, view_publisher(picture.view));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        picture_resize(&picture, sizes[i][0], sizes[i][1]);
        picture_draw(&picture);
    }
    const struct view_plate *shown = picture_plate(&picture, "input", "input");
    assert_true(shown->visible);
    picture_deinit(&picture);
    assert_int_equal(gl_debug_message_count(), 0);
    assert_int_equal(log_warning_count(), 0);
}

static void themes_and_cameras_change_the_picture(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &lenet, 640, 360, THEME_DARK);
    const struct theme *dark = theme_get(THEME_DARK), *light = theme_get(THEME_LIGHT);
    assert_true(fabsf((float)picture.rgba[0] - 255.0f * dark->background.r) < 2.0f);
    view_set_theme(picture.view, THEME_LIGHT);
    picture_draw(&picture);
    assert_true(fabsf((float)picture.rgba[0] - 255.0f * light->background.r) < 2.0f);
    for (int preset = 0; preset <= CAMERA_FILM; preset++) {
        view_camera_preset(picture.view, (enum camera_preset)preset, 0.0f);
        picture_draw(&picture);
        assert_true(picture_plate(&picture, "input", "input")->visible);
    }
    picture_deinit(&picture);
}

static void a_pixel_of_a_plate_finds_its_layer(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &lenet, 1280, 720, THEME_DARK);
    float x, y, texel_px;
    picture_locate(picture_plate(&picture, "conv2", "activation"), 800, &x, &y, &texel_px);
    assert_int_equal(view_focus_at(picture.view, x, y, 9.0f), network_find_layer(lenet.network, "conv2"));
    picture_locate(picture_plate(&picture, "dense1", "weight"), 24000, &x, &y, &texel_px);
    assert_int_equal(view_focus_at(picture.view, 2.0f, 2.0f, 0.0f), -1);
    /* A sheet of weights is flown to itself. */
    assert_int_equal(view_focus_at(picture.view, x, y, 0.0f), network_find_layer(lenet.network, "dense1"));
    picture_draw(&picture);
    const struct view_plate *sheet = picture_plate(&picture, "dense1", "weight");
    assert_true(sheet->quad[1][0] - sheet->quad[0][0] > 0.65f * 1280.0f);

    const int layer = network_find_layer(lenet.network, "pool2");
    view_focus_layer(picture.view, layer, 0.0f);
    picture_draw(&picture);
    const struct view_plate *focused = picture_plate(&picture, "pool2", "activation");
    float top = INFINITY, bottom = -INFINITY;
    for (int i = 0; i < 4; i++) {
        top = fminf(top, focused->quad[i][1]);
        bottom = fmaxf(bottom, focused->quad[i][1]);
    }
    assert_true(bottom - top > 0.55f * 720.0f && bottom - top < 0.72f * 720.0f);
    view_fit_all(picture.view, 0.0f);
    picture_draw(&picture);
    assert_true(picture_plate(&picture, "output", "output")->visible);
    picture_deinit(&picture);
}

static void a_view_that_nobody_moved_follows_the_window(void **state)
{
    (void)state;
    struct picture picture, fresh;
    open_picture(&picture, &lenet, 1280, 720, THEME_DARK);
    picture_resize(&picture, 500, 700);
    picture_draw(&picture);
    open_picture(&fresh, &lenet, 500, 700, THEME_DARK);
    const struct view_plate *a = picture_plate(&picture, "output", "output");
    const struct view_plate *b = picture_plate(&fresh, "output", "output");
    assert_true(fabsf(a->quad[2][0] - b->quad[2][0]) < 0.01f && fabsf(a->quad[2][1] - b->quad[2][1]) < 0.01f);
    picture_deinit(&picture);
    picture_deinit(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_have_the_colors_of_their_values),
        cmocka_unit_test(many_kernels_show_their_norms),
        cmocka_unit_test(films_have_the_colors_of_their_values),
        cmocka_unit_test(scales_and_clipping_match_the_values),
        cmocka_unit_test(values_that_are_no_numbers_show_a_checker),
        cmocka_unit_test(plates_without_data_are_hatched_grey),
        cmocka_unit_test(two_frames_of_the_same_moment_are_identical),
        cmocka_unit_test(any_window_size_can_be_drawn),
        cmocka_unit_test(themes_and_cameras_change_the_picture),
        cmocka_unit_test(a_pixel_of_a_plate_finds_its_layer),
        cmocka_unit_test(a_view_that_nobody_moved_follows_the_window),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
