/* What stands between a gradient and the optimizer: penalties, clipping and noise of op_math.h. */
#include "test.h"

#include <math.h>

#include "compute/op_math.h"

static void a_parameter_finds_its_penalty(void **state)
{
    (void)state;
    const struct penalty penalties[] = {{2, 3, 1.0f, 0.0f}, {5, 1, 2.0f, 0.0f}, {9, 2, 3.0f, 0.0f}};
    static const float expected[] = {0, 0, 1, 1, 1, 2, 0, 0, 0, 3, 3, 0};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct penalty *found = op_find_penalty(penalties, 3, i);
        assert_true((found ? found->l1 : 0.0f) == expected[i]);
    }
    assert_null(op_find_penalty(NULL, 0, 4));
}

/* d/dw of 0.5·|w| + 0.25·w². */
static void penalties_are_their_slopes(void **state)
{
    (void)state;
    const struct penalty p = {0, 1, 0.5f, 0.25f};
    static const float w[] = {-2.0f, 0.0f, 3.0f}, slope[] = {-1.5f, 0.0f, 2.0f};
    for (int i = 0; i < 3; i++) {
        assert_true(op_penalised(10.0f, w[i], &p) == 10.0f + slope[i]);
        assert_true(op_penalised_f64(10.0, (double)w[i], &p) == 10.0 + (double)slope[i]);
    }
}

static void clipping_keeps_what_is_small(void **state)
{
    (void)state;
    static const float g[] = {-3.0f, -1.0f, 0.25f, 1.0f, 7.0f}, clipped[] = {-1.0f, -1.0f, 0.25f, 1.0f, 1.0f};
    for (int i = 0; i < 5; i++) {
        assert_true(op_clipped(g[i], 1.0f) == clipped[i]);
        assert_true(op_clipped_f64((double)g[i], 1.0) == (double)clipped[i]);
    }
    assert_true(isnan(op_clipped(NAN, 1.0f)));
    assert_true(op_clip_scale(0.5, 1.0) == 1.0);
    assert_true(fabs(op_clip_scale(4.0, 1.0) - 0.25) < 1e-6);
    assert_true(op_clip_scale(0.0, 1.0) == 1.0);
    assert_true(isnan(op_clip_scale(NAN, 1.0)));
}

static void noise_fades(void **state)
{
    (void)state;
    const struct optimizer o = {.noise = 0.3f, .noise_decay = 0.55f}, none = {0};
    assert_true(fabs(op_noise_deviation(&o, 1) - sqrt(0.3)) < 1e-7);
    assert_true(fabs(op_noise_deviation(&o, 101) - sqrt(0.3 / pow(101.0, 0.55))) < 1e-7);
    assert_true(op_noise_deviation(&none, 1) == 0.0);
}

/* Mean, variance, skewness, kurtosis and the share beyond two deviations. */
static void draws_are_normal(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    double sums[5] = {0};
    int beyond = 0;
    for (int i = 0; i < COUNT; i++) {
        const double x = op_normal_f64(7, (uint64_t)(i % 100), (uint64_t)i);
        assert_true(fabs(x - (double)op_normal(7, (uint64_t)(i % 100), (uint64_t)i)) < 2e-6);
        for (int power = 1; power <= 4; power++)
            sums[power] += pow(x, power) / COUNT;
        beyond += fabs(x) > 2.0;
    }
    assert_true(fabs(sums[1]) < 0.01);
    assert_true(fabs(sums[2] - 1.0) < 0.015);
    assert_true(fabs(sums[3]) < 0.03);
    assert_true(fabs(sums[4] - 3.0) < 0.1);
    assert_true(fabs((double)beyond / COUNT - 0.0455) < 0.003);
}

static void draws_have_names(void **state)
{
    (void)state;
    const float x = op_normal(1, 2, 3);
    assert_true(x == op_normal(1, 2, 3));
    assert_true(x != op_normal(2, 2, 3) && x != op_normal(1, 3, 3) && x != op_normal(1, 2, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parameter_finds_its_penalty),
        cmocka_unit_test(penalties_are_their_slopes),
        cmocka_unit_test(clipping_keeps_what_is_small),
        cmocka_unit_test(noise_fades),
        cmocka_unit_test(draws_are_normal),
        cmocka_unit_test(draws_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
