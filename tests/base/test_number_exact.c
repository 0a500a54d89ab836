/* What is written of a number reads back as the same one, for random bits and for those that programs count
 * with. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_exact.h"
#include "base/rng.h"

static void texts_are_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},        {-0.0, "-0"},     {1000000, "1000000"}, {1e9, "1000000000"},
                 {-3, "-3"},      {0.1, "0.1"},     {1e-30, "1e-30"},     {1.0 / 3.0, "0.3333333333333333"},
                 {1e22, "1e+22"}, {HUGE_VAL, "inf"}};
    char text[NUMBER_EXACT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(number_exact(text, cases[i].value), cases[i].text);
    assert_string_equal(number_exact_float(text, 0.1f), "0.1");
    assert_string_equal(number_exact_float(text, 1000000.0f), "1000000");
    assert_string_equal(number_exact_float(text, 16777216.0f), "16777216");
    assert_true(number_plain(0.9f) == 0.9);
}

static void limits_are_never_rounded(void **state)
{
    (void)state;
    char text[NUMBER_EXACT_SIZE];
    assert_string_equal(number_limit(text, 1.0), "1");
    assert_string_equal(number_limit(text, 1e6), "1e6");
    assert_string_equal(number_limit(text, 0.999999), "0.999999");
    assert_string_equal(number_limit(text, (double)0.9999999f), "0.9999999");
    assert_string_equal(number_limit(text, 1234567.0), "1234567");
    assert_string_equal(number_limit(text, -HUGE_VAL), "-infinite");
}

static void random_numbers_come_back(void **state)
{
    (void)state;
    char text[NUMBER_EXACT_SIZE];
    for (uint64_t i = 0; i < 4000; i++) {
        const struct rng_block block = rng_philox(1, RNG_TEST, 0, i);
        double value;
        float single;
        memcpy(&value, block.v, sizeof value);
        memcpy(&single, block.v + 2, sizeof single);
        if (isfinite(value))
            assert_true(strtod(number_exact(text, value), NULL) == value);
        if (isfinite(single)) {
            assert_true(strtof(number_exact_float(text, single), NULL) == single);
            assert_true((float)number_plain(single) == single);
        }
        const double whole = (double)(block.v[0] >> (block.v[1] % 32));
        number_exact(text, whole);
        assert_true(strspn(text, "0123456789") == strlen(text) && strtod(text, NULL) == whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_short),
        cmocka_unit_test(limits_are_never_rounded),
        cmocka_unit_test(random_numbers_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
