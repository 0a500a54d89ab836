/* The float functions of op_math.h against their definitions in double, over the whole range of float. */
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compute/op_math.h"
#include "draw.h"

/* Steps through all floats by their bits; a prime, so that all magnitudes are met. */
enum { STRIDE = 10007 };

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool next_finite(uint32_t *bits, float *value)
{
    do {
        if (*bits > UINT32_MAX - STRIDE)
            return false;
        *bits += STRIDE;
        *value = from_bits(*bits);
    } while (!isfinite(*value));
    return true;
}

/* Relative difference in units of 2^-23. Below the normal range of float any value of that range will do. */
static double ulps(double expected, float got)
{
    if (fabs(expected) < (double)FLT_MIN)
        return fabsf(got) <= FLT_MIN ? 0 : INFINITY;
    return fabs(expected - (double)got) / (fabs(expected) * 0x1p-23);
}

static double exp_f64(double x) { return exp(x); }
static double sigmoid_f64(double x) { return op_activate_f64(ACTIVATION_SIGMOID, x); }
static double tanh_f64(double x) { return op_activate_f64(ACTIVATION_TANH, x); }

static void check_function(const char *name, float (*function)(float), double (*definition)(double),
                           double allowed)
{
    double worst = 0;
    float worst_at = 0, x = 0;
    for (uint32_t bits = 0; next_finite(&bits, &x);) {
        const double expected = definition(x);
        const float got = function(x);
        if (expected > (double)FLT_MAX) {
            assert_true(isinf(got));
            continue;
        }
        const double error = ulps(expected, got);
        if (!(error <= worst)) {
            worst = error;
            worst_at = x;
        }
    }
    printf("%s: worst %.2f ulp, at %g\n", name, worst, (double)worst_at);
    assert_true(worst <= allowed);
}

static void functions_are_accurate(void **state)
{
    (void)state;
    check_function("exp", op_exp, exp_f64, 1);
    check_function("sigmoid", op_sigmoid, sigmoid_f64, 2);
    check_function("tanh", op_tanh, tanh_f64, 2);
}

static void slopes_agree(void **state)
{
    (void)state;
    for (int a = ACTIVATION_LINEAR; a <= ACTIVATION_RELU; a++)
        for (int i = -20; i <= 20; i++) {
            const float y = op_activate((enum activation)a, (float)i * 0.25f);
            const double expected = op_activation_slope_f64((enum activation)a, (double)y);
            const float got = op_activation_slope((enum activation)a, y);
            assert_true(fabs(expected - (double)got) <= 1e-7);
        }
}

static void extremes_stay_defined(void **state)
{
    (void)state;
    const float large[] = {100.0f, 400.0f, 1e10f, FLT_MAX, INFINITY};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        assert_true(op_tanh(large[i]) == 1.0f && op_tanh(-large[i]) == -1.0f);
        assert_true(op_sigmoid(large[i]) == 1.0f && op_sigmoid(-large[i]) >= 0.0f &&
                    op_sigmoid(-large[i]) < 1e-37f);
        assert_true(isinf(op_exp(large[i])) && op_exp(-large[i]) < 1e-37f);
    }
    assert_true(op_exp(0.0f) == 1.0f && op_sigmoid(0.0f) == 0.5f && op_tanh(0.0f) == 0.0f);
    assert_true(isnan(op_exp(NAN)));
    for (int a = ACTIVATION_LINEAR; a <= ACTIVATION_RELU; a++) {
        assert_true(isnan(op_activate((enum activation)a, NAN)));
        assert_true(isnan(op_activate_f64((enum activation)a, (double)NAN)));
    }
}

static void losses_agree(void **state)
{
    (void)state;
    struct draw draw = {.seed = 5};
    for (int i = 0; i < 1000; i++) {
        const float a = draw_float(&draw, -3, 3), b = draw_float(&draw, -3, 3),
                    s = draw_float(&draw, 0.01f, 1);
        const float sum = 1.0f + draw_float(&draw, 0, 9), maximum = fmaxf(a, b);
        assert_true(fabs(op_cross_entropy_f64(a, maximum, sum) - (double)op_cross_entropy(a, maximum, sum)) <
                    1e-6);
        assert_true(
            fabs(op_cross_entropy_gradient_f64(a, 1, s) - (double)op_cross_entropy_gradient(a, 1, s)) < 1e-6);
        assert_true(fabs(op_softmax_gradient_f64(s, a, b) - (double)op_softmax_gradient(s, a, b)) < 1e-6);
        assert_true(fabs(op_squared_error_f64(a, b) - (double)op_squared_error(a, b)) < 1e-5);
        assert_true(
            fabs(op_squared_error_gradient_f64(a, b, s) - (double)op_squared_error_gradient(a, b, s)) < 1e-6);
    }
}

/* One parameter over many steps, with the usual epsilon and gradients of very different magnitude. */
static void optimizers_agree(void **state)
{
    (void)state;
    const struct optimizer adam = {OPTIMIZER_ADAM, 0.9f, 0.9f, 0.999f, 1e-8f};
    for (int exponent = -6; exponent <= 3; exponent++) {
        struct draw draw = {.seed = (uint64_t)(exponent + 6)};
        const float scale = powf(10.0f, (float)exponent);
        float sgd = 0, momentum = 0, velocity = 0, w = 0, m = 0, v = 0;
        double sgd64 = 0, momentum64 = 0, velocity64 = 0, w64 = 0, m64 = 0, v64 = 0;
        for (uint64_t step = 1; step <= 2000; step++) {
            const float g = scale * draw_float(&draw, -0.5f, 1.0f), rate = 1e-3f;
            const struct adam_step s = op_adam_step(&adam, rate, step);
            op_sgd(&sgd, g, rate);
            op_sgd_f64(&sgd64, g, rate);
            op_momentum(&momentum, &velocity, g, rate, 0.9f);
            op_momentum_f64(&momentum64, &velocity64, g, rate, 0.9f);
            op_adam(&w, &m, &v, g, &s);
            op_adam_f64(&w64, &m64, &v64, g, &adam, rate, step);
            assert_true(fabs(sgd64 - (double)sgd) <= 3e-6 * (fabs(sgd64) + (double)(scale * rate)));
            assert_true(fabs(momentum64 - (double)momentum) <=
                        3e-6 * (fabs(momentum64) + (double)(scale * rate)));
            assert_true(fabs(w64 - (double)w) <= 1e-5 * (fabs(w64) + (double)rate));
        }
    }
}

/* By hand, with Kingma and Ba's update: m̂ = g, v̂ = g² after one step. */
static void first_adam_step_moves_by_the_learning_rate(void **state)
{
    (void)state;
    const struct optimizer adam = {OPTIMIZER_ADAM, 0.9f, 0.9f, 0.999f, 1e-8f};
    const struct adam_step s = op_adam_step(&adam, 0.5f, 1);
    float w = 1, m = 0, v = 0;
    op_adam(&w, &m, &v, -3.0f, &s);
    assert_true(fabsf(w - 1.5f) < 1e-6f);
    double w64 = 1, m64 = 0, v64 = 0;
    op_adam_f64(&w64, &m64, &v64, -3.0, &adam, 0.5, 1);
    assert_true(fabs(w64 - 1.5) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_accurate),
        cmocka_unit_test(slopes_agree),
        cmocka_unit_test(extremes_stay_defined),
        cmocka_unit_test(losses_agree),
        cmocka_unit_test(optimizers_agree),
        cmocka_unit_test(first_adam_step_moves_by_the_learning_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
