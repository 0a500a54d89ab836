/* One forward and one backward function per kind of operation. Windows run over padded coordinates;
 * what lies outside the image is skipped. */
#include "compute/reference/reference_ops.h"

#include <math.h>

#include "base/error.h"
#include "compute/op_math.h"

/* One sample's call: the operation, its shapes, its values. */
struct sample {
    const struct op *op;
    struct shape in, out;
    const double *parameters;
    double *result;           /* forward writes it */
    double *kink;             /* forward lowers it */
    const double *x, *y, *dy; /* backward reads all three, forward x */
    double *dx, *dparameters; /* backward adds to both */
};

static size_t at(struct shape s, int channel, int row, int column)
{
    return ((size_t)channel * (size_t)s.height + (size_t)row) * (size_t)s.width + (size_t)column;
}

static bool inside(struct shape s, int row, int column)
{
    return row >= 0 && row < s.height && column >= 0 && column < s.width;
}

static void note_kink(const struct sample *s, double distance)
{
    if (distance > 0.0 && distance < *s->kink)
        *s->kink = distance;
}

static double activate(const struct sample *s, double x)
{
    if (s->op->activation == ACTIVATION_RELU)
        note_kink(s, fabs(x));
    return op_activate_f64(s->op->activation, (double)s->op->alpha, x);
}

static void dense_forward(const struct sample *s)
{
    const size_t inputs = shape_count(s->in), outputs = shape_count(s->out);
    const double *weight = s->parameters + s->op->weight_offset;
    for (size_t o = 0; o < outputs; o++) {
        double sum = s->op->has_bias ? s->parameters[s->op->bias_offset + o] : 0.0;
        for (size_t i = 0; i < inputs; i++)
            sum += weight[o * inputs + i] * s->x[i];
        s->result[o] = activate(s, sum);
    }
}

static void dense_backward(const struct sample *s)
{
    const size_t inputs = shape_count(s->in), outputs = shape_count(s->out);
    const double *weight = s->parameters + s->op->weight_offset;
    double *weight_gradient = s->dparameters + s->op->weight_offset;
    for (size_t o = 0; o < outputs; o++) {
        const double dz =
            s->dy[o] * op_activation_slope_f64(s->op->activation, (double)s->op->alpha, 0.0, s->y[o]);
        if (s->op->has_bias)
            s->dparameters[s->op->bias_offset + o] += dz;
        for (size_t i = 0; i < inputs; i++) {
            weight_gradient[o * inputs + i] += dz * s->x[i];
            s->dx[i] += dz * weight[o * inputs + i];
        }
    }
}

static size_t conv_weight(const struct sample *s, int out_channel, int in_channel, int ky, int kx)
{
    const struct shape kernel = {s->in.channels, s->op->kernel_h, s->op->kernel_w};
    return s->op->weight_offset + (size_t)out_channel * shape_count(kernel) + at(kernel, in_channel, ky, kx);
}

static void conv_forward(const struct sample *s)
{
    const struct op *op = s->op;
    for (int oc = 0; oc < s->out.channels; oc++)
        for (int oy = 0; oy < s->out.height; oy++)
            for (int ox = 0; ox < s->out.width; ox++) {
                double sum = op->has_bias ? s->parameters[op->bias_offset + (size_t)oc] : 0.0;
                for (int ic = 0; ic < s->in.channels; ic++)
                    for (int ky = 0; ky < op->kernel_h; ky++)
                        for (int kx = 0; kx < op->kernel_w; kx++) {
                            const int iy = oy * op->stride_h + ky - op->padding_h;
                            const int ix = ox * op->stride_w + kx - op->padding_w;
                            if (inside(s->in, iy, ix))
                                sum += s->parameters[conv_weight(s, oc, ic, ky, kx)] *
                                       s->x[at(s->in, ic, iy, ix)];
                        }
                s->result[at(s->out, oc, oy, ox)] = activate(s, sum);
            }
}

static void conv_backward(const struct sample *s)
{
    const struct op *op = s->op;
    for (int oc = 0; oc < s->out.channels; oc++)
        for (int oy = 0; oy < s->out.height; oy++)
            for (int ox = 0; ox < s->out.width; ox++) {
                const size_t o = at(s->out, oc, oy, ox);
                const double dz =
                    s->dy[o] * op_activation_slope_f64(op->activation, (double)op->alpha, 0.0, s->y[o]);
                if (op->has_bias)
                    s->dparameters[op->bias_offset + (size_t)oc] += dz;
                for (int ic = 0; ic < s->in.channels; ic++)
                    for (int ky = 0; ky < op->kernel_h; ky++)
                        for (int kx = 0; kx < op->kernel_w; kx++) {
                            const int iy = oy * op->stride_h + ky - op->padding_h;
                            const int ix = ox * op->stride_w + kx - op->padding_w;
                            if (!inside(s->in, iy, ix))
                                continue;
                            const size_t i = at(s->in, ic, iy, ix), w = conv_weight(s, oc, ic, ky, kx);
                            s->dparameters[w] += dz * s->x[i];
                            s->dx[i] += dz * s->parameters[w];
                        }
            }
}

/* The first maximum of a window, as a place in x. NaN counts as the maximum, so that it is seen. */
static size_t window_maximum(const struct sample *s, int channel, int oy, int ox)
{
    const struct op *op = s->op;
    size_t best = SIZE_MAX;
    for (int ky = 0; ky < op->kernel_h; ky++)
        for (int kx = 0; kx < op->kernel_w; kx++) {
            const int iy = oy * op->stride_h + ky - op->padding_h,
                      ix = ox * op->stride_w + kx - op->padding_w;
            if (!inside(s->in, iy, ix))
                continue;
            const size_t i = at(s->in, channel, iy, ix);
            if (best == SIZE_MAX || s->x[i] > s->x[best] || isnan(s->x[i]))
                best = i;
            if (isnan(s->x[best]))
                return best;
        }
    return best;
}

static void max_pool_forward(const struct sample *s)
{
    const struct op *op = s->op;
    for (int c = 0; c < s->out.channels; c++)
        for (int oy = 0; oy < s->out.height; oy++)
            for (int ox = 0; ox < s->out.width; ox++) {
                const double maximum = s->x[window_maximum(s, c, oy, ox)];
                s->result[at(s->out, c, oy, ox)] = maximum;
                for (int ky = 0; ky < op->kernel_h; ky++)
                    for (int kx = 0; kx < op->kernel_w; kx++) {
                        const int iy = oy * op->stride_h + ky - op->padding_h;
                        const int ix = ox * op->stride_w + kx - op->padding_w;
                        if (inside(s->in, iy, ix))
                            note_kink(s, maximum - s->x[at(s->in, c, iy, ix)]);
                    }
            }
}

static void max_pool_backward(const struct sample *s)
{
    for (int c = 0; c < s->out.channels; c++)
        for (int oy = 0; oy < s->out.height; oy++)
            for (int ox = 0; ox < s->out.width; ox++)
                s->dx[window_maximum(s, c, oy, ox)] += s->dy[at(s->out, c, oy, ox)];
}

/* Forward when `forward`, else backward: both walk the same windows. */
static void average_pool(const struct sample *s, bool forward)
{
    const struct op *op = s->op;
    const double share = 1.0 / ((double)op->kernel_h * op->kernel_w);
    for (int c = 0; c < s->out.channels; c++)
        for (int oy = 0; oy < s->out.height; oy++)
            for (int ox = 0; ox < s->out.width; ox++) {
                const size_t o = at(s->out, c, oy, ox);
                double sum = 0.0;
                for (int ky = 0; ky < op->kernel_h; ky++)
                    for (int kx = 0; kx < op->kernel_w; kx++) {
                        const int iy = oy * op->stride_h + ky - op->padding_h;
                        const int ix = ox * op->stride_w + kx - op->padding_w;
                        if (!inside(s->in, iy, ix))
                            continue;
                        if (forward)
                            sum += s->x[at(s->in, c, iy, ix)];
                        else
                            s->dx[at(s->in, c, iy, ix)] += s->dy[o] * share;
                    }
                if (forward)
                    s->result[o] = sum * share;
            }
}

static void activation_forward(const struct sample *s)
{
    for (size_t i = 0; i < shape_count(s->in); i++)
        s->result[i] = activate(s, s->x[i]);
}

static void activation_backward(const struct sample *s)
{
    for (size_t i = 0; i < shape_count(s->in); i++)
        s->dx[i] +=
            s->dy[i] * op_activation_slope_f64(s->op->activation, (double)s->op->alpha, s->x[i], s->y[i]);
}

static void softmax_forward(const struct sample *s)
{
    const size_t count = shape_count(s->in);
    double maximum = s->x[0], sum = 0.0;
    for (size_t i = 1; i < count; i++)
        maximum = s->x[i] > maximum ? s->x[i] : maximum;
    for (size_t i = 0; i < count; i++)
        sum += s->result[i] = exp(s->x[i] - maximum);
    for (size_t i = 0; i < count; i++)
        s->result[i] /= sum;
}

static void softmax_backward(const struct sample *s)
{
    const size_t count = shape_count(s->in);
    double dot = 0.0;
    for (size_t i = 0; i < count; i++)
        dot += s->dy[i] * s->y[i];
    for (size_t i = 0; i < count; i++)
        s->dx[i] += op_softmax_gradient_f64(s->y[i], s->dy[i], dot);
}

void reference_forward(const struct op *op, struct shape in, struct shape out, int batch,
                       const double *parameters, const double *x, double *y, double *kink)
{
    for (int n = 0; n < batch; n++) {
        const struct sample s = {.op = op,
                                 .in = in,
                                 .out = out,
                                 .parameters = parameters,
                                 .x = x + (size_t)n * shape_count(in),
                                 .result = y + (size_t)n * shape_count(out),
                                 .kink = kink};
        switch (op->kind) {
        case OP_DENSE:
            dense_forward(&s);
            break;
        case OP_CONV2D:
            conv_forward(&s);
            break;
        case OP_MAX_POOL2D:
            max_pool_forward(&s);
            break;
        case OP_AVERAGE_POOL2D:
            average_pool(&s, true);
            break;
        case OP_FLATTEN:
            for (size_t i = 0; i < shape_count(in); i++)
                s.result[i] = s.x[i];
            break;
        case OP_ACTIVATION:
            activation_forward(&s);
            break;
        case OP_SOFTMAX:
            softmax_forward(&s);
            break;
        default:
            LS_ASSERT(!"compute_create refuses it");
        }
    }
}

void reference_backward(const struct op *op, struct shape in, struct shape out, int batch,
                        const double *parameters, const double *x, const double *y, const double *dy,
                        double *dx, double *dparameters)
{
    for (int n = 0; n < batch; n++) {
        const struct sample s = {.op = op,
                                 .in = in,
                                 .out = out,
                                 .parameters = parameters,
                                 .x = x + (size_t)n * shape_count(in),
                                 .y = y + (size_t)n * shape_count(out),
                                 .dy = dy + (size_t)n * shape_count(out),
                                 .dx = dx + (size_t)n * shape_count(in),
                                 .dparameters = dparameters};
        switch (op->kind) {
        case OP_DENSE:
            dense_backward(&s);
            break;
        case OP_CONV2D:
            conv_backward(&s);
            break;
        case OP_MAX_POOL2D:
            max_pool_backward(&s);
            break;
        case OP_AVERAGE_POOL2D:
            average_pool(&s, false);
            break;
        case OP_FLATTEN:
            for (size_t i = 0; i < shape_count(in); i++)
                s.dx[i] += s.dy[i];
            break;
        case OP_ACTIVATION:
            activation_backward(&s);
            break;
        case OP_SOFTMAX:
            softmax_backward(&s);
            break;
        default:
            LS_ASSERT(!"compute_create refuses it");
        }
    }
}
