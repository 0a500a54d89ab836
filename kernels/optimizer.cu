/* Updates of the flat parameter vector: all layers in one launch. */
#include "kernels/kernels.h"

#include "advance.cuh"
#include "measure.cuh"

namespace
{

/* What an update reads beside the vectors. */
struct rules {
    struct optimizer optimizer;
    struct kernel_penalties penalties;
};

/* After penalties and clipping by value. */
__device__ float penalise(const struct rules &rules, size_t i, float g, float w)
{
    const struct penalty *penalty = op_find_penalty(rules.penalties.ranges, rules.penalties.count, i);
    if (penalty)
        g = op_penalised(g, w, penalty);
    return rules.optimizer.clip_value > 0.0f ? op_clipped(g, rules.optimizer.clip_value) : g;
}

/* What the optimizer gets. */
__device__ float adjust(const struct rules &rules, const struct kernel_step *step, size_t i, float g, float w)
{
    g = penalise(rules, i, g, w) * step->clip;
    return step->deviation > 0.0f ? g + step->deviation * op_normal(step->seed, step->draw, i) : g;
}

/* Returns the squares of the thread's gradients. `adjusts`: op_adjusts. */
template <bool adjusts>
__device__ float update_share(const struct kernel_step *step, const struct rules &rules, float rate,
                              size_t parameters, const float *gradient, float *w, float *moment1,
                              float *moment2)
{
    const struct adam_step adam = step->adam;
    float squares = 0.0f;
    for (size_t i = (size_t)blockIdx.x * MEASURE_THREADS + threadIdx.x; i < parameters;
         i += (size_t)gridDim.x * MEASURE_THREADS) {
        const float g = gradient[i];
        squares = fmaf(g, g, squares);
        op_update(&rules.optimizer, &adam, rate, adjusts ? adjust(rules, step, i, g, w[i]) : g, w + i,
                  moment1 + i, moment2 + i);
    }
    return squares;
}

/* No block reads step->clip. */
__global__ void __launch_bounds__(MEASURE_THREADS)
    clip_kernel(struct kernel_step *step, struct rules rules, size_t parameters, const float *gradient,
                const float *w, float *scratch)
{
    float squares = 0.0f;
    for (size_t i = (size_t)blockIdx.x * MEASURE_THREADS + threadIdx.x; i < parameters;
         i += (size_t)gridDim.x * MEASURE_THREADS) {
        const float g = penalise(rules, i, gradient[i], w[i]);
        squares = fmaf(g, g, squares);
    }
    float total;
    if (grid_sum(squares, &total, scratch) && threadIdx.x == 0)
        step->clip = (float)op_clip_scale(sqrt((double)total), (double)rules.optimizer.clip_norm);
}

template <bool adjusts>
__global__ void __launch_bounds__(MEASURE_THREADS)
    update_kernel(const struct kernel_step *step, struct rules rules, const float *learning_rate,
                  size_t parameters, const float *gradient, float *w, float *moment1, float *moment2)
{
    update_share<adjusts>(step, rules, *learning_rate, parameters, gradient, w, moment1, moment2);
}

/* No block reads the step after it arrived, so the last one may move it on. */
template <bool adjusts>
__global__ void __launch_bounds__(MEASURE_THREADS)
    finish_step_kernel(struct kernel_step *step, struct kernel_schedule schedule, const float *losses,
                       const int32_t *correct, size_t parameters, const float *gradient, float *w,
                       float *moment1, float *moment2, struct kernel_metrics *ring, float *scratch)
{
    const struct rules rules = {schedule.optimizer, schedule.penalties};
    const float *rate = schedule.learning_rates + step->ring;
    const float squares =
        update_share<adjusts>(step, rules, *rate, parameters, gradient, w, moment1, moment2);
    if (measure_block(squares, step, losses, correct, rate, ring, scratch) && threadIdx.x == 0)
        advance_batch(step, schedule);
}

} // namespace

void kernel_clip(kernel_stream stream, struct kernel_step *step, const struct optimizer *optimizer,
                 const struct kernel_penalties *penalties, size_t parameters, const float *gradient,
                 const float *w, float *scratch)
{
    const rules r = {*optimizer, *penalties};
    LS_LAUNCH(clip_kernel, dim3(measure_blocks(parameters)), dim3(MEASURE_THREADS), 0, stream, step, r,
              parameters, gradient, w, scratch);
}

void kernel_update(kernel_stream stream, const struct kernel_step *step, const struct optimizer *optimizer,
                   const struct kernel_penalties *penalties, const float *learning_rate, size_t parameters,
                   const float *gradient, float *w, float *moment1, float *moment2)
{
    const rules r = {*optimizer, *penalties};
    const auto update_chosen =
        op_adjusts(optimizer, penalties->count) ? update_kernel<true> : update_kernel<false>;
    LS_LAUNCH(update_chosen, dim3(measure_blocks(parameters)), dim3(MEASURE_THREADS), 0, stream, step, r,
              learning_rate, parameters, gradient, w, moment1, moment2);
}

void kernel_finish_step(kernel_stream stream, struct kernel_step *step,
                        const struct kernel_schedule *schedule, int most, const float *losses,
                        const int32_t *correct, size_t parameters, const float *gradient, float *w,
                        float *moment1, float *moment2, struct kernel_metrics *ring, float *scratch)
{
    (void)most;
    const auto finish_step_chosen = op_adjusts(&schedule->optimizer, schedule->penalties.count)
                                        ? finish_step_kernel<true>
                                        : finish_step_kernel<false>;
    LS_LAUNCH(finish_step_chosen, dim3(measure_blocks(parameters)), dim3(MEASURE_THREADS), 0, stream, step,
              *schedule, losses, correct, parameters, gradient, w, moment1, moment2, ring, scratch);
}
