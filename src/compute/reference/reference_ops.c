/* The operations that need neither windows nor statistics, and the choice among all. */
#include "compute/reference/reference_ops.h"

#include <math.h>

#include "compute/reference/reference_private.h"

static bool has_kink(enum activation activation, double alpha)
{
    return activation == ACTIVATION_RELU ||
           ((activation == ACTIVATION_LEAKY_RELU || activation == ACTIVATION_ELU) && alpha != 1.0);
}

double reference_activate(const struct op_call *call, double x)
{
    const double alpha = (double)call->op->alpha;
    if (has_kink(call->op->activation, alpha))
        reference_note_kink(call, fabs(x));
    return op_activate_f64(call->op->activation, alpha, x);
}

double reference_slope(const struct op_call *call, double x, double y)
{
    return op_activation_slope_f64(call->op->activation, (double)call->op->alpha, x, y);
}

static void dense_forward(const struct op_call *call, int n)
{
    const size_t inputs = shape_count(call->in), outputs = shape_count(call->out);
    const double *weight = call->parameters + call->op->weight_offset;
    const double *x = call->x + (size_t)n * inputs;
    for (size_t o = 0; o < outputs; o++) {
        double sum = call->op->has_bias ? call->parameters[call->op->bias_offset + o] : 0.0;
        for (size_t i = 0; i < inputs; i++)
            sum += weight[o * inputs + i] * x[i];
        call->y[(size_t)n * outputs + o] = reference_activate(call, sum);
    }
}

static void dense_backward(const struct op_call *call, int n)
{
    const size_t inputs = shape_count(call->in), outputs = shape_count(call->out);
    const double *weight = call->parameters + call->op->weight_offset;
    const double *x = call->x + (size_t)n * inputs;
    double *weight_gradient = call->dparameters + call->op->weight_offset;
    double *dx = call->dx + (size_t)n * inputs;
    for (size_t o = 0; o < outputs; o++) {
        const size_t at = (size_t)n * outputs + o;
        const double dz = call->dy[at] * reference_slope(call, 0.0, call->y[at]);
        if (call->op->has_bias)
            call->dparameters[call->op->bias_offset + o] += dz;
        for (size_t i = 0; i < inputs; i++) {
            weight_gradient[o * inputs + i] += dz * x[i];
            dx[i] += dz * weight[o * inputs + i];
        }
    }
}

static void softmax_forward(const struct op_call *call, int n)
{
    const size_t count = shape_count(call->in);
    const double *x = call->x + (size_t)n * count;
    double *y = call->y + (size_t)n * count;
    double maximum = x[0], sum = 0.0;
    for (size_t i = 1; i < count; i++)
        maximum = x[i] > maximum ? x[i] : maximum;
    for (size_t i = 0; i < count; i++)
        sum += y[i] = exp(x[i] - maximum);
    for (size_t i = 0; i < count; i++)
        y[i] /= sum;
}

static void softmax_backward(const struct op_call *call, int n)
{
    const size_t count = shape_count(call->in), first = (size_t)n * count;
    double dot = 0.0;
    for (size_t i = first; i < first + count; i++)
        dot += call->dy[i] * call->y[i];
    for (size_t i = first; i < first + count; i++)
        call->dx[i] += op_softmax_gradient_f64(call->y[i], call->dy[i], dot);
}

/* What a dropout multiplies value `i` of the batch with. */
static double dropout_factor(const struct op_call *call, size_t i)
{
    const float rate = call->op->rate;
    if (!call->training)
        return 1.0;
    return op_dropout_keeps(rate, call->seed, call->step, call->number, i) ? 1.0 / (1.0 - (double)rate) : 0.0;
}

/* `i` counts the values of x and y alike. */
static void element_forward(const struct op_call *call, size_t i)
{
    switch (call->op->kind) {
    case OP_ACTIVATION:
        call->y[i] = reference_activate(call, call->x[i]);
        break;
    case OP_DROPOUT:
        call->y[i] = call->x[i] * dropout_factor(call, i);
        break;
    case OP_ADD:
        call->y[i] = call->x[i] + call->x2[i];
        break;
    default:
        call->y[i] = call->x[i];
    }
}

static void element_backward(const struct op_call *call, size_t i)
{
    switch (call->op->kind) {
    case OP_ACTIVATION:
        call->dx[i] += call->dy[i] * reference_slope(call, call->x[i], call->y[i]);
        break;
    case OP_DROPOUT:
        call->dx[i] += call->dy[i] * dropout_factor(call, i);
        break;
    case OP_ADD:
        call->dx[i] += call->dy[i];
        call->dx2[i] += call->dy[i];
        break;
    default:
        call->dx[i] += call->dy[i];
    }
}

static void concatenate_forward(const struct op_call *call, int n)
{
    const size_t first = shape_count(call->in), second = shape_count(call->second);
    double *y = call->y + (size_t)n * (first + second);
    for (size_t i = 0; i < first; i++)
        y[i] = call->x[(size_t)n * first + i];
    for (size_t i = 0; i < second; i++)
        y[first + i] = call->x2[(size_t)n * second + i];
}

static void concatenate_backward(const struct op_call *call, int n)
{
    const size_t first = shape_count(call->in), second = shape_count(call->second);
    const double *dy = call->dy + (size_t)n * (first + second);
    for (size_t i = 0; i < first; i++)
        call->dx[(size_t)n * first + i] += dy[i];
    for (size_t i = 0; i < second; i++)
        call->dx2[(size_t)n * second + i] += dy[first + i];
}

/* Forward and backward of what goes one sample after the other. */
static const struct {
    void (*forward)(const struct op_call *call, int n);
    void (*backward)(const struct op_call *call, int n);
} by_sample[OP_KIND_COUNT] = {
    [OP_DENSE] = {dense_forward, dense_backward},
    [OP_CONV2D] = {reference_conv, reference_conv_backward},
    [OP_MAX_POOL2D] = {reference_max_pool, reference_max_pool_backward},
    [OP_AVERAGE_POOL2D] = {reference_average_pool, reference_average_pool_backward},
    [OP_SOFTMAX] = {softmax_forward, softmax_backward},
    [OP_CONCATENATE] = {concatenate_forward, concatenate_backward},
};

static bool is_norm(const struct op *op) { return op->kind == OP_BATCH_NORM || op->kind == OP_LAYER_NORM; }

void reference_forward(const struct op_call *call)
{
    const size_t values = (size_t)call->batch * shape_count(call->in);
    if (is_norm(call->op)) {
        reference_norm(call);
    } else if (by_sample[call->op->kind].forward) {
        for (int n = 0; n < call->batch; n++)
            by_sample[call->op->kind].forward(call, n);
    } else {
        for (size_t i = 0; i < values; i++)
            element_forward(call, i);
    }
}

void reference_backward(const struct op_call *call)
{
    const size_t values = (size_t)call->batch * shape_count(call->in);
    if (is_norm(call->op)) {
        reference_norm_backward(call);
    } else if (by_sample[call->op->kind].backward) {
        for (int n = 0; n < call->batch; n++)
            by_sample[call->op->kind].backward(call, n);
    } else {
        for (size_t i = 0; i < values; i++)
            element_backward(call, i);
    }
}
