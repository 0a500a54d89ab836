/* Allocates and frees work memory. */
#include "compute/cpu/memory.h"

#include <stdlib.h>

#include "base/memory.h"

static float *floats(size_t count) { return ls_calloc_aligned(count ? count : 1, sizeof(float)); }

void slot_memory_init(struct slot_memory *slot, const struct plan *plan, int lanes, int batch, bool trains)
{
    const struct program *program = plan->program;
    const size_t tensors = (size_t)program->tensor_count;
    const size_t samples = (size_t)((batch + lanes - 1) / lanes) * (size_t)lanes;
    *slot = (struct slot_memory){.groups = (int)samples / lanes};
    slot->values = ls_calloc(tensors, sizeof *slot->values);
    slot->gradients = ls_calloc(tensors, sizeof *slot->gradients);
    slot->rows = ls_calloc(tensors, sizeof *slot->rows);
    slot->slopes = ls_calloc((size_t)program->op_count, sizeof *slot->slopes);
    slot->factors = ls_calloc((size_t)program->op_count, sizeof *slot->factors);
    slot->statistics = ls_calloc((size_t)program->op_count, sizeof *slot->statistics);
    for (size_t i = 0; i < tensors; i++) {
        const struct tensor_plan *tensor = &plan->tensors[i];
        if (tensor->storage == (int)i) {
            slot->values[i] = floats(samples * tensor->count);
            slot->gradients[i] = floats(samples * tensor->count);
            slot->rows[i] = tensor->has_rows ? floats(samples * tensor->row_stride) : NULL;
        } else {
            slot->values[i] = slot->values[tensor->storage];
            slot->gradients[i] = slot->gradients[tensor->storage];
            slot->rows[i] = slot->rows[tensor->storage];
        }
    }
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        if (op->kind == OP_DENSE && op->activation != ACTIVATION_LINEAR)
            slot->slopes[i] = floats(samples * plan->tensors[op->output].count);
        if (op->kind == OP_DROPOUT && trains)
            slot->factors[i] = floats(samples * plan->tensors[op->output].count);
        if (op->kind == OP_LAYER_NORM)
            slot->statistics[i] = floats(samples * 2 * plan->ops[i].norm.places);
    }
    const size_t norms = (size_t)slot->groups * plan->norm_count;
    slot->norm_moments = ls_calloc(norms, sizeof *slot->norm_moments);
    slot->norm_sums = ls_calloc(norms, sizeof *slot->norm_sums);
    slot->parameter_gradients = floats(program->parameter_count);
    slot->group_loss = ls_calloc((size_t)slot->groups, sizeof *slot->group_loss);
    slot->group_correct = ls_calloc((size_t)slot->groups, sizeof *slot->group_correct);
    slot->labels = ls_calloc(samples, sizeof *slot->labels);
    slot->numbers = ls_calloc(samples, sizeof *slot->numbers);
}

void slot_memory_deinit(struct slot_memory *slot, const struct plan *plan)
{
    for (int i = 0; i < plan->program->tensor_count; i++) {
        if (plan->tensors[i].storage != i)
            continue;
        free(slot->values[i]);
        free(slot->gradients[i]);
        free(slot->rows[i]);
    }
    for (int i = 0; i < plan->program->op_count; i++) {
        free(slot->slopes[i]);
        free(slot->factors[i]);
        free(slot->statistics[i]);
    }
    free(slot->values);
    free(slot->gradients);
    free(slot->rows);
    free(slot->slopes);
    free(slot->factors);
    free(slot->statistics);
    free(slot->norm_moments);
    free(slot->norm_sums);
    free(slot->parameter_gradients);
    free(slot->group_loss);
    free(slot->group_correct);
    free(slot->labels);
    free(slot->numbers);
}

void thread_memory_init(struct thread_memory *memory, const struct plan *plan, int lanes)
{
    const size_t width = (size_t)lanes;
    *memory = (struct thread_memory){
        .padded = floats(plan->padded_count * width),
        .padded_gradient = floats(plan->padded_count * width),
        .slopes = floats(plan->slope_count * width),
        .part = floats(plan->largest_count * width * (size_t)plan->groups_at_once),
        .sums = floats(plan->sum_count),
        .norms = ls_calloc(plan->norm_count, sizeof *memory->norms),
    };
}

void thread_memory_deinit(struct thread_memory *memory)
{
    free(memory->padded);
    free(memory->padded_gradient);
    free(memory->slopes);
    free(memory->part);
    free(memory->sums);
    free(memory->norms);
}
