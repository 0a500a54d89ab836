/* Fully connected layers: three forms of a matrix product (gemm.cuh). */
#include "kernels/kernels.h"

#include "activation.cuh"
#include "gemm.cuh"

namespace
{

/* y (samples, out) = act(x W' + b) */
struct dense_forward {
    enum { A_BY_DEPTH = 1, B_BY_DEPTH = 1 };
    int rows, columns, depth; /* samples, out, in */
    const float *x, *w, *bias;
    struct ending ending;
    float *y;

    __device__ float a(int row, int k) const { return x[(size_t)row * depth + k]; }
    __device__ float b(int k, int column) const { return w[(size_t)column * depth + k]; }
    __device__ void store(int row, int column, float sum) const
    {
        y[(size_t)row * columns + column] = ending.of(bias ? sum + bias[column] : sum);
    }
};

/* dx (samples, in) = dz W */
struct dense_backward_input {
    enum { A_BY_DEPTH = 1, B_BY_DEPTH = 0 };
    int rows, columns, depth; /* samples, in, out */
    ending_gradient dz;
    const float *w;
    float *dx;

    __device__ float a(int row, int k) const { return dz.at((size_t)row * depth + k); }
    __device__ float b(int k, int column) const { return w[(size_t)k * columns + column]; }
    __device__ void store(int row, int column, float sum) const { dx[(size_t)row * columns + column] = sum; }
};

/* dw (out, in) = dz' x, and beside it, as if x had one more value that is always 1, db (out). Columns begin
 * at `first_column`, so that db can be had alone. */
struct dense_backward_weight {
    enum { A_BY_DEPTH = 0, B_BY_DEPTH = 0 };
    int rows, columns, depth; /* out, in + 1, samples */
    int in, first_column;
    ending_gradient dz;
    const float *x;
    float *dw, *db;

    __device__ float a(int row, int k) const { return dz.at((size_t)k * rows + row); }
    __device__ float b(int k, int column) const
    {
        column += first_column;
        return column < in ? x[(size_t)k * in + column] : 1.0f;
    }
    __device__ void store(int row, int column, float sum) const
    {
        column += first_column;
        if (column < in)
            dw[(size_t)row * in + column] = sum;
        else
            db[row] = sum;
    }
};

template <class Tile>
__global__ void __launch_bounds__(Tile::THREADS)
    dense_forward_kernel(const struct kernel_step *step, dense_forward problem, gemm_plan plan,
                         float *scratch)
{
    LS_SHARED(gemm_shared<Tile>, shared);
    problem.rows = (int)step->count;
    gemm_block<Tile>(problem, plan, (int)blockIdx.x, shared, scratch_counters(scratch),
                     scratch_floats(scratch));
}

template <class Tile>
__global__ void __launch_bounds__(Tile::THREADS)
    dense_backward_input_kernel(const struct kernel_step *step, dense_backward_input problem, gemm_plan plan,
                                float *scratch)
{
    LS_SHARED(gemm_shared<Tile>, shared);
    problem.rows = (int)step->count;
    gemm_block<Tile>(problem, plan, (int)blockIdx.x, shared, scratch_counters(scratch),
                     scratch_floats(scratch));
}

template <class Tile>
__global__ void __launch_bounds__(Tile::THREADS)
    dense_backward_weight_kernel(const struct kernel_step *step, dense_backward_weight problem,
                                 gemm_plan plan, float *scratch)
{
    LS_SHARED(gemm_shared<Tile>, shared);
    problem.depth = (int)step->count;
    gemm_block<Tile>(problem, plan, (int)blockIdx.x, shared, scratch_counters(scratch),
                     scratch_floats(scratch));
}

/* Both products of a small layer side by side: the first blocks make dw and db, the others dx. */
__global__ void __launch_bounds__(gemm_small::THREADS)
    dense_backward_kernel(const struct kernel_step *step, dense_backward_weight weight, gemm_plan weight_plan,
                          dense_backward_input input, gemm_plan input_plan, int input_partials,
                          float *scratch)
{
    LS_SHARED(gemm_shared<gemm_small>, shared);
    const int weight_blocks = weight_plan.tiles * weight_plan.splits;
    unsigned *counters = scratch_counters(scratch);
    float *partials = scratch_floats(scratch);
    if ((int)blockIdx.x < weight_blocks) {
        weight.depth = (int)step->count;
        gemm_block<gemm_small>(weight, weight_plan, (int)blockIdx.x, shared, counters, partials);
    } else {
        input.rows = (int)step->count;
        gemm_block<gemm_small>(input, input_plan, (int)blockIdx.x - weight_blocks, shared,
                               counters + SCRATCH_COUNTERS / 2, partials + input_partials);
    }
}

enum { ENDING_THREADS = 256 };

__global__ void dense_ending_kernel(const struct kernel_step *step, int out, const float *b, ending ending,
                                    float *y)
{
    const size_t i = (size_t)blockIdx.x * ENDING_THREADS + threadIdx.x;
    if (i < (size_t)step->count * (size_t)out)
        y[i] = ending.of(b ? y[i] + b[i % (size_t)out] : y[i]);
}

dense_backward_weight weight_problem(int most, int in, int out, const ending_gradient &dz, const float *x,
                                     float *dw, float *db)
{
    dense_backward_weight problem;
    problem.first_column = dw ? 0 : in;
    problem.rows = out;
    problem.columns = (dw ? in : 0) + (db ? 1 : 0);
    problem.depth = most;
    problem.in = in;
    problem.dz = dz;
    problem.x = x;
    problem.dw = dw;
    problem.db = db;
    return problem;
}

} // namespace

void kernel_dense_forward(kernel_stream stream, const struct kernel_step *step, int most, int in, int out,
                          const float *x, const float *w, const float *b, enum activation activation,
                          float alpha, float *y, float *scratch)
{
    const gemm_plan plan = gemm_plan_make(most, out, in);
    dense_forward problem;
    problem.rows = most;
    problem.columns = out;
    problem.depth = in;
    problem.x = x;
    problem.w = w;
    problem.bias = b;
    problem.ending.activation = activation;
    problem.ending.alpha = alpha;
    problem.y = y;
    const dim3 grid(gemm_blocks(&plan));
    switch (plan.size) {
    case GEMM_SMALL:
        LS_LAUNCH(dense_forward_kernel<gemm_small>, grid, dim3(gemm_small::THREADS), 0, stream, step, problem,
                  plan, scratch);
        break;
    case GEMM_MEDIUM:
        LS_LAUNCH(dense_forward_kernel<gemm_medium>, grid, dim3(gemm_medium::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    case GEMM_LARGE:
        LS_LAUNCH(dense_forward_kernel<gemm_large>, grid, dim3(gemm_large::THREADS), 0, stream, step, problem,
                  plan, scratch);
        break;
    }
}

void kernel_dense_ending(kernel_stream stream, const struct kernel_step *step, int most, int out,
                         const float *b, enum activation activation, float alpha, float *y)
{
    ending ending;
    ending.activation = activation;
    ending.alpha = alpha;
    LS_LAUNCH(dense_ending_kernel, dim3(ls_blocks((size_t)most * (size_t)out, ENDING_THREADS)),
              dim3(ENDING_THREADS), 0, stream, step, out, b, ending, y);
}

static void backward_weight(kernel_stream stream, const struct kernel_step *step,
                            const dense_backward_weight &problem, const gemm_plan &plan, float *scratch)
{
    const dim3 grid(gemm_blocks(&plan));
    switch (plan.size) {
    case GEMM_SMALL:
        LS_LAUNCH(dense_backward_weight_kernel<gemm_small>, grid, dim3(gemm_small::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    case GEMM_MEDIUM:
        LS_LAUNCH(dense_backward_weight_kernel<gemm_medium>, grid, dim3(gemm_medium::THREADS), 0, stream,
                  step, problem, plan, scratch);
        break;
    case GEMM_LARGE:
        LS_LAUNCH(dense_backward_weight_kernel<gemm_large>, grid, dim3(gemm_large::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    }
}

static void backward_input(kernel_stream stream, const struct kernel_step *step,
                           const dense_backward_input &problem, const gemm_plan &plan, float *scratch)
{
    const dim3 grid(gemm_blocks(&plan));
    switch (plan.size) {
    case GEMM_SMALL:
        LS_LAUNCH(dense_backward_input_kernel<gemm_small>, grid, dim3(gemm_small::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    case GEMM_MEDIUM:
        LS_LAUNCH(dense_backward_input_kernel<gemm_medium>, grid, dim3(gemm_medium::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    case GEMM_LARGE:
        LS_LAUNCH(dense_backward_input_kernel<gemm_large>, grid, dim3(gemm_large::THREADS), 0, stream, step,
                  problem, plan, scratch);
        break;
    }
}

void kernel_dense_backward(kernel_stream stream, const struct kernel_step *step, int most, int in, int out,
                           enum activation activation, float alpha, const float *x, const float *y,
                           const float *dy, const float *w, float *dx, float *dw, float *db, float *scratch)
{
    ending_gradient dz;
    dz.y = y;
    dz.dy = dy;
    dz.ending.activation = activation;
    dz.ending.alpha = alpha;
    const dense_backward_weight weight = weight_problem(most, in, out, dz, x, dw, db);
    const gemm_plan weight_plan = gemm_plan_make(weight.rows, weight.columns, weight.depth);
    dense_backward_input input;
    input.rows = most;
    input.columns = in;
    input.depth = out;
    input.dz = dz;
    input.w = w;
    input.dx = dx;
    const gemm_plan input_plan = gemm_plan_make(input.rows, input.columns, input.depth);

    const bool wants_weight = weight.columns > 0,
               small = weight_plan.size == GEMM_SMALL && input_plan.size == GEMM_SMALL;
    if (dx && wants_weight && small) {
        LS_LAUNCH(dense_backward_kernel, dim3(gemm_blocks(&weight_plan) + gemm_blocks(&input_plan)),
                  dim3(gemm_small::THREADS), 0, stream, step, weight, weight_plan, input, input_plan,
                  (int)gemm_partials(&weight_plan), scratch);
        return;
    }
    if (wants_weight)
        backward_weight(stream, step, weight, weight_plan, scratch);
    if (dx)
        backward_input(stream, step, input, input_plan, scratch);
}

size_t kernel_dense_scratch(int most, int in, int out)
{
    const gemm_plan forward = gemm_plan_make(most, out, in);
    const gemm_plan weight = gemm_plan_make(out, in + 1, most), input = gemm_plan_make(most, in, out);
    const gemm_plan narrow = gemm_plan_make(out, in, most), bias = gemm_plan_make(out, 1, most);
    size_t backward = gemm_partials(&weight);
    backward = gemm_partials(&narrow) > backward ? gemm_partials(&narrow) : backward;
    backward = gemm_partials(&bias) > backward ? gemm_partials(&bias) : backward;
    backward += gemm_partials(&input);
    const size_t partials = gemm_partials(&forward) > backward ? gemm_partials(&forward) : backward;
    return SCRATCH_COUNTERS + partials;
}
