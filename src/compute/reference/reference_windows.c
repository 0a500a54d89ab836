/* Convolution and pools: windows run over padded coordinates; what lies outside the image is skipped. */
#include <math.h>
#include <stdint.h>

#include "compute/reference/reference_private.h"

/* Where a window's row or column lies in the image, or outside of it. */
static int input_row(const struct op *op, int oy, int ky)
{
    const int dilation = op->kind == OP_CONV2D ? op->dilation_h : 1;
    return oy * op->stride_h + ky * dilation - op->padding_h;
}

static int input_column(const struct op *op, int ox, int kx)
{
    const int dilation = op->kind == OP_CONV2D ? op->dilation_w : 1;
    return ox * op->stride_w + kx * dilation - op->padding_w;
}

static bool inside(struct shape s, int row, int column)
{
    return row >= 0 && row < s.height && column >= 0 && column < s.width;
}

static size_t conv_weight(const struct op_call *call, int out_channel, int in_channel, int ky, int kx)
{
    const struct shape kernel = {call->in.channels, call->op->kernel_h, call->op->kernel_w};
    return call->op->weight_offset + (size_t)out_channel * shape_count(kernel) +
           reference_at(kernel, in_channel, ky, kx);
}

void reference_conv(const struct op_call *call, int n)
{
    const struct op *op = call->op;
    const int kernel_w = op->kernel_w;
    const double *x = call->x + (size_t)n * shape_count(call->in);
    double *y = call->y + (size_t)n * shape_count(call->out);
    for (int oc = 0; oc < call->out.channels; oc++)
        for (int oy = 0; oy < call->out.height; oy++)
            for (int ox = 0; ox < call->out.width; ox++) {
                double sum = op->has_bias ? call->parameters[op->bias_offset + (size_t)oc] : 0.0;
                for (int ic = 0; ic < call->in.channels; ic++)
                    for (int ky = 0; ky < op->kernel_h; ky++) {
                        const int iy = input_row(op, oy, ky);
                        if (!inside(call->in, iy, 0))
                            continue;
                        const double *weights = call->parameters + conv_weight(call, oc, ic, ky, 0);
                        const double *row = x + reference_at(call->in, ic, iy, 0);
                        for (int kx = 0; kx < kernel_w; kx++) {
                            const int ix = input_column(op, ox, kx);
                            if (inside(call->in, iy, ix))
                                sum += weights[kx] * row[ix];
                        }
                    }
                y[reference_at(call->out, oc, oy, ox)] = reference_activate(call, sum);
            }
}

void reference_conv_backward(const struct op_call *call, int n)
{
    const struct op *op = call->op;
    const int kernel_w = op->kernel_w;
    const double *x = call->x + (size_t)n * shape_count(call->in);
    double *dx = call->dx + (size_t)n * shape_count(call->in);
    for (int oc = 0; oc < call->out.channels; oc++)
        for (int oy = 0; oy < call->out.height; oy++)
            for (int ox = 0; ox < call->out.width; ox++) {
                const size_t o = (size_t)n * shape_count(call->out) + reference_at(call->out, oc, oy, ox);
                const double dz = call->dy[o] * reference_slope(call, 0.0, call->y[o]);
                if (op->has_bias)
                    call->dparameters[op->bias_offset + (size_t)oc] += dz;
                for (int ic = 0; ic < call->in.channels; ic++)
                    for (int ky = 0; ky < op->kernel_h; ky++) {
                        const int iy = input_row(op, oy, ky);
                        if (!inside(call->in, iy, 0))
                            continue;
                        const size_t w = conv_weight(call, oc, ic, ky, 0);
                        const size_t row = reference_at(call->in, ic, iy, 0);
                        for (int kx = 0; kx < kernel_w; kx++) {
                            const int ix = input_column(op, ox, kx);
                            if (!inside(call->in, iy, ix))
                                continue;
                            call->dparameters[w + (size_t)kx] += dz * x[row + (size_t)ix];
                            dx[row + (size_t)ix] += dz * call->parameters[w + (size_t)kx];
                        }
                    }
            }
}

/* The first maximum of a window, as a place in x. NaN counts as the maximum, so that it is seen. */
static size_t window_maximum(const struct op_call *call, const double *x, int channel, int oy, int ox)
{
    const struct op *op = call->op;
    size_t best = SIZE_MAX;
    for (int ky = 0; ky < op->kernel_h; ky++)
        for (int kx = 0; kx < op->kernel_w; kx++) {
            const int iy = input_row(op, oy, ky), ix = input_column(op, ox, kx);
            if (!inside(call->in, iy, ix))
                continue;
            const size_t i = reference_at(call->in, channel, iy, ix);
            if (best == SIZE_MAX || x[i] > x[best] || isnan(x[i]))
                best = i;
            if (isnan(x[best]))
                return best;
        }
    return best;
}

void reference_max_pool(const struct op_call *call, int n)
{
    const struct op *op = call->op;
    const double *x = call->x + (size_t)n * shape_count(call->in);
    double *y = call->y + (size_t)n * shape_count(call->out);
    for (int c = 0; c < call->out.channels; c++)
        for (int oy = 0; oy < call->out.height; oy++)
            for (int ox = 0; ox < call->out.width; ox++) {
                const double maximum = x[window_maximum(call, x, c, oy, ox)];
                y[reference_at(call->out, c, oy, ox)] = maximum;
                for (int ky = 0; ky < op->kernel_h; ky++)
                    for (int kx = 0; kx < op->kernel_w; kx++) {
                        const int iy = input_row(op, oy, ky), ix = input_column(op, ox, kx);
                        if (inside(call->in, iy, ix))
                            reference_note_kink(call, maximum - x[reference_at(call->in, c, iy, ix)]);
                    }
            }
}

void reference_max_pool_backward(const struct op_call *call, int n)
{
    const double *x = call->x + (size_t)n * shape_count(call->in);
    const double *dy = call->dy + (size_t)n * shape_count(call->out);
    double *dx = call->dx + (size_t)n * shape_count(call->in);
    for (int c = 0; c < call->out.channels; c++)
        for (int oy = 0; oy < call->out.height; oy++)
            for (int ox = 0; ox < call->out.width; ox++)
                dx[window_maximum(call, x, c, oy, ox)] += dy[reference_at(call->out, c, oy, ox)];
}

/* Which rows lo … hi-1 of a window lie in an image of `size` rows; columns likewise. */
static void clip(int first, int kernel, int size, int *lo, int *hi)
{
    *lo = first < 0 ? 0 : first;
    *hi = first + kernel > size ? size : first + kernel;
}

/* What a value of the window counts in its mean. PyTorch's divisor stops at the end of the padding, which
 * no window of ours passes. */
static double share(const struct op *op, int rows, int columns)
{
    return 1.0 / (op->counts_padding ? (double)op->kernel_h * op->kernel_w : (double)rows * columns);
}

void reference_average_pool(const struct op_call *call, int n)
{
    const struct op *op = call->op;
    const double *x = call->x + (size_t)n * shape_count(call->in);
    double *y = call->y + (size_t)n * shape_count(call->out);
    for (int c = 0; c < call->out.channels; c++)
        for (int oy = 0; oy < call->out.height; oy++)
            for (int ox = 0; ox < call->out.width; ox++) {
                int top, bottom, left, right;
                clip(input_row(op, oy, 0), op->kernel_h, call->in.height, &top, &bottom);
                clip(input_column(op, ox, 0), op->kernel_w, call->in.width, &left, &right);
                double sum = 0.0;
                for (int iy = top; iy < bottom; iy++)
                    for (int ix = left; ix < right; ix++)
                        sum += x[reference_at(call->in, c, iy, ix)];
                y[reference_at(call->out, c, oy, ox)] = sum * share(op, bottom - top, right - left);
            }
}

void reference_average_pool_backward(const struct op_call *call, int n)
{
    const struct op *op = call->op;
    const double *dy = call->dy + (size_t)n * shape_count(call->out);
    double *dx = call->dx + (size_t)n * shape_count(call->in);
    for (int c = 0; c < call->out.channels; c++)
        for (int oy = 0; oy < call->out.height; oy++)
            for (int ox = 0; ox < call->out.width; ox++) {
                int top, bottom, left, right;
                clip(input_row(op, oy, 0), op->kernel_h, call->in.height, &top, &bottom);
                clip(input_column(op, ox, 0), op->kernel_w, call->in.width, &left, &right);
                const double part =
                    dy[reference_at(call->out, c, oy, ox)] * share(op, bottom - top, right - left);
                for (int iy = top; iy < bottom; iy++)
                    for (int ix = left; ix < right; ix++)
                        dx[reference_at(call->in, c, iy, ix)] += part;
            }
}
