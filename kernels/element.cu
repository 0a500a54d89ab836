/* Operations on each value alone, sums, copies, and the softmax. */
#include "kernels/kernels.h"

#include "softmax.cuh"

namespace
{

enum { THREADS = 256 };

__global__ void activation_forward_kernel(const struct kernel_step *step, int size,
                                          enum activation activation, float alpha, const float *x, float *y)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < (size_t)step->count * (size_t)size)
        y[i] = op_activate(activation, alpha, x[i]);
}

__global__ void activation_backward_kernel(const struct kernel_step *step, int size,
                                           enum activation activation, float alpha, const float *x,
                                           const float *y, const float *dy, float *dx)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= (size_t)step->count * (size_t)size)
        return;
    const bool needs_input = op_slope_needs_input(activation);
    dx[i] =
        dy[i] * op_activation_slope(activation, alpha, needs_input ? x[i] : 0.0f, needs_input ? 0.0f : y[i]);
}

__global__ void dropout_kernel(const struct kernel_step *step, int size, float rate, int op, const float *x,
                               float *y)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < (size_t)step->count * (size_t)size)
        y[i] = op_dropout_keeps(rate, step->seed, step->draw, op, i) ? x[i] / (1.0f - rate) : 0.0f;
}

__global__ void add_kernel(const struct kernel_step *step, int size, const float *x, const float *second,
                           float *y)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < (size_t)step->count * (size_t)size)
        y[i] = x[i] + second[i];
}

/* Samples one behind the other: first those of x, then those of second. */
__global__ void concatenate_kernel(const struct kernel_step *step, int size, int second_size, const float *x,
                                   const float *second, float *y)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    const size_t both = (size_t)size + (size_t)second_size;
    if (i >= step->count * both)
        return;
    const size_t sample = i / both, place = i % both;
    y[i] = place < (size_t)size ? x[sample * (size_t)size + place]
                                : second[sample * (size_t)second_size + place - (size_t)size];
}

__global__ void part_kernel(const struct kernel_step *step, int size, int whole_size, int first,
                            const float *whole, float *part)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= (size_t)step->count * (size_t)size)
        return;
    const size_t sample = i / (size_t)size, place = i % (size_t)size;
    part[i] = whole[sample * (size_t)whole_size + (size_t)first + place];
}

__global__ void copy_kernel(const struct kernel_step *step, int size, const float *x, float *y)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < (size_t)step->count * (size_t)size)
        y[i] = x[i];
}

__global__ void clear_rest_kernel(const struct kernel_step *step, size_t end, int size, float *x)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= (size_t)step->count * (size_t)size && i < end)
        x[i] = 0.0f;
}

__global__ void softmax_forward_kernel(const struct kernel_step *step, int size, const float *x, float *y)
{
    const unsigned sample = softmax_sample();
    if (sample < step->count)
        softmax_warp(x + (size_t)sample * size, y + (size_t)sample * size, size);
}

__global__ void softmax_backward_kernel(const struct kernel_step *step, int size, const float *y,
                                        const float *dy, float *dx)
{
    const unsigned sample = softmax_sample();
    if (sample >= step->count)
        return;
    const size_t first = (size_t)sample * size, end = first + size;
    float dot = 0.0f;
    for (size_t i = first + threadIdx.x % WARP; i < end; i += WARP)
        dot = fmaf(dy[i], y[i], dot);
    dot = warp_sum(dot);
    for (size_t i = first + threadIdx.x % WARP; i < end; i += WARP)
        dx[i] = op_softmax_gradient(y[i], dy[i], dot);
}

dim3 blocks_for(int most, int size) { return dim3(ls_blocks((size_t)most * (size_t)size, THREADS)); }
dim3 softmax_blocks(int most) { return dim3(ls_blocks((size_t)most, SOFTMAX_WARPS)); }

} // namespace

void kernel_activation_forward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                               enum activation activation, float alpha, const float *x, float *y)
{
    LS_LAUNCH(activation_forward_kernel, blocks_for(most, size), dim3(THREADS), 0, stream, step, size,
              activation, alpha, x, y);
}

void kernel_activation_backward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                                enum activation activation, float alpha, const float *x, const float *y,
                                const float *dy, float *dx)
{
    LS_LAUNCH(activation_backward_kernel, blocks_for(most, size), dim3(THREADS), 0, stream, step, size,
              activation, alpha, x, y, dy, dx);
}

void kernel_dropout(kernel_stream stream, const struct kernel_step *step, int most, int size, float rate,
                    int op, const float *x, float *y)
{
    LS_LAUNCH(dropout_kernel, blocks_for(most, size), dim3(THREADS), 0, stream, step, size, rate, op, x, y);
}

void kernel_add(kernel_stream stream, const struct kernel_step *step, int most, int size, const float *x,
                const float *second, float *y)
{
    LS_LAUNCH(add_kernel, blocks_for(most, size), dim3(THREADS), 0, stream, step, size, x, second, y);
}

void kernel_concatenate(kernel_stream stream, const struct kernel_step *step, int most, int size,
                        int second_size, const float *x, const float *second, float *y)
{
    LS_LAUNCH(concatenate_kernel, blocks_for(most, size + second_size), dim3(THREADS), 0, stream, step, size,
              second_size, x, second, y);
}

void kernel_part(kernel_stream stream, const struct kernel_step *step, int most, int size, int whole_size,
                 int first, const float *whole, float *part)
{
    LS_LAUNCH(part_kernel, blocks_for(most, size), dim3(THREADS), 0, stream, step, size, whole_size, first,
              whole, part);
}

void kernel_softmax_forward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                            const float *x, float *y)
{
    LS_LAUNCH(softmax_forward_kernel, softmax_blocks(most), dim3(SOFTMAX_WARPS * WARP), 0, stream, step, size,
              x, y);
}

void kernel_softmax_backward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                             const float *y, const float *dy, float *dx)
{
    LS_LAUNCH(softmax_backward_kernel, softmax_blocks(most), dim3(SOFTMAX_WARPS * WARP), 0, stream, step,
              size, y, dy, dx);
}

void kernel_copy(kernel_stream stream, const struct kernel_step *step, int most, int size, const float *x,
                 float *y)
{
    LS_LAUNCH(copy_kernel, blocks_for(most, size), dim3(THREADS), 0, stream, step, size, x, y);
}

void kernel_clear_rest(kernel_stream stream, const struct kernel_step *step, int most, int size, float *x)
{
    LS_LAUNCH(clear_rest_kernel, blocks_for(most, size), dim3(THREADS), 0, stream, step,
              (size_t)most * (size_t)size, size, x);
}
