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
static double sigmoid_f64(double x) { return op_activate_f64(ACTIVATION_SIGMOID, 0.0, x); }
static double tanh_f64(double x) { return op_activate_f64(ACTIVATION_TANH, 0.0, x); }
static double normal_cdf_f64(double x) { return 0.5 * erfc(-x / sqrt(2.0)); }
static double gauss_f64(double x) { return exp(-0.5 * x * x); }
static double gelu_f64(double x) { return op_activate_f64(ACTIVATION_GELU, 0.0, x); }

static float log1p_from_0_to_1(float x) { return x >= 0.0f && x <= 1.0f ? op_log1p(x) : 0.0f; }
static double log1p_from_0_to_1_f64(double x) { return x >= 0.0 && x <= 1.0 ? log1p(x) : 0.0; }

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
    check_function("expm1", op_expm1, expm1, 2);
    check_function("log1p", log1p_from_0_to_1, log1p_from_0_to_1_f64, 2);
    check_function("gauss", op_gauss, gauss_f64, 2);
    check_function("normal cdf", op_normal_cdf, normal_cdf_f64, 8);
    check_function("gelu", op_gelu, gelu_f64, 8);
}

/* For functions that pass through 0, or that fall to 0 by an exponent which is itself rounded. */
static void check_absolutely(const char *name, float (*function)(float), double (*definition)(double),
                             double allowed)
{
    double worst = 0;
    float worst_at = 0, x = 0;
    for (uint32_t bits = 0; next_finite(&bits, &x);) {
        const double expected = definition(x),
                     error = fabs(expected - (double)function(x)) / fmax(1.0, fabs(expected));
        if (!(error <= worst)) {
            worst = error;
            worst_at = x;
        }
    }
    printf("%s: worst difference %.2g, at %g\n", name, worst, (double)worst_at);
    assert_true(worst <= allowed);
}

static double gelu_tanh_f64(double x) { return op_activate_f64(ACTIVATION_GELU_TANH, 0.0, x); }
static double gelu_slope_f64(double x) { return op_activation_slope_f64(ACTIVATION_GELU, 0.0, x, 0.0); }
static double gelu_tanh_slope_f64(double x) { return op_gelu_tanh_slope_f64(x); }

static void gelus_are_accurate(void **state)
{
    (void)state;
    check_absolutely("gelu_tanh", op_gelu_tanh, gelu_tanh_f64, 5e-7);
    check_absolutely("slope of gelu", op_gelu_slope, gelu_slope_f64, 5e-7);
    check_absolutely("slope of gelu_tanh", op_gelu_tanh_slope, gelu_tanh_slope_f64, 1e-6);
}

/* Computed as log(1 + e^−|z|) it would be 0 from |z| = 17 on. */
static void binary_cross_entropy_keeps_its_digits(void **state)
{
    (void)state;
    for (int i = -800; i <= 800; i++)
        for (int t = 0; t <= 4; t++) {
            const float z = (float)i * 0.1f, target = (float)t * 0.25f;
            const double expected = op_binary_cross_entropy_f64(z, target);
            const double got = op_binary_cross_entropy(z, target);
            assert_true(fabs(expected - got) <= 4e-7 * (t % 4 ? fmax(1.0, expected) : expected));
            const double slope = op_binary_cross_entropy_output_gradient_f64(z, target, 0.5);
            assert_true(fabs(slope - (double)op_binary_cross_entropy_output_gradient(z, target, 0.5f)) <=
                        4e-7 * fmax(1.0, fabs(slope)));
        }
    assert_true(op_binary_cross_entropy_output_gradient(1000.0f, 1.0f, 1.0f) == -1.0f);
    assert_true(op_binary_cross_entropy_output_gradient(-1000.0f, 0.0f, 1.0f) == 1.0f);
}

static void slopes_agree(void **state)
{
    (void)state;
    for (int a = ACTIVATION_LINEAR; a <= ACTIVATION_GELU_TANH; a++)
        for (int i = -20; i <= 20; i++) {
            const float y = op_activate((enum activation)a, 0.2f, (float)i * 0.25f);
            const double expected =
                op_activation_slope_f64((enum activation)a, (double)0.2f, (double)i * 0.25, (double)y);
            const float got = op_activation_slope((enum activation)a, 0.2f, (float)i * 0.25f, y);
            assert_true(fabs(expected - (double)got) <= 1e-6);
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
    for (int a = ACTIVATION_LINEAR; a <= ACTIVATION_GELU_TANH; a++) {
        assert_true(isnan(op_activation_slope((enum activation)a, 0.2f, NAN, NAN)) ==
                    isnan(op_activation_slope_f64((enum activation)a, 0.2, (double)NAN, (double)NAN)));
        assert_true(isnan(op_activate((enum activation)a, 0.2f, NAN)));
        assert_true(isnan(op_activate_f64((enum activation)a, 0.2, (double)NAN)));
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

static struct optimizer usual_optimizer(int kind, float weight_decay)
{
    return (struct optimizer){.kind = (enum optimizer_kind)kind,
                              .momentum = 0.9f,
                              .beta1 = 0.9f,
                              .beta2 = 0.999f,
                              .epsilon = 1e-8f,
                              .alpha = 0.99f,
                              .weight_decay = weight_decay};
}

/* One parameter over many steps, with the usual epsilon and gradients of very different magnitude. */
static void check_optimizer(const struct optimizer *o, float scale, uint64_t seed)
{
    struct draw draw = {.seed = seed};
    const float rate = 1e-3f;
    const bool scaled = o->kind <= OPTIMIZER_NESTEROV; /* moves in proportion to the gradient */
    float w = 0, m = 0, v = 0;
    double w64 = 0, m64 = 0, v64 = 0;
    for (uint64_t step = 1; step <= 2000; step++) {
        const float g = scale * draw_float(&draw, -0.5f, 1.0f);
        const struct adam_step s = op_adam_step(o, rate, step);
        op_update(o, &s, rate, g, &w, &m, &v);
        op_update_f64(o, rate, step, g, &w64, &m64, &v64);
        const double unit = scaled ? (double)(scale * rate) : (double)rate;
        assert_true(fabs(w64 - (double)w) <= (scaled ? 3e-6 : 1e-5) * (fabs(w64) + unit));
    }
}

static void optimizers_agree(void **state)
{
    (void)state;
    for (int kind = 0; kind < OPTIMIZER_COUNT; kind++)
        for (int exponent = -6; exponent <= 3; exponent++)
            for (int decays = 0; decays < 2; decays++) {
                /* In proportion to the gradient: where the two cancel, Adam blows rounding up. */
                const float scale = powf(10.0f, (float)exponent);
                const struct optimizer o = usual_optimizer(kind, decays ? 0.05f * scale : 0.0f);
                check_optimizer(&o, scale, (uint64_t)(exponent + 6));
            }
}

/* w after each of three steps from 1 with gradients 2, −1 and 0.5, as PyTorch 2.15's optimizers give it in
 * double: learning rate 1/8, momentum and beta1 3/4, alpha and beta2 7/8, epsilon 1/64. */
static void optimizers_are_those_of_pytorch(void **state)
{
    (void)state;
    static const struct {
        enum optimizer_kind kind;
        float weight_decay;
        double w[3];
    } runs[] = {
        {OPTIMIZER_SGD, 0.0f, {0.75, 0.875, 0.8125}},
        {OPTIMIZER_SGD, 0.25f, {0.71875, 0.8212890625, 0.733123779296875}},
        {OPTIMIZER_MOMENTUM, 0.0f, {0.75, 0.6875, 0.578125}},
        {OPTIMIZER_MOMENTUM, 0.25f, {0.71875, 0.6103515625, 0.447479248046875}},
        {OPTIMIZER_NESTEROV, 0.0f, {0.5625, 0.640625, 0.49609375}},
        {OPTIMIZER_NESTEROV, 0.25f, {0.5078125, 0.54058837890625, 0.344383716583252}},
        {OPTIMIZER_RMSPROP, 0.0f, {0.6540902081411701, 0.8173555142636191, 0.7327949027635521}},
        {OPTIMIZER_RMSPROP, 0.25f, {0.6532572796535061, 0.7813656255245607, 0.6732562138310038}},
        {OPTIMIZER_ADAM, 0.0f, {0.875968992248062, 0.8531457131261485, 0.8160471761740544}},
        {OPTIMIZER_ADAM, 0.25f, {0.8758620689655172, 0.8367417870694963, 0.7823180298477302}},
        {OPTIMIZER_ADAMW, 0.0f, {0.875968992248062, 0.8531457131261485, 0.8160471761740544}},
        {OPTIMIZER_ADAMW, 0.25f, {0.844718992248062, 0.7954982446183966, 0.7335403875219777}},
    };
    static const float gradients[3] = {2.0f, -1.0f, 0.5f};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        const struct optimizer o = {.kind = runs[i].kind,
                                    .momentum = 0.75f,
                                    .beta1 = 0.75f,
                                    .beta2 = 0.875f,
                                    .epsilon = 0.015625f,
                                    .alpha = 0.875f,
                                    .weight_decay = runs[i].weight_decay};
        float w = 1, m = 0, v = 0;
        double w64 = 1, m64 = 0, v64 = 0;
        for (int step = 0; step < 3; step++) {
            const struct adam_step s = op_adam_step(&o, 0.125f, (uint64_t)step + 1);
            op_update(&o, &s, 0.125f, gradients[step], &w, &m, &v);
            op_update_f64(&o, 0.125, (uint64_t)step + 1, gradients[step], &w64, &m64, &v64);
            if (!(fabs(w64 - runs[i].w[step]) < 1e-14) || !(fabs((double)w - runs[i].w[step]) < 3e-7))
                fail_msg("optimizer %d, decay %g, step %d: expected %.16g, found %.16g and %.9g", (int)o.kind,
                         (double)o.weight_decay, step + 1, runs[i].w[step], w64, (double)w);
        }
    }
}

/* By hand, with Kingma and Ba's update: m̂ = g, v̂ = g² after one step. */
static void first_adam_step_moves_by_the_learning_rate(void **state)
{
    (void)state;
    const struct optimizer adam = usual_optimizer(OPTIMIZER_ADAM, 0.0f);
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
        cmocka_unit_test(gelus_are_accurate),
        cmocka_unit_test(binary_cross_entropy_keeps_its_digits),
        cmocka_unit_test(slopes_agree),
        cmocka_unit_test(extremes_stay_defined),
        cmocka_unit_test(losses_agree),
        cmocka_unit_test(optimizers_agree),
        cmocka_unit_test(optimizers_are_those_of_pytorch),
        cmocka_unit_test(first_adam_step_moves_by_the_learning_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
