/* The values of the plots under the mouse: what they say, that they follow at once although the panels are
 * a retained layer, and that they touch no other text. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"
#include "view/layout.h"
#include "view/ui.h"

enum { MAX_TEXTS = 600, STEPS = 1000 };

struct text {
    char text[64];
    struct rect box;
};

struct texts {
    struct text items[MAX_TEXTS];
    int count;
};

static struct gl_context *context;

static void note(void *texts_, const struct ui_text_box *box)
{
    struct texts *texts = texts_;
    assert_true(texts->count < MAX_TEXTS);
    struct text *text = &texts->items[texts->count++];
    snprintf(text->text, sizeof text->text, "%s", box->text);
    text->box = box->box;
}

static bool has(const struct texts *texts, const char *wanted)
{
    for (int i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i].text, wanted) == 0)
            return true;
    return false;
}

static bool overlap(struct rect a, struct rect b)
{
    return fminf(a.x + a.width, b.x + b.width) - fmaxf(a.x, b.x) > 0.5f &&
           fminf(a.y + a.height, b.y + b.height) - fmaxf(a.y, b.y) > 0.5f;
}

static void fill_metrics(struct metrics *metrics)
{
    for (uint32_t step = 1; step <= STEPS; step++) {
        const float wave = sinf(0.7f * (float)step * (float)step);
        metrics_append_step(
            metrics, &(struct step_sample){step, 2.3f / (1.0f + 0.05f * (float)step) * (1.0f + 0.4f * wave),
                                           fminf(1.0f, 0.95f + 0.05f * wave), 1e-3f, 1.5f + wave, NAN});
        if (step % 200 == 0)
            metrics_append_evaluation(
                metrics, &(struct evaluation_sample){step, 2.0f / (1.0f + 0.05f * (float)step), 0.96f, NAN});
    }
}

/* Draws with the cursor at shares (u, v) of a panel; `texts` are those of this frame alone. */
static void hover(struct picture *picture, enum panel panel, float u, float v, struct texts *texts)
{
    struct layout layout;
    layout_compute(&layout, picture->width, picture->height, HUD_FULL);
    assert_true(layout.visible[panel]);
    const struct rect r = layout.panels[panel];
    picture->pointer.x = r.x + u * r.width;
    picture->pointer.y = r.y + v * r.height;
    texts->count = 0;
    ui_watch_text(view_ui(picture->view), note, texts, true);
    picture_draw(picture);
    ui_watch_text(view_ui(picture->view), NULL, NULL, true);
}

static void open_picture(struct picture *picture, struct specimen *specimen, int width, int height)
{
    specimen_init(specimen, "mlp");
    picture_init(picture, specimen, width, height, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    fill_metrics(picture->metrics);
    specimen_publish(specimen, view_publisher(picture->view));
    picture_draw(picture);
}

static void says_what_the_log_says(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    struct texts *texts = ls_calloc(1, sizeof *texts);
    open_picture(&picture, &specimen, 1920, 1080);
    for (float u = 0.16f; u < 0.95f; u += 0.097f) {
        hover(&picture, PANEL_LOSS, u, 0.5f, texts);
        assert_true(has(texts, "step") && has(texts, "mean") && has(texts, "raw"));
        uint32_t step = 0;
        for (int i = 0; i + 1 < texts->count; i++)
            if (strcmp(texts->items[i].text, "step") == 0 && atoi(texts->items[i + 1].text) > 0)
                step = (uint32_t)atoi(texts->items[i + 1].text);
        assert_in_range(step, 1, STEPS);
        struct step_sample samples[STEPS];
        assert_int_equal(metrics_read_steps(picture.metrics, 0, samples, STEPS), STEPS);
        double sum = 0.0, weight = 0.0;
        for (uint32_t i = 0; i < step; i++) {
            sum = 0.95 * sum + log((double)samples[i].loss);
            weight = 0.95 * weight + 1.0;
        }
        char raw[32], mean[32];
        snprintf(raw, sizeof raw, "%.*f", samples[step - 1].loss < 1.0f ? 4 : 3,
                 (double)samples[step - 1].loss);
        snprintf(mean, sizeof mean, "%.*f", exp(sum / weight) < 1.0 ? 4 : 3, exp(sum / weight));
        assert_true(has(texts, raw));
        assert_true(has(texts, mean));
    }
    free(texts);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

static void touches_no_text(void **state)
{
    (void)state;
    static const int sizes[][2] = {{800, 600}, {1280, 720}, {1920, 1080}};
    static const enum panel panels[] = {PANEL_LOSS, PANEL_ACCURACY, PANEL_LEARNING_RATE, PANEL_GRADIENT_NORM};
    struct texts *bare = ls_calloc(1, sizeof *bare), *with = ls_calloc(1, sizeof *with);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct specimen specimen;
        struct picture picture;
        open_picture(&picture, &specimen, sizes[s][0], sizes[s][1]);
        struct layout layout;
        layout_compute(&layout, picture.width, picture.height, HUD_FULL);
        for (size_t p = 0; p < sizeof panels / sizeof panels[0]; p++) {
            if (!layout.visible[panels[p]])
                continue;
            /* The layer is kept; drawing it anew tells all its texts. */
            view_set_hud(picture.view, HUD_NONE);
            picture_draw(&picture);
            view_set_hud(picture.view, HUD_FULL);
            hover(&picture, panels[p], 0.02f, 0.5f, bare);
            const int before = bare->count;
            for (float u = 0.0f; u <= 1.0f; u += 0.083f) {
                hover(&picture, panels[p], u, 0.4f, with);
                int readout = 0;
                for (int i = 0; i < with->count; i++) {
                    readout += strcmp(with->items[i].text, "step") == 0;
                    for (int k = 0; k < before; k++) {
                        /* The scene's labels are drawn in every frame. */
                        if (overlap(with->items[i].box, layout.panels[panels[p]]) &&
                            overlap(with->items[i].box, bare->items[k].box))
                            fail_msg("%d×%d, panel %d at %.2f: \"%s\" lies over \"%s\"", sizes[s][0],
                                     sizes[s][1], (int)panels[p], (double)u, with->items[i].text,
                                     bare->items[k].text);
                    }
                }
                assert_true(u < 0.25f || u > 0.9f || readout == 1);
            }
        }
        picture_deinit(&picture);
        specimen_deinit(&specimen);
    }
    free(bare);
    free(with);
}

/* Pixels change inside the plot's panel alone, and all come back when the mouse leaves. */
static void stays_inside_and_leaves_nothing(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    struct texts *texts = ls_calloc(1, sizeof *texts);
    open_picture(&picture, &specimen, 1280, 720);
    const size_t size = (size_t)picture.width * (size_t)picture.height * 4;
    uint8_t *bare = ls_calloc(size, 1);
    memcpy(bare, picture.rgba, size);
    struct layout layout;
    layout_compute(&layout, picture.width, picture.height, HUD_FULL);
    const struct rect r = layout.panels[PANEL_ACCURACY];
    hover(&picture, PANEL_ACCURACY, 0.5f, 0.5f, texts);
    int changed = 0;
    for (int y = 0; y < picture.height; y++) {
        for (int x = 0; x < picture.width; x++) {
            const size_t at = 4 * ((size_t)y * (size_t)picture.width + (size_t)x);
            if (memcmp(bare + at, picture.rgba + at, 4) == 0)
                continue;
            changed++;
            assert_true((float)x >= r.x && (float)x < r.x + r.width && (float)y >= r.y &&
                        (float)y < r.y + r.height);
        }
    }
    assert_true(changed > 200);
    assert_int_equal(view_plot_at(picture.view, picture.pointer.x, picture.pointer.y), PLOT_ACCURACY);
    pointer_init(&picture.pointer);
    picture_draw(&picture);
    assert_memory_equal(bare, picture.rgba, size);
    assert_int_equal(view_plot_at(picture.view, NAN, NAN), -1);
    free(bare);
    free(texts);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

/* Axis and smoothing change the panel at once, and the change says what it is. */
static void settings_show(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    struct texts *texts = ls_calloc(1, sizeof *texts);
    open_picture(&picture, &specimen, 1920, 1080);
    struct display *display = view_display(picture.view);
    display->linear[PLOT_LOSS] = true;
    hover(&picture, PANEL_LOSS, 0.02f, 0.5f, texts);
    assert_true(has(texts, "lin") && has(texts, "log") && has(texts, "mean, β = 0.95"));
    display->linear[PLOT_GRADIENT_NORM] = true;
    display->smoothing = 0.8f;
    hover(&picture, PANEL_LOSS, 0.02f, 0.5f, texts);
    assert_true(has(texts, "lin") && !has(texts, "log") && has(texts, "mean, β = 0.8"));
    assert_true(hud_plot_has_log(PLOT_LOSS) && hud_plot_has_log(PLOT_GRADIENT_NORM));
    assert_false(hud_plot_has_log(PLOT_ACCURACY) || hud_plot_has_log(PLOT_LEARNING_RATE));
    free(texts);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

/* A click on the chip where the axes meet, and on nothing else, changes that plot's axis. */
static void a_click_changes_the_axis(void **state)
{
    (void)state;
    struct specimen specimen;
    struct picture picture;
    open_picture(&picture, &specimen, 1920, 1080);
    struct plot_frame frames[PLOT_SERIES_COUNT];
    assert_int_equal(view_plots(picture.view, frames), PLOT_SERIES_COUNT);
    for (int series = 0; series < PLOT_SERIES_COUNT; series++) {
        assert_int_equal(frames[series].series, series);
        const bool *linear = view_display(picture.view)->linear;
        const bool has_log = hud_plot_has_log((enum plot_series)series);
        const struct rect area = frames[series].area;
        const float places[][2] = {{area.x - 25.0f, area.y + area.height + 16.0f},
                                   {area.x + 100.0f, area.y + 20.0f}};
        for (int place = 0; place < 2; place++) {
            picture.pointer.x = picture.pointer.pressed_x = places[place][0];
            picture.pointer.y = picture.pointer.pressed_y = places[place][1];
            picture.pointer.clicked = true;
            picture_draw(&picture);
            for (int other = 0; other < PLOT_SERIES_COUNT; other++)
                assert_int_equal(linear[other], has_log && other == series);
        }
        view_display(picture.view)->linear[series] = false;
    }
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (context == NULL)
        print_error("%s\n", err.message);
    return context == NULL ? -1 : 0;
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
        cmocka_unit_test(says_what_the_log_says),          cmocka_unit_test(touches_no_text),
        cmocka_unit_test(stays_inside_and_leaves_nothing), cmocka_unit_test(settings_show),
        cmocka_unit_test(a_click_changes_the_axis),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
