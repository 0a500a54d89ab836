/* Losses: one warp for each sample; what goes into the metrics ring is in measure.cuh. */
#include "kernels/kernels.h"

#include "correct.cuh"
#include "measure.cuh"
#include "softmax.cuh"

namespace
{

__global__ void softmax_cross_entropy_kernel(const struct kernel_step *step, int size,
                                             const float *all_logits, const int32_t *labels, float *all_p,
                                             float *dlogits, float *dp, float *losses, int32_t *correct)
{
    const unsigned sample = softmax_sample(), count = step->count;
    if (sample >= count)
        return;
    const size_t first = (size_t)sample * size;
    const float *logits = all_logits + first;
    float *p = all_p + first;
    const int label = labels[sample], lane = (int)(threadIdx.x % WARP);
    const softmax_sums sums = softmax_warp(logits, p, size);
    __syncwarp();
    const int best = first_maximum_warp(p, size);
    if (lane == 0) {
        losses[sample] = op_cross_entropy(logits[label], sums.maximum, sums.sum);
        correct[sample] = best == label;
    }
    const float scale = 1.0f / (float)count;
    for (int i = lane; i < size; i += WARP) {
        const float one_hot = i == label ? 1.0f : 0.0f;
        if (dlogits)
            dlogits[first + i] = op_cross_entropy_gradient(p[i], one_hot, scale);
        if (dp)
            dp[first + i] = i == label ? -1.0f / (p[i] * (float)count) : 0.0f;
    }
}

__global__ void squared_error_kernel(const struct kernel_step *step, int size, const float *all_y,
                                     const int32_t *labels, const float *targets, float *dy, float *losses,
                                     int32_t *correct)
{
    const unsigned sample = softmax_sample(), count = step->count;
    if (sample >= count)
        return;
    const size_t first = (size_t)sample * size;
    const float *y = all_y + first;
    const int label = labels[sample], lane = (int)(threadIdx.x % WARP);
    const float scale = 2.0f / ((float)count * (float)size);
    float sum = 0.0f;
    for (int i = lane; i < size; i += WARP) {
        const float target =
            targets ? targets[first + i] : op_target_of_label(label, (size_t)size, (size_t)i);
        sum += op_squared_error(y[i], target);
        if (dy)
            dy[first + i] = op_squared_error_gradient(y[i], target, scale);
    }
    sum = warp_sum(sum);
    const bool right = is_correct_warp(y, size, label);
    if (lane == 0) {
        losses[sample] = sum / (float)size;
        correct[sample] = right;
    }
}

__global__ void binary_cross_entropy_kernel(const struct kernel_step *step, int size, const float *all_z,
                                            const int32_t *labels, const float *targets, float *all_y,
                                            float *dz, float *dy, float *losses, int32_t *correct)
{
    const unsigned sample = softmax_sample(), count = step->count;
    if (sample >= count)
        return;
    const size_t first = (size_t)sample * size;
    const float *z = all_z + first;
    float *y = all_y + first;
    const int label = labels[sample], lane = (int)(threadIdx.x % WARP);
    const float scale = 1.0f / ((float)count * (float)size);
    float sum = 0.0f;
    for (int i = lane; i < size; i += WARP) {
        const float target =
            targets ? targets[first + i] : op_target_of_label(label, (size_t)size, (size_t)i);
        y[i] = op_sigmoid(z[i]);
        sum += op_binary_cross_entropy(z[i], target);
        if (dz)
            dz[first + i] = op_binary_cross_entropy_gradient(y[i], target, scale);
        if (dy)
            dy[first + i] = op_binary_cross_entropy_output_gradient(z[i], target, scale);
    }
    sum = warp_sum(sum);
    __syncwarp();
    const bool right = is_correct_warp(y, size, label);
    if (lane == 0) {
        losses[sample] = sum / (float)size;
        correct[sample] = right;
    }
}

__global__ void __launch_bounds__(MEASURE_THREADS)
    measure_kernel(const struct kernel_step *step, const float *losses, const int32_t *correct,
                   const float *gradient, size_t parameters, const float *learning_rate,
                   struct kernel_metrics *ring, float *scratch)
{
    float squares = 0.0f;
    for (size_t i = (size_t)blockIdx.x * MEASURE_THREADS + threadIdx.x; i < parameters;
         i += (size_t)gridDim.x * MEASURE_THREADS)
        squares = fmaf(gradient[i], gradient[i], squares);
    measure_block(squares, step, losses, correct, learning_rate, ring, scratch);
}

dim3 sample_blocks(int most) { return dim3(ls_blocks((size_t)most, SOFTMAX_WARPS)); }

} // namespace

void kernel_softmax_cross_entropy(kernel_stream stream, const struct kernel_step *step, int most, int size,
                                  const float *logits, const int32_t *labels, float *p, float *dlogits,
                                  float *dp, float *losses, int32_t *correct)
{
    LS_LAUNCH(softmax_cross_entropy_kernel, sample_blocks(most), dim3(SOFTMAX_WARPS * WARP), 0, stream, step,
              size, logits, labels, p, dlogits, dp, losses, correct);
}

void kernel_squared_error(kernel_stream stream, const struct kernel_step *step, int most, int size,
                          const float *y, const int32_t *labels, const float *targets, float *dy,
                          float *losses, int32_t *correct)
{
    LS_LAUNCH(squared_error_kernel, sample_blocks(most), dim3(SOFTMAX_WARPS * WARP), 0, stream, step, size, y,
              labels, targets, dy, losses, correct);
}

void kernel_binary_cross_entropy(kernel_stream stream, const struct kernel_step *step, int most, int size,
                                 const float *z, const int32_t *labels, const float *targets, float *y,
                                 float *dz, float *dy, float *losses, int32_t *correct)
{
    LS_LAUNCH(binary_cross_entropy_kernel, sample_blocks(most), dim3(SOFTMAX_WARPS * WARP), 0, stream, step,
              size, z, labels, targets, y, dz, dy, losses, correct);
}

void kernel_measure(kernel_stream stream, const struct kernel_step *step, int most, const float *losses,
                    const int32_t *correct, const float *gradient, size_t parameters,
                    const float *learning_rate, struct kernel_metrics *ring, float *scratch)
{
    (void)most;
    LS_LAUNCH(measure_kernel, dim3(measure_blocks(gradient ? parameters : 0)), dim3(MEASURE_THREADS), 0,
              stream, step, losses, correct, gradient, gradient ? parameters : 0, learning_rate, ring,
              scratch);
}

size_t kernel_measure_scratch(size_t parameters) { return SCRATCH_COUNTERS + measure_blocks(parameters); }
