/* The CPU backend: the calls of compute.h. */
#include "compute/cpu/cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/cpu/isa.h"

static struct cpu_compute *cpu_of(struct compute *compute) { return (struct cpu_compute *)compute; }

static void run_batch(struct cpu_job *job, struct batch_metrics *out)
{
    struct cpu_compute *cpu = job->cpu;
    const int lanes = cpu->kernels->lanes;
    job->groups = (job->batch->count + lanes - 1) / lanes;
    /* One group alone is not worth waking anyone. */
    job->threads = job->groups > 1 ? cpu->base.threads : 1;
    const enum optimizer_kind kind = cpu->optimizer.kind;
    if (job->update && (kind == OPTIMIZER_ADAM || kind == OPTIMIZER_ADAMW))
        job->adam = op_adam_step(&cpu->optimizer, job->update->learning_rate, job->update->step);
    job->adjusts = job->update && op_adjusts(&cpu->optimizer, cpu->base.program.penalty_count);
    if (job->adjusts && !cpu->adjusted)
        cpu->adjusted = ls_calloc_aligned(cpu->base.program.parameter_count + 1, sizeof *cpu->adjusted);
    cpu_pool_run(cpu->pool, job->threads, cpu_process_batch, job);
    job->slot->count = job->batch->count;
    job->slot->data = job->batch->data;
    job->slot->has_gradients = job->backward;
    job->slot->has_all_gradients = job->all_gradients;
    if (!out)
        return;
    *out = (struct batch_metrics){0};
    for (int group = 0; group < job->groups; group++) {
        out->loss += job->slot->group_loss[group];
        out->correct += job->slot->group_correct[group];
    }
    out->loss /= (double)job->batch->count;
    if (!job->backward)
        return;
    double squares = 0.0;
    for (int thread = 0; thread < job->threads; thread++)
        squares += cpu->threads[thread].squares;
    out->gradient_norm = sqrt(squares);
}

static void cpu_run(struct compute *compute, enum compute_slot slot, const struct compute_batch *batch,
                    bool backward, struct batch_metrics *out)
{
    struct cpu_compute *cpu = cpu_of(compute);
    struct cpu_job job = {.cpu = cpu,
                          .slot = &cpu->slots[slot],
                          .batch = batch,
                          .backward = backward,
                          .training = slot == COMPUTE_TRAIN && backward,
                          .all_gradients = backward};
    run_batch(&job, out);
}

static void cpu_step(struct compute *compute, const struct compute_batch *batch,
                     const struct compute_update *update, struct batch_metrics *out)
{
    struct cpu_compute *cpu = cpu_of(compute);
    struct cpu_job job = {.cpu = cpu,
                          .slot = &cpu->slots[COMPUTE_TRAIN],
                          .batch = batch,
                          .backward = true,
                          .training = true,
                          .all_gradients = compute->input_gradients,
                          .update = update};
    run_batch(&job, out);
}

struct evaluation {
    struct cpu_job job;
    float *outputs;
    double *loss; /* (groups of the whole set) */
    int *correct;
};

static void write_outputs(const struct evaluation *evaluation, int memory_group, int sample)
{
    const struct cpu_job *job = &evaluation->job;
    const int lanes = job->cpu->kernels->lanes;
    const int tensor = job->cpu->base.program.ops[job->cpu->base.program.op_count - 1].output;
    const size_t outputs = job->cpu->plan.tensors[tensor].count;
    const float *values = job->slot->values[tensor] + (size_t)memory_group * outputs * (size_t)lanes;
    const int used = cpu_group_samples(lanes, sample, job->batch->count);
    for (int n = 0; n < used; n++)
        for (size_t i = 0; i < outputs; i++)
            evaluation->outputs[(size_t)(sample + n) * outputs + i] = values[i * (size_t)lanes + (size_t)n];
}

/* Each thread goes through its share of the set in its own part of the slot's memory. */
static void process_evaluation(void *context, int thread)
{
    const struct evaluation *evaluation = context;
    const struct cpu_job *job = &evaluation->job;
    struct cpu_compute *cpu = job->cpu;
    const int lanes = cpu->kernels->lanes;
    const int room = job->slot->groups / job->threads, at_once = cpu->plan.groups_at_once;
    const int width = room < at_once ? room : at_once, home = thread * room;
    const int begin = (int)((long)job->groups * thread / job->threads);
    const int end = (int)((long)job->groups * (thread + 1) / job->threads);
    cpu_norms_from_running(job, &cpu->threads[thread]);
    for (int first = begin; first < end; first += width) {
        const int count = end - first < width ? end - first : width;
        const struct cpu_part part = {job, &cpu->threads[thread], home, home + count, first * lanes};
        cpu_forward(&part, CPU_INPUT, cpu->plan.program->op_count);
        for (int i = 0; i < count; i++) {
            evaluation->loss[first + i] = job->slot->group_loss[home + i];
            evaluation->correct[first + i] = job->slot->group_correct[home + i];
            if (evaluation->outputs)
                write_outputs(evaluation, home + i, (first + i) * lanes);
        }
    }
}

static void cpu_evaluate(struct compute *compute, const struct compute_batch *batch,
                         struct batch_metrics *out, float *outputs)
{
    struct cpu_compute *cpu = cpu_of(compute);
    struct slot_memory *slot = &cpu->slots[COMPUTE_TRAIN];
    struct evaluation evaluation = {.job = {.cpu = cpu, .slot = slot, .batch = batch}, .outputs = outputs};
    struct cpu_job *job = &evaluation.job;
    job->groups = (int)(((long)batch->count + cpu->kernels->lanes - 1) / cpu->kernels->lanes);
    job->threads = cpu->base.threads < slot->groups ? cpu->base.threads : slot->groups;
    evaluation.loss = ls_calloc((size_t)job->groups, sizeof *evaluation.loss);
    evaluation.correct = ls_calloc((size_t)job->groups, sizeof *evaluation.correct);
    cpu_pool_run(cpu->pool, job->threads, process_evaluation, &evaluation);
    slot->count = 0;
    slot->has_gradients = false;
    if (out) {
        *out = (struct batch_metrics){0};
        for (int group = 0; group < job->groups; group++) {
            out->loss += evaluation.loss[group];
            out->correct += evaluation.correct[group];
        }
        out->loss /= (double)batch->count;
    }
    free(evaluation.loss);
    free(evaluation.correct);
}

/* (groups, count, lanes) to (samples, count). */
static void copy_samples(const struct cpu_compute *cpu, const float *from, size_t count, int samples,
                         float *to)
{
    const size_t lanes = (size_t)cpu->kernels->lanes;
    for (size_t n = 0; n < (size_t)samples; n++) {
        const float *group = from + n / lanes * count * lanes + n % lanes;
        for (size_t i = 0; i < count; i++)
            to[n * count + i] = group[i * lanes];
    }
}

static void cpu_read_tensor(struct compute *compute, enum compute_slot slot, int tensor, float *values)
{
    const struct cpu_compute *cpu = cpu_of(compute);
    const struct slot_memory *memory = &cpu->slots[slot];
    copy_samples(cpu, memory->values[tensor], cpu->plan.tensors[tensor].count, memory->count, values);
}

/* The gradients of the cross-entropies go straight to the input of the softmax or the sigmoid; those of its
 * output are made only for those who ask. */
static void read_output_gradient(const struct cpu_compute *cpu, const struct slot_memory *memory,
                                 float *values)
{
    const struct program *program = &cpu->base.program;
    const struct op *last = &program->ops[program->op_count - 1];
    const float *targets = cpu->base.data[memory->data].targets;
    const size_t count = cpu->plan.tensors[last->output].count, lanes = (size_t)cpu->kernels->lanes;
    const bool binary = program->loss == LOSS_BINARY_CROSS_ENTROPY;
    const float scale = 1.0f / ((float)memory->count * (binary ? (float)count : 1.0f));
    for (size_t n = 0; n < (size_t)memory->count; n++)
        for (size_t i = 0; i < count; i++) {
            const size_t at = (n / lanes * count + i) * lanes + n % lanes;
            float target = memory->labels[n] == (int32_t)i ? 1.0f : 0.0f;
            if (binary && targets)
                target = targets[memory->numbers[n] * count + i];
            else if (binary && count == 1)
                target = (float)memory->labels[n];
            values[n * count + i] =
                binary
                    ? op_binary_cross_entropy_output_gradient(memory->values[last->input][at], target, scale)
                : target > 0.0f ? -scale / memory->values[last->output][at]
                                : 0.0f;
        }
}

static void make_deferred_gradient(const struct cpu_compute *cpu, const struct slot_memory *memory,
                                   int tensor)
{
    const struct op_plan *pool = &cpu->plan.ops[cpu->plan.tensors[tensor].deferred_pool];
    const int lanes = cpu->kernels->lanes, groups = (memory->count + lanes - 1) / lanes;
    const size_t in = shape_count(pool->in) * (size_t)lanes, out = shape_count(pool->out) * (size_t)lanes;
    for (size_t group = 0; group < (size_t)groups; group++)
        cpu->kernels->max_pool_gradient(&pool->pool, false, memory->values[tensor] + group * in,
                                        memory->values[pool->op->output] + group * out,
                                        memory->gradients[pool->op->output] + group * out,
                                        memory->gradients[tensor] + group * in);
}

static void cpu_read_tensor_gradient(struct compute *compute, enum compute_slot slot, int tensor,
                                     float *values)
{
    const struct cpu_compute *cpu = cpu_of(compute);
    const struct slot_memory *memory = &cpu->slots[slot];
    const struct program *program = &compute->program;
    LS_ASSERT(memory->has_gradients);
    if (program->loss != LOSS_MSE && tensor == program->ops[program->op_count - 1].output) {
        read_output_gradient(cpu, memory, values);
        return;
    }
    /* A training step leaves out what leads to no parameters; compute_run never does. */
    LS_ASSERT(memory->has_all_gradients || cpu->plan.tensors[tensor].trains);
    const int pool = cpu->plan.tensors[tensor].deferred_pool;
    if (pool >= 0 && cpu->plan.ops[pool].reaches_loss)
        make_deferred_gradient(cpu, memory, tensor);
    copy_samples(cpu, memory->gradients[tensor], cpu->plan.tensors[tensor].count, memory->count, values);
}

static void cpu_write_parameters(struct compute *compute, const float *parameters)
{
    memcpy(cpu_of(compute)->parameters, parameters, compute->program.parameter_count * sizeof *parameters);
}

static void cpu_read_parameters(struct compute *compute, float *parameters)
{
    memcpy(parameters, cpu_of(compute)->parameters, compute->program.parameter_count * sizeof *parameters);
}

static void cpu_write_buffers(struct compute *compute, const float *buffers)
{
    memcpy(cpu_of(compute)->buffers, buffers, compute->program.buffer_count * sizeof *buffers);
}

static void cpu_read_buffers(struct compute *compute, float *buffers)
{
    memcpy(buffers, cpu_of(compute)->buffers, compute->program.buffer_count * sizeof *buffers);
}

static float *state_of(struct compute *compute, enum compute_state state)
{
    const struct cpu_compute *cpu = cpu_of(compute);
    float *const states[STATE_COUNT] = {cpu->parameters, cpu->moment1, cpu->moment2, cpu->buffers};
    return states[state];
}

static void cpu_write_state(struct compute *compute, enum compute_state state, const void *values)
{
    memcpy(state_of(compute, state), values, compute_state_count(compute, state) * sizeof(float));
}

static void cpu_read_state(struct compute *compute, enum compute_state state, void *values)
{
    memcpy(values, state_of(compute, state), compute_state_count(compute, state) * sizeof(float));
}

static void cpu_read_parameter_gradients(struct compute *compute, enum compute_slot slot, float *gradients)
{
    memcpy(gradients, cpu_of(compute)->slots[slot].parameter_gradients,
           compute->program.parameter_count * sizeof *gradients);
}

static void cpu_bind_data(struct compute *compute, int handle, const struct compute_data *data)
{
    (void)compute;
    (void)handle;
    (void)data;
}

static void cpu_set_optimizer(struct compute *compute, const struct optimizer *optimizer)
{
    struct cpu_compute *cpu = cpu_of(compute);
    if (cpu->optimizer.kind != optimizer->kind) {
        memset(cpu->moment1, 0, compute->program.parameter_count * sizeof *cpu->moment1);
        memset(cpu->moment2, 0, compute->program.parameter_count * sizeof *cpu->moment2);
    }
    cpu->optimizer = *optimizer;
}

/* Every call has done its work when it returns. */
static void cpu_sync(struct compute *compute) { (void)compute; }

static void cpu_destroy(struct compute *compute)
{
    struct cpu_compute *cpu = cpu_of(compute);
    cpu_pool_destroy(cpu->pool);
    for (int slot = 0; slot < COMPUTE_SLOT_COUNT; slot++)
        slot_memory_deinit(&cpu->slots[slot], &cpu->plan);
    for (int thread = 0; thread < compute->threads; thread++)
        thread_memory_deinit(&cpu->threads[thread]);
    free(cpu->threads);
    free(cpu->parameters);
    free(cpu->moment1);
    free(cpu->moment2);
    free(cpu->buffers);
    free(cpu->adjusted);
    plan_deinit(&cpu->plan);
    free(cpu);
}

static const struct compute_ops cpu_ops = {
    .value_size = sizeof(float),
    .destroy = cpu_destroy,
    .write_parameters = cpu_write_parameters,
    .read_parameters = cpu_read_parameters,
    .write_buffers = cpu_write_buffers,
    .read_buffers = cpu_read_buffers,
    .write_state = cpu_write_state,
    .read_state = cpu_read_state,
    .read_parameter_gradients = cpu_read_parameter_gradients,
    .bind_data = cpu_bind_data,
    .run = cpu_run,
    .step = cpu_step,
    .evaluate = cpu_evaluate,
    .read_tensor = cpu_read_tensor,
    .read_tensor_gradient = cpu_read_tensor_gradient,
    .set_optimizer = cpu_set_optimizer,
    .sync = cpu_sync,
};

struct compute *cpu_create(const struct compute_desc *desc, struct error *err)
{
    const struct cpu_kernels *kernels = cpu_kernels_choose(err);
    if (!kernels)
        return NULL;
    const int threads = desc->threads < CPU_MAX_THREADS ? desc->threads : CPU_MAX_THREADS;
    struct cpu_pool *pool = cpu_pool_create(threads, desc->background, err);
    if (!pool)
        return NULL;
    struct cpu_compute *cpu = ls_calloc(1, sizeof *cpu);
    compute_base_init(&cpu->base, &cpu_ops, desc);
    cpu->base.threads = threads;
    cpu->kernels = kernels;
    cpu->pool = pool;
    cpu->optimizer = desc->optimizer;
    char model[80];
    cpu_model_name(model, sizeof model);
    snprintf(cpu->base.device_name, sizeof cpu->base.device_name, "%s, %d thread%s, %s", model, threads,
             threads == 1 ? "" : "s", kernels->name);
    plan_init(&cpu->plan, &cpu->base.program, kernels->lanes);
    for (int slot = 0; slot < COMPUTE_SLOT_COUNT; slot++)
        slot_memory_init(&cpu->slots[slot], &cpu->plan, kernels->lanes, cpu->base.slot_batch[slot],
                         slot == COMPUTE_TRAIN);
    cpu->threads = ls_calloc((size_t)threads, sizeof *cpu->threads);
    for (int thread = 0; thread < threads; thread++)
        thread_memory_init(&cpu->threads[thread], &cpu->plan, kernels->lanes);
    const size_t count = cpu->base.program.parameter_count + 1;
    cpu->parameters = ls_calloc_aligned(count, sizeof *cpu->parameters);
    cpu->moment1 = ls_calloc_aligned(count, sizeof *cpu->moment1);
    cpu->moment2 = ls_calloc_aligned(count, sizeof *cpu->moment2);
    cpu->buffers = ls_calloc_aligned(cpu->base.program.buffer_count + 1, sizeof *cpu->buffers);
    return &cpu->base;
}
