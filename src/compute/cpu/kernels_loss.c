/* Softmax and the losses of one group. */
#include <math.h>
#include <stdbool.h>

#include "compute/cpu/kernels_private.h"

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

/* What is no number is no answer. */
static bool is_correct(const struct loss_group *group, int n, bool one_hot)
{
    const float *output = group->output + n;
    int largest = 0;
    bool answers = true;
    for (int i = 0; i < group->outputs; i++) {
        answers &= !isnan(output[i * LANES]);
        if (output[i * LANES] > output[largest * LANES])
            largest = i;
    }
    if (group->outputs == 1 && !one_hot)
        return answers && (output[0] > 0.5f) == (group->labels[n] == 1);
    return answers && largest == group->labels[n];
}

static int count_correct(const struct loss_group *group, bool one_hot)
{
    int correct = 0;
    for (int n = 0; group->labels && n < group->samples; n++)
        correct += is_correct(group, n, one_hot);
    return correct;
}

double LS_KERNEL(cross_entropy)(const struct loss_group *group, int *correct)
{
    float maximum[LANES], sum[LANES];
    exponential_sums(group->logits, group->outputs, maximum, sum);
    double loss = 0.0;
    for (int n = 0; n < group->samples; n++)
        loss += (double)op_cross_entropy(group->logits[group->labels[n] * LANES + n], maximum[n], sum[n]);
    *correct = count_correct(group, true);
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

static float target_of(const struct loss_group *group, int output, int n)
{
    if (group->targets)
        return group->targets[n][output];
    if (group->outputs == 1)
        return (float)group->labels[n];
    return group->labels[n] == output ? 1.0f : 0.0f;
}

double LS_KERNEL(mean_squared_error)(const struct loss_group *group, int *correct)
{
    double loss = 0.0;
    for (int i = 0; i < group->outputs; i++)
        for (int n = 0; n < LANES; n++) {
            float gradient = 0.0f;
            if (n < group->samples) {
                const float y = group->output[i * LANES + n], target = target_of(group, i, n);
                loss += (double)op_squared_error(y, target);
                gradient = op_squared_error_gradient(y, target, group->scale);
            }
            if (group->gradient)
                group->gradient[i * LANES + n] = gradient;
        }
    *correct = count_correct(group, false);
    return loss / (double)group->outputs;
}

double LS_KERNEL(binary_cross_entropy)(const struct loss_group *group, int *correct)
{
    double loss = 0.0;
    for (int i = 0; i < group->outputs; i++)
        for (int n = 0; n < LANES; n++) {
            float gradient = 0.0f;
            if (n < group->samples) {
                const float target = target_of(group, i, n);
                loss += (double)op_binary_cross_entropy(group->logits[i * LANES + n], target);
                gradient =
                    op_binary_cross_entropy_gradient(group->output[i * LANES + n], target, group->scale);
            }
            if (group->gradient)
                group->gradient[i * LANES + n] = gradient;
        }
    *correct = count_correct(group, false);
    return loss / (double)group->outputs;
}
