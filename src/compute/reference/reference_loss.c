#include "compute/reference/reference_loss.h"

#include <math.h>

#include "compute/op_math.h"

/* log-sum-exp over the softmax's input, so that a tiny probability keeps its digits. */
static double cross_entropy(const double *logits, size_t count, int32_t label)
{
    double maximum = logits[0], sum = 0.0;
    for (size_t i = 1; i < count; i++)
        maximum = logits[i] > maximum ? logits[i] : maximum;
    for (size_t i = 0; i < count; i++)
        sum += exp(logits[i] - maximum);
    return op_cross_entropy_f64(logits[label], maximum, sum);
}

double reference_loss(const struct loss_call *call)
{
    const size_t count = (size_t)call->batch * call->outputs;
    double sum = 0.0;
    switch (call->kind) {
    case LOSS_CROSS_ENTROPY:
        for (int n = 0; n < call->batch; n++)
            sum += cross_entropy(call->z + (size_t)n * call->outputs, call->outputs, call->labels[n]);
        return sum / call->batch;
    case LOSS_MSE:
        for (size_t i = 0; i < count; i++)
            sum += op_squared_error_f64(call->y[i], call->targets[i]);
        break;
    case LOSS_BINARY_CROSS_ENTROPY:
        for (size_t i = 0; i < count; i++)
            sum += op_binary_cross_entropy_f64(call->z[i], call->targets[i]);
        break;
    }
    return sum / (double)count;
}

/* The first largest output counts, as in an argmax. What is no number is no answer. */
static bool is_correct(enum loss_kind kind, const double *y, size_t outputs, int32_t label)
{
    for (size_t i = 0; i < outputs; i++)
        if (isnan(y[i]))
            return false;
    if (outputs == 1 && kind != LOSS_CROSS_ENTROPY)
        return (y[0] > 0.5) == (label == 1);
    size_t best = 0;
    for (size_t i = 1; i < outputs; i++)
        best = y[i] > y[best] ? i : best;
    return (int32_t)best == label;
}

int reference_correct(const struct loss_call *call)
{
    int count = 0;
    for (int n = 0; n < call->batch; n++)
        count += call->labels[n] >= 0 &&
                 is_correct(call->kind, call->y + (size_t)n * call->outputs, call->outputs, call->labels[n]);
    return count;
}

bool reference_loss_backward(const struct loss_call *call, double *dy, double *dz)
{
    const size_t count = (size_t)call->batch * call->outputs;
    const double *y = call->y;
    switch (call->kind) {
    case LOSS_CROSS_ENTROPY:
        for (size_t i = 0; i < count; i++) {
            const double scale = 1.0 / call->batch;
            const double one_hot = (int32_t)(i % call->outputs) == call->labels[i / call->outputs];
            dy[i] = one_hot > 0.0 ? -scale / y[i] : 0.0;
            dz[i] = op_cross_entropy_gradient_f64(y[i], one_hot, scale);
        }
        return true;
    case LOSS_MSE:
        for (size_t i = 0; i < count; i++)
            dy[i] = op_squared_error_gradient_f64(y[i], call->targets[i], 2.0 / (double)count);
        return false;
    case LOSS_BINARY_CROSS_ENTROPY:
        for (size_t i = 0; i < count; i++) {
            const double scale = 1.0 / (double)count, target = call->targets[i];
            dy[i] = op_binary_cross_entropy_output_gradient_f64(call->z[i], target, scale);
            dz[i] = op_binary_cross_entropy_gradient_f64(y[i], target, scale);
        }
        return true;
    }
    return false;
}
