/* Shares out the memory of a batch. */
#include "compute/cuda/work.h"

#include <stdlib.h>

#include "base/memory.h"

void cuda_work_init(struct cuda_work *work, const struct cuda_plan *plan, int most)
{
    const size_t tensors = (size_t)plan->program->tensor_count;
    work->most = most;
    work->values = ls_calloc(tensors, sizeof *work->values);
    work->gradients = ls_calloc(tensors, sizeof *work->gradients);
    work->statistics = ls_calloc((size_t)plan->program->op_count, sizeof *work->statistics);
}

void cuda_work_deinit(struct cuda_work *work)
{
    free(work->values);
    free(work->gradients);
    free(work->statistics);
}

void cuda_work_carve(struct cuda_work *work, const struct cuda_plan *plan, struct carver *carver)
{
    const size_t outputs = cuda_plan_size(plan, cuda_plan_last(plan)->output), samples = (size_t)work->most;
    work->step = carve(carver, 1, sizeof *work->step);
    work->labels = carve(carver, samples, sizeof *work->labels);
    work->targets = carve(carver, samples * outputs, sizeof *work->targets);
    work->losses = carve(carver, samples, sizeof *work->losses);
    work->correct = carve(carver, samples, sizeof *work->correct);
    work->scratch = carve(carver, cuda_plan_scratch(plan, work->most), sizeof *work->scratch);
    work->part = carve(carver, samples * plan->part_size, sizeof *work->part);
    for (int i = 0; i < plan->program->op_count; i++)
        work->statistics[i] = carve(carver, cuda_plan_statistics(&plan->ops[i], work->most), sizeof(float));
}

void cuda_work_carve_tensors(const struct cuda_plan *plan, struct carver *carver, float **tensors, int most)
{
    for (int i = 0; i < plan->program->tensor_count; i++) {
        const int storage = plan->storage[i];
        tensors[i] = storage < i ? tensors[storage]
                                 : carve(carver, (size_t)most * cuda_plan_size(plan, i), sizeof(float));
    }
}
