/* Values smaller than a pixel: nothing strong is lost, and a moving camera brings no patterns. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "gl/debug.h"
#include "picture.h"
#include "view/plate_detail.h"

static struct gl_context *context;
static struct specimen mlp;

enum { ROWS = 128, COLUMNS = 784 }; /* of the weights of dense1 */

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        return -1;
    specimen_init(&mlp, "mlp");
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    specimen_deinit(&mlp);
    gl_context_destroy(context);
    return 0;
}

static float *weights(void) { return specimen_region(&mlp, REGION_PARAMETER, "dense1", 0); }

static void open_picture(struct picture *picture, int width, int height, enum camera_preset camera)
{
    picture_init(picture, &mlp, width, height, THEME_DARK, HUD_NONE, camera);
    specimen_publish(&mlp, view_publisher(picture->view));
    picture_draw(picture);
}

/* How much the pixels about value `index` differ from the colour of zero, at most, of 255. */
static float most_about(const struct picture *picture, const struct view_plate *shown, size_t index)
{
    const struct color zero = theme_map_color(theme_get(THEME_DARK), MAP_WEIGHT, 0.5f);
    const float base[3] = {255.0f * zero.r, 255.0f * zero.g, 255.0f * zero.b};
    float x, y, texel_px, most = 0.0f;
    picture_locate(shown, index, &x, &y, &texel_px);
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            const uint8_t *p = picture_pixel(picture, x + (float)dx, y + (float)dy);
            for (int c = 0; c < 3; c++)
                most = fmaxf(most, fabsf((float)p[c] - base[c]));
        }
    return most;
}

static void the_strongest_value_shows_at_any_distance(void **state)
{
    (void)state;
    float *w = weights(), *before = ls_calloc((size_t)ROWS * COLUMNS, sizeof *before);
    memcpy(before, w, (size_t)ROWS * COLUMNS * sizeof *w);
    memset(w, 0, (size_t)ROWS * COLUMNS * sizeof *w);
    static const size_t spikes[] = {5 * COLUMNS + 17, 40 * COLUMNS + 391, 77 * COLUMNS + 640,
                                    120 * COLUMNS + 100};
    for (size_t i = 0; i < 4; i++)
        w[spikes[i]] = i % 2 == 0 ? 0.5f : -0.5f;
    static const int widths[] = {320, 480, 640, 1000, 1280};
    for (size_t i = 0; i < 5; i++) {
        struct picture picture;
        open_picture(&picture, widths[i], widths[i] * 9 / 16, CAMERA_THREE_QUARTER);
        const struct view_plate *shown = picture_plate(&picture, "dense1", "weight");
        for (size_t k = 0; k < 4; k++)
            assert_true(most_about(&picture, shown, spikes[k]) > 40.0f);
        /* Elsewhere nothing shows. */
        assert_true(most_about(&picture, shown, 60 * COLUMNS + 200) < 24.0f);
        picture_deinit(&picture);
    }
    memcpy(w, before, (size_t)ROWS * COLUMNS * sizeof *w);
    free(before);
}

static void a_value_that_is_no_number_shows_at_any_distance(void **state)
{
    (void)state;
    float *w = weights();
    static const size_t place = 70 * COLUMNS + 333;
    const float before = w[place], bad[2] = {NAN, -INFINITY};
    for (int i = 0; i < 2; i++) {
        w[place] = bad[i];
        struct picture picture;
        open_picture(&picture, 640, 360, CAMERA_THREE_QUARTER);
        const struct view_plate *shown = picture_plate(&picture, "dense1", "weight");
        float x, y, texel_px;
        picture_locate(shown, place, &x, &y, &texel_px);
        assert_true(texel_px < 0.5f);
        int checkered = 0;
        for (int dy = -2; dy <= 2; dy++)
            for (int dx = -2; dx <= 2; dx++) {
                const uint8_t *p = picture_pixel(&picture, x + (float)dx, y + (float)dy);
                checkered += (p[0] == 255 && p[1] >= 228 && p[2] == 0) || p[0] + p[1] + p[2] == 0;
            }
        assert_true(checkered >= 1);
        picture_deinit(&picture);
    }
    w[place] = before;
}

/* Spread of the mean brightness of 8×8 blocks inside the plate, of 255; the mean goes to *mean. A pattern
 * that only sampling makes has large features, and they spread the blocks. */
static float block_spread(const struct picture *picture, const struct view_plate *shown, float *mean)
{
    double sum = 0.0, square = 0.0;
    int count = 0;
    for (int v = 1; v < 16; v++)
        for (int u = 1; u < 24; u++) {
            const size_t index = (size_t)(v * ROWS / 16) * COLUMNS + (size_t)(u * COLUMNS / 24);
            float x, y, texel_px;
            picture_locate(shown, index, &x, &y, &texel_px);
            double block = 0.0;
            for (int dy = -4; dy < 4; dy++)
                for (int dx = -4; dx < 4; dx++)
                    block += picture_pixel(picture, x + (float)dx, y + (float)dy)[2];
            block /= 64.0;
            sum += block;
            square += block * block;
            count++;
        }
    *mean = (float)(sum / count);
    return (float)sqrt(fmax(0.0, square / count - (sum / count) * (sum / count)));
}

static bool is_checkered(int row, int column) { return (row + column) % 2 == 0; }
static bool is_striped(int row, int column) { return (row + 2 * column) % 7 == 0; }

static void check_dolly(bool (*is_bright)(int row, int column), float most_spread)
{
    float *w = weights(), *before = ls_calloc((size_t)ROWS * COLUMNS, sizeof *before);
    memcpy(before, w, (size_t)ROWS * COLUMNS * sizeof *w);
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < COLUMNS; column++)
            w[row * COLUMNS + column] = is_bright(row, column) ? 0.1f : 0.0f;
    struct picture picture;
    open_picture(&picture, 1600, 900, CAMERA_THREE_QUARTER);
    view_focus_layer(picture.view, network_find_layer(mlp.network, "dense1"), 0.0f);
    const struct view_plate *shown = picture_plate(&picture, "dense1", "weight");
    struct camera *camera = view_camera(picture.view);
    struct camera_pose pose = camera->goal;
    pose.yaw = 70.0f;
    glm_vec3_copy((float *)shown->plate->origin, pose.target);
    glm_vec3_muladds((float *)shown->plate->right, 0.5f, pose.target);
    glm_vec3_muladds((float *)shown->plate->down, 0.5f, pose.target);
    pose.distance = 9.0f;
    float last_mean = 0.0f;
    int jumps = 0;
    for (int i = 0; i < 40; i++) {
        pose.distance *= 1.02f;
        camera_jump(camera, &pose);
        picture_draw(&picture);
        float mean;
        const float spread = block_spread(&picture, picture_plate(&picture, "dense1", "weight"), &mean);
        if (spread > most_spread)
            fail_msg("frame %d, distance %g: blocks spread by %g", i, (double)pose.distance, (double)spread);
        /* The mean jumps where more values share a cell, and nowhere else. */
        jumps += i > 0 && fabsf(mean - last_mean) > 8.0f;
        last_mean = mean;
    }
    assert_true(jumps <= 4);
    picture_deinit(&picture);
    memcpy(w, before, (size_t)ROWS * COLUMNS * sizeof *w);
    free(before);
    assert_int_equal(gl_debug_message_count(), 0);
}

/* A plate 10 wide and 5 high before a camera at the origin that looks along −Z: one unit is 100 pixels. */
static void compute(struct plate_detail *detail, const struct plate *plate, float x, float z)
{
    mat4 projection;
    glm_mat4_zero(projection);
    projection[0][0] = 0.2f * 10.0f; /* at distance 10, x = ±5 fills 1000 pixels */
    projection[1][1] = 0.4f * 10.0f; /* y = ±2.5 fills 500 */
    projection[2][3] = -1.0f;
    projection[3][2] = 0.1f;
    struct plate moved = *plate;
    moved.origin[0] += x;
    moved.origin[2] = z;
    plate_detail_compute(detail, &moved, projection, 1000, 500);
}

static void sizes_on_the_screen_follow_from_geometry(void **state)
{
    (void)state;
    const struct plate plate = {.origin = {-5.0f, 2.5f, -10.0f},
                                .right = {10.0f, 0.0f, 0.0f},
                                .down = {0.0f, -5.0f, 0.0f},
                                .tiles = 1,
                                .tile_columns = 1,
                                .tile_rows = 1,
                                .tile_width = 2000,
                                .tile_height = 250,
                                .values = 500000};
    struct plate_detail detail;
    compute(&detail, &plate, 0.0f, -10.0f);
    assert_true(detail.visible);
    assert_true(fabsf(detail.least_px[0] - 0.5f) < 1e-3f && fabsf(detail.largest_px[0] - 0.5f) < 1e-3f);
    assert_true(fabsf(detail.least_px[1] - 2.0f) < 1e-3f);
    assert_int_equal(detail.reduce[0], 2);
    assert_int_equal(detail.reduce[1], 1);
    assert_int_equal(plate_detail_cells(&detail, &plate, 0), 1000);
    compute(&detail, &plate, 0.0f, -25.5f);
    assert_int_equal(detail.reduce[0], 6);
    assert_int_equal(detail.reduce[1], 2);
    assert_int_equal(plate_detail_cells(&detail, &plate, 0), 334);
    /* Half of it is out to the left: the right half counts. */
    compute(&detail, &plate, -5.0f, -10.0f);
    assert_true(fabsf(detail.part[0] - 0.5f) < 1e-3f && fabsf(detail.part[2] - 1.0f) < 1e-3f);
    compute(&detail, &plate, 0.0f, 10.0f);
    assert_false(detail.visible);
    assert_int_equal(detail.reduce[0], 1);
    compute(&detail, &plate, 11.0f, -10.0f);
    assert_false(detail.visible);
}

static void a_slow_dolly_over_fine_patterns_brings_no_coarse_ones(void **state)
{
    (void)state;
    check_dolly(is_checkered, 8.0f);
    check_dolly(is_striped, 8.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_on_the_screen_follow_from_geometry),
        cmocka_unit_test(the_strongest_value_shows_at_any_distance),
        cmocka_unit_test(a_value_that_is_no_number_shows_at_any_distance),
        cmocka_unit_test(a_slow_dolly_over_fine_patterns_brings_no_coarse_ones),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
