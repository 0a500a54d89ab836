/* Parameter gradients and the optimizer. Each thread owns fixed parts of every parameter tensor, by the
 * number of threads alone, so that results do not depend on who comes first. */
#include "compute/cpu/cpu.h"

void cpu_optimize(const struct cpu_job *job, const float *gradient, size_t offset, size_t count)
{
    struct cpu_compute *cpu = job->cpu;
    const struct cpu_kernels *kernels = cpu->kernels;
    const struct optimizer *optimizer = &cpu->optimizer;
    float *w = cpu->parameters + offset, *moment1 = cpu->moment1 + offset, *moment2 = cpu->moment2 + offset;
    const float learning_rate = job->update->learning_rate;
    switch (optimizer->kind) {
    case OPTIMIZER_SGD:
        kernels->sgd(w, gradient, count, learning_rate, optimizer);
        break;
    case OPTIMIZER_MOMENTUM:
        kernels->momentum(w, moment1, gradient, count, learning_rate, optimizer);
        break;
    case OPTIMIZER_NESTEROV:
        kernels->nesterov(w, moment1, gradient, count, learning_rate, optimizer);
        break;
    case OPTIMIZER_RMSPROP:
        kernels->rmsprop(w, moment1, gradient, count, learning_rate, optimizer);
        break;
    case OPTIMIZER_ADAM:
    case OPTIMIZER_ADAMW:
        kernels->adam(w, moment1, moment2, gradient, count, &job->adam);
        break;
    }
}

/* The parameters from `offset` on have their gradients; moves them. In pieces that stay in the
 * first-level cache between the two passes. */
static void finish(const struct cpu_job *job, struct thread_memory *memory, size_t offset, size_t count)
{
    enum { PIECE = 2048 };
    for (size_t done = 0; done < count; done += PIECE) {
        const size_t piece = count - done < PIECE ? count - done : PIECE;
        const float *gradient = job->slot->parameter_gradients + offset + done;
        memory->squares += job->cpu->kernels->sum_of_squares(gradient, piece);
        if (job->update && !job->adjusts)
            cpu_optimize(job, gradient, offset + done, piece);
    }
}

static void update_dense(const struct cpu_job *job, struct thread_memory *memory, int number, int thread)
{
    const struct plan *plan = &job->cpu->plan;
    const struct op_plan *op = &plan->ops[number];
    const struct tensor_plan *in = &plan->tensors[op->op->input];
    const int outputs = op->dense.outputs;
    const int first = outputs * thread / job->threads, last = outputs * (thread + 1) / job->threads;
    if (first == last)
        return;
    float *gradients = job->slot->parameter_gradients;
    float *bias = op->op->has_bias ? gradients + op->op->bias_offset : NULL;
    job->cpu->kernels->dense_weight_gradient(
        &op->dense, cpu_dense_slopes(job->slot, plan, number), job->slot->rows[op->op->input], in->row_stride,
        job->batch->count, first, last, gradients + op->op->weight_offset, bias);
    const size_t inputs = (size_t)op->dense.inputs;
    finish(job, memory, op->op->weight_offset + (size_t)first * inputs, (size_t)(last - first) * inputs);
    if (bias)
        finish(job, memory, op->op->bias_offset + (size_t)first, (size_t)(last - first));
}

static void sum_over_threads(const struct cpu_job *job, float *gradient, size_t offset,
                             struct cpu_range range)
{
    for (size_t i = range.first; i < range.last; i++) {
        float sum = job->cpu->threads[0].sums[offset + i];
        for (int t = 1; t < job->threads; t++)
            sum += job->cpu->threads[t].sums[offset + i];
        gradient[i] = sum;
    }
}

static void update_summed(const struct cpu_job *job, struct thread_memory *memory, const struct op_plan *op,
                          int thread)
{
    float *gradients = job->slot->parameter_gradients;
    const struct cpu_range weights = cpu_share(op->weight_count, thread, job->threads);
    sum_over_threads(job, gradients + op->op->weight_offset, op->sum_offset, weights);
    finish(job, memory, op->op->weight_offset + weights.first, weights.last - weights.first);
    const struct cpu_range biases = cpu_share(op->bias_count, thread, job->threads);
    sum_over_threads(job, gradients + op->op->bias_offset, op->sum_offset + op->weight_count, biases);
    finish(job, memory, op->op->bias_offset + biases.first, biases.last - biases.first);
}

void cpu_update(const struct cpu_job *job, int thread)
{
    struct thread_memory *memory = &job->cpu->threads[thread];
    memory->squares = 0.0;
    for (int i = 0; i < job->cpu->plan.program->op_count; i++) {
        const struct op_plan *op = &job->cpu->plan.ops[i];
        if (!op->reaches_loss)
            continue;
        if (op->op->kind == OP_DENSE)
            update_dense(job, memory, i, thread);
        else if (op->weight_count + op->bias_count > 0)
            update_summed(job, memory, op, thread);
    }
    if (job->adjusts)
        cpu_adjust(job, thread);
}
