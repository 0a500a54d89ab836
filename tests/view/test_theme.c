/* Colour maps and palettes: the anchors, the interpolation, and the contrast that text needs. */
#include "test.h"

#include <math.h>

#include "view/theme.h"

static float channel_luminance(float c)
{
    return c <= 0.04045f ? c / 12.92f : powf((c + 0.055f) / 1.055f, 2.4f);
}

static float luminance(struct color c)
{
    return 0.2126f * channel_luminance(c.r) + 0.7152f * channel_luminance(c.g) +
           0.0722f * channel_luminance(c.b);
}

/* WCAG 2.1, contrast ratio. */
static float contrast(struct color a, struct color b)
{
    const float la = luminance(a), lb = luminance(b);
    return (fmaxf(la, lb) + 0.05f) / (fminf(la, lb) + 0.05f);
}

static void assert_color(struct color c, unsigned hex)
{
    assert_int_equal(lroundf(c.r * 255.0f), (hex >> 16) & 0xFF);
    assert_int_equal(lroundf(c.g * 255.0f), (hex >> 8) & 0xFF);
    assert_int_equal(lroundf(c.b * 255.0f), hex & 0xFF);
}

static void anchors_and_midpoints(void **state)
{
    (void)state;
    const struct theme *dark = theme_get(THEME_DARK), *light = theme_get(THEME_LIGHT);
    assert_color(theme_map_color(dark, MAP_ACTIVATION, 0.0f), 0x000004);
    assert_color(theme_map_color(dark, MAP_ACTIVATION, 0.5f), 0xB63779);
    assert_color(theme_map_color(dark, MAP_ACTIVATION, 1.0f), 0xFCFDBF);
    assert_color(theme_map_color(dark, MAP_WEIGHT, 0.5f), 0x11141B);
    assert_color(theme_map_color(light, MAP_WEIGHT, 0.5f), 0xECE5E1);
    assert_color(theme_map_color(light, MAP_GRADIENT, 0.125f), 0xA5428C);
    assert_color(theme_map_color(light, MAP_GREY, 1.0f), 0xFFFFFF);
    const struct color middle = theme_map_color(dark, MAP_GRADIENT, 0.0625f);
    assert_float_equal(middle.r * 255.0f, (0xFF + 0xCD) / 2.0f, 0.01f);
    assert_float_equal(theme_map_color(dark, MAP_GREY, 0.3f).g, 0.3f, 1e-6f);
}

static void values_outside_are_clamped(void **state)
{
    (void)state;
    const struct theme *theme = theme_get(THEME_DARK);
    assert_color(theme_map_color(theme, MAP_WEIGHT, -3.0f), 0xFFC9BC);
    assert_color(theme_map_color(theme, MAP_WEIGHT, 3.0f), 0xBFD2FF);
    assert_color(theme_map_color(theme, MAP_WEIGHT, NAN), 0xFFC9BC);
}

/* In each theme the lightness runs one way from zero to either end. */
static void lightness_is_monotone(void **state)
{
    (void)state;
    for (int name = THEME_DARK; name <= THEME_LIGHT; name++) {
        const struct theme *theme = theme_get((enum theme_name)name);
        const float way = name == THEME_DARK ? 1.0f : -1.0f;
        for (int map = MAP_ACTIVATION; map <= MAP_GRADIENT; map++) {
            const int zero = map == MAP_ACTIVATION ? 0 : MAP_ANCHORS / 2;
            for (int i = zero; i + 1 < MAP_ANCHORS; i++)
                assert_true(way * (luminance(theme->maps[map][i + 1]) - luminance(theme->maps[map][i])) >
                            0.0f);
            for (int i = zero; i > 0; i--)
                assert_true(way * (luminance(theme->maps[map][i - 1]) - luminance(theme->maps[map][i])) >
                            0.0f);
        }
    }
}

static void text_is_legible(void **state)
{
    (void)state;
    for (int name = THEME_DARK; name <= THEME_LIGHT; name++) {
        const struct theme *t = theme_get((enum theme_name)name);
        const struct color inks[] = {t->text, t->secondary,     t->muted,    t->train,
                                     t->test, t->learning_rate, t->gradient, t->select};
        for (size_t i = 0; i < sizeof inks / sizeof inks[0]; i++) {
            assert_true(contrast(inks[i], t->panel) >= 4.5f);
            assert_true(contrast(inks[i], t->background) >= 4.5f);
        }
    }
}

static void names(void **state)
{
    (void)state;
    enum theme_name name = THEME_DARK;
    assert_true(theme_from_name("light", &name));
    assert_int_equal(name, THEME_LIGHT);
    assert_true(theme_from_name("dark", &name));
    assert_int_equal(name, THEME_DARK);
    assert_false(theme_from_name("Dark", &name));
    assert_false(theme_from_name("", &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors_and_midpoints),
        cmocka_unit_test(values_outside_are_clamped),
        cmocka_unit_test(lightness_is_monotone),
        cmocka_unit_test(text_is_legible),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
