/* Loops over op_math.h: activations and optimizers. The compiler makes them vector code. */
#include <math.h>

#include "compute/cpu/kernels_private.h"

void LS_KERNEL(activate)(enum activation activation, float alpha, const float *x, float *y, size_t count)
{
    switch (activation) {
#define CASE(NAME)                                                                                           \
    case NAME:                                                                                               \
        for (size_t i = 0; i < count; i++)                                                                   \
            y[i] = op_activate(NAME, alpha, x[i]);                                                           \
        break;
        CASE(ACTIVATION_LINEAR)
        CASE(ACTIVATION_SIGMOID)
        CASE(ACTIVATION_TANH)
        CASE(ACTIVATION_RELU)
        CASE(ACTIVATION_LEAKY_RELU)
        CASE(ACTIVATION_ELU)
        CASE(ACTIVATION_GELU)
        CASE(ACTIVATION_GELU_TANH)
#undef CASE
    }
}

void LS_KERNEL(activation_gradient)(enum activation activation, float alpha, const float *x, const float *y,
                                    const float *dy, float *dz, size_t count)
{
    switch (activation) {
        /* What the slope follows from: the activation's input or its output. */
#define CASE(NAME, FROM)                                                                                     \
    case NAME:                                                                                               \
        for (size_t i = 0; i < count; i++)                                                                   \
            dz[i] = dy[i] * op_activation_slope(NAME, alpha, FROM[i], FROM[i]);                              \
        break;
        CASE(ACTIVATION_LINEAR, y)
        CASE(ACTIVATION_SIGMOID, y)
        CASE(ACTIVATION_TANH, y)
        CASE(ACTIVATION_RELU, y)
        CASE(ACTIVATION_LEAKY_RELU, y)
        CASE(ACTIVATION_ELU, y)
        CASE(ACTIVATION_GELU, x)
        CASE(ACTIVATION_GELU_TANH, x)
#undef CASE
    }
}

void LS_KERNEL(add)(float *sum, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += x[i];
}

void LS_KERNEL(add_two)(float *sum, const float *x, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] = x[i] + y[i];
}

double LS_KERNEL(sum_of_squares)(const float *x, size_t count)
{
    enum { BLOCK = 4096 };
    double total = 0.0;
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t last = count - first < BLOCK ? count : first + BLOCK;
        vec sum = {0};
        size_t i = first;
        for (; i + LANES <= last; i += LANES) {
            const vec value = vec_load_unaligned(x + i);
            sum = vec_fma(value, value, sum);
        }
        total += (double)vec_sum(sum);
        for (; i < last; i++)
            total += (double)x[i] * (double)x[i];
    }
    return total;
}

void LS_KERNEL(sgd)(float *restrict w, const float *restrict g, size_t count, float learning_rate,
                    const struct optimizer *optimizer)
{
    const struct optimizer o = *optimizer;
    for (size_t i = 0; i < count; i++)
        op_sgd(&w[i], g[i], learning_rate, &o);
}

void LS_KERNEL(momentum)(float *restrict w, float *restrict v, const float *restrict g, size_t count,
                         float learning_rate, const struct optimizer *optimizer)
{
    const struct optimizer o = *optimizer;
    for (size_t i = 0; i < count; i++)
        op_momentum(&w[i], &v[i], g[i], learning_rate, &o);
}

void LS_KERNEL(nesterov)(float *restrict w, float *restrict v, const float *restrict g, size_t count,
                         float learning_rate, const struct optimizer *optimizer)
{
    const struct optimizer o = *optimizer;
    for (size_t i = 0; i < count; i++)
        op_nesterov(&w[i], &v[i], g[i], learning_rate, &o);
}

void LS_KERNEL(rmsprop)(float *restrict w, float *restrict v, const float *restrict g, size_t count,
                        float learning_rate, const struct optimizer *optimizer)
{
    const struct optimizer o = *optimizer;
    for (size_t i = 0; i < count; i++)
        op_rmsprop(&w[i], &v[i], g[i], learning_rate, &o);
}

#if defined(LS_ISA_AVX512)
/* op_adam on vectors, as far as whole ones go; returns how many floats. √ and ÷ start from the CPU's 14-bit
 * estimates and take a Newton step each, which leaves an error near 2^-23: the exact ones alone would take
 * more time than all the rest of the update. The bounds keep the estimates finite. */
static size_t adam_vectors(float *w, float *m, float *v, const float *g, size_t count,
                           const struct adam_step *s)
{
    const __m512 smallest = _mm512_set1_ps(1e-37f), largest = _mm512_set1_ps(1e37f);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const vec old = vec_load_unaligned(w + i);
        const vec slope = vec_load_unaligned(g + i) + s->penalty * old;
        const vec m_new = s->beta1 * vec_load_unaligned(m + i) + s->one_minus_beta1 * slope;
        const vec v_new = s->beta2 * vec_load_unaligned(v + i) + s->one_minus_beta2 * (slope * slope);
        vec_store_unaligned(m + i, m_new);
        vec_store_unaligned(v + i, v_new);
        const __m512 bounded = _mm512_min_ps(largest, _mm512_max_ps(smallest, (__m512)v_new));
        const vec estimate = (vec)_mm512_rsqrt14_ps(bounded);
        const vec root = (vec)bounded * (estimate * (1.5f - 0.5f * (vec)bounded * estimate * estimate));
        const vec divisor = root * s->v_scale + s->epsilon;
        const vec inverse = (vec)_mm512_rcp14_ps((__m512)divisor);
        const vec quotient = m_new * (inverse * (2.0f - divisor * inverse));
        vec_store_unaligned(w + i, vec_fma(vec_all(-s->step_size), quotient, old - s->shrink * old));
    }
    return i;
}
#else
static size_t adam_vectors(float *w, float *m, float *v, const float *g, size_t count,
                           const struct adam_step *s)
{
    (void)w, (void)m, (void)v, (void)g, (void)count, (void)s;
    return 0;
}
#endif

void LS_KERNEL(adam)(float *restrict w, float *restrict m, float *restrict v, const float *restrict g,
                     size_t count, const struct adam_step *step)
{
    const struct adam_step s = *step;
    for (size_t i = adam_vectors(w, m, v, g, count, &s); i < count; i++)
        op_adam(&w[i], &m[i], &v[i], g[i], &s);
}
