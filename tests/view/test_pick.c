/* What lies under a pixel: every cell is found where it is drawn, to its very border, and nothing beside. */
#include "test.h"

#include <math.h>

#include <cglm/cglm.h>

#include "base/log.h"
#include "gl/debug.h"
#include "picture.h"
#include "view/pick.h"

static struct gl_context *context;

/* The share of the picture's width and height at (column, row) of a tile, counted in values. */
static void share(const struct plate *plate, int tile_column, int tile_row, double column, double row,
                  double *u, double *v)
{
    const double gap = (double)plate->gap * plate->tile_width;
    *u = (tile_column * (plate->tile_width + gap) + column) /
         (plate->tile_columns * (plate->tile_width + gap) - gap);
    *v =
        (tile_row * (plate->tile_height + gap) + row) / (plate->tile_rows * (plate->tile_height + gap) - gap);
}

static void check_cell(const struct plate *plate, int tile_column, int tile_row, int column, int row)
{
    const double e = 1e-6;
    const int tile = plate->tiles_down ? tile_column * plate->tile_rows + tile_row
                                       : tile_row * plate->tile_columns + tile_column;
    const int number = (tile * plate->tile_height + row) * plate->tile_width + column;
    const int value = tile < plate->tiles && number < plate->values ? number : -1;
    const double inside[5][2] = {{0.5, 0.5}, {e, 0.3}, {1.0 - e, 0.3}, {0.7, e}, {0.7, 1.0 - e}};
    double u, v;
    for (int i = 0; i < 5; i++) {
        share(plate, tile_column, tile_row, column + inside[i][0], row + inside[i][1], &u, &v);
        assert_int_equal(plate_value_at(plate, u, v), value);
    }
}

static void borders_are_exact(void **state)
{
    (void)state;
    static const char *const names[] = {"lenet5", "mlp"};
    for (int n = 0; n < 2; n++) {
        struct specimen specimen;
        struct scene scene;
        specimen_init(&specimen, names[n]);
        scene_init(&scene, specimen.network, &specimen.layout);
        for (int p = 0; p < scene.plate_count; p++) {
            const struct plate *plate = &scene.plates[p];
            for (int ty = 0; ty < plate->tile_rows; ty++)
                for (int tx = 0; tx < plate->tile_columns; tx++)
                    for (int y = 0; y < plate->tile_height; y += y % 7 == 6 ? 5 : 1)
                        for (int x = 0; x < plate->tile_width; x += x % 7 == 6 ? 5 : 1)
                            check_cell(plate, tx, ty, x, y);
            assert_int_equal(plate_value_at(plate, -1e-9, 0.5), -1);
            assert_int_equal(plate_value_at(plate, 0.5, -1e-9), -1);
            assert_int_equal(plate_value_at(plate, 1.0 + 1e-9, 0.5), -1);
            assert_int_equal(plate_value_at(plate, 0.5, 1.0 + 1e-9), -1);
            double u, v;
            if (plate->tile_columns > 1) {
                const double e = 1e-6, gap = (double)plate->gap * plate->tile_width;
                share(plate, 0, 0, plate->tile_width + e, 0.5, &u, &v);
                assert_int_equal(plate_value_at(plate, u, v), -1);
                share(plate, 0, 0, plate->tile_width + gap - e, 0.5, &u, &v);
                assert_int_equal(plate_value_at(plate, u, v), -1);
                share(plate, 0, 0, plate->tile_width + gap + e, 0.5, &u, &v);
                assert_true(plate_value_at(plate, u, v) > 0);
            }
        }
        scene_deinit(&scene);
        specimen_deinit(&specimen);
    }
}

static void draw(struct picture *picture, const struct pointer *pointer)
{
    const struct view_frame frame = {.width = picture->width,
                                     .height = picture->height,
                                     .hide_wall_clock = true,
                                     .lock_step = true,
                                     .pointer = pointer};
    view_draw(picture->view, &frame, picture->framebuffer.name);
}

/* Through the camera: the pixel where a value is drawn leads back to it. */
static void cells_are_found_where_they_are_drawn(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    specimen_init(&specimen, "lenet5");
    picture_init(&picture, &specimen, 1280, 720, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER);
    specimen_publish(&specimen, view_publisher(picture.view));
    draw(&picture, NULL);
    const struct view_plate *plates;
    const int count = view_plates(picture.view, &plates);
    int found = 0;
    for (int p = 0; p < count; p++) {
        const int step = plates[p].plate->values / 50 + 1;
        for (int value = 0; value < plates[p].plate->values; value += step) {
            float x, y, texel_px;
            struct display_cell cell;
            picture_locate(&plates[p], (size_t)value, &x, &y, &texel_px);
            assert_true(view_pick_cell(picture.view, x, y, &cell));
            assert_int_equal(cell.plate, p);
            assert_int_equal(cell.value, value);
            found++;
        }
    }
    assert_true(found > 300);
    struct display_cell cell;
    assert_false(view_pick_cell(picture.view, 3.0f, 3.0f, &cell));
    assert_int_equal(cell.plate, -1);
    assert_false(view_pick_cell(picture.view, NAN, NAN, &cell));
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

static struct pointer pointer_at(float x, float y)
{
    struct pointer pointer;
    pointer_init(&pointer);
    pointer.x = pointer.pressed_x = x;
    pointer.y = pointer.pressed_y = y;
    return pointer;
}

static void the_mouse_hovers_and_selects(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    specimen_init(&specimen, "lenet5");
    picture_init(&picture, &specimen, 1920, 1080, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    specimen_publish(&specimen, view_publisher(picture.view));
    draw(&picture, NULL);
    const struct display *display = view_display(picture.view);
    assert_int_equal(display->hovered.plate, -1);
    float x, y, texel_px;
    picture_locate(picture_plate(&picture, "conv2", "activation"), 762, &x, &y, &texel_px);
    struct pointer pointer = pointer_at(x, y);
    draw(&picture, &pointer);
    assert_int_equal(display->hovered.value, 762);
    assert_int_equal(display->selected.plate, -1);
    pointer.clicked = true;
    draw(&picture, &pointer);
    assert_true(display_cell_equal(display->selected, display->hovered));

    /* A double click selects nothing, also where both its clicks fall into one frame. */
    const struct display_cell chosen = display->selected;
    pointer = pointer_at(x + 3.0f * texel_px, y);
    view_keep_selection(picture.view);
    pointer.clicked = true;
    draw(&picture, &pointer);
    assert_false(display_cell_equal(display->selected, chosen));
    view_restore_selection(picture.view);
    pointer.double_clicked = true;
    draw(&picture, &pointer);
    assert_true(display_cell_equal(display->selected, chosen));
    pointer = pointer_at(x, y);

    /* A click on a panel is the panel's; one that began there too; one on nothing selects nothing. */
    struct pointer on_panel = pointer_at(100.0f, 950.0f);
    on_panel.clicked = true;
    assert_true(view_is_panel(picture.view, on_panel.x, on_panel.y));
    draw(&picture, &on_panel);
    assert_int_equal(display->selected.value, 762);
    assert_int_equal(display->hovered.plate, -1);
    pointer.pressed_x = on_panel.x;
    pointer.pressed_y = on_panel.y;
    pointer.x += 3.0f * texel_px;
    draw(&picture, &pointer);
    assert_int_equal(display->selected.value, 762);
    struct pointer nowhere = pointer_at(60.0f, 640.0f);
    assert_false(view_is_panel(picture.view, nowhere.x, nowhere.y));
    nowhere.clicked = true;
    draw(&picture, &nowhere);
    assert_int_equal(display->selected.plate, -1);

    /* Nothing is hovered while something is dragged. */
    pointer = pointer_at(x, y);
    pointer.down = true;
    draw(&picture, &pointer);
    assert_int_equal(display->hovered.plate, -1);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

/* A frame so many seconds after the last. */
static void wait_with(struct picture *picture, const struct pointer *pointer, float seconds)
{
    const struct view_frame frame = {.width = picture->width,
                                     .height = picture->height,
                                     .dt = seconds,
                                     .paused = true,
                                     .hide_wall_clock = true,
                                     .lock_step = true,
                                     .pointer = pointer};
    view_draw(picture->view, &frame, picture->framebuffer.name);
}

static void a_neuron_stands_out_once_the_mouse_rests_on_it(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    specimen_init(&specimen, "lenet5");
    picture_init(&picture, &specimen, 1280, 720, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    specimen_publish(&specimen, view_publisher(picture.view));
    draw(&picture, NULL);
    const struct display *display = view_display(picture.view);
    float x, y, texel_px, input_x, input_y;
    picture_locate(picture_plate(&picture, "conv2", "activation"), 762, &x, &y, &texel_px);
    picture_locate(picture_plate(&picture, "input", "input"), 400, &input_x, &input_y, &texel_px);
    struct pointer pointer = pointer_at(x, y);
    /* The first frame only finds it; it counts from there, however many frames it takes. */
    wait_with(&picture, &pointer, 0.2f);
    wait_with(&picture, &pointer, 0.2f);
    assert_int_equal(display->isolated.plate, -1);
    assert_true(display->isolation == 0.0f);
    wait_with(&picture, &pointer, 0.1f);
    assert_true(display_cell_equal(display->isolated, display->hovered));
    assert_true(display->isolation > 0.0f);
    wait_with(&picture, &pointer, 0.2f);
    assert_true(display->isolation == 1.0f);
    /* A picture without a mouse knows of nothing, and the mouse still rests after it. */
    draw(&picture, NULL);
    assert_int_equal(display->isolated.plate, -1);
    assert_true(display->isolation == 0.0f);
    draw(&picture, &pointer);
    assert_true(display->isolated.plate >= 0 && display->isolation == 1.0f);
    /* Nothing leads to the input. */
    pointer = pointer_at(input_x, input_y);
    for (int i = 0; i < 5; i++)
        wait_with(&picture, &pointer, 0.2f);
    assert_int_equal(display->hovered.value, 400);
    assert_int_equal(display->isolated.plate, -1);
    assert_true(display->isolation == 0.0f);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        print_error("%s\n", err.message);
    return context ? 0 : -1;
}

static int close_context(void **state)
{
    (void)state;
    const int messages = gl_debug_message_count() + log_warning_count();
    gl_context_destroy(context);
    return messages == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_are_exact),
        cmocka_unit_test(cells_are_found_where_they_are_drawn),
        cmocka_unit_test(the_mouse_hovers_and_selects),
        cmocka_unit_test(a_neuron_stands_out_once_the_mouse_rests_on_it),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
