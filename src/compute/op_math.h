/* Per-element math of the operations, standing once: activations, losses, optimizer updates. CPU
 * loops and CUDA kernels call the float functions; they have no branches and call no libm but sqrtf
 * and logf (and cosf, once a parameter where there is noise), so that a compiler turns a loop over them into
 * vector code (gcc: -fno-math-errno and -fno-trapping-math, with which this room is compiled). The _f64
 * functions are the same definitions as a textbook writes them, on libm in double: the reference backend runs
 * them, and the parity harness holds each pair together.
 *
 * NaN in, NaN out; nothing overflows for large inputs. Shared by C and CUDA. */
#ifndef LS_COMPUTE_OP_MATH_H
#define LS_COMPUTE_OP_MATH_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/host_device.h"
#include "base/rng.h"
#include "compute/op.h"

/* ---- exp and activations ---- */

/* 2^n for −126 ≤ n ≤ 127. */
LS_HOST_DEVICE float op_exp2_integer(int32_t n)
{
    const uint32_t bits = ((uint32_t)n + 127u) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* An integer `n` with |n| < 2^22, from 1.5·2^23 + n, where it stands in the low bits. */
LS_HOST_DEVICE int32_t op_low_integer(float shifted)
{
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return (bits & 0x007fffff) - 0x00400000;
}

/* e^(x + rest) within 1 ulp, the sum being exact and |rest| small beside 1; 0 below −104, +∞ above 88.73.
 * x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r is a minimax polynomial of degree 6. */
LS_HOST_DEVICE float op_exp_of_sum(float x, float rest)
{
    const float round = 12582912.0f; /* 1.5·2^23: adding it leaves the nearest integer in the low bits */
    x = x < -104.0f ? -104.0f : x;
    x = x > 89.0f ? 89.0f : x;
    const float shifted = (x + rest) * 1.44269504f + round;
    const float n = shifted - round;
    const int32_t power = op_low_integer(shifted);
    const float r = ((x - n * 0.693359375f) - n * -2.12194440e-4f) + rest;
    float p = 1.39262508e-3f;
    p = p * r + 8.36323288e-3f;
    p = p * r + 4.16665542e-2f;
    p = p * r + 1.66665767e-1f;
    p = p * r + 0.5f;
    p = (p * r * r + r) + 1.0f;
    /* Two factors, because 2^power alone may lie outside the range of float. */
    const int32_t half = power >> 1;
    return p * op_exp2_integer(half) * op_exp2_integer(power - half);
}

LS_HOST_DEVICE float op_exp(float x) { return op_exp_of_sum(x, 0.0f); }

/* Within 2 ulp; 0 below −88.7. */
LS_HOST_DEVICE float op_sigmoid(float x) { return 1.0f / (1.0f + op_exp(-x)); }

/* Within 2 ulp. Near 0 an odd minimax polynomial, because 1 − 2 / (e^2|x| + 1) cancels there. */
LS_HOST_DEVICE float op_tanh(float x)
{
    const float magnitude = fabsf(x);
    const float square = x * x;
    float p = -5.99296125e-3f;
    p = p * square + 2.09241482e-2f;
    p = p * square - 5.38351413e-2f;
    p = p * square + 1.33326635e-1f;
    p = p * square - 3.33333279e-1f;
    const float near_zero = p * square * x + x;
    const float far = copysignf(1.0f - 2.0f / (op_exp(2.0f * magnitude) + 1.0f), x);
    return magnitude < 0.625f ? near_zero : far;
}

/* Written so that NaN stays NaN. */
LS_HOST_DEVICE float op_relu(float x) { return x < 0.0f ? 0.0f : x; }

/* dy/dx from y, the activation's output. ReLU has slope 0 at 0. */
LS_HOST_DEVICE float op_sigmoid_slope(float y) { return y * (1.0f - y); }
LS_HOST_DEVICE float op_tanh_slope(float y) { return 1.0f - y * y; }
LS_HOST_DEVICE float op_relu_slope(float y) { return y > 0.0f ? 1.0f : 0.0f; }

/* e^x − 1 within 2 ulp. With x = n·ln 2 + r as in op_exp it is 2ⁿ·(e^r − 1) + (2ⁿ − 1), where e^r − 1 is a
 * minimax polynomial of degree 7; doubled at the end, because 2^128 is no float. */
LS_HOST_DEVICE float op_expm1(float x)
{
    const float round = 12582912.0f;
    x = x < -25.0f ? -25.0f : x;
    x = x > 89.0f ? 89.0f : x;
    const float shifted = x * 1.44269504f + round;
    const float n = shifted - round;
    const float half_power = op_exp2_integer(op_low_integer(shifted) - 1);
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.98458773e-4f;
    p = p * r + 1.39406277e-3f;
    p = p * r + 8.33338965e-3f;
    p = p * r + 4.16663624e-2f;
    p = p * r + 1.66666657e-1f;
    p = p * r + 0.5f;
    p = p * r * r + r;
    return 2.0f * (half_power * p + (half_power - 0.5f));
}

/* log(1 + x) within 2 ulp, for 0 ≤ x ≤ 1: a minimax polynomial of degree 10. */
LS_HOST_DEVICE float op_log1p(float x)
{
    float p = -3.24398093e-3f;
    p = p * x + 1.98512636e-2f;
    p = p * x - 5.69591597e-2f;
    p = p * x + 1.06036171e-1f;
    p = p * x - 1.53055698e-1f;
    p = p * x + 1.96759313e-1f;
    p = p * x - 2.49541327e-1f;
    p = p * x + 3.33299637e-1f;
    p = p * x - 4.99999017e-1f;
    p = p * x + 1.0f;
    return p * x;
}

/* e^(−x²/2) within 2 ulp. The square is taken apart: of the first 12 bits of x it is exact. */
LS_HOST_DEVICE float op_gauss(float x)
{
    float t = fabsf(x);
    t = t > 15.0f ? 15.0f : t;
    uint32_t bits;
    memcpy(&bits, &t, sizeof bits);
    bits &= 0xfffff000u;
    float head;
    memcpy(&head, &bits, sizeof head);
    return op_exp_of_sum(-0.5f * head * head, -0.5f * (t - head) * (t + head));
}

/* The normal distribution function Φ(x) within 8 ulp, and its density φ(x). Φ(−t) / e^(−t²/2) is a minimax
 * polynomial in (t − 3) / (t + 3), which makes 0 ≤ t < ∞ an interval, as in Shepherd and Laframboise,
 * "Chebyshev approximation of (1 + 2x)exp(x²)erfc x", 1981. */
LS_HOST_DEVICE float op_normal_cdf(float x)
{
    float t = fabsf(x);
    t = t > 15.0f ? 15.0f : t;
    const float v = (t - 3.0f) / (t + 3.0f);
    float p = 5.30619e-5f;
    p = p * v + 1.14910392e-4f;
    p = p * v - 3.38917802e-4f;
    p = p * v - 9.8319503e-4f;
    p = p * v + 2.9043525e-3f;
    p = p * v + 6.13191631e-3f;
    p = p * v - 4.62132581e-2f;
    p = p * v + 1.23225041e-1f;
    p = p * v - 2.06402615e-1f;
    p = p * v + 1.21513948e-1f;
    const float tail = p * op_gauss(x);
    return x < 0.0f ? tail : 1.0f - tail;
}
LS_HOST_DEVICE float op_normal_density(float x) { return 0.398942280f * op_gauss(x); }

/* GELU_TANH is x·gate, as (1 + tanh u) / 2 = 1 / (1 + e^−2u), with 2u = √(8/π)·(x + 0.044715·x³). Of the gate
 * and 1 − gate the smaller one is made without a difference. Beyond ±20 nothing changes any more. */
struct op_gelu_gate {
    float x, gate, product; /* gate · (1 − gate) */
};
LS_HOST_DEVICE struct op_gelu_gate op_gelu_tanh_gate(float x)
{
    struct op_gelu_gate g;
    x = x < -20.0f ? -20.0f : x;
    x = x > 20.0f ? 20.0f : x;
    g.x = x;
    const float e = op_exp(-1.59576912f * fabsf(x + 0.044715f * x * x * x));
    const float larger = 1.0f / (1.0f + e);
    g.gate = x < 0.0f ? e * larger : larger;
    g.product = e * larger * larger;
    return g;
}

LS_HOST_DEVICE float op_leaky_relu(float alpha, float x) { return x < 0.0f ? alpha * x : x; }
LS_HOST_DEVICE float op_elu(float alpha, float x) { return x < 0.0f ? alpha * op_expm1(x) : x; }
LS_HOST_DEVICE float op_gelu(float x) { return x * op_normal_cdf(x); }
LS_HOST_DEVICE float op_gelu_tanh(float x) { return x * op_gelu_tanh_gate(x).gate; }

LS_HOST_DEVICE float op_leaky_relu_slope(float alpha, float y) { return y > 0.0f ? 1.0f : alpha; }
LS_HOST_DEVICE float op_elu_slope(float alpha, float y) { return y > 0.0f ? 1.0f : y + alpha; }
LS_HOST_DEVICE float op_gelu_slope(float x) { return op_normal_cdf(x) + x * op_normal_density(x); }
LS_HOST_DEVICE float op_gelu_tanh_slope(float x)
{
    const struct op_gelu_gate g = op_gelu_tanh_gate(x);
    return g.gate + g.x * g.product * (1.59576912f + 0.214067152f * g.x * g.x);
}

LS_HOST_DEVICE float op_activate(enum activation activation, float alpha, float x)
{
    switch (activation) {
    case ACTIVATION_SIGMOID:
        return op_sigmoid(x);
    case ACTIVATION_TANH:
        return op_tanh(x);
    case ACTIVATION_RELU:
        return op_relu(x);
    case ACTIVATION_LEAKY_RELU:
        return op_leaky_relu(alpha, x);
    case ACTIVATION_ELU:
        return op_elu(alpha, x);
    case ACTIVATION_GELU:
        return op_gelu(x);
    case ACTIVATION_GELU_TANH:
        return op_gelu_tanh(x);
    default:
        return x;
    }
}

/* Does the slope need the input? That of all others follows from the output. */
LS_HOST_DEVICE bool op_slope_needs_input(enum activation activation)
{
    return activation == ACTIVATION_GELU || activation == ACTIVATION_GELU_TANH;
}

/* dy/dx; `x` is read where op_slope_needs_input, else `y`. */
LS_HOST_DEVICE float op_activation_slope(enum activation activation, float alpha, float x, float y)
{
    switch (activation) {
    case ACTIVATION_SIGMOID:
        return op_sigmoid_slope(y);
    case ACTIVATION_TANH:
        return op_tanh_slope(y);
    case ACTIVATION_RELU:
        return op_relu_slope(y);
    case ACTIVATION_LEAKY_RELU:
        return op_leaky_relu_slope(alpha, y);
    case ACTIVATION_ELU:
        return op_elu_slope(alpha, y);
    case ACTIVATION_GELU:
        return op_gelu_slope(x);
    case ACTIVATION_GELU_TANH:
        return op_gelu_tanh_slope(x);
    default:
        return 1.0f;
    }
}

LS_HOST_DEVICE double op_gelu_tanh_f64(double x)
{
    return 0.5 * x * (1.0 + tanh(sqrt(2.0 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
}

LS_HOST_DEVICE double op_gelu_tanh_slope_f64(double x)
{
    const double k = sqrt(2.0 / 3.14159265358979323846);
    const double t = tanh(k * (x + 0.044715 * x * x * x));
    return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * k * (1.0 + 3.0 * 0.044715 * x * x);
}

LS_HOST_DEVICE double op_activate_f64(enum activation activation, double alpha, double x)
{
    switch (activation) {
    case ACTIVATION_SIGMOID:
        return 1.0 / (1.0 + exp(-x));
    case ACTIVATION_TANH:
        return tanh(x);
    case ACTIVATION_RELU:
        return x < 0.0 ? 0.0 : x;
    case ACTIVATION_LEAKY_RELU:
        return x < 0.0 ? alpha * x : x;
    case ACTIVATION_ELU:
        return x < 0.0 ? alpha * expm1(x) : x;
    case ACTIVATION_GELU:
        return 0.5 * x * erfc(-x / sqrt(2.0));
    case ACTIVATION_GELU_TANH:
        return op_gelu_tanh_f64(x);
    default:
        return x;
    }
}

LS_HOST_DEVICE double op_activation_slope_f64(enum activation activation, double alpha, double x, double y)
{
    switch (activation) {
    case ACTIVATION_SIGMOID:
        return y * (1.0 - y);
    case ACTIVATION_TANH:
        return 1.0 - y * y;
    case ACTIVATION_RELU:
        return y > 0.0 ? 1.0 : 0.0;
    case ACTIVATION_LEAKY_RELU:
        return y > 0.0 ? 1.0 : alpha;
    case ACTIVATION_ELU:
        return y > 0.0 ? 1.0 : y + alpha;
    case ACTIVATION_GELU:
        return 0.5 * erfc(-x / sqrt(2.0)) + x * exp(-0.5 * x * x) / sqrt(2.0 * 3.14159265358979323846);
    case ACTIVATION_GELU_TANH:
        return op_gelu_tanh_slope_f64(x);
    default:
        return 1.0;
    }
}

/* ---- dropout ---- */

/* The draw's index. */
LS_HOST_DEVICE uint64_t op_dropout_index(int op, uint64_t index) { return ((uint64_t)op << 40) + index; }

/* Is the value kept? `op` is the operation's number in the program, `index` the value's place in (batch,
 * channels, height, width); seed and step are the schedule's. */
LS_HOST_DEVICE bool op_dropout_keeps(float rate, uint64_t seed, uint64_t step, int op, uint64_t index)
{
    return rng_uniform(seed, RNG_DROPOUT, (uint32_t)step, op_dropout_index(op, index)) >= rate;
}

/* ---- softmax and losses ----
 * Softmax over x: p_i = e^(x_i − maximum) / sum, with sum = Σ e^(x_j − maximum). */

/* −log p of the label, from its logit. */
LS_HOST_DEVICE float op_cross_entropy(float label_logit, float maximum, float sum)
{
    return logf(sum) - (label_logit - maximum);
}
/* Its gradient with respect to a logit; `scale` is 1 / batch. */
LS_HOST_DEVICE float op_cross_entropy_gradient(float p, float one_hot, float scale)
{
    return (p - one_hot) * scale;
}
/* dLoss/dx_i from dLoss/dp_i and dot = Σ dLoss/dp_j · p_j. */
LS_HOST_DEVICE float op_softmax_gradient(float p, float dp, float dot) { return p * (dp - dot); }

/* What output `i` of a sample should be: one-hot, or the label itself where there is one output. */
LS_HOST_DEVICE float op_target_of_label(int32_t label, size_t outputs, size_t i)
{
    return outputs == 1 ? (float)label : (size_t)label == i ? 1.0f : 0.0f;
}

LS_HOST_DEVICE float op_squared_error(float y, float target) { return (y - target) * (y - target); }
/* Binary cross-entropy from the sigmoid's input z, in the form that does not overflow. */
LS_HOST_DEVICE float op_binary_cross_entropy(float z, float target)
{
    return (z > 0.0f ? z : 0.0f) - z * target + op_log1p(op_exp(-fabsf(z)));
}
LS_HOST_DEVICE double op_binary_cross_entropy_f64(double z, double target)
{
    return (z > 0.0 ? z : 0.0) - z * target + log1p(exp(-fabs(z)));
}
/* With respect to z, from y = sigmoid(z); `scale` is 1 / (batch · outputs). */
LS_HOST_DEVICE float op_binary_cross_entropy_gradient(float y, float target, float scale)
{
    return (y - target) * scale;
}
LS_HOST_DEVICE double op_binary_cross_entropy_gradient_f64(double y, double target, double scale)
{
    return (y - target) * scale;
}
/* With respect to y, (1 − t) / (1 − y) − t / y, from z: there 1 − y does not cancel. The targets 0 and 1 take
 * one term, so that no infinity is multiplied with 0. */
LS_HOST_DEVICE float op_binary_cross_entropy_output_gradient(float z, float target, float scale)
{
    const float rise = target < 1.0f ? (1.0f - target) * (1.0f + op_exp(z)) : 0.0f;
    const float fall = target > 0.0f ? target * (1.0f + op_exp(-z)) : 0.0f;
    return (rise - fall) * scale;
}
LS_HOST_DEVICE double op_binary_cross_entropy_output_gradient_f64(double z, double target, double scale)
{
    const double rise = target < 1.0 ? (1.0 - target) * (1.0 + exp(z)) : 0.0;
    const double fall = target > 0.0 ? target * (1.0 + exp(-z)) : 0.0;
    return (rise - fall) * scale;
}
/* `scale` is 2 / (batch · outputs). */
LS_HOST_DEVICE float op_squared_error_gradient(float y, float target, float scale)
{
    return (y - target) * scale;
}

LS_HOST_DEVICE double op_cross_entropy_f64(double label_logit, double maximum, double sum)
{
    return log(sum) - (label_logit - maximum);
}
LS_HOST_DEVICE double op_cross_entropy_gradient_f64(double p, double one_hot, double scale)
{
    return (p - one_hot) * scale;
}
LS_HOST_DEVICE double op_softmax_gradient_f64(double p, double dp, double dot) { return p * (dp - dot); }
LS_HOST_DEVICE double op_squared_error_f64(double y, double target) { return (y - target) * (y - target); }
LS_HOST_DEVICE double op_squared_error_gradient_f64(double y, double target, double scale)
{
    return (y - target) * scale;
}

/* ---- what a step does with a gradient before the optimizer ----
 * In the order of struct optimizer in op.h. */

/* Is there anything of it to do? */
LS_HOST_DEVICE bool op_adjusts(const struct optimizer *o, int penalty_count)
{
    return penalty_count > 0 || o->clip_value > 0.0f || o->clip_norm > 0.0f || o->noise > 0.0f;
}

/* The penalty of parameter `index`; NULL when it has none. */
LS_HOST_DEVICE const struct penalty *op_find_penalty(const struct penalty *penalties, int count, size_t index)
{
    int low = 0, high = count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (penalties[middle].offset + penalties[middle].count <= index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && penalties[low].offset <= index ? &penalties[low] : (const struct penalty *)0;
}

LS_HOST_DEVICE float op_penalised(float g, float w, const struct penalty *p)
{
    const float sign = w > 0.0f ? 1.0f : w < 0.0f ? -1.0f : 0.0f;
    return g + p->l1 * sign + 2.0f * p->l2 * w;
}
LS_HOST_DEVICE double op_penalised_f64(double g, double w, const struct penalty *p)
{
    const double sign = w > 0.0 ? 1.0 : w < 0.0 ? -1.0 : 0.0;
    return g + (double)p->l1 * sign + 2.0 * (double)p->l2 * w;
}

LS_HOST_DEVICE float op_clipped(float g, float limit) { return g > limit ? limit : g < -limit ? -limit : g; }
LS_HOST_DEVICE double op_clipped_f64(double g, double limit)
{
    return g > limit ? limit : g < -limit ? -limit : g;
}

/* What clipping by norm multiplies a gradient of that norm with; NaN of one that is NaN. */
LS_HOST_DEVICE double op_clip_scale(double norm, double clip_norm)
{
    const double scale = clip_norm / (norm + 1e-6);
    return scale > 1.0 ? 1.0 : scale;
}

/* The noise's standard deviation in update `update`, 1 being the first. */
LS_HOST_DEVICE double op_noise_deviation(const struct optimizer *o, uint64_t update)
{
    if (!(o->noise > 0.0f))
        return 0.0;
    return sqrt((double)o->noise / pow((double)update, (double)o->noise_decay));
}

/* The normal draw for parameter `index` in the schedule's step `step`: Box & Muller 1958, from the first two
 * words of one block, the first as a uniform number in (0, 1]. */
LS_HOST_DEVICE float op_normal(uint64_t seed, uint64_t step, uint64_t index)
{
    const struct rng_block block = rng_philox(seed, RNG_NOISE, (uint32_t)step, index);
    const float u = (float)((block.v[0] >> 8) + 1u) * (1.0f / 16777216.0f);
    const float v = (float)(block.v[1] >> 8) * (1.0f / 16777216.0f);
    return sqrtf(-2.0f * logf(u)) * cosf(6.28318531f * v);
}
LS_HOST_DEVICE double op_normal_f64(uint64_t seed, uint64_t step, uint64_t index)
{
    const struct rng_block block = rng_philox(seed, RNG_NOISE, (uint32_t)step, index);
    const double u = (double)((block.v[0] >> 8) + 1u) / 16777216.0;
    const double v = (double)(block.v[1] >> 8) / 16777216.0;
    return sqrt(-2.0 * log(u)) * cos(2.0 * 3.14159265358979323846 * v);
}

/* ---- optimizers ----
 * One parameter w with its state; the formulas are those of struct optimizer in op.h. */

/* The gradient with the L2 penalty's. */
LS_HOST_DEVICE float op_decayed(float g, float w, const struct optimizer *o)
{
    return g + o->weight_decay * w;
}

LS_HOST_DEVICE void op_sgd(float *w, float g, float learning_rate, const struct optimizer *o)
{
    *w -= learning_rate * op_decayed(g, *w, o);
}

LS_HOST_DEVICE void op_momentum(float *w, float *v, float g, float learning_rate, const struct optimizer *o)
{
    *v = o->momentum * *v + op_decayed(g, *w, o);
    *w -= learning_rate * *v;
}

LS_HOST_DEVICE void op_nesterov(float *w, float *v, float g, float learning_rate, const struct optimizer *o)
{
    const float decayed = op_decayed(g, *w, o);
    *v = o->momentum * *v + decayed;
    *w -= learning_rate * (decayed + o->momentum * *v);
}

LS_HOST_DEVICE void op_rmsprop(float *w, float *v, float g, float learning_rate, const struct optimizer *o)
{
    const float decayed = op_decayed(g, *w, o);
    *v = o->alpha * *v + (1.0f - o->alpha) * (decayed * decayed);
    *w -= learning_rate * decayed / (sqrtf(*v) + o->epsilon);
}

/* What of Adam and AdamW is the same for all parameters of one step. */
struct adam_step {
    float beta1, beta2;
    float one_minus_beta1, one_minus_beta2;
    float step_size; /* learning rate / (1 − beta1^step) */
    float v_scale;   /* 1 / √(1 − beta2^step) */
    float epsilon;
    float penalty; /* Adam's weight decay; 0 of AdamW */
    float shrink;  /* learning rate · AdamW's weight decay; 0 of Adam */
};

/* `step` is 1 for the first update. */
LS_HOST_DEVICE struct adam_step op_adam_step(const struct optimizer *optimizer, float learning_rate,
                                             uint64_t step)
{
    const double beta1 = optimizer->beta1, beta2 = optimizer->beta2;
    const bool decoupled = optimizer->kind == OPTIMIZER_ADAMW;
    struct adam_step s;
    s.beta1 = optimizer->beta1;
    s.beta2 = optimizer->beta2;
    s.one_minus_beta1 = (float)(1.0 - beta1);
    s.one_minus_beta2 = (float)(1.0 - beta2);
    s.step_size = (float)((double)learning_rate / (1.0 - pow(beta1, (double)step)));
    s.v_scale = (float)(1.0 / sqrt(1.0 - pow(beta2, (double)step)));
    s.epsilon = optimizer->epsilon;
    s.penalty = decoupled ? 0.0f : optimizer->weight_decay;
    s.shrink = decoupled ? learning_rate * optimizer->weight_decay : 0.0f;
    return s;
}

/* Adam or AdamW, as the step says. */
LS_HOST_DEVICE void op_adam(float *w, float *m, float *v, float g, const struct adam_step *s)
{
    const float decayed = g + s->penalty * *w;
    const float m_new = s->beta1 * *m + s->one_minus_beta1 * decayed;
    const float v_new = s->beta2 * *v + s->one_minus_beta2 * (decayed * decayed);
    *m = m_new;
    *v = v_new;
    *w -= s->shrink * *w + s->step_size * m_new / (sqrtf(v_new) * s->v_scale + s->epsilon);
}

/* Any of them. Moments that the optimizer has no use for are left alone; `adam` counts for the Adams, which
 * have the learning rate in it. */
LS_HOST_DEVICE void op_update(const struct optimizer *o, const struct adam_step *adam, float learning_rate,
                              float g, float *w, float *moment1, float *moment2)
{
    switch (o->kind) {
    case OPTIMIZER_SGD:
        op_sgd(w, g, learning_rate, o);
        break;
    case OPTIMIZER_MOMENTUM:
        op_momentum(w, moment1, g, learning_rate, o);
        break;
    case OPTIMIZER_NESTEROV:
        op_nesterov(w, moment1, g, learning_rate, o);
        break;
    case OPTIMIZER_RMSPROP:
        op_rmsprop(w, moment1, g, learning_rate, o);
        break;
    case OPTIMIZER_ADAM:
    case OPTIMIZER_ADAMW:
        op_adam(w, moment1, moment2, g, adam);
        break;
    }
}

LS_HOST_DEVICE void op_adam_f64(double *w, double *m, double *v, double g, const struct optimizer *optimizer,
                                double learning_rate, uint64_t step)
{
    const double beta1 = optimizer->beta1, beta2 = optimizer->beta2;
    *m = beta1 * *m + (1.0 - beta1) * g;
    *v = beta2 * *v + (1.0 - beta2) * g * g;
    const double m_hat = *m / (1.0 - pow(beta1, (double)step));
    const double v_hat = *v / (1.0 - pow(beta2, (double)step));
    *w -= learning_rate * m_hat / (sqrt(v_hat) + optimizer->epsilon);
}

LS_HOST_DEVICE void op_update_f64(const struct optimizer *o, double learning_rate, uint64_t step, double g,
                                  double *w, double *moment1, double *moment2)
{
    const double momentum = o->momentum, alpha = o->alpha, decay = o->weight_decay;
    const double penalised = g + decay * *w;
    switch (o->kind) {
    case OPTIMIZER_SGD:
        *w -= learning_rate * penalised;
        break;
    case OPTIMIZER_MOMENTUM:
        *moment1 = momentum * *moment1 + penalised;
        *w -= learning_rate * *moment1;
        break;
    case OPTIMIZER_NESTEROV:
        *moment1 = momentum * *moment1 + penalised;
        *w -= learning_rate * (penalised + momentum * *moment1);
        break;
    case OPTIMIZER_RMSPROP:
        *moment1 = alpha * *moment1 + (1.0 - alpha) * penalised * penalised;
        *w -= learning_rate * penalised / (sqrt(*moment1) + o->epsilon);
        break;
    case OPTIMIZER_ADAM:
        op_adam_f64(w, moment1, moment2, penalised, o, learning_rate, step);
        break;
    case OPTIMIZER_ADAMW:
        *w -= learning_rate * decay * *w;
        op_adam_f64(w, moment1, moment2, g, o, learning_rate, step);
        break;
    }
}

#endif
