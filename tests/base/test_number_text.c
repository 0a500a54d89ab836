/* Every edge of the numbers that people read: digits, powers of ten, what rounds over one, shares, ticks, and
 * what is no number. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "base/number_text.h"

static void check(const char *found, const char *expected)
{
    if (strcmp(found, expected) != 0)
        fail_msg("expected \"%s\", found \"%s\"", expected, found);
    assert_true(strlen(found) < NUMBER_TEXT_SIZE);
}

static void digits_are_significant_ones(void **state)
{
    (void)state;
    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {
        {0.0, 5, "0"},
        {-0.0, 5, "0"},
        {0.5, 5, "0.5"},
        {1.0, 3, "1"},
        {-2.5, 2, "-2.5"},
        {0.0123457, 3, "0.0123"},
        {123456.0, 5, "123460"},
        {1234.0, 3, "1230"},
        {99.96, 3, "100"},
        {255.0, 5, "255"},
        {0.0001, 5, "0.0001"},
        {0.00009999996, 5, "0.0001"},
        {0.00009999, 4, "9.999e-5"},
        {1.3e-5, 5, "1.3e-5"},
        {-1.2346e-12, 5, "-1.2346e-12"},
        {999999.0, 5, "1e6"},
        {999999.6, 5, "1e6"},
        {999994.0, 5, "999990"},
        {1e6, 5, "1e6"},
        {1.5e6, 5, "1.5e6"},
        {1e21, 5, "1e21"},
        {-1e24, 3, "-1e24"},
        {1e-300, 5, "1e-300"},
        {-1.23456e-300, 5, "-1.2346e-300"},
        {1.79e308, 1, "2e308"},
        {4.9e-324, 5, "4.9407e-324"},
    };
    char text[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(number_text(text, cases[i].value, cases[i].digits, NUMBER_PLAIN), cases[i].text);
}

static void signs_follow_the_form(void **state)
{
    (void)state;
    char text[NUMBER_TEXT_SIZE];
    check(number_text(text, -1.2346e-12, 5, NUMBER_MINUS), "−1.2346e−12");
    check(number_text(text, -1.23456e-300, 5, NUMBER_MINUS), "−1.2346e−300");
    check(number_text(text, 2.0, 5, NUMBER_SIGNED), "+2");
    check(number_text(text, 2e-9, 5, NUMBER_SIGNED | NUMBER_MINUS), "+2e−9");
    check(number_text(text, 0.0, 5, NUMBER_SIGNED), "0");
    check(number_text(text, -2.0, 5, NUMBER_SIGNED), "-2");
}

static void what_is_no_number_is_said_in_words(void **state)
{
    (void)state;
    char text[NUMBER_TEXT_SIZE];
    static const double nans[] = {NAN, -NAN};
    for (int i = 0; i < 2; i++) {
        check(number_text(text, nans[i], 5, NUMBER_SIGNED), "not a number");
        check(number_fixed(text, nans[i], 2, NUMBER_MINUS), "not a number");
        check(number_percent(text, nans[i], 1, NUMBER_PLAIN), "not a number");
        check(number_tick(text, nans[i], NUMBER_PLAIN), "not a number");
    }
    check(number_text(text, INFINITY, 5, NUMBER_SIGNED), "infinite");
    check(number_text(text, -INFINITY, 5, NUMBER_PLAIN), "-infinite");
    check(number_fixed(text, -INFINITY, 3, NUMBER_MINUS), "−infinite");
    check(number_percent(text, INFINITY, 1, NUMBER_PLAIN), "infinite");
    check(number_tick(text, -INFINITY, NUMBER_MINUS), "−infinite");
    check(LS_NUMBER(NAN), "not a number");
    check(LS_NUMBER_GIVEN(0.123456), "0.12346");
}

static void decimals_stay_unless_they_say_nothing(void **state)
{
    (void)state;
    static const struct {
        double value;
        int decimals;
        const char *text;
    } cases[] = {
        {0.5, 3, "0.500"},         {0.0, 2, "0.00"},        {-0.0, 2, "0.00"},
        {1.3e-5, 2, "1.3e-5"},     {-1.3e-5, 2, "-1.3e-5"}, {0.004, 2, "0.004"},
        {0.006, 2, "0.01"},        {2.302585, 3, "2.303"},  {9.9996, 3, "10.000"},
        {123.456, 4, "123.46"},    {12345.67, 2, "12346"},  {123456.7, 2, "123460"},
        {999999.6, 2, "1e6"},      {1e24, 2, "1e24"},       {-3.14159e25, 1, "-3.1416e25"},
        {0.000123, 6, "0.000123"},
    };
    char text[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(number_fixed(text, cases[i].value, cases[i].decimals, NUMBER_PLAIN), cases[i].text);
    check(number_fixed(text, 0.25, 2, NUMBER_SIGNED | NUMBER_MINUS), "+0.25");
    check(number_fixed(text, -0.25, 2, NUMBER_SIGNED | NUMBER_MINUS), "−0.25");
}

static void shares_are_whole_only_when_they_are(void **state)
{
    (void)state;
    static const struct {
        double share;
        int decimals;
        const char *text;
    } cases[] = {
        {0.0, 1, "0 %"},          {1.0, 1, "100 %"},      {0.9999, 1, ">99.9 %"}, {0.9999, 2, "99.99 %"},
        {0.99999, 2, ">99.99 %"}, {0.9995, 1, ">99.9 %"}, {0.9994, 1, "99.9 %"},  {0.0001, 1, "<0.1 %"},
        {0.0005, 1, "0.1 %"},     {0.5, 0, "50 %"},       {0.999, 0, ">99 %"},    {0.123456, 2, "12.35 %"},
        {1.5, 1, "150.0 %"},      {-0.5, 1, "-50.0 %"},   {1e30, 1, "1e32 %"},
    };
    char text[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(number_percent(text, cases[i].share, cases[i].decimals, NUMBER_PLAIN), cases[i].text);
}

/* However the share came about, from counts or as a float, every panel says the same. */
static void one_evaluation_has_one_percentage(void **state)
{
    (void)state;
    char counted[NUMBER_TEXT_SIZE], rounded[NUMBER_TEXT_SIZE];
    for (int samples = 1; samples <= 20000; samples = samples * 5 / 2 + 1) {
        for (int correct = 0; correct <= samples; correct++) {
            const double share = (double)correct / samples;
            number_percent(counted, share, 1, NUMBER_PLAIN);
            number_percent(rounded, (double)(float)share, 1, NUMBER_PLAIN);
            assert_string_equal(counted, rounded);
        }
    }
    check(number_percent(counted, 0.7785, 1, NUMBER_PLAIN), "77.9 %");
    check(number_percent(counted, (double)0.7785f, 1, NUMBER_PLAIN), "77.9 %");
    check(number_percent(counted, 7785 / 10000.0, 2, NUMBER_PLAIN), "77.85 %");
}

static void ticks_are_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},           {0.05, "0.05"},
        {200.0, "200"},       {5000.0, "5000"},
        {10000.0, "10k"},     {20000.0, "20k"},
        {999999.6, "1M"},     {1.5e6, "1.5M"},
        {2e8, "200M"},        {1e9, "1e9"},
        {1e27, "1e27"},       {1e-5, "1e-5"},
        {0.0002, "0.0002"},   {-20000.0, "-20k"},
        {1e-40, "1e-40"},     {3000100.0, "3.0001M"},
        {123400.0, "123.4k"}, {0.30000000000000004, "0.3"},
    };
    char text[NUMBER_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(number_tick(text, cases[i].value, NUMBER_PLAIN), cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_are_significant_ones),
        cmocka_unit_test(signs_follow_the_form),
        cmocka_unit_test(what_is_no_number_is_said_in_words),
        cmocka_unit_test(decimals_stay_unless_they_say_nothing),
        cmocka_unit_test(shares_are_whole_only_when_they_are),
        cmocka_unit_test(one_evaluation_has_one_percentage),
        cmocka_unit_test(ticks_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
