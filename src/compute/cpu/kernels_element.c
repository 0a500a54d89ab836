/* Loops over op_math.h: activations, softmax, losses, optimizers. The compiler makes them vector code. */
#include <math.h>

#include "compute/cpu/kernels_private.h"

void LS_KERNEL(activate)(enum activation activation, const float *x, float *y, size_t count)
{
    switch (activation) {
    case ACTIVATION_SIGMOID:
        for (size_t i = 0; i < count; i++)
            y[i] = op_sigmoid(x[i]);
        break;
    case ACTIVATION_TANH:
        for (size_t i = 0; i < count; i++)
            y[i] = op_tanh(x[i]);
        break;
    case ACTIVATION_RELU:
        for (size_t i = 0; i < count; i++)
            y[i] = op_relu(x[i]);
        break;
    case ACTIVATION_LINEAR:
        for (size_t i = 0; i < count; i++)
            y[i] = x[i];
        break;
    default:
        break;
    }
}

void LS_KERNEL(activation_gradient)(enum activation activation, const float *y, const float *dy, float *dz,
                                    size_t count)
{
    switch (activation) {
    case ACTIVATION_SIGMOID:
        for (size_t i = 0; i < count; i++)
            dz[i] = dy[i] * op_sigmoid_slope(y[i]);
        break;
    case ACTIVATION_TANH:
        for (size_t i = 0; i < count; i++)
            dz[i] = dy[i] * op_tanh_slope(y[i]);
        break;
    case ACTIVATION_RELU:
        for (size_t i = 0; i < count; i++)
            dz[i] = dy[i] * op_relu_slope(y[i]);
        break;
    case ACTIVATION_LINEAR:
        for (size_t i = 0; i < count; i++)
            dz[i] = dy[i];
        break;
    default:
        break;
    }
}

void LS_KERNEL(add)(float *sum, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += x[i];
}

/* Per lane: the maximum of x and Σ e^(x − maximum). */
static void exponential_sums(const float *x, int count, float maximum[LANES], float sum[LANES])
{
    for (int n = 0; n < LANES; n++) {
        maximum[n] = x[n];
        sum[n] = 0.0f;
    }
    for (int i = 1; i < count; i++)
        for (int n = 0; n < LANES; n++)
            maximum[n] = x[i * LANES + n] > maximum[n] ? x[i * LANES + n] : maximum[n];
    for (int i = 0; i < count; i++)
        for (int n = 0; n < LANES; n++)
            sum[n] += op_exp(x[i * LANES + n] - maximum[n]);
}

void LS_KERNEL(softmax)(const float *x, float *y, int count)
{
    float maximum[LANES], sum[LANES];
    exponential_sums(x, count, maximum, sum);
    for (int i = 0; i < count; i++)
        for (int n = 0; n < LANES; n++)
            y[i * LANES + n] = op_exp(x[i * LANES + n] - maximum[n]) / sum[n];
}

void LS_KERNEL(softmax_gradient)(const float *y, const float *dy, float *dx, int count)
{
    float dot[LANES] = {0};
    for (int i = 0; i < count; i++)
        for (int n = 0; n < LANES; n++)
            dot[n] += dy[i * LANES + n] * y[i * LANES + n];
    for (int i = 0; i < count; i++)
        for (int n = 0; n < LANES; n++)
            dx[i * LANES + n] = op_softmax_gradient(y[i * LANES + n], dy[i * LANES + n], dot[n]);
}

static int count_correct(const struct loss_group *group)
{
    int correct = 0;
    if (!group->labels)
        return 0;
    for (int n = 0; n < group->samples; n++) {
        int largest = 0;
        for (int i = 1; i < group->outputs; i++)
            if (group->output[i * LANES + n] > group->output[largest * LANES + n])
                largest = i;
        correct += largest == group->labels[n];
    }
    return correct;
}

double LS_KERNEL(cross_entropy)(const struct loss_group *group, int *correct)
{
    float maximum[LANES], sum[LANES];
    exponential_sums(group->logits, group->outputs, maximum, sum);
    double loss = 0.0;
    for (int n = 0; n < group->samples; n++)
        loss += (double)op_cross_entropy(group->logits[group->labels[n] * LANES + n], maximum[n], sum[n]);
    *correct = count_correct(group);
    if (!group->gradient)
        return loss;
    float scale[LANES] = {0};
    for (int n = 0; n < group->samples; n++)
        scale[n] = group->scale;
    for (int i = 0; i < group->outputs; i++)
        for (int n = 0; n < LANES; n++)
            group->gradient[i * LANES + n] =
                op_cross_entropy_gradient(group->output[i * LANES + n], 0.0f, scale[n]);
    for (int n = 0; n < group->samples; n++) {
        const int at = group->labels[n] * LANES + n;
        group->gradient[at] = op_cross_entropy_gradient(group->output[at], 1.0f, group->scale);
    }
    return loss;
}

double LS_KERNEL(mean_squared_error)(const struct loss_group *group, int *correct)
{
    double loss = 0.0;
    for (int i = 0; i < group->outputs; i++)
        for (int n = 0; n < LANES; n++) {
            float gradient = 0.0f;
            if (n < group->samples) {
                const float y = group->output[i * LANES + n];
                const float target = group->targets          ? group->targets[n][i]
                                     : group->labels[n] == i ? 1.0f
                                                             : 0.0f;
                loss += (double)op_squared_error(y, target);
                gradient = op_squared_error_gradient(y, target, group->scale);
            }
            if (group->gradient)
                group->gradient[i * LANES + n] = gradient;
        }
    *correct = count_correct(group);
    return loss / (double)group->outputs;
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
