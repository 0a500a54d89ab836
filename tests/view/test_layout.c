/* The layout over many window sizes: nothing overlaps, nothing leaves the window, panels drop in order. */
#include "test.h"

#include "view/layout.h"

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

static bool inside(struct rect r, int width, int height)
{
    return r.x >= 0.0f && r.y >= 0.0f && r.x + r.width <= (float)width && r.y + r.height <= (float)height;
}

static void check(unsigned subject, int width, int height, enum hud_mode mode, bool drawer)
{
    struct layout layout;
    layout_compute_for(&layout, subject, width, height, mode);
    if (drawer)
        layout_open_drawer(&layout);
    assert_true(layout.scale >= 1.0f);
    assert_true(layout.free_view.width > 0.0f && layout.free_view.height > 0.0f);
    assert_true(inside(layout.free_view, width, height));
    for (int i = 0; i < PANEL_COUNT; i++) {
        if (!layout.visible[i])
            continue;
        const struct rect r = layout.panels[i];
        if (!(r.width >= 60.0f && r.height >= 30.0f && inside(r, width, height)))
            fail_msg("panel %d at %dx%d: %g %g %g %g", i, width, height, (double)r.x, (double)r.y,
                     (double)r.width, (double)r.height);
        /* The inspector's card lies over the scene. */
        if (overlap(r, layout.free_view) != (i == PANEL_INSPECTOR))
            fail_msg("panel %d covers the free view at %dx%d", i, width, height);
        for (int j = i + 1; j < PANEL_COUNT; j++) {
            if (layout.visible[j] && overlap(r, layout.panels[j]))
                fail_msg("panels %d and %d overlap at %dx%d", i, j, width, height);
        }
    }
}

static void every_size_is_clean(void **state)
{
    (void)state;
    for (int width = 1; width <= 8000; width += width < 2000 ? 13 : 211) {
        for (int height = 1; height <= 4500; height += height < 1200 ? 11 : 173) {
            for (int mode = HUD_FULL; mode <= HUD_NONE; mode++)
                for (unsigned subject = 0; subject <= (LAYOUT_POINTS | LAYOUT_TARGETS); subject++)
                    check(subject, width, height, (enum hud_mode)mode, false);
            check(0, width, height, HUD_FULL, true);
            check(LAYOUT_POINTS, width, height, HUD_FULL, true);
        }
    }
}

static void assert_rect(struct rect r, float x, float y, float width, float height)
{
    assert_float_equal(r.x, x, 0.01f);
    assert_float_equal(r.y, y, 0.01f);
    assert_float_equal(r.width, width, 0.01f);
    assert_float_equal(r.height, height, 0.01f);
}

static void full_hd(void **state)
{
    (void)state;
    struct layout layout;
    layout_compute(&layout, 1920, 1080, HUD_FULL);
    for (int i = 0; i < PANEL_COUNT; i++)
        assert_int_equal(layout.visible[i], i != PANEL_DRAWER && i != PANEL_POINTS && i != PANEL_FIT);
    assert_rect(layout.panels[PANEL_TOP_BAR], 24, 24, 1872, 36);
    assert_rect(layout.panels[PANEL_LOSS], 1512, 72, 384, 240);
    assert_rect(layout.panels[PANEL_ACCURACY], 1512, 324, 384, 180);
    assert_rect(layout.panels[PANEL_LEARNING_RATE], 1512, 516, 384, 130);
    assert_rect(layout.panels[PANEL_GRADIENT_NORM], 1512, 658, 384, 166);
    assert_rect(layout.panels[PANEL_PROBE], 24, 836, 420, 220);
    assert_rect(layout.panels[PANEL_RIDGELINE], 456, 836, 566, 220);
    assert_rect(layout.panels[PANEL_CONFUSION], 1034, 836, 244, 220);
    assert_rect(layout.panels[PANEL_ROC], 1290, 836, 250, 220);
    assert_rect(layout.panels[PANEL_LEGEND], 1552, 836, 344, 220);
    assert_rect(layout.panels[PANEL_INSPECTOR], 1072, 688, 428, 136);
    assert_rect(layout.free_view, 24, 72, 1476, 752);
    layout_open_drawer(&layout);
    assert_rect(layout.panels[PANEL_DRAWER], 24, 72, 300, 752);
    assert_rect(layout.free_view, 336, 72, 1164, 752);
}

/* The plane stands on the left, in films too; predictions against targets where classes would be. */
static void points_and_targets(void **state)
{
    (void)state;
    struct layout layout;
    layout_compute_for(&layout, LAYOUT_POINTS, 1920, 1080, HUD_FULL);
    assert_rect(layout.panels[PANEL_POINTS], 24, 72, 436, 506);
    assert_rect(layout.free_view, 472, 72, 1028, 752);
    assert_true(layout.visible[PANEL_CONFUSION] && !layout.visible[PANEL_FIT]);
    layout_compute_for(&layout, LAYOUT_POINTS, 1280, 720, HUD_LEGEND);
    assert_true(layout.visible[PANEL_POINTS] && layout.visible[PANEL_LEGEND]);
    layout_compute_for(&layout, LAYOUT_TARGETS, 1920, 1080, HUD_FULL);
    assert_rect(layout.panels[PANEL_FIT], 1034, 836, 506, 220);
    assert_true(!layout.visible[PANEL_CONFUSION] && !layout.visible[PANEL_ROC]);
    assert_false(layout.visible[PANEL_POINTS]);
}

/* 4K is 1080p with everything twice as large. */
static void ultra_hd(void **state)
{
    (void)state;
    struct layout small, large;
    layout_compute(&small, 1920, 1080, HUD_FULL);
    layout_compute(&large, 3840, 2160, HUD_FULL);
    assert_float_equal(large.scale, 2.0f, 0.0f);
    for (int i = 0; i < PANEL_COUNT; i++) {
        const struct rect r = small.panels[i];
        assert_rect(large.panels[i], 2 * r.x, 2 * r.y, 2 * r.width, 2 * r.height);
    }
}

static void panels_drop_in_order(void **state)
{
    (void)state;
    static const struct {
        int width, height;
        const char *shown; /* top bar, loss, accuracy, learning rate, gradient norm, probe, legend, weights
                            * over time, confusion, ROC, points, fit, inspector, drawer */
    } cases[] = {
        {1920, 1080, "TLARGPSWCO..I."}, {1280, 720, "TLA...S.....I."}, {800, 600, "TLA...S......."},
        {1080, 1920, "TLA...S......."}, {480, 320, "T.....S......."},  {320, 240, "T.....S......."},
        {64, 64, ".............."},     {1, 1, ".............."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct layout layout;
        layout_compute(&layout, cases[i].width, cases[i].height, HUD_FULL);
        for (int p = 0; p < PANEL_COUNT; p++)
            assert_int_equal(layout.visible[p], cases[i].shown[p] != '.');
    }
}

static void modes(void **state)
{
    (void)state;
    struct layout layout;
    layout_compute(&layout, 1920, 1080, HUD_LEGEND);
    for (int i = 0; i < PANEL_COUNT; i++)
        assert_int_equal(layout.visible[i], i == PANEL_LEGEND);
    const struct rect legend = layout.panels[PANEL_LEGEND];
    assert_float_equal(legend.x + legend.width, 1896.0f, 0.01f);
    assert_float_equal(legend.y + legend.height, 1056.0f, 0.01f);
    layout_compute(&layout, 1920, 1080, HUD_NONE);
    for (int i = 0; i < PANEL_COUNT; i++)
        assert_false(layout.visible[i]);
    assert_true(layout.free_view.height > 1000.0f);
    layout_compute(&layout, 0, 1080, HUD_FULL);
    for (int i = 0; i < PANEL_COUNT; i++)
        assert_false(layout.visible[i]);
}

static void names(void **state)
{
    (void)state;
    enum hud_mode mode = HUD_FULL;
    assert_true(hud_mode_from_name("none", &mode));
    assert_int_equal(mode, HUD_NONE);
    assert_true(hud_mode_from_name("legend", &mode));
    assert_int_equal(mode, HUD_LEGEND);
    assert_true(hud_mode_from_name("full", &mode));
    assert_int_equal(mode, HUD_FULL);
    assert_false(hud_mode_from_name("all", &mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_clean),
        cmocka_unit_test(full_hd),
        cmocka_unit_test(points_and_targets),
        cmocka_unit_test(ultra_hd),
        cmocka_unit_test(panels_drop_in_order),
        cmocka_unit_test(modes),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
