/* From one batch to the next; used by batch.cu and optimizer.cu. */
#ifndef LS_KERNELS_ADVANCE_CUH
#define LS_KERNELS_ADVANCE_CUH

#include "kernels/kernels.h"
#include "launch.h"

/* All but the factors. */
__device__ inline void advance_batch(struct kernel_step *step, const struct kernel_schedule &schedule)
{
    step->step++;
    step->draw++;
    step->first += step->count;
    if (step->first >= schedule.samples) {
        step->first = 0;
        step->epoch++;
    }
    const uint32_t left = schedule.samples - step->first;
    step->count = left < schedule.batch ? left : schedule.batch;
    step->ring = step->ring + 1 < schedule.ring_entries ? step->ring + 1 : 0;
}

/* Those of the step that `step` stands at. */
__device__ inline void set_factors(struct kernel_step *step, const struct kernel_schedule &schedule)
{
    step->adam = op_adam_step(&schedule.optimizer, schedule.learning_rates[step->ring], step->step);
    step->deviation = (float)op_noise_deviation(&schedule.optimizer, step->step);
    step->clip = 1.0f;
}

#endif
