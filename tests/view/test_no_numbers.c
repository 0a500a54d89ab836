/* NaN and infinities wherever values are drawn: a checker that no colour map has, and no bar. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "gl/debug.h"
#include "picture.h"

static struct gl_context *context;
static struct specimen lenet, mlp;
static const float bad[] = {NAN, INFINITY, -INFINITY};

enum { BAD = sizeof bad / sizeof bad[0] };

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        return -1;
    specimen_init(&lenet, "lenet5");
    specimen_init(&mlp, "mlp");
    lenet.info.has_gradients = mlp.info.has_gradients = true;
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

static void open_picture(struct picture *picture, const struct specimen *specimen, int width, int height,
                         enum display_gradients gradients)
{
    picture_init(picture, specimen, width, height, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER);
    struct display *display = view_display(picture->view);
    display->gradients = gradients;
    display->selection_hidden = true;
    display->edges_hidden = true;
    display_settle(display);
    specimen_publish(specimen, view_publisher(picture->view));
    picture_draw(picture);
}

static bool is_yellow(const uint8_t *p) { return p[0] == 255 && p[1] >= 228 && p[2] == 0; }

static bool is_black(const uint8_t *p) { return p[0] + p[1] + p[2] == 0; }

/* Whether all of a square of `reach` pixels around value `index` is checkered, in both colours. */
static bool is_checkered(const struct picture *picture, const struct view_plate *shown, size_t index,
                         int reach)
{
    float x, y, texel_px;
    picture_locate(shown, index, &x, &y, &texel_px);
    int yellow = 0, black = 0;
    for (int dy = -reach; dy <= reach; dy++)
        for (int dx = -reach; dx <= reach; dx++) {
            const uint8_t *p = picture_pixel(picture, x + (float)dx, y + (float)dy);
            yellow += is_yellow(p);
            black += is_black(p);
        }
    return yellow > 0 && black > 0 && yellow + black == (2 * reach + 1) * (2 * reach + 1);
}

static void check_turned(enum region_kind kind, const char *layer, int parameter, const char *plate,
                         size_t index)
{
    float *gradients = specimen_region(&lenet, kind, layer, parameter);
    const float before = gradients[index];
    for (int i = 0; i < BAD; i++) {
        struct picture picture;
        open_picture(&picture, &lenet, 1920, 1080, GRADIENTS_TURNED);
        assert_false(is_checkered(&picture, picture_plate(&picture, layer, plate), index, 2));
        picture_deinit(&picture);
        gradients[index] = bad[i];
        open_picture(&picture, &lenet, 1920, 1080, GRADIENTS_TURNED);
        const struct view_plate *shown = picture_plate(&picture, layer, plate);
        assert_int_equal(shown->side, SIDE_GRADIENTS);
        assert_true(is_checkered(&picture, shown, index, 2));
        picture_deinit(&picture);
        gradients[index] = before;
    }
}

static void gradients_show_a_checker(void **state)
{
    (void)state;
    check_turned(REGION_ACTIVATION_GRADIENT, "dense1", 0, "activation", 37);
    check_turned(REGION_PARAMETER_GRADIENT, "conv1", 0, "weight", 62);
    assert_int_equal(gl_debug_message_count(), 0);
}

/* Several gradients to a pixel: one that is no number is seen. */
static void reduced_gradients_show_a_checker(void **state)
{
    (void)state;
    float *gradients = specimen_region(&mlp, REGION_PARAMETER_GRADIENT, "dense1", 0);
    const size_t index = 40 * 784 + 391;
    const float before = gradients[index];
    for (int i = 0; i < BAD; i++) {
        gradients[index] = bad[i];
        struct picture picture;
        open_picture(&picture, &mlp, 640, 360, GRADIENTS_TURNED);
        const struct view_plate *shown = picture_plate(&picture, "dense1", "weight");
        float x, y, texel_px;
        picture_locate(shown, index, &x, &y, &texel_px);
        assert_true(texel_px < 0.5f);
        int checkered = 0;
        for (int dy = -2; dy <= 2; dy++)
            for (int dx = -2; dx <= 2; dx++) {
                const uint8_t *p = picture_pixel(&picture, x + (float)dx, y + (float)dy);
                checkered += is_yellow(p) || is_black(p);
            }
        assert_true(checkered >= 1);
        picture_deinit(&picture);
        gradients[index] = before;
    }
}

/* Pixels of the bars' bright colour to the right of the output. */
static int count_bar_pixels(const struct picture *picture)
{
    const struct view_plate *shown = picture_plate(picture, "output", "output");
    const int from = (int)fmaxf(shown->quad[1][0], shown->quad[2][0]) + 12;
    int count = 0;
    for (int y = 0; y < picture->height; y++)
        for (int x = from; x < picture->width; x++) {
            const uint8_t *p = picture->rgba + 4 * ((size_t)y * (size_t)picture->width + (size_t)x);
            count += p[0] > 90 && p[1] > 90;
        }
    return count;
}

static void the_output_has_a_checker_and_no_bar(void **state)
{
    (void)state;
    float *output = specimen_region(&lenet, REGION_ACTIVATION, "output", 0), kept[10];
    const struct snapshot_info info = lenet.info;
    memcpy(kept, output, sizeof kept);
    for (int c = 0; c < 10; c++)
        output[c] = lenet.info.output[c] = c == 3 ? 1.0f : 0.0f;
    struct picture picture;
    open_picture(&picture, &lenet, 1920, 1080, GRADIENTS_OFF);
    assert_true(count_bar_pixels(&picture) > 500);
    picture_deinit(&picture);
    for (int i = 0; i < BAD; i++) {
        output[3] = lenet.info.output[3] = bad[i];
        open_picture(&picture, &lenet, 1920, 1080, GRADIENTS_OFF);
        assert_true(is_checkered(&picture, picture_plate(&picture, "output", "output"), 3, 2));
        assert_int_equal(count_bar_pixels(&picture), 0);
        picture_deinit(&picture);
    }
    memcpy(output, kept, sizeof kept);
    lenet.info = info;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_show_a_checker),
        cmocka_unit_test(reduced_gradients_show_a_checker),
        cmocka_unit_test(the_output_has_a_checker_and_no_bar),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
