/* The controls, used by a mouse that only the test moves: what is clicked is asked for, once; what is dragged
 * follows; and nothing of it reaches the scene. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"
#include "view/ui_widgets.h"

static struct gl_context *context;

struct world {
    struct specimen specimen;
    struct picture picture;
    struct pointer pointer;
    struct hud_controls controls;
};

static void draw(struct world *world)
{
    const struct view_frame frame = {.width = world->picture.width,
                                     .height = world->picture.height,
                                     .dt = 1.0f / 30.0f,
                                     .lock_step = true,
                                     .hide_wall_clock = true,
                                     .pointer = &world->pointer,
                                     .controls = &world->controls};
    view_draw(world->picture.view, &frame, world->picture.framebuffer.name);
    pointer_frame_done(&world->pointer);
}

static void world_init_with(struct world *world, int width, int height, const char *model)
{
    memset(world, 0, sizeof *world);
    specimen_init(&world->specimen, model);
    picture_init(&world->picture, &world->specimen, width, height, THEME_DARK, HUD_FULL,
                 CAMERA_THREE_QUARTER);
    specimen_publish(&world->specimen, view_publisher(world->picture.view));
    pointer_init(&world->pointer);
    world->controls.learning_rate = 1e-3f;
    world->controls.probe_count = 10000;
    view_set_drawer(world->picture.view, true);
    draw(world);
    draw(world);
}

static void world_init(struct world *world, int width, int height)
{
    world_init_with(world, width, height, "lenet5");
}

static void world_deinit(struct world *world)
{
    picture_deinit(&world->picture);
    specimen_deinit(&world->specimen);
}

static struct rect find(const struct world *world, const char *wanted)
{
    const char *name;
    struct rect rect;
    for (int i = 0; view_control_at(world->picture.view, i, &name, &rect); i++)
        if (strcmp(name, wanted) == 0)
            return rect;
    fail_msg("there is no control '%s'", wanted);
    return rect;
}

static void move(struct world *world, const char *control, float share)
{
    const struct rect rect = find(world, control);
    world->pointer.x = rect.x + share * rect.width;
    world->pointer.y = rect.y + 0.5f * rect.height;
}

static void press(struct world *world)
{
    world->pointer.down = world->pointer.pressed = true;
    world->pointer.pressed_x = world->pointer.x;
    world->pointer.pressed_y = world->pointer.y;
}

static void let_go(struct world *world)
{
    world->pointer.down = false;
    world->pointer.released = world->pointer.clicked = true;
}

static void expect_nothing(struct world *world)
{
    struct hud_request request;
    if (view_take_request(world->picture.view, &request))
        fail_msg("'%s' was asked for", request.name);
}

static double expect(struct world *world, const char *name)
{
    struct hud_request request = {"nothing", 0.0};
    if (!view_take_request(world->picture.view, &request) || strcmp(request.name, name) != 0)
        fail_msg("expected '%s', found '%s'", name, request.name);
    return request.value;
}

static void a_click_asks_once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1920, 1080);
    move(&world, "pause", 0.5f);
    assert_true(view_is_panel(world.picture.view, world.pointer.x, world.pointer.y));
    draw(&world);
    press(&world);
    draw(&world);
    expect_nothing(&world);
    let_go(&world);
    draw(&world);
    assert_true(isnan(expect(&world, "pause")));
    draw(&world);
    draw(&world);
    expect_nothing(&world);

    /* Down and up again between two frames, where the mouse never was before. */
    move(&world, "fit", 0.3f);
    press(&world);
    let_go(&world);
    draw(&world);
    expect(&world, "fit");
    draw(&world);
    expect_nothing(&world);

    /* Let go of elsewhere it was no click. */
    move(&world, "step", 0.5f);
    press(&world);
    draw(&world);
    world.pointer.x = 900.0f;
    world.pointer.down = false;
    world.pointer.released = true;
    draw(&world);
    draw(&world);
    expect_nothing(&world);
    assert_int_equal(view_display(world.picture.view)->selected.plate, -1);
    world_deinit(&world);
}

static void choices_and_sliders_say_values(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1920, 1080);
    move(&world, "show:2", 0.5f);
    press(&world);
    let_go(&world);
    draw(&world);
    assert_true(expect(&world, "show") == 2.0);
    move(&world, "show:0", 0.5f); /* chosen already */
    press(&world);
    let_go(&world);
    draw(&world);
    expect_nothing(&world);

    move(&world, "learning-rate", 0.5f);
    press(&world);
    draw(&world);
    const double middle = expect(&world, "learning-rate");
    assert_true(middle > 2e-3 && middle < 5e-3);
    /* The drag goes on beside the control, and past its end. */
    const struct rect rate = find(&world, "learning-rate");
    world.controls.learning_rate = (float)middle;
    world.pointer.x = rate.x + 2.0f * rate.width;
    world.pointer.y += 300.0f;
    draw(&world);
    assert_true(fabs(expect(&world, "learning-rate") - 1.0) < 1e-6);
    world.controls.learning_rate = 1.0f;
    world.pointer.down = false;
    world.pointer.released = true;
    draw(&world);
    draw(&world);
    expect_nothing(&world);

    move(&world, "speed", 0.05f);
    press(&world);
    draw(&world);
    assert_true(expect(&world, "speed") == 1.0);
    world_deinit(&world);
}

/* In a small window the drawer scrolls. */
static void the_wheel_scrolls(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1280, 720);
    const struct rect before = find(&world, "screenshot");
    move(&world, "pause", 0.5f);
    for (int i = 0; i < 20; i++) {
        world.pointer.wheel = -1.0f;
        draw(&world);
    }
    const struct rect after = find(&world, "screenshot");
    assert_true(after.y < before.y - 50.0f);
    assert_true(after.y + after.height < 720.0f - 100.0f);
    move(&world, "screenshot", 0.5f);
    press(&world);
    let_go(&world);
    draw(&world);
    expect(&world, "screenshot");
    world_deinit(&world);
}

/* Nobody moves anything: nothing changes but what belongs to the drawer. */
static void the_drawer_alone_is_redrawn(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1280, 720);
    const size_t size = (size_t)(4 * world.picture.width * world.picture.height);
    uint8_t *before = ls_calloc(size, 1);
    gl_framebuffer_read(&world.picture.framebuffer, before);
    move(&world, "pause", 0.5f);
    draw(&world);
    gl_framebuffer_read(&world.picture.framebuffer, world.picture.rgba);
    const struct rect pause = find(&world, "pause");
    int changed = 0;
    for (int y = 0; y < world.picture.height; y++) {
        for (int x = 0; x < world.picture.width; x++) {
            const size_t at = (size_t)(4 * (y * world.picture.width + x));
            if (memcmp(before + at, world.picture.rgba + at, 3) == 0)
                continue;
            changed++;
            if (!rect_holds(pause, (float)x, (float)y))
                fail_msg("pixel %d, %d changed", x, y);
        }
    }
    assert_true(changed > 1000);
    free(before);
    world_deinit(&world);
}

static void the_top_bar_is_a_row_of_buttons(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 1920, 1080);
    struct layout layout;
    layout_compute(&layout, 1920, 1080, HUD_FULL);
    const struct rect bar = layout.panels[PANEL_TOP_BAR];
    int found = 0;
    world.pointer.y = bar.y + 0.5f * bar.height;
    for (float x = bar.x; x < bar.x + bar.width; x += 24.0f) {
        struct hud_request request;
        world.pointer.x = x;
        press(&world);
        let_go(&world);
        draw(&world);
        while (view_take_request(world.picture.view, &request))
            found |= strcmp(request.name, "pause") == 0      ? 1
                     : strcmp(request.name, "controls") == 0 ? 2
                     : strcmp(request.name, "help") == 0     ? 4
                                                             : 0;
    }
    assert_int_equal(found, 7);
    world_deinit(&world);
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/* Returns how many controls there are. */
static int fits_at(int width, int height, const char *model)
{
    struct world world;
    world_init_with(&world, width, height, model);
    struct layout layout;
    layout_compute(&layout, width, height, HUD_FULL);
    layout_open_drawer(&layout);
    assert_true(layout.visible[PANEL_DRAWER]);
    const struct rect drawer = layout.panels[PANEL_DRAWER];
    struct rect rects[64];
    const char *name;
    int count = 0;
    for (; view_control_at(world.picture.view, count, &name, &rects[count]); count++) {
        const struct rect r = rects[count];
        if (r.x < drawer.x + 8.0f || r.x + r.width > drawer.x + drawer.width - 8.0f || r.width < 20.0f)
            fail_msg("%dx%d: '%s' lies from %g to %g", width, height, name, (double)r.x,
                     (double)(r.x + r.width));
        if (ui_control_spare(view_ui(world.picture.view), count) < 4.0f)
            fail_msg("%dx%d: the text of '%s' does not fit", width, height, name);
        for (int i = 0; i < count; i++)
            if (overlap(rects[i], r))
                fail_msg("%dx%d: '%s' overlaps control %d", width, height, name, i);
    }
    /* All of it can be reached. */
    world.pointer.x = drawer.x + 0.5f * drawer.width;
    world.pointer.y = drawer.y + 0.5f * drawer.height;
    for (int i = 0; i < 12; i++) {
        world.pointer.wheel = -1.0f;
        draw(&world);
    }
    const struct rect last = find(&world, "screenshot");
    assert_true(last.y > drawer.y && last.y + last.height <= drawer.y + drawer.height);
    world_deinit(&world);
    return count;
}

static void everything_fits(void **state)
{
    (void)state;
    static const int sizes[][2] = {{800, 600}, {1280, 720}, {1920, 1080}, {3840, 2160}};
    for (int i = 0; i < 4; i++)
        assert_true(fits_at(sizes[i][0], sizes[i][1], "lenet5") > 30);
    fits_at(1280, 720, "mlp");

    struct world world;
    world_init(&world, 480, 320);
    assert_false(view_set_drawer(world.picture.view, true));
    assert_false(view_drawer(world.picture.view));
    world_deinit(&world);
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
        cmocka_unit_test(a_click_asks_once), cmocka_unit_test(choices_and_sliders_say_values),
        cmocka_unit_test(the_wheel_scrolls), cmocka_unit_test(the_drawer_alone_is_redrawn),
        cmocka_unit_test(everything_fits),   cmocka_unit_test(the_top_bar_is_a_row_of_buttons),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
