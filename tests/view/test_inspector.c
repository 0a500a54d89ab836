/* Values of the shown snapshot come back while the picture is drawn: the right ones, of one step, at little
 * cost; and what the card and the tooltip show for them. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"
#include "view/inspector.h"

static struct gl_context *context;

static void ranges_come_back_in_order(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_buffer source = {0};
    struct readback readback;
    float values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = (float)i;
    assert_true(gl_buffer_init(&source, "values", sizeof values, values, false, &err));
    assert_true(readback_init(&readback, 600, &err));
    readback_frame(&readback);
    assert_int_equal(readback_take(&readback, true), READBACK_NONE);
    const struct readback_range ranges[] = {{110, 3}, {800, 1}, {100, 2}};
    const int slot = readback_ask(&readback, source.name, ranges, 3, false);
    assert_true(slot >= 0);
    assert_int_equal(readback.bytes, 6 * sizeof(float));
    assert_int_equal(readback_take(&readback, true), slot);
    const float expected[] = {110, 111, 112, 800, 100, 101};
    assert_memory_equal(readback_values(&readback, slot), expected, sizeof expected);
    assert_int_equal(readback_take(&readback, true), READBACK_NONE);

    /* All slots under way; then the newest one counts. */
    int last = READBACK_NONE;
    for (int i = 0; i < READBACK_SLOTS; i++) {
        const struct readback_range one = {(size_t)(50 + i), 1};
        last = readback_ask(&readback, source.name, &one, 1, false);
        assert_true(last >= 0);
    }
    assert_int_equal(readback_ask(&readback, source.name, ranges, 3, false), READBACK_NONE);
    assert_int_equal(readback_take(&readback, true), last);
    assert_true(readback_values(&readback, last)[0] == (float)(50 + READBACK_SLOTS - 1));
    const struct readback_range too_much = {0, 601};
    assert_int_equal(readback_ask(&readback, source.name, &too_much, 1, true), READBACK_NONE);
    readback_deinit(&readback);
    gl_buffer_deinit(&source);
}

static void large_requests_wait_their_turn(void **state)
{
    (void)state;
    enum { FLOATS = 20000 };
    struct error err = {0};
    struct gl_buffer source = {0};
    struct readback readback;
    assert_true(gl_buffer_init(&source, "values", FLOATS * sizeof(float), NULL, false, &err));
    assert_true(readback_init(&readback, FLOATS, &err));
    size_t bytes = 0;
    const struct readback_range all = {0, FLOATS};
    for (int frame = 0; frame < 100; frame++) {
        readback_frame(&readback);
        readback_take(&readback, true);
        readback_ask(&readback, source.name, &all, 1, false);
        bytes += readback.bytes;
    }
    assert_in_range(bytes, 15 * FLOATS * sizeof(float),
                    100 * READBACK_BYTES_PER_FRAME + FLOATS * sizeof(float));
    readback_take(&readback, true);
    assert_true(readback_ask(&readback, source.name, &all, 1, true) >= 0);
    readback_deinit(&readback);
    gl_buffer_deinit(&source);
}

struct world {
    struct specimen specimen;
    struct scene scene;
    struct arena *arena;
    struct inspector *inspector;
};

static void publish(struct world *world, uint64_t step)
{
    world->specimen.info.step = step;
    specimen_region(&world->specimen, REGION_ACTIVATION, "conv2", 0)[762] = (float)step;
    specimen_publish(&world->specimen, arena_publisher(world->arena));
}

static void update(struct world *world, struct display_cell selected, struct display_cell hovered, bool wait)
{
    const bool changed = arena_update(world->arena, false);
    inspector_update(world->inspector, selected, hovered, changed, wait);
    arena_frame_done(world->arena);
}

static void values_bear_their_step(void **state)
{
    (void)state;
    struct world world = {0};
    struct error err = {0};
    specimen_init(&world.specimen, "lenet5");
    scene_init(&world.scene, world.specimen.network, &world.specimen.layout);
    world.arena = arena_create(&world.specimen.layout, NULL, &err);
    const struct inspect_subject subject = {world.specimen.network, &world.specimen.data,
                                            &world.specimen.layout, &world.scene};
    world.inspector = inspector_create(&subject, world.arena, &err);
    assert_non_null(world.inspector);
    const struct display_cell none = {-1, 0};
    const struct display_cell cell = {
        scene_find_activation(&world.scene, world.specimen.network,
                              network_find_layer(world.specimen.network, "conv2")),
        762};
    update(&world, cell, none, true); /* nothing was published yet */
    assert_null(inspector_selected(world.inspector));

    for (uint64_t step = 1; step <= 5; step++) {
        publish(&world, step);
        update(&world, cell, cell, true);
        const struct inspection *found = inspector_selected(world.inspector);
        assert_non_null(found);
        assert_int_equal(found->step, step);
        assert_true(found->value == (float)step);
        assert_int_equal(found->kind, INSPECT_CONVOLUTION);
        assert_non_null(inspector_hovered(world.inspector));
        assert_true(inspector_hovered(world.inspector)->value == (float)step);
        assert_in_range(inspector_bytes(world.inspector), 1, READBACK_BYTES_PER_FRAME);
    }
    /* Without news nothing is read. */
    update(&world, cell, cell, true);
    assert_int_equal(inspector_bytes(world.inspector), 0);
    assert_int_equal(inspector_selected(world.inspector)->step, 5);

    /* Live: it comes later, and belongs to the step it was asked at. */
    publish(&world, 6);
    update(&world, cell, none, false);
    assert_true(inspector_selected(world.inspector)->value ==
                (float)inspector_selected(world.inspector)->step);
    glFinish();
    update(&world, cell, none, false);
    assert_int_equal(inspector_selected(world.inspector)->step, 6);
    assert_null(inspector_hovered(world.inspector));

    /* What is known of one cell is never shown for another. */
    const struct display_cell other = {cell.plate, 3};
    update(&world, other, none, false);
    const struct inspection *found = inspector_selected(world.inspector);
    assert_true(found == NULL || found->cell.value == 3);
    inspector_destroy(world.inspector);
    arena_destroy(world.arena);
    scene_deinit(&world.scene);
    specimen_deinit(&world.specimen);
}

static void draw_with(struct picture *picture, const struct pointer *pointer)
{
    const struct view_frame frame = {.width = picture->width,
                                     .height = picture->height,
                                     .hide_wall_clock = true,
                                     .lock_step = true,
                                     .pointer = pointer};
    view_draw(picture->view, &frame, picture->framebuffer.name);
    gl_framebuffer_read(&picture->framebuffer, picture->rgba);
}

static int differences(const struct picture *picture, const uint8_t *before, struct rect where)
{
    int count = 0;
    for (int y = (int)where.y; y < (int)(where.y + where.height); y++)
        for (int x = (int)where.x; x < (int)(where.x + where.width); x++)
            count += memcmp(picture->rgba + 4 * (y * picture->width + x),
                            before + 4 * (y * picture->width + x), 3) != 0;
    return count;
}

static void card_and_tooltip_appear(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    specimen_init(&specimen, "lenet5");
    picture_init(&picture, &specimen, 1920, 1080, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    specimen_publish(&specimen, view_publisher(picture.view));
    draw_with(&picture, NULL);
    const size_t size = (size_t)(4 * picture.width * picture.height);
    uint8_t *before = ls_calloc(size, 1);
    memcpy(before, picture.rgba, size);

    struct pointer pointer;
    float texel_px;
    pointer_init(&pointer);
    picture_locate(picture_plate(&picture, "conv2", "activation"), 762, &pointer.x, &pointer.y, &texel_px);
    draw_with(&picture, &pointer);
    const struct rect beside = {pointer.x + 20.0f, pointer.y + 20.0f, 100.0f, 50.0f};
    assert_true(differences(&picture, before, beside) > 2000);
    draw_with(&picture, NULL);
    assert_memory_equal(before, picture.rgba, size);

    struct layout layout;
    layout_compute(&layout, 1920, 1080, HUD_FULL);
    const struct rect card = layout.panels[PANEL_INSPECTOR];
    pointer.clicked = true;
    pointer.pressed_x = pointer.x;
    pointer.pressed_y = pointer.y;
    draw_with(&picture, &pointer);
    assert_true(differences(&picture, before, card) > 1000);
    free(before);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

/* Pixels that the card changes while only the picture's own selection is there. */
static int card_unasked(int width, int height)
{
    struct specimen specimen;
    struct picture picture;
    specimen_init(&specimen, "lenet5");
    picture_init(&picture, &specimen, width, height, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    specimen_publish(&specimen, view_publisher(picture.view));
    draw_with(&picture, NULL);
    const size_t size = (size_t)(4 * width * height);
    uint8_t *before = ls_calloc(size, 1);
    memcpy(before, picture.rgba, size);
    view_display(picture.view)->selection_hidden = true;
    draw_with(&picture, NULL);
    struct layout layout;
    layout_compute(&layout, width, height, HUD_FULL);
    const int count = differences(&picture, before, layout.panels[PANEL_INSPECTOR]);
    free(before);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
    return count;
}

static void a_roomy_window_shows_a_card_unasked(void **state)
{
    (void)state;
    assert_true(card_unasked(1920, 1080) > 10000);
    assert_int_equal(card_unasked(1280, 720), 0);
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
        cmocka_unit_test(ranges_come_back_in_order),
        cmocka_unit_test(large_requests_wait_their_turn),
        cmocka_unit_test(values_bear_their_step),
        cmocka_unit_test(card_and_tooltip_appear),
        cmocka_unit_test(a_roomy_window_shows_a_card_unasked),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
