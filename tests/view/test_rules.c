/* Rules that the whole picture keeps: what is shown has a legend; truth and prediction differ without
 * colour; a paused picture stands still. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "picture.h"
#include "view/ui.h"

enum { MAX_TEXTS = 600, TRUTH = 9, PREDICTION = 4 };

struct texts {
    char text[MAX_TEXTS][80];
    struct rect box[MAX_TEXTS];
    int count;
};

static void note(void *context, const struct ui_text_box *box)
{
    struct texts *texts = context;
    if (box->color.a < 0.99f)
        return;
    assert_true(texts->count < MAX_TEXTS);
    snprintf(texts->text[texts->count], sizeof texts->text[0], "%s", box->text);
    texts->box[texts->count++] = box->box;
}

static bool has(const struct texts *texts, const char *text)
{
    for (int i = 0; i < texts->count; i++)
        if (strstr(texts->text[i], text))
            return true;
    return false;
}

struct world {
    struct specimen specimen;
    struct picture picture;
    struct gl_context *context;
    struct texts *texts;
};

static void set_up(struct world *world, const char *model, int width, int height)
{
    struct error err = {0};
    world->context = gl_context_create_headless(&err);
    if (!world->context)
        fail_msg("%s", err.message);
    specimen_init(&world->specimen, model);
    picture_init(&world->picture, &world->specimen, width, height, THEME_DARK, HUD_FULL,
                 CAMERA_THREE_QUARTER);
    world->texts = ls_calloc(1, sizeof *world->texts);
    ui_watch_text(view_ui(world->picture.view), note, world->texts, true);
}

static void tear_down(struct world *world)
{
    picture_deinit(&world->picture);
    specimen_deinit(&world->specimen);
    gl_context_destroy(world->context);
    free(world->texts);
}

static void draw(struct world *world)
{
    world->texts->count = 0;
    specimen_publish(&world->specimen, view_publisher(world->picture.view));
    picture_draw(&world->picture);
}

static bool shows_map(const struct world *world, const char *map)
{
    const struct view_plate *plates;
    const int count = view_plates(world->picture.view, &plates);
    for (int i = 0; i < count; i++)
        if (plates[i].visible && strcmp(plates[i].map, map) == 0)
            return true;
    return false;
}

/* Each map in the picture is named in the legend and no other is; numbers, scope and step stand with it. */
static void check_legend(struct world *world)
{
    static const char *const maps[] = {"activation", "weight", "gradient"};
    for (int i = 0; i < 3; i++) {
        bool named = false;
        for (int k = 0; k < world->texts->count; k++)
            named = named || strcmp(world->texts->text[k], maps[i]) == 0;
        if (named != shows_map(world, maps[i]))
            fail_msg("map \"%s\": %s in the picture, %s in the legend", maps[i],
                     shows_map(world, maps[i]) ? "is" : "is not", named ? "is" : "is not");
    }
    assert_true(has(world->texts, "step 1"));
    assert_true(has(world->texts, "S per layer") || has(world->texts, "percentile"));
    assert_true(has(world->texts, "clip "));
}

static void every_map_has_a_legend(void **state)
{
    (void)state;
    static const int sizes[][2] = {{800, 600}, {1280, 720}, {1920, 1080}};
    struct world world;
    set_up(&world, "lenet5", 800, 600);
    world.specimen.info.has_gradients = true;
    for (int i = 0; i < 3; i++) {
        picture_resize(&world.picture, sizes[i][0], sizes[i][1]);
        for (int show = GRADIENTS_OFF; show <= GRADIENTS_STACKED; show++) {
            struct display *display = view_display(world.picture.view);
            display->gradients = (enum display_gradients)show;
            display_settle(display);
            draw(&world);
            check_legend(&world);
        }
    }
    tear_down(&world);
}

/* What a colour means is printed beside every plate that has a map, in small windows too. */
static void every_layer_has_its_scale(void **state)
{
    (void)state;
    struct world world;
    set_up(&world, "lenet5", 800, 600);
    draw(&world);
    int scales = 0;
    for (int i = 0; i < world.texts->count; i++) {
        const char *scale = strstr(world.texts->text[i], "S ");
        scales += scale && scale[2] >= '0' && scale[2] <= '9';
    }
    assert_int_equal(scales, 6); /* conv1, pool1, conv2, pool2, dense1, dense2 */
    tear_down(&world);
}

static int grey(const struct world *world, float x, float y)
{
    const uint8_t *p = picture_pixel(&world->picture, x, y);
    return (2126 * p[0] + 7152 * p[1] + 722 * p[2]) / 10000;
}

/* The line of a class in the probe's panel: from the right of its name to the left of its percentage. */
static void find_bar(const struct world *world, int class, float *left, float *right, float *y)
{
    char name[8];
    snprintf(name, sizeof name, "%d", class);
    for (int i = 0; i < world->texts->count; i++) {
        const struct rect box = world->texts->box[i];
        if (strcmp(world->texts->text[i], name) != 0 || box.y < 860.0f || box.x > 444.0f)
            continue;
        *left = box.x + box.width;
        *y = box.y + 0.5f * box.height;
        *right = INFINITY;
        for (int k = 0; k < world->texts->count; k++) {
            const struct rect other = world->texts->box[k];
            if (fabsf(other.y - box.y) < 3.0f && other.x > *left + 20.0f)
                *right = fminf(*right, other.x);
        }
        return;
    }
    fail_msg("the probe does not name class %d", class);
}

static int brightest(const struct world *world, float x0, float x1, float y)
{
    int most = 0;
    for (float x = x0; x < x1; x += 1.0f)
        most = grey(world, x, y) > most ? grey(world, x, y) : most;
    return most;
}

static void truth_and_prediction_differ_in_grey(void **state)
{
    (void)state;
    struct world world;
    set_up(&world, "mlp", 1920, 1080);
    struct snapshot_info *info = &world.specimen.info;
    for (int i = 0; i < 10; i++)
        info->output[i] = 0.02f;
    info->output[PREDICTION] = 0.8f;
    info->output[TRUTH] = 0.04f;
    info->probe_label = TRUTH;
    draw(&world);
    float left, right, y;
    /* Solid where the prediction's bar is; nothing there in the line of the truth, but an outline. */
    find_bar(&world, PREDICTION, &left, &right, &y);
    const float quarter = left + 0.4f * (right - left);
    const int solid = grey(&world, quarter, y);
    find_bar(&world, TRUTH, &left, &right, &y);
    const int hollow = grey(&world, quarter, y);
    int outline = 0;
    for (float rise = 3.0f; rise < 12.0f; rise += 1.0f)
        outline = grey(&world, quarter, y - rise) > outline ? grey(&world, quarter, y - rise) : outline;
    assert_true(solid > hollow + 100);
    assert_true(outline > hollow + 100);
    find_bar(&world, 0, &left, &right, &y);
    const int other = brightest(&world, quarter - 20.0f, quarter + 20.0f, y);
    assert_true(solid > other + 100);
    tear_down(&world);
}

/* A film's legend stands where no plate does. */
static void a_films_legend_covers_no_plate(void **state)
{
    (void)state;
    static const int sizes[][2] = {{960, 540}, {1280, 720}, {1920, 1080}};
    static const char *const models[] = {"lenet5", "mlp"};
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    for (int model = 0; model < 2; model++) {
        struct specimen specimen;
        specimen_init(&specimen, models[model]);
        for (int i = 0; i < 3; i++) {
            struct picture picture;
            picture_init(&picture, &specimen, sizes[i][0], sizes[i][1], THEME_DARK, HUD_LEGEND, CAMERA_FILM);
            specimen_publish(&specimen, view_publisher(picture.view));
            picture_draw(&picture);
            struct layout layout;
            layout_compute(&layout, sizes[i][0], sizes[i][1], HUD_LEGEND);
            const struct rect legend = layout.panels[PANEL_LEGEND];
            const struct view_plate *plates;
            const int count = view_plates(picture.view, &plates);
            for (int k = 0; k < count; k++) {
                float x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
                for (int c = 0; c < 4; c++) {
                    x0 = fminf(x0, plates[k].quad[c][0]);
                    x1 = fmaxf(x1, plates[k].quad[c][0]);
                    y0 = fminf(y0, plates[k].quad[c][1]);
                    y1 = fmaxf(y1, plates[k].quad[c][1]);
                }
                if (x0 < legend.x + legend.width && x1 > legend.x && y0 < legend.y + legend.height &&
                    y1 > legend.y)
                    fail_msg("%s at %d×%d: the legend covers %s", models[model], sizes[i][0], sizes[i][1],
                             plates[k].layer);
                assert_true(x0 >= 0.0f && y0 >= 0.0f && x1 <= (float)sizes[i][0] && y1 <= (float)sizes[i][1]);
            }
            picture_deinit(&picture);
        }
        specimen_deinit(&specimen);
    }
    gl_context_destroy(context);
}

static void paused_pictures_are_identical(void **state)
{
    (void)state;
    struct world world;
    set_up(&world, "lenet5", 1280, 720);
    draw(&world);
    const size_t size = (size_t)world.picture.width * (size_t)world.picture.height * 4;
    uint8_t *before = ls_calloc(size, 1);
    const struct view_frame later = {.width = 1280, .height = 720, .dt = 2.0f, .paused = true};
    for (int i = 0; i < 2; i++) {
        view_draw(world.picture.view, &later, world.picture.framebuffer.name);
        gl_framebuffer_read(&world.picture.framebuffer, world.picture.rgba);
        if (i == 0)
            memcpy(before, world.picture.rgba, size);
    }
    assert_memory_equal(before, world.picture.rgba, size);
    free(before);
    tear_down(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_map_has_a_legend),
        cmocka_unit_test(every_layer_has_its_scale),
        cmocka_unit_test(truth_and_prediction_differ_in_grey),
        cmocka_unit_test(a_films_legend_covers_no_plate),
        cmocka_unit_test(paused_pictures_are_identical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
