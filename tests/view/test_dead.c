/* Dead units: which ones are framed, what their frames leave alone, and what the labels say of them. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gl/debug.h"
#include "nn/metrics.h"
#include "picture.h"
#include "view/ui.h"

static struct gl_context *context;
static struct specimen lenet;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        return -1;
    specimen_init(&lenet, "lenet5");
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    specimen_deinit(&lenet);
    gl_context_destroy(context);
    return 0;
}

/* An evaluation after which every `stride`th unit of the layer is dead from `first` on. */
static void publish_dead(struct metrics *metrics, const char *name, int first, int stride)
{
    const int layer = network_find_layer(lenet.network, name);
    struct predictions predictions;
    predictions_init(&predictions, lenet.network, 1);
    predictions.step = 7;
    predictions.dead_samples = 1;
    assert_true(predictions.units[layer] > 0);
    for (int unit = first; unit < predictions.units[layer]; unit += stride)
        predictions.dead[predictions.dead_offsets[layer] + unit / 32] |= UINT32_C(1) << unit % 32;
    metrics_publish_predictions(metrics, &predictions);
    predictions_deinit(&predictions);
}

static void open_picture(struct picture *picture, enum hud_mode hud, const char *focus)
{
    picture_init(picture, &lenet, 1920, 1080, THEME_DARK, hud, CAMERA_THREE_QUARTER);
    struct display *display = view_display(picture->view);
    display->selection_hidden = true;
    display_settle(display);
    specimen_publish(&lenet, view_publisher(picture->view));
    picture_draw(picture);
    if (focus)
        view_focus_layer(picture->view, network_find_layer(lenet.network, focus), 0.0f);
    picture_draw(picture);
}

static bool same_pixel(const uint8_t *a, const uint8_t *b) { return memcmp(a, b, 3) == 0; }

/* Where the plate's value is, `across` and `down` cells from its middle. */
static void locate(const struct view_plate *shown, size_t index, float across, float down, float *x, float *y)
{
    float here[2], right[2], below[2], px;
    const size_t row = (size_t)shown->plate->tile_width;
    const bool last = index % row == row - 1, has_above = index / row % (size_t)shown->plate->tile_height > 0;
    picture_locate(shown, index, &here[0], &here[1], &px);
    picture_locate(shown, last ? index - 1 : index + 1, &right[0], &right[1], &px);
    picture_locate(shown, has_above ? index - row : index + row, &below[0], &below[1], &px);
    for (int i = 0; i < 2; i++) {
        right[i] = (last ? -1.0f : 1.0f) * (right[i] - here[i]);
        below[i] = (has_above ? -1.0f : 1.0f) * (below[i] - here[i]);
    }
    *x = here[0] + across * right[0] + down * below[0];
    *y = here[1] + across * right[1] + down * below[1];
}

/* Pixels of a line of steps from the middle of a value outward that differ between two pictures. */
static int changed_along(const struct view_plate *shown, size_t index, float from, float to,
                         const struct picture *picture, const uint8_t *before)
{
    int changed = 0;
    for (float step = from; step <= to; step += 0.02f) {
        float x, y;
        locate(shown, index, 0.0f, step, &x, &y);
        const size_t at = 4 * ((size_t)y * (size_t)picture->width + (size_t)x);
        changed += !same_pixel(picture->rgba + at, before + at);
    }
    return changed;
}

static uint8_t *keep(const struct picture *picture)
{
    const size_t size = (size_t)picture->width * (size_t)picture->height * 4;
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, picture->rgba, size);
    return copy;
}

static void dead_neurons_have_a_frame_within_their_cells(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, HUD_NONE, NULL);
    uint8_t *before = keep(&picture);
    assert_int_equal(picture_plate(&picture, "dense1", "activation")->dead, -1);
    publish_dead(picture.metrics, "dense1", 1, 3);
    picture_draw(&picture);
    const struct view_plate *shown = picture_plate(&picture, "dense1", "activation");
    assert_int_equal(shown->dead, 40);
    assert_int_equal(picture_plate(&picture, "dense2", "activation")->dead, 0);
    assert_int_equal(picture_plate(&picture, "conv1", "weight")->dead, -1);
    for (size_t i = 0; i < 120; i++) {
        assert_int_equal(changed_along(shown, i, -0.2f, 0.2f, &picture, before), 0);
        const int framed = changed_along(shown, i, 0.3f, 0.5f, &picture, before);
        if ((i % 3 == 1) != (framed > 0))
            fail_msg("neuron %zu: %d pixels of a frame", i, framed);
    }
    free(before);
    picture_deinit(&picture);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void dead_channels_have_a_frame_around_their_maps(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, HUD_NONE, "conv1");
    uint8_t *before = keep(&picture);
    publish_dead(picture.metrics, "conv1", 4, 99);
    picture_draw(&picture);
    const struct view_plate *shown = picture_plate(&picture, "conv1", "activation");
    assert_int_equal(shown->dead, 1);
    const size_t map = (size_t)(shown->plate->tile_width * shown->plate->tile_height);
    for (size_t tile = 0; tile < 6; tile++) {
        /* From the middle of the lowest row's middle value to beyond the map. */
        const size_t lowest = (tile + 1) * map - (size_t)(shown->plate->tile_width / 2);
        assert_true((changed_along(shown, lowest, 0.5f, 1.0f, &picture, before) > 0) == (tile == 4));
        for (size_t i = tile * map; i < (tile + 1) * map; i++)
            assert_int_equal(changed_along(shown, i, -0.2f, 0.2f, &picture, before), 0);
    }
    free(before);
    picture_deinit(&picture);
}

/* Of another evaluation the frames are other ones; without dead units the picture is what it was. */
static void frames_follow_the_last_evaluation(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, HUD_NONE, NULL);
    const size_t size = (size_t)picture.width * (size_t)picture.height * 4;
    uint8_t *before = keep(&picture);
    publish_dead(picture.metrics, "dense1", 0, 1);
    picture_draw(&picture);
    assert_memory_not_equal(picture.rgba, before, size);
    publish_dead(picture.metrics, "dense1", 1000, 1);
    picture_draw(&picture);
    assert_memory_equal(picture.rgba, before, size);
    free(before);
    picture_deinit(&picture);
}

/* Turned plates and planes of a stack are framed where they are seen. */
static void backs_are_framed_too(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, HUD_NONE, NULL);
    view_display(picture.view)->gradients = GRADIENTS_TURNED;
    display_settle(view_display(picture.view));
    picture_draw(&picture);
    uint8_t *before = keep(&picture);
    publish_dead(picture.metrics, "dense1", 1, 3);
    picture_draw(&picture);
    const struct view_plate *shown = picture_plate(&picture, "dense1", "activation");
    assert_int_equal(shown->side, SIDE_GRADIENTS);
    for (size_t i = 0; i < 120; i++)
        assert_true((changed_along(shown, i, 0.3f, 0.5f, &picture, before) > 0) == (i % 3 == 1));
    free(before);
    picture_deinit(&picture);
}

struct search {
    const char *text;
    int found, dead;
};

static void note(void *user, const struct ui_text_box *box)
{
    struct search *search = user;
    search->found += strstr(box->text, search->text) != NULL;
    search->dead += strstr(box->text, "dead") != NULL;
}

static void check_label(int first, int stride, const char *text)
{
    struct picture picture;
    struct search search = {.text = text};
    open_picture(&picture, HUD_FULL, NULL);
    publish_dead(picture.metrics, "dense1", first, stride);
    ui_watch_text(view_ui(picture.view), note, &search, true);
    picture_draw(&picture);
    ui_watch_text(view_ui(picture.view), NULL, NULL, true);
    /* Each text has a shadow. */
    assert_true(*text ? search.found > 0 && search.dead == search.found : search.dead == 0);
    picture_deinit(&picture);
}

static void labels_tell_the_share(void **state)
{
    (void)state;
    check_label(1, 3, "dead 33%");
    check_label(0, 1, "dead 100%");
    check_label(1, 1, "dead 99%");
    check_label(119, 1, "dead 1%");
    check_label(1000, 1, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dead_neurons_have_a_frame_within_their_cells),
        cmocka_unit_test(dead_channels_have_a_frame_around_their_maps),
        cmocka_unit_test(frames_follow_the_last_evaluation),
        cmocka_unit_test(backs_are_framed_too),
        cmocka_unit_test(labels_tell_the_share),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
