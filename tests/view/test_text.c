/* Every text of the whole picture, at four sizes, in both themes, for four built-in networks, points and
 * targets: none touches another, none is cut off, and each stands out from what is behind it by at least 4.5
 * to 1 (WCAG 2.1, contrast ratio). */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/view_commands.h"
#include "base/memory.h"
#include "nn/trainer.h"
#include "picture.h"
#include "view/ui.h"

enum { MAX_TEXTS = 600 };

static const float SMALLEST_CONTRAST = 4.5f;

struct text {
    char text[80];
    struct rect box, clip;
    struct color color;
};

struct texts {
    struct text items[MAX_TEXTS];
    int count;
};

/* Shadows of letters are not opaque. */
static void note(void *context, const struct ui_text_box *box)
{
    struct texts *texts = context;
    if (box->color.a < 0.99f || box->text[0] == '\0')
        return;
    assert_true(texts->count < MAX_TEXTS);
    struct text *text = &texts->items[texts->count++];
    snprintf(text->text, sizeof text->text, "%s", box->text);
    text->box = box->box;
    text->clip = box->clip;
    text->color = box->color;
}

static float linear(float srgb)
{
    return srgb <= 0.04045f ? srgb / 12.92f : powf((srgb + 0.055f) / 1.055f, 2.4f);
}

static float luminance(float r, float g, float b)
{
    return 0.2126f * linear(r) + 0.7152f * linear(g) + 0.0722f * linear(b);
}

/* Of what lies behind the text: the mean over its box. */
static float luminance_behind(const struct picture *bare, struct rect box)
{
    double sum = 0.0;
    int count = 0;
    for (int y = (int)fmaxf(0.0f, box.y); y < (int)(box.y + box.height) && y < bare->height; y++) {
        for (int x = (int)fmaxf(0.0f, box.x); x < (int)(box.x + box.width) && x < bare->width; x++) {
            const uint8_t *p = bare->rgba + 4 * ((size_t)y * (size_t)bare->width + (size_t)x);
            sum += (double)luminance((float)p[0] / 255.0f, (float)p[1] / 255.0f, (float)p[2] / 255.0f);
            count++;
        }
    }
    return (float)(sum / (count > 0 ? count : 1));
}

static bool overlap(struct rect a, struct rect b)
{
    const float width = fminf(a.x + a.width, b.x + b.width) - fmaxf(a.x, b.x);
    const float height = fminf(a.y + a.height, b.y + b.height) - fmaxf(a.y, b.y);
    return width > 0.5f && height > 0.5f;
}

static bool inside(struct rect box, struct rect clip)
{
    return box.x >= clip.x - 0.5f && box.y >= clip.y - 0.5f &&
           box.x + box.width <= clip.x + clip.width + 0.5f &&
           box.y + box.height <= clip.y + clip.height + 0.5f;
}

/* The panels are redrawn when the mode changes. */
static void redraw(struct picture *picture, struct texts *texts, bool visible)
{
    view_set_hud(picture->view, HUD_NONE);
    picture_draw(picture);
    view_set_hud(picture->view, HUD_FULL);
    texts->count = 0;
    ui_watch_text(view_ui(picture->view), note, texts, visible);
    picture_draw(picture);
}

/* Of the texts from `first` on, `count` of them. */
static int check_texts(const struct picture *picture, const struct texts *texts, int first, int count,
                       const char *what)
{
    const struct rect window = {0.0f, 0.0f, (float)picture->width, (float)picture->height};
    int bad = 0;
    for (int i = first; i < first + count; i++) {
        const struct text *text = &texts->items[i];
        const float behind = luminance_behind(picture, text->box);
        const float ink = luminance(text->color.r, text->color.g, text->color.b);
        const float contrast = (fmaxf(ink, behind) + 0.05f) / (fminf(ink, behind) + 0.05f);
        if (contrast < SMALLEST_CONTRAST) {
            print_error("%s: \"%s\" has a contrast of %.2f\n", what, text->text, (double)contrast);
            bad++;
        }
        if (strcmp(text->text, "…") == 0) {
            print_error("%s: nothing is left of a text at %.0f, %.0f\n", what, (double)text->box.x,
                        (double)text->box.y);
            bad++;
        }
        if (!inside(text->box, text->clip) || !inside(text->box, window)) {
            print_error("%s: \"%s\" is cut off\n", what, text->text);
            bad++;
        }
        for (int k = first; k < i; k++) {
            if (overlap(text->box, texts->items[k].box)) {
                print_error("%s: \"%s\" touches \"%s\" at %.0f, %.0f\n", what, text->text,
                            texts->items[k].text, (double)text->box.x, (double)text->box.y);
                bad++;
            }
        }
    }
    return bad;
}

static int check(struct picture *picture, const char *what)
{
    struct texts *texts = ls_calloc(1, sizeof *texts);
    redraw(picture, texts, false);
    assert_true(texts->count > 20);
    const int bad = check_texts(picture, texts, 0, texts->count, what);
    ui_watch_text(view_ui(picture->view), NULL, NULL, true);
    free(texts);
    return bad;
}

/* The list of keys covers what lies behind it: its own texts from its title on. */
static int check_help(struct picture *picture, const char *what)
{
    struct texts *texts = ls_calloc(1, sizeof *texts);
    view_set_help(picture->view, true);
    redraw(picture, texts, false);
    int title = 0;
    while (title < texts->count && strcmp(texts->items[title].text, "keys and mouse") != 0)
        title++;
    const int count = 2 + 2 * view_command_count;
    assert_true(title + count <= texts->count);
    const int bad = check_texts(picture, texts, title, count, what);
    view_set_help(picture->view, false);
    ui_watch_text(view_ui(picture->view), NULL, NULL, true);
    free(texts);
    return bad;
}

static void fill_metrics(struct metrics *metrics)
{
    for (uint32_t step = 1; step <= 1000; step++) {
        const float noise = 0.2f * sinf(0.7f * (float)step * (float)step);
        metrics_append_step(
            metrics, &(struct step_sample){step, 2.3f / (1.0f + 0.05f * (float)step) + 0.05f * noise,
                                           fminf(1.0f, 0.97f + 0.1f * noise), 1e-3f, 1.5f + noise, NAN});
        if (step % 200 == 0)
            metrics_append_evaluation(
                metrics, &(struct evaluation_sample){step, 2.0f / (1.0f + 0.05f * (float)step), 0.96f, NAN});
    }
}

/* Good enough for the axes of the ROC plot to show its corner alone. */
static void publish_predictions(struct metrics *metrics, const struct network *network)
{
    enum { SAMPLES = 5000, CLASSES = 10 };
    struct predictions predictions;
    predictions_init(&predictions, network, SAMPLES);
    predictions.step = 12345;
    float *outputs = ls_calloc(SAMPLES * CLASSES, sizeof *outputs);
    int32_t *labels = ls_calloc(SAMPLES, sizeof *labels);
    for (uint32_t n = 0; n < SAMPLES; n++) {
        labels[n] = (int32_t)(n % CLASSES);
        for (uint32_t c = 0; c < CLASSES; c++)
            outputs[n * CLASSES + c] =
                0.51f * sinf((float)(n * n % 977 + c * 31)) + (n % CLASSES == c ? 1.0f : 0.0f);
    }
    predictions_compute(&predictions, outputs, labels);
    metrics_publish_predictions(metrics, &predictions);
    predictions_deinit(&predictions);
    free(labels);
    free(outputs);
}

static const int sizes[][2] = {{800, 600}, {1280, 720}, {1920, 1080}, {3840, 2160}};

/* Under the address sanitizer the largest finds nothing that the others do not. */
#ifdef __SANITIZE_ADDRESS__
enum { SIZES = 3 };
#else
enum { SIZES = 4 };
#endif

/* The list of keys is the same whatever the network. */
static void check_model(const char *model, bool help)
{
    struct specimen specimen;
    struct picture picture;
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    if (!context)
        fail_msg("%s", err.message);
    specimen_init(&specimen, model);
    specimen.keys = view_command_keys();
    specimen.key_count = view_command_count;
    picture_init(&picture, &specimen, 800, 600, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    fill_metrics(picture.metrics);
    publish_predictions(picture.metrics, specimen.network);
    specimen_publish(&specimen, view_publisher(picture.view));
    int bad = 0;
    for (int i = 0; i < SIZES; i++) {
        picture_resize(&picture, sizes[i][0], sizes[i][1]);
        for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
            char what[64];
            snprintf(what, sizeof what, "%s, %d×%d, %s", model, sizes[i][0], sizes[i][1],
                     theme == THEME_DARK ? "dark" : "light");
            view_set_theme(picture.view, (enum theme_name)theme);
            bad += check(&picture, what);
            bad += help ? check_help(&picture, what) : 0;
        }
    }
    picture_deinit(&picture);
    specimen_deinit(&specimen);
    gl_context_destroy(context);
    assert_int_equal(bad, 0);
}

/* Samples that are no pictures, by a network that was trained on them. */
static void check_data(const char *data_name, const char *model)
{
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    struct data *data = context ? data_load(data_name, &err) : NULL;
    if (!data)
        fail_msg("%s", err.message);
    const struct shape input = {data->train.channels, data->train.height, data->train.width};
    struct specimen specimen = {.data = *data};
    specimen.network = network_load(model, input, data_outputs(data), &err);
    if (!specimen.network)
        fail_msg("%s", err.message);
    snapshot_layout_init(&specimen.layout, specimen.network);
    const struct trainer_desc desc = {
        .network = specimen.network, .data = data, .backend = BACKEND_CPU, .threads = 1};
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    struct picture picture;
    struct step_sample step;
    struct evaluation_sample evaluation;
    picture_init(&picture, &specimen, 800, 600, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    for (int i = 0; i < 60; i++) {
        trainer_step(trainer, &step);
        metrics_append_step(picture.metrics, &step);
    }
    trainer_evaluate(trainer, &evaluation);
    trainer_survey(trainer);
    metrics_append_evaluation(picture.metrics, &evaluation);
    struct predictions predictions = {0};
    struct surface surface = {0};
    assert_true(metrics_read_predictions(trainer_metrics(trainer), &predictions));
    metrics_publish_predictions(picture.metrics, &predictions);
    if (metrics_read_surface(trainer_metrics(trainer), &surface))
        metrics_publish_surface(picture.metrics, &surface);
    assert_true(trainer_publish(trainer, view_publisher(picture.view)));
    int bad = 0;
    for (size_t i = 0; i < 3; i++) {
        picture_resize(&picture, sizes[i][0], sizes[i][1]);
        for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
            char what[80];
            snprintf(what, sizeof what, "%s, %d×%d, %s", data_name, sizes[i][0], sizes[i][1],
                     theme == THEME_DARK ? "dark" : "light");
            view_set_theme(picture.view, (enum theme_name)theme);
            bad += check(&picture, what);
        }
    }
    predictions_deinit(&predictions);
    surface_deinit(&surface);
    picture_deinit(&picture);
    trainer_destroy(trainer);
    snapshot_layout_deinit(&specimen.layout);
    network_destroy(specimen.network);
    data_destroy(data);
    gl_context_destroy(context);
    assert_int_equal(bad, 0);
}

/* Everything but the input is `value`, and what was measured too; probabilities are .1, or NaN. */
static void spoil(struct specimen *specimen, float value)
{
    for (int i = 0; i < specimen->layout.region_count; i++) {
        const struct region *region = &specimen->layout.regions[i];
        float *values = specimen->snapshot + region->offset / sizeof(float);
        const bool output =
            region->layer == specimen->network->layer_count - 1 && region->kind == REGION_ACTIVATION;
        for (size_t k = 0; region->layer > 0 && k < region->count; k++)
            values[k] = output && !isnan(value) ? 0.1f : k % 2 == 0 ? value : -value;
    }
    for (int i = 0; i < specimen->info.output_count; i++)
        specimen->info.output[i] = isnan(value) ? value : 0.1f;
    specimen->info.learning_rate = 1.2346e-12f;
    specimen->info.has_gradients = true;
}

static void spoil_metrics(struct metrics *metrics, const struct network *network, float value)
{
    for (uint32_t step = 1; step <= 40; step++)
        metrics_append_step(metrics,
                            &(struct step_sample){step, step < 3 ? 2e21f : value, 0.0f, 1e-12f, value, NAN});
    metrics_append_evaluation(metrics, &(struct evaluation_sample){40, value, 0.0f, NAN});
    struct predictions predictions;
    predictions_init(&predictions, network, 40);
    float outputs[40 * 10];
    int32_t labels[40];
    for (int i = 0; i < 400; i++) {
        outputs[i] = value;
        labels[i / 10] = i % 10;
    }
    predictions_compute(&predictions, outputs, labels);
    metrics_publish_predictions(metrics, &predictions);
    predictions_deinit(&predictions);
}

/* Their texts are the longest there are: in every card, with values and gradients shown. */
static int check_extreme(const char *model, float value)
{
    static const struct display_cell cells[] = {{1, 5}, {2, 5}, {3, 5}, {4, 7}};
    struct specimen specimen;
    struct picture picture;
    specimen_init(&specimen, model);
    spoil(&specimen, value);
    picture_init(&picture, &specimen, 800, 600, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    spoil_metrics(picture.metrics, specimen.network, value);
    specimen_publish(&specimen, view_publisher(picture.view));
    int bad = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        picture_resize(&picture, sizes[i][0], sizes[i][1]);
        for (size_t k = 0; k < (i == 2 ? 4 : 1); k++) {
            char what[80];
            const bool gradients = (i + k) % 2 == 1;
            snprintf(what, sizeof what, "%s of %g, %d×%d, cell %zu", model, (double)value, sizes[i][0],
                     sizes[i][1], k);
            view_display(picture.view)->selected = cells[k];
            /* Neither has texts. */
            view_display(picture.view)->selection_hidden = view_display(picture.view)->edges_hidden = true;
            view_display(picture.view)->gradients = gradients ? GRADIENTS_STACKED : GRADIENTS_OFF;
            display_settle(view_display(picture.view));
            view_set_theme(picture.view, gradients ? THEME_LIGHT : THEME_DARK);
            for (int frame = 0; frame < 4; frame++) /* until the card is filled */
                picture_draw(&picture);
            bad += check(&picture, what);
        }
    }
    picture_deinit(&picture);
    specimen_deinit(&specimen);
    return bad;
}

static void extremes(void **state)
{
    (void)state;
    static const float values[] = {NAN, 1.23456e24f, 1.23456e-12f};
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    if (!context)
        fail_msg("%s", err.message);
    int bad = 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        bad += check_extreme("lenet5", values[i]);
        bad += check_extreme("mlp", values[i]);
    }
    gl_context_destroy(context);
    assert_int_equal(bad, 0);
}

static void points(void **state)
{
    (void)state;
    check_data("xor:samples=200", "points");
    check_data("spiral:samples=200,classes=5", "mlp-64-64");
}

static void targets(void **state)
{
    (void)state;
    check_data("plane:samples=200,seed=3", "mlp-linear");
    check_data("random:samples=200", "regression");
}

static void lenet(void **state)
{
    (void)state;
    check_model("lenet5", true);
}

static void mlp(void **state)
{
    (void)state;
    check_model("mlp", false);
}

static void resnet(void **state)
{
    (void)state;
    check_model("resnet", false);
}

static void densenet(void **state)
{
    (void)state;
    check_model("densenet", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(points),  cmocka_unit_test(targets),
                                       cmocka_unit_test(lenet),   cmocka_unit_test(mlp),
                                       cmocka_unit_test(resnet),  cmocka_unit_test(densenet),
                                       cmocka_unit_test(extremes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
