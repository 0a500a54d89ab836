/* The selection: which cell it is, what that cell is made from, and the frustum that shows it. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"

static struct gl_context *context;
static struct specimen lenet, mlp;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        return -1;
    specimen_init(&lenet, "lenet5");
    specimen_init(&mlp, "mlp");
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    specimen_deinit(&lenet);
    specimen_deinit(&mlp);
    gl_context_destroy(context);
    return 0;
}

static void open_picture(struct picture *picture, const struct specimen *specimen)
{
    picture_init(picture, specimen, 640, 360, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER);
    specimen_publish(specimen, view_publisher(picture->view));
    picture_draw(picture);
}

static void show_again(struct picture *picture, const struct specimen *specimen)
{
    specimen_publish(specimen, view_publisher(picture->view));
    picture_draw(picture);
}

static int plate_of(const struct specimen *specimen, const char *layer)
{
    struct scene scene;
    scene_init(&scene, specimen->network, &specimen->layout);
    const int plate =
        scene_find_activation(&scene, specimen->network, network_find_layer(specimen->network, layer));
    scene_deinit(&scene);
    return plate;
}

static int strongest(const float *values, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

/* conv2 of LeNet-5: 16 channels of 10×10 from 6 channels of 14×14 through 5×5 windows. */
static float channel_sum(int cell, int channel)
{
    const float *w = specimen_region(&lenet, REGION_PARAMETER, "conv2", 0);
    const float *a = specimen_region(&lenet, REGION_ACTIVATION, "pool1", 0);
    const int out = cell / 100, row = cell % 100 / 10, column = cell % 10;
    float sum = 0.0f;
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 5; x++)
            sum += w[((out * 6 + channel) * 5 + y) * 5 + x] * a[(channel * 14 + row + y) * 14 + column + x];
    return sum;
}

static void without_a_choice_the_strongest_convolution_cell_is_shown(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &lenet);
    const struct selection *selection = view_selection(picture.view);
    const float *conv2 = specimen_region(&lenet, REGION_ACTIVATION, "conv2", 0);
    assert_int_equal(selection->cell.plate, plate_of(&lenet, "conv2"));
    assert_int_equal(selection->cell.value, strongest(conv2, 1600));
    assert_int_equal(selection->source_plate, plate_of(&lenet, "pool1"));
    assert_false(selection->by_user);
    assert_int_equal(selection->part_count, 2);
    float sums[6];
    for (int c = 0; c < 6; c++)
        sums[c] = channel_sum(selection->cell.value, c);
    for (int i = 0; i < 2; i++) {
        const float contribution = sums[selection->parts[i]];
        assert_true(fabsf(selection->contributions[i] - contribution) < 1e-5f);
        int stronger = 0;
        for (int c = 0; c < 6; c++)
            stronger += fabsf(sums[c]) > fabsf(contribution);
        assert_int_equal(stronger, i);
    }
    picture_deinit(&picture);
    open_picture(&picture, &mlp);
    const float *dense1 = specimen_region(&mlp, REGION_ACTIVATION, "dense1", 0);
    assert_int_equal(view_selection(picture.view)->cell.plate, plate_of(&mlp, "dense1"));
    assert_int_equal(view_selection(picture.view)->cell.value, strongest(dense1, 128));
    picture_deinit(&picture);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void the_selection_stays_while_it_is_among_the_strongest(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &lenet);
    float *conv2 = specimen_region(&lenet, REGION_ACTIVATION, "conv2", 0);
    const int first = strongest(conv2, 1600), other = first > 800 ? 3 : 1503;
    const float before = conv2[other], most = conv2[first];
    conv2[other] = 1.5f * most;
    show_again(&picture, &lenet);
    assert_int_equal(view_selection(picture.view)->cell.value, first);
    conv2[other] = 2.0f * most;
    show_again(&picture, &lenet);
    assert_int_equal(view_selection(picture.view)->cell.value, other);
    conv2[other] = 0.9f * most;
    show_again(&picture, &lenet);
    assert_int_equal(view_selection(picture.view)->cell.value, other);
    lenet.info.probe_index++;
    show_again(&picture, &lenet);
    assert_int_equal(view_selection(picture.view)->cell.value, first);
    lenet.info.probe_index--;
    conv2[other] = before;
    picture_deinit(&picture);
}

static void a_dense_cell_shows_its_strongest_inputs(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &lenet);
    const int cell = 17;
    view_display(picture.view)->selected = (struct display_cell){plate_of(&lenet, "dense1"), cell};
    picture_draw(&picture);
    const struct selection *selection = view_selection(picture.view);
    assert_true(selection->by_user);
    assert_int_equal(selection->cell.value, cell);
    assert_int_equal(selection->part_count, SELECTION_PARTS);
    const float *w = specimen_region(&lenet, REGION_PARAMETER, "dense1", 0) + cell * 400;
    const float *a = specimen_region(&lenet, REGION_ACTIVATION, "pool2", 0);
    for (int i = 0; i < SELECTION_PARTS; i++) {
        const float contribution = w[selection->parts[i]] * a[selection->parts[i]];
        assert_true(contribution == selection->contributions[i]);
        int stronger = 0;
        for (int k = 0; k < 400; k++)
            stronger += fabsf(w[k] * a[k]) > fabsf(contribution);
        assert_int_equal(stronger, i);
    }
    view_display(picture.view)->selected.plate = -1;
    picture_draw(&picture);
    assert_false(view_selection(picture.view)->by_user);
    picture_deinit(&picture);
}

static bool has_line(const struct selection_line *lines, int count, const vec3 from, const vec3 to)
{
    for (int i = 0; i < count; i++) {
        float away = 0.0f;
        for (int k = 1; k < 3; k++) /* the plate's own plane; lines lie just before it */
            away = fmaxf(away, fmaxf(fabsf(lines[i].from[k] - from[k]), fabsf(lines[i].to[k] - to[k])));
        if (away < 1e-4f && fabsf(lines[i].from[0] - from[0]) < 0.02f &&
            fabsf(lines[i].to[0] - to[0]) < 0.02f)
            return true;
    }
    return false;
}

static void check_outline(const struct selection_line *lines, int count, const struct plate *plate, int tile,
                          const int window[4])
{
    const float top = (float)window[0], left = (float)window[1], bottom = (float)window[2],
                right = (float)window[3];
    vec3 corners[4];
    plate_point(plate, tile, left, top, corners[0]);
    plate_point(plate, tile, right, top, corners[1]);
    plate_point(plate, tile, right, bottom, corners[2]);
    plate_point(plate, tile, left, bottom, corners[3]);
    for (int i = 0; i < 4; i++)
        assert_true(has_line(lines, count, corners[i], corners[(i + 1) % 4]));
}

/* Of conv2's cell (row 3, column 0): 5×5 in pool1, 10×10 in conv1, and in the image 14×14 less what falls on
 * conv1's padding of two. */
static void the_frustum_spans_the_receptive_field(void **state)
{
    (void)state;
    struct scene scene;
    int gap_count;
    scene_init(&scene, lenet.network, &lenet.layout);
    struct gap *gaps = gaps_create(&scene, lenet.network, &lenet.layout, &gap_count);
    const struct selection selection = {.cell = {plate_of(&lenet, "conv2"), 7 * 100 + 3 * 10},
                                        .source_plate = plate_of(&lenet, "pool1"),
                                        .part_count = 2,
                                        .parts = {4, 1}};
    struct selection_line lines[SELECTION_LINES];
    const int count = selection_lines(&selection, &scene, gaps, gap_count, lines);
    const struct plate *plates = scene.plates;
    check_outline(lines, count, &plates[3], 7, (const int[]){3, 0, 4, 1});
    check_outline(lines, count, &plates[2], 4, (const int[]){3, 0, 8, 5});
    check_outline(lines, count, &plates[2], 1, (const int[]){3, 0, 8, 5});
    check_outline(lines, count, &plates[1], 4, (const int[]){6, 0, 16, 10});
    check_outline(lines, count, &plates[0], 0, (const int[]){4, 0, 18, 12});
    /* Five outlines, and beams: two to the cell, one to conv1's window, one to the image's. */
    assert_int_equal(count, 5 * 4 + 4 * 4);
    free(gaps);
    scene_deinit(&scene);
}

static int yellow_pixels(const struct picture *picture)
{
    int yellow = 0;
    for (int i = 0; i < picture->width * picture->height; i++) {
        const uint8_t *p = picture->rgba + 4 * i;
        yellow += p[0] > 150 && p[1] > 140 && p[2] < 90;
    }
    return yellow;
}

static void the_frustum_is_drawn_and_can_be_hidden(void **state)
{
    (void)state;
    struct picture picture;
    open_picture(&picture, &lenet);
    const int shown = yellow_pixels(&picture);
    view_display(picture.view)->selection_hidden = true;
    picture_draw(&picture);
    const int hidden = yellow_pixels(&picture);
    assert_true(shown > hidden + 100);
    picture_deinit(&picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_choice_the_strongest_convolution_cell_is_shown),
        cmocka_unit_test(the_selection_stays_while_it_is_among_the_strongest),
        cmocka_unit_test(a_dense_cell_shows_its_strongest_inputs),
        cmocka_unit_test(the_frustum_spans_the_receptive_field),
        cmocka_unit_test(the_frustum_is_drawn_and_can_be_hidden),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
