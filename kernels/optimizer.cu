/* Updates of the flat parameter vector: all layers in one launch. */
#include "kernels/kernels.h"

#include "advance.cuh"
#include "measure.cuh"

namespace
{

/* Returns the squares of the thread's gradients. */
__device__ float update_share(const struct kernel_step *step, const struct optimizer &optimizer,
                              const float *learning_rate, size_t parameters, const float *gradient, float *w,
                              float *moment1, float *moment2)
{
    const struct adam_step adam = step->adam;
    const float rate = *learning_rate;
    float squares = 0.0f;
    for (size_t i = (size_t)blockIdx.x * MEASURE_THREADS + threadIdx.x; i < parameters;
         i += (size_t)gridDim.x * MEASURE_THREADS) {
        const float g = gradient[i];
        squares = fmaf(g, g, squares);
        op_update(&optimizer, &adam, rate, g, w + i, moment1 + i, moment2 + i);
    }
    return squares;
}

__global__ void __launch_bounds__(MEASURE_THREADS)
    update_kernel(const struct kernel_step *step, struct optimizer optimizer, const float *learning_rate,
                  size_t parameters, const float *gradient, float *w, float *moment1, float *moment2)
{
    update_share(step, optimizer, learning_rate, parameters, gradient, w, moment1, moment2);
}

/* No block reads the step after it arrived, so the last one may move it on. */
__global__ void __launch_bounds__(MEASURE_THREADS)
    finish_step_kernel(struct kernel_step *step, struct kernel_schedule schedule, const float *losses,
                       const int32_t *correct, size_t parameters, const float *gradient, float *w,
                       float *moment1, float *moment2, struct kernel_metrics *ring, float *scratch)
{
    const float squares = update_share(step, schedule.optimizer, schedule.learning_rate, parameters, gradient,
                                       w, moment1, moment2);
    if (measure_block(squares, step, losses, correct, schedule.learning_rate, ring, scratch) &&
        threadIdx.x == 0)
        advance_batch(step, schedule);
}

} // namespace

void kernel_update(kernel_stream stream, const struct kernel_step *step, const struct optimizer *optimizer,
                   const float *learning_rate, size_t parameters, const float *gradient, float *w,
                   float *moment1, float *moment2)
{
    LS_LAUNCH(update_kernel, dim3(measure_blocks(parameters)), dim3(MEASURE_THREADS), 0, stream, step,
              *optimizer, learning_rate, parameters, gradient, w, moment1, moment2);
}

void kernel_finish_step(kernel_stream stream, struct kernel_step *step,
                        const struct kernel_schedule *schedule, int most, const float *losses,
                        const int32_t *correct, size_t parameters, const float *gradient, float *w,
                        float *moment1, float *moment2, struct kernel_metrics *ring, float *scratch)
{
    (void)most;
    LS_LAUNCH(finish_step_kernel, dim3(measure_blocks(parameters)), dim3(MEASURE_THREADS), 0, stream, step,
              *schedule, losses, correct, parameters, gradient, w, moment1, moment2, ring, scratch);
}
