/* Draws of initializers. */
#include "nn/initializer.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/number_text.h"
#include "base/rng.h"

/* The deviation of a unit normal cut off at ±2. */
static const double truncated_deviation = 0.87962566103423978;
static const double two_pi = 6.283185307179586;

void initializer_describe(const struct initializer *initializer, char *text, size_t size)
{
    static const char *const shapes[] = {"usual", "constant", "uniform", "normal", "truncated_normal"};
    static const char *const fans[] = {"none", "fan_in", "fan_out", "fan_avg", "weight"};
    const struct initializer *i = initializer;
    const char *family = i->fan == FAN_AVERAGE && i->scale == 1.0f ? "glorot"
                         : i->fan == FAN_IN && i->scale == 2.0f    ? "he"
                         : i->fan == FAN_IN && i->scale == 1.0f    ? "lecun"
                                                                   : NULL;
    if (i->kind == INITIALIZER_USUAL)
        snprintf(text, size, "usual");
    else if (i->fan == FAN_WEIGHT_IN)
        snprintf(text, size, "pytorch");
    else if (i->kind == INITIALIZER_CONSTANT && i->a == 0.0f)
        snprintf(text, size, "zeros");
    else if (i->kind == INITIALIZER_CONSTANT && i->a == 1.0f)
        snprintf(text, size, "ones");
    else if (i->kind == INITIALIZER_CONSTANT)
        snprintf(text, size, "constant(%s)", LS_NUMBER_GIVEN(i->a));
    else if (i->fan == FAN_NONE)
        snprintf(text, size, "%s%s(%s, %s)", i->kind == INITIALIZER_TRUNCATED_NORMAL ? "" : "random_",
                 shapes[i->kind], LS_NUMBER_GIVEN(i->a), LS_NUMBER_GIVEN(i->b));
    else if (family && i->kind != INITIALIZER_NORMAL)
        snprintf(text, size, "%s_%s", family, i->kind == INITIALIZER_UNIFORM ? "uniform" : "normal");
    else
        snprintf(text, size, "variance_scaling(%s, %s, %s)", LS_NUMBER_GIVEN(i->scale), fans[i->fan],
                 shapes[i->kind]);
}

/* Each attempt has draws of its own; Box and Muller 1958. */
static double draw_normal(uint64_t seed, uint32_t layer, uint64_t index, uint64_t attempt)
{
    const uint64_t at = (attempt << 40) + 2 * index;
    const double radius = sqrt(-2.0 * log(1.0 - (double)rng_uniform(seed, RNG_INIT, layer, at)));
    return radius * cos(two_pi * (double)rng_uniform(seed, RNG_INIT, layer, at + 1));
}

static double draw_truncated(uint64_t seed, uint32_t layer, uint64_t index)
{
    enum { ATTEMPTS = 64 };
    for (uint64_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        const double x = draw_normal(seed, layer, index, attempt);
        if (fabs(x) <= 2.0)
            return x;
    }
    return 0.0;
}

void initializer_fill(const struct initializer *initializer, double fan_in, double fan_out, uint64_t seed,
                      uint32_t layer, float *values, size_t count)
{
    LS_ASSERT(initializer->kind != INITIALIZER_USUAL);
    double a = (double)initializer->a, b = (double)initializer->b;
    if (initializer->fan != FAN_NONE) {
        const double fan = initializer->fan == FAN_OUT       ? fan_out
                           : initializer->fan == FAN_AVERAGE ? (fan_in + fan_out) / 2.0
                                                             : fan_in;
        const double deviation = sqrt((double)initializer->scale / fan);
        const bool uniform = initializer->kind == INITIALIZER_UNIFORM;
        a = uniform ? -sqrt(3.0) * deviation : 0.0;
        b = uniform                                             ? sqrt(3.0) * deviation
            : initializer->kind == INITIALIZER_TRUNCATED_NORMAL ? deviation / truncated_deviation
                                                                : deviation;
    }
    for (size_t i = 0; i < count; i++) {
        double value = a;
        if (initializer->kind == INITIALIZER_UNIFORM)
            value = a + (b - a) * (double)rng_uniform(seed, RNG_INIT, layer, i);
        else if (initializer->kind == INITIALIZER_NORMAL)
            value = a + b * draw_normal(seed, layer, i, 0);
        else if (initializer->kind == INITIALIZER_TRUNCATED_NORMAL)
            value = a + b * draw_truncated(seed, layer, i);
        values[i] = (float)value;
    }
}
