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
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
