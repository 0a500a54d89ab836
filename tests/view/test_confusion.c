/* The confusion matrix: its geometry, its numbers, the colours of its cells on the screen, and clicks. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "picture.h"
#include "view/confusion.h"
#include "view/ui.h"

enum { WIDTH = 1920, HEIGHT = 1080, CLASSES = 10, SAMPLES = 4000, SIDE = 28 };

static void cells_are_found_where_they_stand(void **state)
{
    (void)state;
    static const int classes[] = {2, 3, 10, 47, 100, 256, 1000};
    static const struct rect rooms[] = {{10.0f, 20.0f, 151.0f, 150.0f}, {3.5f, 7.25f, 900.0f, 660.0f}};
    for (int i = 0; i < 7; i++) {
        for (int r = 0; r < 2; r++) {
            const struct confusion_grid grid = confusion_grid_place(rooms[r], classes[i], 1.0f);
            assert_true(grid.area.width <= rooms[r].width && grid.area.height <= rooms[r].height);
            assert_true(grid.cells * grid.block >= classes[i] && (grid.cells - 1) * grid.block < classes[i]);
            assert_true(grid.pitch >= 2.0f);
            for (int k = 0; k < grid.cells; k++) {
                const struct rect cell = confusion_grid_cell(&grid, k, grid.cells - 1 - k);
                struct confusion_pair pair;
                assert_true(cell.width >= 1.0f && cell.height >= 1.0f);
                assert_true(
                    confusion_cell_at(&grid, cell.x + 0.5f * cell.width, cell.y + 0.5f * cell.height, &pair));
                assert_int_equal(pair.truth, k * grid.block);
                assert_int_equal(pair.predicted, (grid.cells - 1 - k) * grid.block);
            }
        }
    }
}

static void outside_there_is_no_cell(void **state)
{
    (void)state;
    const struct confusion_grid grid =
        confusion_grid_place((struct rect){100.0f, 50.0f, 150.0f, 150.0f}, CLASSES, 1.0f);
    struct confusion_pair pair = {7, 7};
    assert_false(confusion_cell_at(&grid, 99.9f, 60.0f, &pair));
    assert_false(confusion_cell_at(&grid, 110.0f, 49.9f, &pair));
    assert_false(confusion_cell_at(&grid, 250.1f, 60.0f, &pair));
    assert_false(confusion_cell_at(&grid, 110.0f, 200.1f, &pair));
    assert_false(confusion_cell_at(&grid, NAN, 60.0f, &pair));
    assert_int_equal(pair.truth, 7);
    assert_true(confusion_cell_at(&grid, 249.9f, 199.9f, &pair));
    assert_true(pair.truth == 9 && pair.predicted == 9);
}

static void colours_are_logarithmic(void **state)
{
    (void)state;
    assert_true(confusion_map_position(0.0) == 0.0f);
    assert_true(confusion_map_position(0.0005) == 0.0f);
    assert_true(confusion_map_position(1.0) == 1.0f);
    const float tenth = confusion_map_position(0.1), hundredth = confusion_map_position(0.01);
    assert_true(fabsf((1.0f - tenth) - (tenth - hundredth)) < 1e-6f);
    assert_true(fabsf(tenth - (1.0f - 1.0f / log10f(2000.0f))) < 1e-6f);
}

/* Class 3 has no samples; sample 5 is taken for class 7 with the highest confidence. */
static void fill(struct predictions *p, const struct network *network, int32_t *labels)
{
    predictions_init(p, network, SAMPLES);
    p->step = 1234;
    float *outputs = ls_calloc(SAMPLES * CLASSES, sizeof *outputs);
    for (uint32_t n = 0; n < SAMPLES; n++) {
        labels[n] = (int32_t)(n % CLASSES == 3 ? 4 : n % CLASSES);
        const uint32_t hash = n * 2654435761u >> 7;
        const uint32_t answer = hash % 17 == 0 ? hash % CLASSES : (uint32_t)labels[n];
        outputs[n * CLASSES + answer] = 0.5f + (float)(hash % 1000) / 2100.0f;
    }
    memset(outputs + 5 * CLASSES, 0, CLASSES * sizeof *outputs);
    outputs[5 * CLASSES + 7] = 0.999f;
    predictions_compute(p, outputs, labels);
    free(outputs);
}

static struct network *load(void)
{
    struct error err = {0};
    struct network *network = network_load("mlp", (struct shape){1, SIDE, SIDE}, CLASSES, &err);
    assert_non_null(network);
    return network;
}

static void rows_add_up_and_samples_are_listed(void **state)
{
    (void)state;
    struct network *network = load();
    static int32_t labels[SAMPLES];
    static uint32_t samples[SAMPLES];
    struct predictions p;
    fill(&p, network, labels);
    for (int i = 0; i < CLASSES; i++) {
        double sum = 0.0;
        for (int j = 0; j < CLASSES; j++)
            sum += confusion_share(&p, i, j);
        assert_true(fabs(sum - (i == 3 ? 0.0 : 1.0)) < 1e-12);
    }
    bool *listed = ls_calloc(SAMPLES, sizeof *listed);
    for (int i = 0; i < CLASSES; i++) {
        for (int j = 0; j < CLASSES; j++) {
            const struct confusion_pair pair = {i, j};
            const uint32_t count = confusion_samples(&p, labels, pair, 0, samples, SAMPLES);
            assert_int_equal(count, p.confusion[i * CLASSES + j]);
            for (uint32_t k = 0; k < count; k++) {
                assert_true(labels[samples[k]] == i && p.predicted[samples[k]] == j && !listed[samples[k]]);
                listed[samples[k]] = true;
                if (k == 0)
                    continue;
                const float one = p.confidence[samples[k - 1]], next = p.confidence[samples[k]];
                assert_true(i == j ? one <= next : one >= next);
            }
            uint32_t few[2] = {SAMPLES, SAMPLES};
            assert_int_equal(confusion_samples(&p, labels, pair, 1, few, 2), count);
            assert_true(few[0] == (count > 1 ? samples[1] : SAMPLES));
            assert_true(few[1] == (count > 2 ? samples[2] : SAMPLES));
        }
    }
    confusion_samples(&p, labels, (struct confusion_pair){5, 7}, 0, samples, 1);
    assert_int_equal(samples[0], 5);
    const struct confusion_pair worst = confusion_worst_pair(&p);
    assert_true(worst.truth != worst.predicted && worst.truth >= 0);
    for (int i = 0; i < CLASSES * CLASSES; i++)
        assert_true(i % (CLASSES + 1) == 0 ||
                    p.confusion[i] <= p.confusion[worst.truth * CLASSES + worst.predicted]);
    assert_int_equal(confusion_samples(&p, labels, (struct confusion_pair){-1, -1}, 0, samples, 1), 0);
    free(listed);
    predictions_deinit(&p);
    network_destroy(network);
}

/* A cell of blocks shows its largest share. */
static void many_classes_share_cells(void **state)
{
    (void)state;
    enum { MANY = 200 };
    static uint32_t confusion[MANY * MANY];
    const struct predictions p = {.classes = MANY, .confusion = confusion};
    for (size_t i = 0; i < MANY; i++)
        confusion[i * MANY + i] = 99;
    confusion[7 * MANY + 150] = 1;
    const struct confusion_grid grid =
        confusion_grid_place((struct rect){0.0f, 0.0f, 150.0f, 150.0f}, MANY, 1.0f);
    assert_true(grid.block > 1);
    for (int i = 0; i < grid.cells; i++)
        for (int j = 0; j < grid.cells; j++) {
            const bool one = i == 7 / grid.block && j == 150 / grid.block;
            const double share = confusion_cell_share(&p, &grid, i, j);
            assert_true(i == j ? share == 1.0 : one ? fabs(share - 0.01) < 1e-12 : share == 0.0);
        }
}

struct world {
    struct gl_context *context;
    struct specimen specimen;
    struct picture picture;
    struct predictions predictions;
    struct dataset one; /* the specimen's own test split */
    struct pointer pointer;
};

/* The specimen's digit stands for every sample, dimmed by its number. */
static void world_init(struct world *w, enum theme_name theme)
{
    struct error err = {0};
    w->context = gl_context_create_headless(&err);
    if (!w->context)
        fail_msg("%s", err.message);
    specimen_init(&w->specimen, "mlp");
    struct dataset *test = &w->specimen.data.test;
    w->one = *test;
    test->count = SAMPLES;
    test->labels = ls_calloc(SAMPLES, sizeof *test->labels);
    test->pixels = ls_calloc(SAMPLES, (size_t)SIDE * SIDE);
    for (size_t n = 0; n < SAMPLES; n++)
        memset(test->pixels + n * SIDE * SIDE, (int)(n * 37 % 251), (size_t)SIDE * SIDE);
    fill(&w->predictions, w->specimen.network, test->labels);
    picture_init(&w->picture, &w->specimen, WIDTH, HEIGHT, theme, HUD_FULL, CAMERA_THREE_QUARTER);
    metrics_publish_predictions(w->picture.metrics, &w->predictions);
    specimen_publish(&w->specimen, view_publisher(w->picture.view));
    pointer_init(&w->pointer);
}

static void world_deinit(struct world *w)
{
    picture_deinit(&w->picture);
    predictions_deinit(&w->predictions);
    free(w->specimen.data.test.pixels);
    free(w->specimen.data.test.labels);
    w->specimen.data.test = w->one;
    specimen_deinit(&w->specimen);
    gl_context_destroy(w->context);
}

static void draw(struct world *w)
{
    struct picture *picture = &w->picture;
    const struct view_frame frame = {.width = WIDTH,
                                     .height = HEIGHT,
                                     .dt = 1.0f / 30.0f,
                                     .hide_wall_clock = true,
                                     .pointer = &w->pointer};
    view_draw(picture->view, &frame, picture->framebuffer.name);
    gl_framebuffer_read(&picture->framebuffer, picture->rgba);
    pointer_frame_done(&w->pointer);
}

static void click(struct world *w, float x, float y, bool twice)
{
    w->pointer.x = w->pointer.pressed_x = x;
    w->pointer.y = w->pointer.pressed_y = y;
    w->pointer.clicked = true;
    w->pointer.double_clicked = twice;
    draw(w);
}

static bool is_color(const struct world *w, float x, float y, struct color color)
{
    const uint8_t *p = picture_pixel(&w->picture, x, y);
    return fabsf((float)p[0] - 255.0f * color.r) < 2.5f && fabsf((float)p[1] - 255.0f * color.g) < 2.5f &&
           fabsf((float)p[2] - 255.0f * color.b) < 2.5f;
}

/* Does every cell of a grid at (x, y) have its colour? */
static bool is_grid(const struct world *w, float x, float y, float pitch)
{
    const struct theme *theme = theme_get(view_theme(w->picture.view));
    for (int i = 0; i < CLASSES; i++) {
        for (int j = 0; j < CLASSES; j++) {
            const float t = confusion_map_position(confusion_share(&w->predictions, i, j));
            /* Beside the number in the middle. */
            if (!is_color(w, x + pitch * (float)j + 3.0f, y + pitch * (float)i + 3.0f,
                          theme_map_color(theme, MAP_ACTIVATION, t)))
                return false;
        }
    }
    return true;
}

/* The grid in the upper left of `panel`, of the largest pitch from `most` down to `least`. */
static struct rect find_grid(const struct world *w, struct rect panel, float most, float least)
{
    for (float pitch = most; pitch >= least; pitch -= 1.0f)
        for (float y = panel.y; y < panel.y + 60.0f; y += 1.0f)
            for (float x = panel.x; x < panel.x + 80.0f; x += 1.0f)
                if (is_grid(w, x, y, pitch))
                    return (struct rect){x, y, pitch * CLASSES, pitch * CLASSES};
    fail_msg("there is no grid with the cells' colours");
    return panel;
}

static void cells_show_the_map_of_their_counts(void **state)
{
    (void)state;
    for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
        struct world w = {0};
        struct layout layout;
        world_init(&w, (enum theme_name)theme);
        layout_compute(&layout, WIDTH, HEIGHT, HUD_FULL);
        draw(&w);
        find_grid(&w, layout.panels[PANEL_CONFUSION], 15.0f, 15.0f);
        world_deinit(&w);
    }
}

static void note(void *context, const struct ui_text_box *box)
{
    bool *found = context;
    *found = *found || strcmp(box->text, "no test sample of class 3 was recognised") == 0;
}

static void clicks_enlarge_list_and_show(void **state)
{
    (void)state;
    struct world w = {0};
    struct layout layout;
    world_init(&w, THEME_DARK);
    layout_compute(&layout, WIDTH, HEIGHT, HUD_FULL);
    draw(&w);
    const struct rect small = find_grid(&w, layout.panels[PANEL_CONFUSION], 15.0f, 15.0f);
    const struct rect free_view = layout.free_view;
    assert_false(view_close_enlarged(w.picture.view));
    assert_false(view_is_panel(w.picture.view, free_view.x + 5.0f, free_view.y + 5.0f));

    /* True 5, predicted 7. */
    click(&w, small.x + 7.5f * 15.0f, small.y + 5.5f * 15.0f, false);
    assert_true(view_is_panel(w.picture.view, free_view.x + 5.0f, free_view.y + 5.0f));
    const struct rect large = find_grid(&w, free_view, 70.0f, 55.0f);
    const float pitch = large.width / CLASSES;

    /* The list's first picture is sample 5. */
    const float grey = (float)(5 * 37 % 251) / 255.0f;
    float found_x = 0.0f, found_y = 0.0f;
    for (float y = large.y; y < large.y + 120.0f && found_y == 0.0f; y += 4.0f)
        for (float x = large.x + large.width + 70.0f; x < large.x + large.width + 160.0f; x += 4.0f)
            if (is_color(&w, x, y, (struct color){grey, grey, grey, 1.0f}) &&
                is_color(&w, x + 8.0f, y + 8.0f, (struct color){grey, grey, grey, 1.0f})) {
                found_x = x;
                found_y = y;
                break;
            }
    assert_true(found_y > 0.0f);
    uint32_t sample = 0;
    assert_false(view_take_clicked_sample(w.picture.view, &sample));
    click(&w, found_x + 4.0f, found_y + 4.0f, false);
    assert_true(view_take_clicked_sample(w.picture.view, &sample));
    assert_int_equal(sample, 5);
    assert_false(view_take_clicked_sample(w.picture.view, &sample));

    /* Another cell: its own worst sample stands there now. */
    uint32_t worst = 0;
    confusion_samples(&w.predictions, w.specimen.data.test.labels, (struct confusion_pair){2, 2}, 0, &worst,
                      1);
    click(&w, large.x + 2.5f * pitch, large.y + 2.5f * pitch, false);
    click(&w, found_x + 4.0f, found_y + 4.0f, false);
    assert_true(view_take_clicked_sample(w.picture.view, &sample));
    assert_int_equal(sample, worst);

    /* A cell without samples has nothing to order. */
    bool found = false;
    ui_watch_text(view_ui(w.picture.view), note, &found, true);
    click(&w, large.x + 3.5f * pitch, large.y + 3.5f * pitch, false);
    draw(&w);
    ui_watch_text(view_ui(w.picture.view), NULL, NULL, true);
    assert_true(found);

    click(&w, large.x + 2.5f * pitch, large.y + 2.5f * pitch, true);
    draw(&w);
    assert_false(view_is_panel(w.picture.view, free_view.x + 5.0f, free_view.y + 5.0f));
    assert_false(view_close_enlarged(w.picture.view));

    click(&w, layout.panels[PANEL_CONFUSION].x + 6.0f, layout.panels[PANEL_CONFUSION].y + 6.0f, false);
    assert_false(view_is_panel(w.picture.view, free_view.x + 5.0f, free_view.y + 5.0f));
    click(&w, layout.panels[PANEL_CONFUSION].x + 6.0f, layout.panels[PANEL_CONFUSION].y + 6.0f, true);
    assert_true(view_is_panel(w.picture.view, free_view.x + 5.0f, free_view.y + 5.0f));
    assert_true(view_close_enlarged(w.picture.view));
    draw(&w);
    assert_false(view_is_panel(w.picture.view, free_view.x + 5.0f, free_view.y + 5.0f));
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_found_where_they_stand),
        cmocka_unit_test(outside_there_is_no_cell),
        cmocka_unit_test(colours_are_logarithmic),
        cmocka_unit_test(rows_add_up_and_samples_are_listed),
        cmocka_unit_test(many_classes_share_cells),
        cmocka_unit_test(cells_show_the_map_of_their_counts),
        cmocka_unit_test(clicks_enlarge_list_and_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
