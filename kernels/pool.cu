/* Pooling. Forward: one thread for each output. Backward: one thread for each input, which asks the windows
 * over it, in row order, so that nothing is added by two threads at once. */
#include "kernels/kernels.h"

#include "launch.h"

namespace
{

enum { THREADS = 256 };

struct place {
    int row, column;
    size_t plane; /* sample · channels + channel */
};

__device__ place place_of(size_t i, struct shape shape)
{
    place p;
    p.column = (int)(i % (size_t)shape.width);
    p.row = (int)(i / (size_t)shape.width % (size_t)shape.height);
    p.plane = i / ((size_t)shape.width * (size_t)shape.height);
    return p;
}

/* Rows or columns of a window that lie inside the image: first … last. */
struct span {
    int first, last;
};

__device__ span window_span(int out, int kernel, int stride, int padding, int size)
{
    span s;
    s.first = out * stride - padding;
    s.last = s.first + kernel - 1;
    s.first = s.first < 0 ? 0 : s.first;
    s.last = s.last > size - 1 ? size - 1 : s.last;
    return s;
}

/* Outputs whose windows cover row or column `in`: first … last. */
__device__ span windows_over(int in, int kernel, int stride, int padding, int outputs)
{
    span s;
    const int before = in + padding - kernel; /* the last one that ends before `in`, times the stride */
    s.first = before < 0 ? 0 : before / stride + 1;
    s.last = (in + padding) / stride;
    s.last = s.last > outputs - 1 ? outputs - 1 : s.last;
    return s;
}

/* The first maximum of a window as a place in its plane; NaN counts as the maximum, so that it is seen. */
__device__ int window_maximum(const struct kernel_window &w, const float *plane, int oy, int ox)
{
    const span rows = window_span(oy, w.kernel_h, w.stride_h, w.padding_h, w.in.height);
    const span columns = window_span(ox, w.kernel_w, w.stride_w, w.padding_w, w.in.width);
    int best = rows.first * w.in.width + columns.first;
    for (int y = rows.first; y <= rows.last; y++)
        for (int x = columns.first; x <= columns.last; x++) {
            const int i = y * w.in.width + x;
            const float value = plane[i], maximum = plane[best];
            if (value > maximum || (isnan(value) && !isnan(maximum)))
                best = i;
        }
    return best;
}

__global__ void max_pool_forward_kernel(const struct kernel_step *step, struct kernel_window w,
                                        const float *x, float *y)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= step->count * shape_count(w.out))
        return;
    const place p = place_of(i, w.out);
    const float *plane = x + p.plane * (size_t)w.in.height * (size_t)w.in.width;
    y[i] = plane[window_maximum(w, plane, p.row, p.column)];
}

__global__ void max_pool_backward_kernel(const struct kernel_step *step, struct kernel_window w,
                                         const float *x, const float *dy, float *dx)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= step->count * shape_count(w.in))
        return;
    const place p = place_of(i, w.in);
    const float *plane = x + p.plane * (size_t)w.in.height * (size_t)w.in.width;
    const float *gradients = dy + p.plane * (size_t)w.out.height * (size_t)w.out.width;
    const span rows = windows_over(p.row, w.kernel_h, w.stride_h, w.padding_h, w.out.height);
    const span columns = windows_over(p.column, w.kernel_w, w.stride_w, w.padding_w, w.out.width);
    float sum = 0.0f;
    for (int oy = rows.first; oy <= rows.last; oy++)
        for (int ox = columns.first; ox <= columns.last; ox++)
            if (window_maximum(w, plane, oy, ox) == p.row * w.in.width + p.column)
                sum += gradients[oy * w.out.width + ox];
    dx[i] = sum;
}

/* 1 / divisor of the mean. */
__device__ float window_share(const struct kernel_window &w, const span &rows, const span &columns)
{
    if (w.counts_padding)
        return 1.0f / ((float)w.kernel_h * (float)w.kernel_w);
    return 1.0f / ((float)(rows.last - rows.first + 1) * (float)(columns.last - columns.first + 1));
}

__global__ void average_pool_forward_kernel(const struct kernel_step *step, struct kernel_window w,
                                            const float *x, float *y)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= step->count * shape_count(w.out))
        return;
    const place p = place_of(i, w.out);
    const float *plane = x + p.plane * (size_t)w.in.height * (size_t)w.in.width;
    const span rows = window_span(p.row, w.kernel_h, w.stride_h, w.padding_h, w.in.height);
    const span columns = window_span(p.column, w.kernel_w, w.stride_w, w.padding_w, w.in.width);
    float sum = 0.0f;
    for (int iy = rows.first; iy <= rows.last; iy++)
        for (int ix = columns.first; ix <= columns.last; ix++)
            sum += plane[iy * w.in.width + ix];
    y[i] = sum * window_share(w, rows, columns);
}

__global__ void average_pool_backward_kernel(const struct kernel_step *step, struct kernel_window w,
                                             const float *dy, float *dx)
{
    const size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= step->count * shape_count(w.in))
        return;
    const place p = place_of(i, w.in);
    const float *gradients = dy + p.plane * (size_t)w.out.height * (size_t)w.out.width;
    const span rows = windows_over(p.row, w.kernel_h, w.stride_h, w.padding_h, w.out.height);
    const span columns = windows_over(p.column, w.kernel_w, w.stride_w, w.padding_w, w.out.width);
    float sum = 0.0f;
    for (int oy = rows.first; oy <= rows.last; oy++)
        for (int ox = columns.first; ox <= columns.last; ox++) {
            const float share =
                window_share(w, window_span(oy, w.kernel_h, w.stride_h, w.padding_h, w.in.height),
                             window_span(ox, w.kernel_w, w.stride_w, w.padding_w, w.in.width));
            sum = fmaf(gradients[oy * w.out.width + ox], share, sum);
        }
    dx[i] = sum;
}

dim3 blocks_for(int most, struct shape shape)
{
    return dim3(ls_blocks((size_t)most * shape_count(shape), THREADS));
}

} // namespace

void kernel_max_pool_forward(kernel_stream stream, const struct kernel_step *step, int most,
                             const struct kernel_window *window, const float *x, float *y)
{
    LS_LAUNCH(max_pool_forward_kernel, blocks_for(most, window->out), dim3(THREADS), 0, stream, step, *window,
              x, y);
}

void kernel_max_pool_backward(kernel_stream stream, const struct kernel_step *step, int most,
                              const struct kernel_window *window, const float *x, const float *dy, float *dx)
{
    LS_LAUNCH(max_pool_backward_kernel, blocks_for(most, window->in), dim3(THREADS), 0, stream, step, *window,
              x, dy, dx);
}

void kernel_average_pool_forward(kernel_stream stream, const struct kernel_step *step, int most,
                                 const struct kernel_window *window, const float *x, float *y)
{
    LS_LAUNCH(average_pool_forward_kernel, blocks_for(most, window->out), dim3(THREADS), 0, stream, step,
              *window, x, y);
}

void kernel_average_pool_backward(kernel_stream stream, const struct kernel_step *step, int most,
                                  const struct kernel_window *window, const float *dy, float *dx)
{
    LS_LAUNCH(average_pool_backward_kernel, blocks_for(most, window->in), dim3(THREADS), 0, stream, step,
              *window, dy, dx);
}
