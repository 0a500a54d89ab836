/* The HUD, drawn without a display and read back. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "canvas.h"
#include "gl/debug.h"
#include "nn/network.h"
#include "view/hud.h"
#include "view/hud_content.h"
#include "view/ui.h"

/* A network, data and history for a HUD. */
struct fixture {
    struct metrics *metrics;
    struct layer layer;
    struct network network;
    uint8_t image[16];
    int32_t label;
    char *names[3];
    struct data data;
    struct snapshot_info info;
    struct hud_key keys[2];
    struct hud_desc desc;
    struct hud_map maps[2];
    struct layout layout;
    struct display display;
    struct hud_frame frame;
};

static void fixture_init(struct fixture *f, int width, int height, enum hud_mode mode)
{
    static char names[3][8] = {"cat", "dog", "horse"};
    memset(f, 0, sizeof *f);
    f->metrics = metrics_create();
    for (uint32_t step = 1; step <= 200; step++)
        canvas_append(f->metrics, step, 2.0f / (float)step);
    f->layer.softmax = true;
    strcpy(f->network.name, "net");
    f->network.layers = &f->layer;
    f->network.layer_count = 1;
    f->image[5] = 255;
    strcpy(f->data.name, "pets");
    f->data.test = (struct dataset){
        .count = 1, .channels = 1, .height = 4, .width = 4, .pixels = f->image, .labels = &f->label};
    f->data.classes = 3;
    for (int i = 0; i < 3; i++)
        f->names[i] = names[i];
    f->data.class_names = f->names;
    f->info =
        (struct snapshot_info){.step = 200, .batch = 64, .output_count = 3, .output = {0.2f, 0.7f, 0.1f}};
    f->keys[0] = (struct hud_key){"Space", "pause"};
    f->keys[1] = (struct hud_key){"Q", "quit"};
    f->desc = (struct hud_desc){&f->network, &f->data, f->metrics, "CPU", f->keys, 2, false};
    f->maps[0] = (struct hud_map){MAP_ACTIVATION, "activation", 0.1f, {1, 1}};
    f->maps[1] = (struct hud_map){MAP_WEIGHT, "weight", 0.2f, {1, 1}};
    layout_compute(&f->layout, width, height, mode);
    display_init(&f->display);
    f->display.selected = (struct display_cell){0, 0};
    f->frame = (struct hud_frame){.width = width,
                                  .height = height,
                                  .layout = &f->layout,
                                  .mode = mode,
                                  .theme = theme_get(THEME_DARK),
                                  .info = &f->info,
                                  .maps = f->maps,
                                  .map_count = 2,
                                  .display = &f->display,
                                  .cursor = {NAN, NAN},
                                  .fps = 60.0,
                                  .train_ms = 1.0,
                                  .view_ms = 2.0};
}

static void draw(struct hud *hud, const struct fixture *f, struct canvas *canvas)
{
    canvas_begin(canvas);
    hud_draw(hud, &f->frame);
    canvas_end(canvas);
    GLint bound = 0;
    glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &bound);
    assert_int_equal(bound, canvas->framebuffer.name);
    assert_false(glIsEnabled(GL_BLEND));
    assert_false(glIsEnabled(GL_SCISSOR_TEST));
    assert_false(glIsEnabled(GL_DEPTH_TEST));
}

static bool same(const struct canvas *a, const struct canvas *b)
{
    const size_t size = (size_t)a->framebuffer.width * (size_t)a->framebuffer.height * 4;
    return memcmp(a->pixels, b->pixels, size) == 0;
}

/* Panels are opaque and stay inside their rectangles (and a shadow around them in the light theme). */
static void panels_cover_their_places(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1920, 1080}, {1280, 720}, {800, 600}, {700, 900}, {320, 240}, {64, 64}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const int width = sizes[i][0], height = sizes[i][1];
        struct fixture f;
        struct error err = {0};
        fixture_init(&f, width, height, HUD_FULL);
        struct hud *hud = hud_create(&f.desc, &err);
        assert_non_null(hud);
        struct canvas canvas;
        canvas_init(&canvas, width, height);
        draw(hud, &f, &canvas);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                bool inside = false, near = false;
                for (int p = 0; p < PANEL_COUNT; p++) {
                    const struct rect r = f.layout.panels[p];
                    const float fx = (float)x + 0.5f, fy = (float)y + 0.5f;
                    if (!f.layout.visible[p])
                        continue;
                    near |= fx > r.x && fx < r.x + r.width && fy > r.y && fy < r.y + r.height;
                    inside |=
                        fx > r.x + 9 && fx < r.x + r.width - 9 && fy > r.y + 9 && fy < r.y + r.height - 9;
                }
                if (inside)
                    assert_false(canvas_is_backdrop(&canvas, x, y));
                if (!near)
                    assert_true(canvas_is_backdrop(&canvas, x, y));
            }
        }
        canvas_deinit(&canvas);
        hud_destroy(hud);
        metrics_destroy(f.metrics);
    }
}

static void hidden_hud_leaves_no_pixel(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    fixture_init(&f, 640, 480, HUD_NONE);
    f.frame.notice = "something happened";
    f.frame.paused = true;
    struct hud *hud = hud_create(&f.desc, &err);
    assert_non_null(hud);
    struct canvas canvas;
    canvas_init(&canvas, 640, 480);
    draw(hud, &f, &canvas);
    for (int y = 0; y < 480; y++) {
        for (int x = 0; x < 640; x++)
            assert_true(canvas_is_backdrop(&canvas, x, y));
    }
    canvas_deinit(&canvas);
    hud_destroy(hud);
    metrics_destroy(f.metrics);
}

static void wall_clock_is_hidden(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    fixture_init(&f, 1920, 1080, HUD_FULL);
    struct hud *hud = hud_create(&f.desc, &err);
    assert_non_null(hud);
    struct canvas a, b;
    canvas_init(&a, 1920, 1080);
    canvas_init(&b, 1920, 1080);
    for (int paused = 0; paused < 2; paused++) {
        f.frame.paused = paused == 1;
        f.frame.hide_wall_clock = paused == 0;
        f.frame.fps = 60.0;
        draw(hud, &f, &a);
        f.frame.fps = 17.0;
        f.frame.train_ms = 99.0;
        draw(hud, &f, &b);
        assert_true(same(&a, &b));
    }
    f.frame.paused = f.frame.hide_wall_clock = false;
    draw(hud, &f, &a);
    f.frame.fps = 60.0;
    draw(hud, &f, &b);
    assert_false(same(&a, &b));
    canvas_deinit(&a);
    canvas_deinit(&b);
    hud_destroy(hud);
    metrics_destroy(f.metrics);
}

/* What a user does shows at once, what the trainer does may wait. */
static void retained_layer_follows_the_user(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    fixture_init(&f, 1280, 720, HUD_FULL);
    f.desc.retained = true;
    struct hud *hud = hud_create(&f.desc, &err);
    assert_non_null(hud);
    struct canvas a, b;
    canvas_init(&a, 1280, 720);
    canvas_init(&b, 1280, 720);
    draw(hud, &f, &a);
    draw(hud, &f, &b);
    assert_true(same(&a, &b));
    f.frame.help = true;
    draw(hud, &f, &b);
    assert_false(same(&a, &b));
    f.frame.help = false;
    f.frame.theme = theme_get(THEME_LIGHT);
    draw(hud, &f, &b);
    assert_false(same(&a, &b));
    f.frame.theme = theme_get(THEME_DARK);
    f.frame.lock_step = true;
    draw(hud, &f, &a);
    f.info.step = 201;
    draw(hud, &f, &b);
    assert_false(same(&a, &b));
    canvas_deinit(&a);
    canvas_deinit(&b);
    hud_destroy(hud);
    metrics_destroy(f.metrics);
}

static bool same_within(const struct canvas *a, const struct canvas *b, struct rect r)
{
    for (int y = (int)r.y; y < (int)(r.y + r.height); y++)
        if (memcmp(canvas_pixel(a, (int)r.x, y), canvas_pixel(b, (int)r.x, y), 4 * (size_t)r.width) != 0)
            return false;
    return true;
}

/* A panel whose content did not change keeps its pixels while others are drawn; in the end the layer looks
 * as if it had been drawn as a whole, in both themes and between the shadows of narrow gaps. */
static void retained_panels_take_turns(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1280, 720}, {1920, 1080}, {700, 900}};
    enum { FRAMES = 5000 };
    for (int i = 0; i < 6; i++) {
        const int width = sizes[i / 2][0], height = sizes[i / 2][1];
        struct fixture f;
        struct error err = {0};
        fixture_init(&f, width, height, HUD_FULL);
        f.frame.theme = theme_get(i % 2 ? THEME_LIGHT : THEME_DARK);
        f.desc.retained = true;
        struct hud *hud = hud_create(&f.desc, &err), *fresh = hud_create(&f.desc, &err);
        assert_non_null(hud);
        assert_non_null(fresh);
        struct canvas first, now, whole;
        canvas_init(&first, width, height);
        canvas_init(&now, width, height);
        canvas_init(&whole, width, height);
        draw(hud, &f, &first);

        /* What the probe's panel would show changes, but not its step: nobody may notice. */
        const float output = f.info.output[0];
        f.info.output[0] = 1.0f - output;
        f.frame.fps = 17.0;
        const struct rect bar = f.layout.panels[PANEL_TOP_BAR], probe = f.layout.panels[PANEL_PROBE];
        for (int frame = 0;
             frame < (width > 1000 ? FRAMES : 10) && same_within(&first, &now, bar) == (frame > 0); frame++)
            draw(hud, &f, &now);
        if (width > 1000) /* elsewhere the bar has no room for figures */
            assert_false(same_within(&first, &now, bar));
        if (f.layout.visible[PANEL_PROBE])
            assert_true(same_within(&first, &now, probe));

        f.info.step++;
        draw(fresh, &f, &whole);
        for (int frame = 0; frame < FRAMES && !same(&now, &whole); frame++)
            draw(hud, &f, &now);
        assert_true(same(&now, &whole));
        canvas_deinit(&first);
        canvas_deinit(&now);
        canvas_deinit(&whole);
        hud_destroy(hud);
        hud_destroy(fresh);
        metrics_destroy(f.metrics);
    }
}

struct said {
    unsigned long long bar, legend; /* the step; 0: nothing was painted */
};

static void listen(void *to, const struct ui_text_box *box)
{
    struct said *said = to;
    unsigned long long step;
    char rest;
    if (sscanf(box->text, "step %llu%c", &step, &rest) >= 1)
        said->legend = step;
    else if (sscanf(box->text, "%llu%c", &step, &rest) == 1 && step > 100000)
        said->bar = step;
}

/* Snapshots come faster than panels are drawn: those that show one are drawn from the same, and a run that
 * begins anew shows although its step was there before. */
static void panels_of_a_snapshot_agree(void **state)
{
    (void)state;
    enum { FRAMES = 5000 };
    struct fixture f;
    struct error err = {0};
    struct canvas canvas;
    fixture_init(&f, 1280, 720, HUD_FULL);
    f.desc.retained = true;
    struct hud *hud = hud_create(&f.desc, &err);
    assert_non_null(hud);
    canvas_init(&canvas, 1280, 720);
    int drawn = 0;
    struct said said = {0};
    ui_watch_text(hud_ui(hud), listen, &said, true);
    f.info.step = 200000;
    for (int frame = 0; frame < FRAMES && drawn < 4; frame++) {
        f.info.step++;
        said = (struct said){0};
        draw(hud, &f, &canvas);
        if (said.bar == 0 && said.legend == 0)
            continue;
        assert_int_equal(said.bar, f.info.step);
        assert_int_equal(said.legend, f.info.step);
        drawn++;
    }
    assert_int_equal(drawn, 4);
    f.info.run++;
    said = (struct said){0};
    for (int frame = 0; frame < FRAMES && said.bar == 0; frame++)
        draw(hud, &f, &canvas);
    assert_int_equal(said.bar, f.info.step);
    ui_watch_text(hud_ui(hud), NULL, NULL, true);
    canvas_deinit(&canvas);
    hud_destroy(hud);
    metrics_destroy(f.metrics);
}

/* A new evaluation is drawn into all of its panels at once; what only follows the steps takes turns. */
static void panels_of_an_evaluation_go_together(void **state)
{
    (void)state;
    struct hud_content before[PANEL_COUNT], now[PANEL_COUNT];
    memset(before, 0, sizeof before);
    memset(now, 0, sizeof now);
    const unsigned loss = 1u << PANEL_LOSS, accuracy = 1u << PANEL_ACCURACY,
                   confusion = 1u << PANEL_CONFUSION, roc = 1u << PANEL_ROC;
    now[PANEL_LOSS].steps = now[PANEL_ACCURACY].steps = 5;
    assert_int_equal(hud_contents_together(before, now, loss | accuracy, loss), loss);
    now[PANEL_LOSS].evaluations = now[PANEL_ACCURACY].evaluations = 1;
    now[PANEL_CONFUSION].version = now[PANEL_ROC].version = 1;
    const unsigned all = loss | accuracy | confusion | roc;
    assert_int_equal(hud_contents_together(before, now, all, roc), all);
    assert_int_equal(hud_contents_together(before, now, all, 0), 0);
}

/* At 4K the fonts are baked twice as large and labels measure twice as much. */
struct hints {
    bool pause, go_on, unfold, fold, gradients, values;
};

static void note_hint(void *to, const struct ui_text_box *box)
{
    struct hints *hints = to;
    hints->pause |= strcmp(box->text, "pause") == 0;
    hints->go_on |= strcmp(box->text, "go on") == 0;
    hints->unfold |= strcmp(box->text, "unfold") == 0;
    hints->fold |= strcmp(box->text, "fold") == 0;
    hints->gradients |= strcmp(box->text, "gradients") == 0;
    hints->values |= strcmp(box->text, "values") == 0;
}

static struct hints hints_of(struct hud *hud, const struct fixture *f, struct canvas *canvas)
{
    struct hints hints = {0};
    ui_watch_text(hud_ui(hud), note_hint, &hints, true);
    draw(hud, f, canvas);
    ui_watch_text(hud_ui(hud), NULL, NULL, true);
    return hints;
}

/* And nothing that would refuse. */
static void hints_say_what_keys_do_now(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    struct canvas canvas;
    fixture_init(&f, 1920, 1080, HUD_FULL);
    struct hud *hud = hud_create(&f.desc, &err);
    assert_non_null(hud);
    canvas_init(&canvas, 1920, 1080);
    struct hints hints = hints_of(hud, &f, &canvas);
    assert_true(hints.pause && !hints.go_on && !hints.unfold && !hints.fold && hints.gradients);
    f.frame.paused = f.frame.can_unfold = true;
    f.display.gradients = GRADIENTS_TURNED;
    hints = hints_of(hud, &f, &canvas);
    assert_true(!hints.pause && hints.go_on && hints.unfold && !hints.fold && hints.values);
    f.display.unfolded = true;
    hints = hints_of(hud, &f, &canvas);
    assert_true(hints.fold && !hints.unfold);
    canvas_deinit(&canvas);
    hud_destroy(hud);
    metrics_destroy(f.metrics);
}

/* What the viewer has to say covers the ground, neither the network's upper part nor the card, and leaves a
 * notice its line. */
static void messages_stand_low(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    struct canvas canvas;
    const struct hud_message message = {MESSAGE_DONE, "net on pets", "The run before is saved."};
    fixture_init(&f, 1280, 720, HUD_FULL);
    f.frame.message = &message;
    struct hud *hud = hud_create(&f.desc, &err);
    assert_non_null(hud);
    canvas_init(&canvas, 1280, 720);
    draw(hud, &f, &canvas);
    const struct rect room = f.layout.free_view;
    const float x = room.x + 30.0f, low = room.y + room.height - 20.0f;
    assert_true(hud_covers(hud, x, low));
    for (float y = room.y + 2.0f; y < room.y + 0.6f * room.height; y += 5.0f)
        assert_false(hud_covers(hud, x, y));
    assert_true(f.layout.visible[PANEL_INSPECTOR]);
    f.layout.visible[PANEL_INSPECTOR] = false; /* its place alone counts here */
    draw(hud, &f, &canvas);
    assert_true(hud_covers(hud, f.layout.panels[PANEL_INSPECTOR].x + 20.0f, low));
    f.layout.visible[PANEL_INSPECTOR] = true;
    f.frame.notice = "autosave: net.safetensors";
    draw(hud, &f, &canvas);
    assert_false(hud_covers(hud, x, low));
    assert_true(hud_covers(hud, x, low - 45.0f));
    canvas_deinit(&canvas);
    hud_destroy(hud);
    metrics_destroy(f.metrics);
}

static void labels_scale(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    fixture_init(&f, 640, 480, HUD_NONE);
    struct hud *hud = hud_create(&f.desc, &err);
    assert_non_null(hud);
    struct label label = {.text = "conv1 6×28×28", .x = 320, .y = 240, .style = LABEL_NAME};
    float width, height, width2, height2;
    hud_label_size(hud, &label, 1.0f, &width, &height);
    hud_label_size(hud, &label, 2.0f, &width2, &height2);
    assert_float_equal(width2 / width, 2.0f, 0.05f);
    assert_float_equal(height2 / height, 2.0f, 0.1f);

    f.frame.labels = &label;
    f.frame.label_count = 1;
    struct canvas canvas;
    canvas_init(&canvas, 640, 480);
    draw(hud, &f, &canvas);
    int left = 640, right = 0;
    for (int y = 0; y < 480; y++) {
        for (int x = 0; x < 640; x++) {
            if (!canvas_is_backdrop(&canvas, x, y)) {
                left = x < left ? x : left;
                right = x > right ? x : right;
                assert_true(fabsf((float)y - 240.0f) <= height);
            }
        }
    }
    assert_true(fabsf((float)(right - left) - width) < 6.0f);
    assert_true(fabsf(0.5f * (float)(left + right) - 320.0f) < 3.0f);
    canvas_deinit(&canvas);
    hud_destroy(hud);
    metrics_destroy(f.metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panels_cover_their_places),
        cmocka_unit_test(hidden_hud_leaves_no_pixel),
        cmocka_unit_test(wall_clock_is_hidden),
        cmocka_unit_test(retained_layer_follows_the_user),
        cmocka_unit_test(retained_panels_take_turns),
        cmocka_unit_test(panels_of_a_snapshot_agree),
        cmocka_unit_test(panels_of_an_evaluation_go_together),
        cmocka_unit_test(labels_scale),
        cmocka_unit_test(hints_say_what_keys_do_now),
        cmocka_unit_test(messages_stand_low),
    };
    return cmocka_run_group_tests(tests, canvas_open_context, canvas_close_context);
}
