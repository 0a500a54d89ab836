/* Animated amounts: where they end, how long they take, that they can turn back. */
#include "test.h"

#include "view/display.h"

static void starts_with_values(void **state)
{
    (void)state;
    struct display display;
    display_init(&display);
    assert_int_equal(display.selected.plate, -1);
    assert_int_equal(display.hovered.plate, -1);
    assert_false(display_update(&display, 1.0f));
    assert_float_equal(display.turn, 0.0f, 0.0f);
}

static void turns_in_time_and_back(void **state)
{
    (void)state;
    struct display display;
    display_init(&display);
    display.gradients = GRADIENTS_TURNED;
    float before = 0.0f;
    for (int i = 0; i < 5; i++) {
        assert_true(display_update(&display, 0.1f * DISPLAY_SECONDS));
        assert_true(display.turn > before);
        before = display.turn;
    }
    assert_float_equal(display.turn, 0.5f, 1e-5f);
    assert_float_equal(display.stack, 0.0f, 0.0f);
    display.gradients = GRADIENTS_OFF;
    assert_true(display_update(&display, 0.1f * DISPLAY_SECONDS));
    assert_true(display.turn < before);
    display_settle(&display);
    assert_float_equal(display.turn, 0.0f, 0.0f);
    display.gradients = GRADIENTS_STACKED;
    display.unfolded = true;
    display_settle(&display);
    assert_float_equal(display.stack, 1.0f, 0.0f);
    assert_float_equal(display.unfold, 1.0f, 0.0f);
    assert_false(display_update(&display, 0.1f));
}

static float opening(const struct display *display, int plate)
{
    for (int i = 0; i < DISPLAY_OPENED; i++)
        if (display->opened[i].plate == plate)
            return display->opened[i].unfold;
    return 0.0f;
}

static void the_focused_stack_opens_and_the_one_before_folds(void **state)
{
    (void)state;
    struct display display;
    display_init(&display);
    assert_int_equal(display.focused, -1);
    display.focused = 3;
    display_settle(&display);
    assert_float_equal(opening(&display, 3), 1.0f, 0.0f);
    assert_false(display_update(&display, 0.1f));
    display.focused = 5;
    assert_true(display_update(&display, 0.5f * DISPLAY_SECONDS));
    assert_float_equal(opening(&display, 3), 0.5f, 1e-5f);
    assert_float_equal(opening(&display, 5), 0.5f, 1e-5f);
    /* Back before it is folded: from where it is. */
    display.focused = 3;
    display_update(&display, 0.25f * DISPLAY_SECONDS);
    assert_true(opening(&display, 3) > 0.8f && opening(&display, 5) < 0.2f);
    /* In haste: whoever is focused last is open in the end, and nobody else. */
    for (int plate = 2; plate < 12; plate++) {
        display.focused = plate;
        display_update(&display, 0.05f * DISPLAY_SECONDS);
    }
    display_settle(&display);
    for (int plate = 0; plate < 12; plate++)
        assert_float_equal(opening(&display, plate), plate == 11 ? 1.0f : 0.0f, 0.0f);
    display.focused = -1;
    assert_true(display_update(&display, 2.0f * DISPLAY_SECONDS));
    assert_float_equal(opening(&display, 11), 0.0f, 0.0f);
}

static void names(void **state)
{
    (void)state;
    enum display_gradients gradients = GRADIENTS_OFF;
    assert_true(display_gradients_from_name("both", &gradients));
    assert_int_equal(gradients, GRADIENTS_STACKED);
    assert_false(display_gradients_from_name("Both", &gradients));
    assert_string_equal(scale_scope_name(SCOPE_KIND), "kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_with_values),
        cmocka_unit_test(turns_in_time_and_back),
        cmocka_unit_test(the_focused_stack_opens_and_the_one_before_folds),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
