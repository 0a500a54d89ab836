/* The plane of the points: lines where the answer changes, the surface's colours on the screen against the
 * network's own outputs, and clicks. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/trainer.h"
#include "picture.h"
#include "view/input_scale.h"
#include "view/surface_picture.h"
#include "view/ui.h"

static const char classes_model[] =
    "{\"loss\":\"categorical_crossentropy\",\"layers\":["
    "{\"class_name\":\"Dense\",\"config\":{\"units\":12,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";
static const char targets_model[] =
    "{\"loss\":\"mean_squared_error\",\"layers\":["
    "{\"class_name\":\"Dense\",\"config\":{\"units\":12,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null}}]}";

static void a_circle_has_its_contour(void **state)
{
    (void)state;
    enum { COLUMNS = 41, ROWS = 31 };
    static float values[ROWS][COLUMNS];
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < COLUMNS; column++)
            values[row][column] = hypotf((float)column - 20.0f, (float)row - 15.0f) - 9.5f;
    struct contour_piece *pieces = ls_calloc(contour_most(COLUMNS, ROWS), sizeof *pieces);
    const size_t count = contour_trace(values[0], COLUMNS, ROWS, pieces);
    double length = 0.0;
    for (size_t i = 0; i < count; i++) {
        const struct contour_piece p = pieces[i];
        length += hypot((double)(p.x1 - p.x0), (double)(p.y1 - p.y0));
        assert_true(fabsf(hypotf(p.x0 - 20.0f, p.y0 - 15.0f) - 9.5f) < 0.05f);
        /* Every end is the end of one other piece: the line is closed. */
        int neighbours = 0;
        for (size_t k = 0; k < count; k++)
            if (k != i)
                neighbours += hypotf(p.x1 - pieces[k].x0, p.y1 - pieces[k].y0) < 1e-5f ||
                              hypotf(p.x1 - pieces[k].x1, p.y1 - pieces[k].y1) < 1e-5f;
        assert_int_equal(neighbours, 1);
    }
    assert_true(fabs(length - 2.0 * 3.14159265 * 9.5) < 0.4);
    free(pieces);
}

static void a_saddle_is_cut_by_its_middle(void **state)
{
    (void)state;
    struct contour_piece pieces[2];
    const float high[] = {1.0f, -0.5f, -0.5f, 1.0f}, low[] = {0.5f, -1.0f, -1.0f, 0.5f};
    assert_int_equal(contour_trace(high, 2, 2, pieces), 2);
    /* The negative corners (1, 0) and (0, 1) are cut off. */
    assert_true(pieces[0].x0 > 0.5f && pieces[0].y0 == 0.0f && pieces[0].x1 == 1.0f && pieces[0].y1 < 0.5f);
    assert_int_equal(contour_trace(low, 2, 2, pieces), 2);
    /* The positive ones are. */
    assert_true(pieces[0].x0 < 0.5f && pieces[0].y0 == 0.0f && pieces[0].x1 == 0.0f && pieces[0].y1 < 0.5f);
    const float broken[] = {1.0f, NAN, -1.0f, 1.0f};
    assert_int_equal(contour_trace(broken, 2, 2, pieces), 0);
}

static const char one_output_model[] =
    "{\"loss\":\"binary_crossentropy\",\"layers\":["
    "{\"class_name\":\"Dense\",\"config\":{\"units\":12,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":1,\"activation\":\"sigmoid\"}}]}";

struct world {
    struct gl_context *context;
    struct data *data;
    struct specimen specimen; /* borrows it */
    struct trainer *trainer;
    struct picture picture;
    struct surface surface;
};

static void world_init(struct world *w, const char *data, const char *model, int width, int height,
                       enum theme_name theme, enum hud_mode hud)
{
    struct error err = {0};
    memset(w, 0, sizeof *w);
    w->context = gl_context_create_headless(&err);
    if (!w->context)
        fail_msg("%s", err.message);
    w->data = data_load(data, &err);
    if (!w->data)
        fail_msg("%s", err.message);
    w->specimen.data = *w->data;
    w->specimen.network = network_parse(model, "test", (struct shape){2, 1, 1}, data_outputs(w->data), &err);
    if (!w->specimen.network)
        fail_msg("%s", err.message);
    snapshot_layout_init(&w->specimen.layout, w->specimen.network);
    const struct trainer_desc desc = {.network = w->specimen.network,
                                      .data = w->data,
                                      .backend = model == one_output_model ? BACKEND_REFERENCE : BACKEND_CPU,
                                      .batch = 16,
                                      .threads = 1,
                                      .learning_rate = 0.02f,
                                      .optimizer = {.kind = OPTIMIZER_ADAM}};
    w->trainer = trainer_create(&desc, &err);
    if (!w->trainer)
        fail_msg("%s", err.message);
    struct step_sample sample;
    for (int i = 0; i < 60; i++)
        trainer_step(w->trainer, &sample);
    picture_init(&w->picture, &w->specimen, width, height, theme, hud, CAMERA_THREE_QUARTER);
    assert_true(trainer_publish(w->trainer, view_publisher(w->picture.view)));
    assert_true(trainer_survey(w->trainer));
    assert_true(metrics_read_surface(trainer_metrics(w->trainer), &w->surface));
}

static void world_deinit(struct world *w)
{
    picture_deinit(&w->picture);
    trainer_destroy(w->trainer);
    surface_deinit(&w->surface);
    snapshot_layout_deinit(&w->specimen.layout);
    network_destroy(w->specimen.network);
    data_destroy(w->data);
    gl_context_destroy(w->context);
}

/* The middle of a place on the screen, on whole pixels. */
static void locate(const struct surface_picture *picture, int row, int column, float *x, float *y)
{
    const struct rect area = picture->area;
    *x = floorf(area.x + area.width * ((float)column + 0.5f) / (float)picture->surface.columns);
    *y = floorf(area.y + area.height * (1.0f - ((float)row + 0.5f) / (float)picture->surface.rows));
}

/* Whether a sample's mark, the probe's ring or a line may lie there. */
static bool is_covered(const struct world *w, const struct surface_picture *picture, float x, float y)
{
    const struct rect area = picture->area;
    const float reach = 0.045f * area.width;
    const struct dataset *const splits[] = {&w->data->train, &w->data->test};
    for (int i = 0; i < 2; i++) {
        for (uint32_t n = 0; n < splits[i]->count; n++) {
            const double u = ((double)dataset_value(splits[i], n, 0) - w->surface.low[0]) /
                             (w->surface.high[0] - w->surface.low[0]);
            const double v = ((double)dataset_value(splits[i], n, 1) - w->surface.low[1]) /
                             (w->surface.high[1] - w->surface.low[1]);
            if (hypotf(area.x + (float)u * area.width - x, area.y + (1.0f - (float)v) * area.height - y) <
                reach)
                return true;
        }
    }
    for (size_t i = 0; i < picture->piece_count; i++) {
        const struct contour_piece p = picture->pieces[i];
        const float px = area.x + (0.5f * (p.x0 + p.x1) + 0.5f) * area.width / (float)w->surface.columns;
        const float py =
            area.y + area.height - (0.5f * (p.y0 + p.y1) + 0.5f) * area.height / (float)w->surface.rows;
        if (hypotf(px - x, py - y) < 10.0f)
            return true;
    }
    return false;
}

/* Between the least and the largest of the place and its neighbours: the texture is linear. */
static void assert_place(const struct world *w, const struct surface_picture *picture,
                         const struct point_scale *scale, int row, int column, const uint8_t *pixel)
{
    float low[3] = {1.0f, 1.0f, 1.0f}, high[3] = {0.0f, 0.0f, 0.0f};
    for (int r = row - 1; r <= row + 1; r++) {
        for (int c = column - 1; c <= column + 1; c++) {
            const struct color color = point_scale_answer(scale, surface_at(&picture->surface, r, c),
                                                          picture->surface.outputs, NULL);
            const float channels[3] = {color.r, color.g, color.b};
            for (int i = 0; i < 3; i++) {
                low[i] = fminf(low[i], channels[i]);
                high[i] = fmaxf(high[i], channels[i]);
            }
        }
    }
    for (int i = 0; i < 3; i++)
        if ((float)pixel[i] < 255.0f * low[i] - 2.0f || (float)pixel[i] > 255.0f * high[i] + 2.0f)
            fail_msg("place %d, %d: channel %d is %d, expected %g to %g", row, column, i, pixel[i],
                     255.0 * (double)low[i], 255.0 * (double)high[i]);
    (void)w;
}

static void pixels_have_the_colours_of_the_answers(void **state)
{
    (void)state;
    static const struct {
        const char *data, *model;
        int width, height;
        enum hud_mode hud;
    } cases[] = {{"xor:samples=60", classes_model, 1920, 1080, HUD_FULL},
                 {"gaussians:samples=60,classes=4", classes_model, 1280, 720, HUD_FULL},
                 {"plane:samples=60", targets_model, 1920, 1080, HUD_FULL},
                 {"circle:samples=60", one_output_model, 1280, 720, HUD_FULL},
                 {"circle:samples=60", classes_model, 1280, 720, HUD_LEGEND}};
    for (int i = 0; i < 5; i++) {
        for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
            struct world w;
            world_init(&w, cases[i].data, cases[i].model, cases[i].width, cases[i].height,
                       (enum theme_name)theme, cases[i].hud);
            metrics_publish_surface(w.picture.metrics, &w.surface);
            picture_draw(&w.picture);
            const struct surface_picture *picture = view_surface(w.picture.view);
            assert_non_null(picture);
            struct point_scale scale;
            point_scale_init(&scale, w.data, theme_get((enum theme_name)theme));
            int checked = 0;
            for (int row = 1; row + 1 < w.surface.rows; row += 3) {
                for (int column = 1; column + 1 < w.surface.columns; column += 3) {
                    float x, y;
                    locate(picture, row, column, &x, &y);
                    if (is_covered(&w, picture, x, y))
                        continue;
                    assert_place(&w, picture, &scale, row, column, picture_pixel(&w.picture, x, y));
                    checked++;
                }
            }
            assert_true(checked > 100);
            world_deinit(&w);
        }
    }
}

/* Two classes meet in the map's zero, and each has its own end. */
static void colours_follow_the_maps(void **state)
{
    (void)state;
    struct error err = {0};
    struct data *data = data_load("circle:samples=20", &err);
    for (int name = THEME_DARK; name <= THEME_LIGHT; name++) {
        const struct theme *theme = theme_get((enum theme_name)name);
        struct point_scale scale;
        point_scale_init(&scale, data, theme);
        const float even[] = {0.5f, 0.5f}, first[] = {1.0f, 0.0f}, half = 0.5f, one = 1.0f;
        const struct color zero = theme->maps[MAP_WEIGHT][4];
        struct color color = point_scale_answer(&scale, even, 2, NULL);
        assert_memory_equal(&color, &zero, sizeof zero);
        color = point_scale_answer(&scale, &half, 1, NULL);
        assert_memory_equal(&color, &zero, sizeof zero);
        color = point_scale_answer(&scale, first, 2, NULL);
        struct color expected = theme_map_color(theme, MAP_WEIGHT, 0.25f);
        assert_memory_equal(&color, &expected, sizeof zero);
        color = point_scale_answer(&scale, &one, 1, NULL);
        expected = theme_map_color(theme, MAP_WEIGHT, 0.75f);
        assert_memory_equal(&color, &expected, sizeof zero);
        bool number = true;
        const float broken[] = {NAN, 0.0f};
        point_scale_answer(&scale, broken, 2, &number);
        assert_false(number);
    }
    data_destroy(data);
}

struct texts {
    const char *wanted[5];
    int seen[5];
};

static void note(void *context, const struct ui_text_box *box)
{
    struct texts *texts = context;
    for (int i = 0; i < 5; i++)
        texts->seen[i] += texts->wanted[i] && strcmp(box->text, texts->wanted[i]) == 0;
}

/* Both classes have a bar in the panel; the scene names both beside the one cell. */
static void one_output_answers_for_both_classes(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, "circle:samples=60", one_output_model, 1920, 1080, THEME_DARK, HUD_FULL);
    picture_draw(&w.picture);
    const float y = view_info(w.picture.view)->output[0];
    char first[24], second[24], named[48];
    snprintf(first, sizeof first, "%.1f %%", 100.0 * (double)(1.0f - y));
    snprintf(second, sizeof second, "%.1f %%", 100.0 * (double)y);
    snprintf(named, sizeof named, "inside  %s", second); /* beside the cell: whose probability it is */
    struct texts texts = {.wanted = {first, second, named, "inside", "outside"}};
    ui_watch_text(view_ui(w.picture.view), note, &texts, true);
    view_set_theme(w.picture.view, THEME_LIGHT);
    picture_draw(&w.picture);
    ui_watch_text(view_ui(w.picture.view), NULL, NULL, true);
    for (int i = 0; i < 3; i++)
        assert_true(texts.seen[i] >= 1);
    for (int i = 3; i < 5; i++)
        assert_true(texts.seen[i] >= 2); /* beside bar and cell */
    world_deinit(&w);
}

/* Predicted and wanted numbers instead of classes. */
static void targets_stand_beside_predictions(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, "plane:samples=60", targets_model, 1920, 1080, THEME_DARK, HUD_FULL);
    picture_draw(&w.picture);
    char label[64];
    snprintf(label, sizeof label, "%.3g  target %.3g", (double)view_info(w.picture.view)->output[0],
             (double)w.data->test.targets[0]);
    struct texts texts = {.wanted = {label, "R²", "fit", "accuracy"}};
    ui_watch_text(view_ui(w.picture.view), note, &texts, true);
    view_set_theme(w.picture.view, THEME_LIGHT);
    picture_draw(&w.picture);
    ui_watch_text(view_ui(w.picture.view), NULL, NULL, true);
    for (int i = 0; i < 3; i++)
        assert_true(texts.seen[i] >= 1);
    assert_int_equal(texts.seen[3], 0);
    world_deinit(&w);
}

/* Bytes and numbers from 0 to 1 are pictures; others have S from all samples. */
static void inputs_beyond_0_to_1_have_signs(void **state)
{
    (void)state;
    float values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = (float)i / 1000.0f;
    struct data data = {.test = {.count = 500, .channels = 2, .height = 1, .width = 1, .values = values}};
    assert_true(input_scale(&data) == 0.0f);
    values[3] = -0.001f;
    assert_true(input_scale(&data) == 1.0f);
    values[3] = 40.0f;
    assert_true(input_scale(&data) == 1.0f); /* one in a thousand is beyond the 99.5th percentile */
    for (int i = 0; i < 1000; i++)
        values[i] = -2.9f;
    assert_true(input_scale(&data) == 3.0f);
    uint8_t bytes[4] = {0, 128, 255, 7};
    data.test = (struct dataset){.count = 2, .channels = 2, .height = 1, .width = 1, .pixels = bytes};
    assert_true(input_scale(&data) == 0.0f);

    for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
        struct world w;
        world_init(&w, "circle:samples=60", classes_model, 1920, 1080, (enum theme_name)theme, HUD_FULL);
        view_display(w.picture.view)->selection_hidden = true;
        picture_draw(&w.picture);
        const struct view_plate *plate = picture_plate(&w.picture, "input", "input");
        assert_string_equal(plate->map, "weight");
        assert_true(plate->scale == input_scale(w.data) && plate->scale == 1.0f);
        const uint32_t probe = view_info(w.picture.view)->probe_index;
        for (size_t i = 0; i < 2; i++) {
            float x, y, size;
            picture_locate(plate, i, &x, &y, &size);
            const float value = dataset_value(&w.data->test, probe, i);
            const struct color color = theme_map_color(theme_get((enum theme_name)theme), MAP_WEIGHT,
                                                       0.5f + 0.5f * value / plate->scale);
            const uint8_t *pixel = picture_pixel(&w.picture, x, y);
            assert_true(fabsf((float)pixel[0] - 255.0f * color.r) < 2.5f);
            assert_true(fabsf((float)pixel[1] - 255.0f * color.g) < 2.5f);
            assert_true(fabsf((float)pixel[2] - 255.0f * color.b) < 2.5f);
        }
        world_deinit(&w);
    }
}

static void a_click_makes_the_next_test_sample_the_probe(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, "circle:samples=60", classes_model, 1920, 1080, THEME_DARK, HUD_FULL);
    metrics_publish_surface(w.picture.metrics, &w.surface);
    picture_draw(&w.picture);
    const struct surface_picture *picture = view_surface(w.picture.view);
    const struct rect area = picture->area;
    const uint32_t wanted = w.data->test.count / 2;
    const float u = (float)(((double)dataset_value(&w.data->test, wanted, 0) - w.surface.low[0]) /
                            (w.surface.high[0] - w.surface.low[0]));
    const float v = (float)(((double)dataset_value(&w.data->test, wanted, 1) - w.surface.low[1]) /
                            (w.surface.high[1] - w.surface.low[1]));
    struct pointer *pointer = &w.picture.pointer;
    pointer->x = pointer->pressed_x = area.x + u * area.width + 1.0f;
    pointer->y = pointer->pressed_y = area.y + (1.0f - v) * area.height;
    pointer->clicked = true;
    picture_draw(&w.picture);
    uint32_t sample = 0;
    assert_true(view_take_clicked_sample(w.picture.view, &sample));
    assert_int_equal(sample, wanted);
    /* Far from all samples nothing happens. */
    pointer->x = pointer->pressed_x = area.x + 2.0f;
    pointer->y = pointer->pressed_y = area.y + 2.0f;
    pointer->clicked = true;
    picture_draw(&w.picture);
    assert_false(view_take_clicked_sample(w.picture.view, &sample));
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_has_its_contour),
        cmocka_unit_test(a_saddle_is_cut_by_its_middle),
        cmocka_unit_test(pixels_have_the_colours_of_the_answers),
        cmocka_unit_test(colours_follow_the_maps),
        cmocka_unit_test(one_output_answers_for_both_classes),
        cmocka_unit_test(targets_stand_beside_predictions),
        cmocka_unit_test(inputs_beyond_0_to_1_have_signs),
        cmocka_unit_test(a_click_makes_the_next_test_sample_the_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
