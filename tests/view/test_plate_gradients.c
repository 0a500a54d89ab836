/* What gradients look like, and over which plates S is shared. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"
#include "view/scale.h"

static struct gl_context *context;
static struct specimen lenet;

/* Gradients of parameters with the spread of real ones: many orders of magnitude, both signs, some zeros. */
static void fill_parameter_gradients(struct specimen *specimen)
{
    uint32_t state = 12345;
    for (int i = 0; i < specimen->layout.region_count; i++) {
        const struct region *region = &specimen->layout.regions[i];
        if (region->kind != REGION_PARAMETER_GRADIENT)
            continue;
        float *values = specimen->snapshot + region->offset / sizeof(float);
        for (size_t k = 0; k < region->count; k++) {
            state = state * 1664525u + 1013904223u;
            const float exponent = -7.0f * (float)(state >> 8 & 0xFFFF) / 65536.0f;
            const float sign = (state >> 24 & 1) ? 1.0f : -1.0f;
            values[k] =
                (state >> 25) % 9 == 0 ? 0.0f : sign * powf(10.0f, exponent - (float)region->layer * 0.3f);
        }
    }
    specimen->info.has_gradients = true;
}

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        return -1;
    specimen_init(&lenet, "lenet5");
    fill_parameter_gradients(&lenet);
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    specimen_deinit(&lenet);
    gl_context_destroy(context);
    return 0;
}

static void open_picture(struct picture *picture, int width, int height, enum theme_name theme,
                         enum display_gradients gradients, enum scale_scope scope)
{
    picture_init(picture, &lenet, width, height, theme, HUD_NONE, CAMERA_THREE_QUARTER);
    struct display *display = view_display(picture->view);
    display->gradients = gradients;
    display->scope = scope;
    display->selection_hidden = true; /* its lines cross plates */
    display_settle(display);
    specimen_publish(&lenet, view_publisher(picture->view));
    picture_draw(picture);
}

static const float *shown_values(const struct view_plate *shown, size_t *count)
{
    const int number = shown->side == SIDE_GRADIENTS ? shown->plate->gradient_region : shown->plate->region;
    const struct region *region = &lenet.layout.regions[number];
    *count = region->count;
    return lenet.snapshot + region->offset / sizeof(float);
}

static int check_pixels(const struct picture *picture, enum theme_name theme, const struct view_plate *shown)
{
    size_t count;
    const float *values = shown_values(shown, &count);
    const enum color_map map = shown->side == SIDE_GRADIENTS ? MAP_GRADIENT : shown->plate->map;
    const bool is_signed = shown->side == SIDE_GRADIENTS || shown->plate->is_signed;
    int checked = 0;
    for (size_t i = 0; i < count; i++) {
        float x, y, texel_px;
        picture_locate(shown, i, &x, &y, &texel_px);
        if (texel_px < 2.5f)
            continue;
        const float t = theme_map_value(map, is_signed, values[i], shown->scale);
        const struct color color = theme_map_color(theme_get(theme), map, t);
        const float wanted[3] = {color.r, color.g, color.b};
        const uint8_t *got = picture_pixel(picture, x, y);
        for (int c = 0; c < 3; c++)
            if (fabsf((float)got[c] - 255.0f * wanted[c]) > 2.0f)
                fail_msg("%s %s value %zu = %g, S %g: channel %d is %d, expected %g", shown->layer,
                         shown->kind, i, (double)values[i], (double)shown->scale, c, got[c],
                         255.0 * (double)wanted[c]);
        checked++;
    }
    return checked;
}

static void turned_plates_have_the_colors_of_their_gradients(void **state)
{
    (void)state;
    for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
        struct picture picture;
        open_picture(&picture, 1920, 1080, (enum theme_name)theme, GRADIENTS_TURNED, SCOPE_LAYER);
        const struct view_plate *plates;
        const int count = view_plates(picture.view, &plates);
        int checked = 0;
        for (int i = 0; i < count; i++) {
            assert_int_equal(plates[i].side, SIDE_GRADIENTS);
            assert_string_equal(plates[i].map, "gradient");
            checked += check_pixels(&picture, (enum theme_name)theme, &plates[i]);
        }
        assert_true(checked >= 8000);
        picture_deinit(&picture);
    }
    assert_int_equal(gl_debug_message_count(), 0);
}

/* Both sides of every slab that faces the eye, and nothing that is covered by another. */
static void check_both(const struct picture *picture, int least)
{
    const struct view_plate *plates;
    const int count = view_plates(picture->view, &plates);
    int checked[SIDE_COUNT] = {0};
    for (int i = 0; i < count; i++)
        checked[plates[i].side] += check_pixels(picture, THEME_DARK, &plates[i]);
    assert_true(checked[SIDE_VALUES] >= least && checked[SIDE_GRADIENTS] >= least);
}

static void stacked_plates_show_values_and_gradients(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, 1920, 1080, THEME_DARK, GRADIENTS_STACKED, SCOPE_LAYER);
    check_both(&picture, 3000);
    picture_deinit(&picture);
}

/* Seen from behind without a key pressed: each map is there, gradients on the backs. */
static void gradients_are_on_the_other_side(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, 1920, 1080, THEME_DARK, GRADIENTS_OFF, SCOPE_LAYER);
    struct camera_pose pose = view_camera(picture.view)->goal;
    pose.yaw = 180.0f + 50.0f;
    pose.pitch = 9.0f;
    camera_jump(view_camera(picture.view), &pose);
    view_fit_all(picture.view, 0.0f);
    picture_draw(&picture);
    int checked = 0;
    const struct view_plate *plates;
    const int count = view_plates(picture.view, &plates);
    for (int i = 0; i < count; i++)
        assert_int_equal(plates[i].side, SIDE_GRADIENTS);
    static const char *const names[] = {"pool2", "dense2"};
    for (int i = 0; i < 2; i++)
        checked += check_pixels(&picture, THEME_DARK, picture_plate(&picture, names[i], "activation"));
    checked += check_pixels(&picture, THEME_DARK, picture_plate(&picture, "conv1", "weight"));
    assert_true(checked > 500);
    picture_deinit(&picture);
}

static void turning_ends_like_a_start_in_that_state(void **state)
{
    (void)state;
    struct picture picture, still;
    open_picture(&still, 320, 180, THEME_DARK, GRADIENTS_STACKED, SCOPE_LAYER);
    open_picture(&picture, 320, 180, THEME_DARK, GRADIENTS_OFF, SCOPE_LAYER);
    static const enum display_gradients tour[] = {GRADIENTS_TURNED, GRADIENTS_STACKED, GRADIENTS_OFF,
                                                  GRADIENTS_STACKED};
    for (int i = 0; i < 4; i++) {
        view_display(picture.view)->gradients = tour[i];
        for (int frame = 0; frame < (i == 1 ? 7 : 20); frame++)
            picture_draw(&picture);
    }
    assert_memory_equal(picture.rgba, still.rgba, (size_t)320 * 180 * 4);
    picture_deinit(&picture);
    picture_deinit(&still);
    assert_int_equal(gl_debug_message_count(), 0);
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* S of the values of all plates that `same` puts together with `shown`; and the share of `shown` beyond it.
 */
static void check_scale(const struct picture *picture, const struct view_plate *shown,
                        bool (*same)(const struct view_plate *a, const struct view_plate *b), bool hidden)
{
    const struct view_plate *plates;
    const int plate_count = view_plates(picture->view, &plates);
    float *all = ls_calloc(lenet.layout.size, 1);
    size_t total = 0, count;
    for (int i = 0; i < plate_count; i++) {
        if (!same(&plates[i], shown))
            continue;
        const float *values = shown_values(&plates[i], &count);
        for (size_t k = 0; k < count; k++)
            all[total++] = fabsf(values[k]);
        /* Turned away, but no less of "everything". */
        if (hidden && (plates[i].plate->kind == PLATE_ACTIVATION || plates[i].plate->kind == PLATE_WEIGHT)) {
            const struct region *region = &lenet.layout.regions[plates[i].plate->region];
            values = lenet.snapshot + region->offset / sizeof(float);
            for (size_t k = 0; k < region->count; k++)
                all[total++] = fabsf(values[k]);
        }
    }
    qsort(all, total, sizeof *all, compare_floats);
    const float percentile = all[total - 1 - (size_t)(0.005 * (double)total)];
    free(all);
    assert_true(shown->scale == scale_rung(scale_find_rung(percentile)));
    const float *values = shown_values(shown, &count);
    size_t clipped = 0;
    for (size_t i = 0; i < count; i++)
        clipped += fabsf(values[i]) > shown->scale;
    assert_true(fabs((double)shown->clip_percent - 100.0 * (double)clipped / (double)count) < 1e-4);
}

static bool same_plate(const struct view_plate *a, const struct view_plate *b) { return a == b; }

static bool is_scaled(const struct view_plate *shown)
{
    return shown->side == SIDE_GRADIENTS || strcmp(shown->kind, "activation") == 0 ||
           strcmp(shown->kind, "weight") == 0;
}

static bool same_kind(const struct view_plate *a, const struct view_plate *b)
{
    return is_scaled(a) && a->side == b->side && (a->side == SIDE_GRADIENTS || strcmp(a->kind, b->kind) == 0);
}

static bool both_scaled(const struct view_plate *a, const struct view_plate *b)
{
    return is_scaled(a) && is_scaled(b);
}

static void scales_follow_their_scope(void **state)
{
    (void)state;
    bool (*const same[SCOPE_COUNT])(const struct view_plate *, const struct view_plate *) = {
        [SCOPE_LAYER] = same_plate, [SCOPE_KIND] = same_kind, [SCOPE_GLOBAL] = both_scaled};
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        for (int gradients = GRADIENTS_OFF; gradients <= GRADIENTS_TURNED; gradients++) {
            struct picture picture;
            open_picture(&picture, 320, 180, THEME_DARK, (enum display_gradients)gradients,
                         (enum scale_scope)scope);
            const struct view_plate *plates;
            const int count = view_plates(picture.view, &plates);
            for (int i = 0; i < count; i++) {
                if (is_scaled(&plates[i]))
                    check_scale(&picture, &plates[i], same[scope],
                                scope == SCOPE_GLOBAL && gradients == GRADIENTS_TURNED);
                else
                    assert_true(plates[i].scale == 1.0f);
            }
            picture_deinit(&picture);
        }
}

static void a_change_of_scope_needs_no_new_snapshot(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, 640, 360, THEME_DARK, GRADIENTS_OFF, SCOPE_LAYER);
    const float own = picture_plate(&picture, "conv1", "weight")->scale;
    view_display(picture.view)->scope = SCOPE_KIND;
    picture_draw(&picture);
    const float shared = picture_plate(&picture, "conv1", "weight")->scale;
    assert_true(shared < own);
    assert_true(picture_plate(&picture, "dense1", "weight")->scale == shared);
    assert_true(check_pixels(&picture, THEME_DARK, picture_plate(&picture, "conv1", "weight")) > 100);
    view_display(picture.view)->scope = SCOPE_LAYER;
    picture_draw(&picture);
    assert_true(picture_plate(&picture, "conv1", "weight")->scale == own);
    picture_deinit(&picture);
}

static void gradients_of_parameters_are_absent_before_the_first_step(void **state)
{
    (void)state;
    struct picture picture;
    lenet.info.has_gradients = false;
    open_picture(&picture, 1280, 720, THEME_DARK, GRADIENTS_TURNED, SCOPE_LAYER);
    lenet.info.has_gradients = true;
    const struct view_plate *shown = picture_plate(&picture, "conv1", "weight");
    for (size_t i = 0; i < 150; i++) {
        float x, y, texel_px;
        picture_locate(shown, i, &x, &y, &texel_px);
        const uint8_t *p = picture_pixel(&picture, x, y);
        assert_true((p[0] == 0x1E && p[1] == 0x25) || (p[0] == 0x2C && p[1] == 0x34) || texel_px > 7.0f);
    }
    check_pixels(&picture, THEME_DARK, picture_plate(&picture, "conv1", "activation"));
    picture_deinit(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turned_plates_have_the_colors_of_their_gradients),
        cmocka_unit_test(stacked_plates_show_values_and_gradients),
        cmocka_unit_test(gradients_are_on_the_other_side),
        cmocka_unit_test(turning_ends_like_a_start_in_that_state),
        cmocka_unit_test(scales_follow_their_scope),
        cmocka_unit_test(a_change_of_scope_needs_no_new_snapshot),
        cmocka_unit_test(gradients_of_parameters_are_absent_before_the_first_step),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
