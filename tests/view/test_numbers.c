/* Numbers in cells: what is printed is the cell's value, rounded, in ink that stands out from its colour. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gl/debug.h"
#include "picture.h"
#include "view/glyphs.h"

enum { SIZE = 800, COUNT = 11 };

struct printed {
    float value;
    const char *text; /* '-' stands for the minus sign */
};

static const struct printed plain[COUNT] = {{0.0f, "0"},     {0.1234f, ".123"}, {-0.5f, "-.500"},
                                            {1.5f, "1.50"},  {9.996f, "10.0"},  {-12.34f, "-12.3"},
                                            {456.4f, "456"}, {1234.0f, "1234"}, {20000.0f, "2e4"},
                                            {0.0004f, "0"},  {0.9996f, "1.00"}};
static const struct printed powers[COUNT] = {{0.0f, "0"},       {0.0123f, ".012"},  {-4e-4f, "-4e-4"},
                                             {3e-5f, "3e-5"},   {9.7e-6f, "1e-5"},  {1e-9f, "1e-9"},
                                             {0.1234f, ".123"}, {-0.999f, "-.999"}, {2.5f, "2.50"},
                                             {1e-3f, "1e-3"},   {7.2e-4f, "7e-4"}};

static struct gl_context *context;
static struct specimen lenet;
static struct glyphs glyphs;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context || !glyphs_init(&glyphs, 1.0f, &err))
        return -1;
    specimen_init(&lenet, "lenet5");
    lenet.info.has_gradients = true;
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    specimen_deinit(&lenet);
    glyphs_deinit(&glyphs);
    gl_context_destroy(context);
    return 0;
}

static void open_picture(struct picture *picture, enum theme_name theme, enum display_gradients gradients)
{
    picture_init(picture, &lenet, SIZE, SIZE, theme, HUD_NONE, CAMERA_THREE_QUARTER);
    struct display *display = view_display(picture->view);
    display->gradients = gradients;
    display->selection_hidden = true;
    display_settle(display);
    specimen_publish(&lenet, view_publisher(picture->view));
    picture_draw(picture);
    view_focus_layer(picture->view, network_find_layer(lenet.network, "pool2"), 0.0f);
    struct camera_pose pose = view_camera(picture->view)->goal;
    pose.distance *= 0.21f;
    camera_jump(view_camera(picture->view), &pose);
    picture_draw(picture);
}

static int glyph_of(char c)
{
    return c == '.' ? GLYPH_POINT : c == '-' ? GLYPH_MINUS : c == 'e' ? GLYPH_E : c - '0';
}

/* Whether a text with its top left corner there is what the picture shows. */
static bool reads(const struct picture *picture, const char *text, const struct glyph_size *size, int left,
                  int top, const float *ground, float ink)
{
    for (int i = 0; text[i]; i++)
        for (int y = 0; y < size->height; y++)
            for (int x = 0; x < size->width; x++) {
                const size_t row = (size_t)(size->top + y),
                             column = (size_t)(glyph_of(text[i]) * size->width + x);
                const float cover = (float)glyphs.coverage[row * (size_t)glyphs.width + column] / 255.0f;
                const uint8_t *p =
                    picture_pixel(picture, (float)(left + i * size->width + x), (float)(top + y));
                for (int c = 0; c < 3; c++)
                    if (fabsf((float)p[c] - (ground[c] + cover * (ink - ground[c]))) > 3.0f)
                        return false;
            }
    return true;
}

static bool finds(const struct picture *picture, const char *text, float x, float y, const float *ground,
                  float ink)
{
    for (int s = 0; s < GLYPH_SIZES; s++) {
        const struct glyph_size *size = &glyphs.sizes[s];
        const int left = (int)x - (int)strlen(text) * size->width / 2;
        for (int top = (int)y; top < (int)y + 40; top++)
            for (int dx = -5; dx <= 5; dx++)
                if (reads(picture, text, size, left + dx, top, ground, ink))
                    return true;
    }
    return false;
}

static float luminance(const float *rgb)
{
    float sum = 0.0f;
    const float share[3] = {0.2126f, 0.7152f, 0.0722f};
    for (int i = 0; i < 3; i++) {
        const float c = rgb[i] / 255.0f;
        sum += share[i] * (c <= 0.04045f ? c / 12.92f : powf((c + 0.055f) / 1.055f, 2.4f));
    }
    return sum;
}

static void check(enum region_kind kind, enum display_gradients gradients, const struct printed *list)
{
    float *values = specimen_region(&lenet, kind, "pool2", 0);
    for (size_t i = 0; i < 400; i++)
        values[i] = list[i % COUNT].value;
    for (int theme = THEME_DARK; theme <= THEME_LIGHT; theme++) {
        struct picture picture;
        open_picture(&picture, (enum theme_name)theme, gradients);
        const struct view_plate *shown = picture_plate(&picture, "pool2", "activation");
        int checked = 0;
        for (size_t i = 0; i < 400; i++) {
            float x, y, texel_px;
            picture_locate(shown, i, &x, &y, &texel_px);
            /* Smaller ones have room for two digits only. */
            if (texel_px < 46.0f || x < 60.0f || y < 60.0f || x > (float)SIZE - 60.0f ||
                y > (float)SIZE - 60.0f)
                continue;
            const uint8_t *p = picture_pixel(&picture, x, y);
            const float ground[3] = {p[0], p[1], p[2]}, light = luminance(ground);
            const float on_black = (light + 0.05f) / 0.05f, on_white = 1.05f / (light + 0.05f);
            assert_true(fmaxf(on_black, on_white) >= 4.5f);
            if (!finds(&picture, list[i % COUNT].text, x, y, ground, on_black > on_white ? 0.0f : 255.0f))
                fail_msg("value %zu = %g at (%g, %g) does not read %s", i, (double)values[i], (double)x,
                         (double)y, list[i % COUNT].text);
            checked++;
        }
        assert_true(checked >= 2 * COUNT);
        picture_deinit(&picture);
    }
    assert_int_equal(gl_debug_message_count(), 0);
}

static void large_cells_print_their_values(void **state)
{
    (void)state;
    check(REGION_ACTIVATION, GRADIENTS_OFF, plain);
}

static void gradients_are_printed_as_powers_of_ten(void **state)
{
    (void)state;
    check(REGION_ACTIVATION_GRADIENT, GRADIENTS_TURNED, powers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_cells_print_their_values),
        cmocka_unit_test(gradients_are_printed_as_powers_of_ten),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
