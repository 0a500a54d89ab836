/* The CUDA backend: the calls of compute.h. All of them enqueue on one stream; what they read comes back
 * through pinned memory when the stream is waited for. */
#include "compute/cuda/cuda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/cuda/carver.h"
#include "compute/cuda/device.h"
#include "compute/cuda/mirror.h"
#include "compute/program.h"

static struct cuda_compute *of(struct compute *compute) { return (struct cuda_compute *)compute; }

/* ---- failures ---- */

static bool fail(struct cuda_compute *cuda, const char *what, const char *text, const char *name)
{
    if (!cuda->problem[0])
        snprintf(cuda->problem, sizeof cuda->problem,
                 "the CUDA device no longer answers: %s failed: %s%s%s%s", what, text, name ? " (" : "",
                 name ? name : "", name ? ")" : "");
    return false;
}

bool cuda_check(struct cuda_compute *cuda, int error, const char *what)
{
    if (error == 0)
        return true;
    cuda->runtime->last_error(); /* nobody else is to find it */
    return fail(cuda, what, cuda->runtime->error_text(error), cuda->runtime->error_name(error));
}

bool cuda_check_launches(struct cuda_compute *cuda, const char *what)
{
    const char *text = kernel_last_error();
    return !text || fail(cuda, what, text, NULL);
}

bool cuda_enter(struct cuda_compute *cuda)
{
    return !cuda->problem[0] &&
           cuda_check(cuda, cuda->runtime->device_use(cuda->device), "choosing the device");
}

static const char *problem(const struct compute *compute)
{
    const struct cuda_compute *cuda = (const struct cuda_compute *)compute;
    return cuda->problem[0] ? cuda->problem : NULL;
}

/* ---- device memory ---- */

static void carve_slot(struct cuda_compute *cuda, struct carver *carver, struct cuda_slot *slot)
{
    struct cuda_work *work = &slot->work;
    const size_t samples = (size_t)work->most;
    cuda_work_carve(work, &cuda->plan, carver);
    work->parameters = cuda->parameters;
    work->buffers = cuda->buffers;
    cuda_work_carve_tensors(&cuda->plan, carver, work->values, work->most);
    cuda_work_carve_tensors(&cuda->plan, carver, work->gradients, work->most);
    work->parameter_gradients = carve(carver, cuda->base.program.parameter_count, sizeof(float));
    slot->indices = carve(carver, samples, sizeof *slot->indices);
    slot->ring = carve(carver, CUDA_EAGER_RING, sizeof *slot->ring);
}

static size_t carve_all(struct cuda_compute *cuda, void *block)
{
    struct carver carver = {.block = block};
    const size_t count = cuda->base.program.parameter_count;
    cuda->parameters = carve(&carver, count, sizeof(float));
    cuda->moment1 = carve(&carver, count, sizeof(float));
    cuda->moment2 = carve(&carver, count, sizeof(float));
    cuda->buffers = carve(&carver, cuda->base.program.buffer_count, sizeof(float));
    cuda->learning_rate = carve(&carver, 1, sizeof(float));
    cuda->penalties.count = cuda->base.program.penalty_count;
    cuda->penalties.ranges = carve(&carver, (size_t)cuda->penalties.count, sizeof *cuda->penalties.ranges);
    cuda->identity = carve(
        &carver, (size_t)cuda->base.slot_batch[COMPUTE_TRAIN] + (size_t)cuda->base.slot_batch[COMPUTE_PROBE],
        sizeof *cuda->identity);
    cuda->training.step = carve(&carver, 1, sizeof *cuda->training.step);
    cuda->training.learning_rates = carve(&carver, CUDA_RING, sizeof(float));
    cuda->training.ring = carve(&carver, CUDA_RING, sizeof *cuda->training.ring);
    for (int slot = 0; slot < COMPUTE_SLOT_COUNT; slot++)
        carve_slot(cuda, &carver, &cuda->slots[slot]);
    return carver.used;
}

static void send_identity(struct cuda_compute *cuda)
{
    const size_t count =
        (size_t)cuda->base.slot_batch[COMPUTE_TRAIN] + (size_t)cuda->base.slot_batch[COMPUTE_PROBE];
    uint32_t *identity = ls_calloc(count, sizeof *identity);
    for (size_t i = 0; i < count; i++)
        identity[i] = (uint32_t)i;
    cuda_upload(cuda, cuda->identity, identity, count * sizeof *identity);
    free(identity);
}

/* All zero at first: scratch, moments, and gradients of what never reaches the loss. */
static bool allocate(struct cuda_compute *cuda)
{
    for (int slot = 0; slot < COMPUTE_SLOT_COUNT; slot++)
        cuda_work_init(&cuda->slots[slot].work, &cuda->plan, cuda->base.slot_batch[slot]);
    const size_t bytes = carve_all(cuda, NULL);
    char what[64];
    snprintf(what, sizeof what, "allocating %zu MiB of device memory", (bytes >> 20) + 1);
    if (!cuda_check(cuda, cuda->runtime->memory_alloc(&cuda->memory, bytes), what) ||
        !cuda_check(cuda, cuda->runtime->fill(cuda->memory, 0, bytes, cuda->stream), "clearing memory"))
        return false;
    carve_all(cuda, cuda->memory);
    return true;
}

/* ---- batches that the host describes ---- */

static size_t parameter_bytes(const struct cuda_compute *cuda)
{
    return cuda->base.program.parameter_count * sizeof(float);
}

/* The batch's input into the slot; its metrics will be entry `ring`. */
static void begin_batch(struct cuda_compute *cuda, struct cuda_slot *slot, const struct compute_batch *batch,
                        const struct compute_update *update, uint32_t ring)
{
    struct kernel_step step = {.first = batch->first,
                               .count = (uint32_t)batch->count,
                               .ring = ring,
                               .seed = cuda->base.schedule.seed,
                               .draw = cuda->base.schedule.step};
    if (update) {
        step.step = update->step;
        step.adam = op_adam_step(&cuda->optimizer, update->learning_rate, update->step);
        step.deviation = (float)op_noise_deviation(&cuda->optimizer, update->step);
        step.clip = 1.0f;
    }
    cuda_upload(cuda, slot->work.step, &step, sizeof step);
    const bool resident = cuda->data[batch->data].resident;
    if (batch->indices && resident)
        cuda_upload(cuda, slot->indices, batch->indices, (size_t)batch->count * sizeof *batch->indices);
    cuda_data_gather(cuda, &slot->work, batch, NULL, batch->indices ? slot->indices : NULL);
}

static void propagate(struct cuda_compute *cuda, struct cuda_slot *slot, const struct compute_batch *batch,
                      enum cuda_gradients gradients, enum cuda_mode mode)
{
    cuda_propagate(&cuda->plan, &slot->work, cuda->stream, cuda->data[batch->data].float_targets, gradients,
                   mode);
}

static void measure(struct cuda_compute *cuda, const struct cuda_slot *slot, bool backward,
                    const float *learning_rate)
{
    const struct cuda_work *work = &slot->work;
    kernel_measure(cuda->stream, work->step, work->most, work->losses, work->correct,
                   backward ? work->parameter_gradients : NULL, cuda->base.program.parameter_count,
                   learning_rate, slot->ring, work->scratch);
}

static enum cuda_gradients gradients_of(const struct cuda_compute *cuda, enum compute_slot slot)
{
    return slot == COMPUTE_PROBE || cuda->base.input_gradients ? CUDA_GRADIENTS_ALL
                                                               : CUDA_GRADIENTS_BUT_INPUT;
}

static void run(struct compute *compute, enum compute_slot which, const struct compute_batch *batch,
                bool backward, struct batch_metrics *out)
{
    struct cuda_compute *cuda = of(compute);
    struct cuda_slot *slot = &cuda->slots[which];
    if (out)
        *out = (struct batch_metrics){0};
    slot->count = batch->count;
    if (!cuda_enter(cuda))
        return;
    begin_batch(cuda, slot, batch, NULL, 0);
    propagate(cuda, slot, batch, backward ? gradients_of(cuda, which) : CUDA_GRADIENTS_NONE,
              backward && which == COMPUTE_TRAIN ? CUDA_TRAINING : CUDA_EVALUATION);
    if (out) {
        measure(cuda, slot, backward, NULL);
        cuda_download_metrics(cuda, out, slot->ring, 0, 1);
    }
    cuda_check_launches(cuda, "running a batch");
}

static void step(struct compute *compute, const struct compute_batch *batch,
                 const struct compute_update *update, struct batch_metrics *out)
{
    struct cuda_compute *cuda = of(compute);
    struct cuda_slot *slot = &cuda->slots[COMPUTE_TRAIN];
    if (out)
        *out = (struct batch_metrics){0};
    slot->count = batch->count;
    if (!cuda_enter(cuda))
        return;
    begin_batch(cuda, slot, batch, update, 0);
    cuda_upload(cuda, cuda->learning_rate, &update->learning_rate, sizeof update->learning_rate);
    propagate(cuda, slot, batch, gradients_of(cuda, COMPUTE_TRAIN), CUDA_STEP);
    measure(cuda, slot, true, cuda->learning_rate);
    if (cuda->optimizer.clip_norm > 0.0f)
        kernel_clip(cuda->stream, slot->work.step, &cuda->optimizer, &cuda->penalties,
                    compute->program.parameter_count, slot->work.parameter_gradients, cuda->parameters,
                    slot->work.scratch);
    kernel_update(cuda->stream, slot->work.step, &cuda->optimizer, &cuda->penalties, cuda->learning_rate,
                  compute->program.parameter_count, slot->work.parameter_gradients, cuda->parameters,
                  cuda->moment1, cuda->moment2);
    if (out)
        cuda_download_metrics(cuda, out, slot->ring, 0, 1);
    cuda_check_launches(cuda, "a training step");
}

static void train(struct compute *compute, int steps, const float *learning_rates, struct batch_metrics *out)
{
    struct cuda_compute *cuda = of(compute);
    if (cuda_enter(cuda))
        cuda_training_run(cuda, steps, learning_rates, out);
    else if (out)
        memset(out, 0, (size_t)steps * sizeof *out);
}

/* Batch after batch in the training slot's memory; means of up to CUDA_EAGER_RING of them come back
 * together. */
static void evaluate(struct compute *compute, const struct compute_batch *batch, struct batch_metrics *out,
                     float *outputs)
{
    struct cuda_compute *cuda = of(compute);
    struct cuda_slot *slot = &cuda->slots[COMPUTE_TRAIN];
    const int output = cuda_plan_last(&cuda->plan)->output, most = slot->work.most;
    const size_t width = cuda_plan_size(&cuda->plan, output);
    if (out)
        *out = (struct batch_metrics){0};
    uint32_t entries = 0;
    bool is_first = true;
    int done = 0;
    while (done < batch->count && cuda_enter(cuda)) {
        struct compute_batch part = *batch;
        part.count = batch->count - done < most ? batch->count - done : most;
        part.indices = batch->indices ? batch->indices + done : NULL;
        part.first = batch->first + (uint32_t)done;
        begin_batch(cuda, slot, &part, NULL, entries);
        propagate(cuda, slot, &part, CUDA_GRADIENTS_NONE, CUDA_EVALUATION);
        measure(cuda, slot, false, NULL);
        if (outputs)
            cuda_download(cuda, outputs + (size_t)done * width, slot->work.values[output],
                          (size_t)part.count * width * sizeof *outputs);
        done += part.count;
        if (++entries < CUDA_EAGER_RING && done < batch->count)
            continue;
        if (out)
            cuda_download_mean(cuda, out, slot->ring, (int)entries, batch->count, is_first);
        entries = 0;
        is_first = false;
    }
    /* What a lost device was not even asked for. */
    if (outputs)
        memset(outputs + (size_t)done * width, 0, (size_t)(batch->count - done) * width * sizeof *outputs);
    slot->count = 0;
    cuda_check_launches(cuda, "an evaluation");
}

/* ---- numbers in and out ---- */

static void write_parameters(struct compute *compute, const float *parameters)
{
    struct cuda_compute *cuda = of(compute);
    if (cuda_enter(cuda))
        cuda_upload(cuda, cuda->parameters, parameters, parameter_bytes(cuda));
}

/* Nothing comes from a lost device. */
static void read(struct cuda_compute *cuda, float *to, const float *from, size_t bytes)
{
    if (cuda_enter(cuda))
        cuda_download(cuda, to, from, bytes);
    else
        memset(to, 0, bytes);
}

static void read_parameters(struct compute *compute, float *parameters)
{
    struct cuda_compute *cuda = of(compute);
    read(cuda, parameters, cuda->parameters, parameter_bytes(cuda));
}

static void write_buffers(struct compute *compute, const float *buffers)
{
    struct cuda_compute *cuda = of(compute);
    if (cuda_enter(cuda))
        cuda_upload(cuda, cuda->buffers, buffers, compute->program.buffer_count * sizeof *buffers);
}

static void read_buffers(struct compute *compute, float *buffers)
{
    struct cuda_compute *cuda = of(compute);
    read(cuda, buffers, cuda->buffers, compute->program.buffer_count * sizeof *buffers);
}

static float *state_of(struct cuda_compute *cuda, enum compute_state state)
{
    float *const states[STATE_COUNT] = {cuda->parameters, cuda->moment1, cuda->moment2, cuda->buffers};
    return states[state];
}

static void write_state(struct compute *compute, enum compute_state state, const void *values)
{
    struct cuda_compute *cuda = of(compute);
    if (cuda_enter(cuda))
        cuda_upload(cuda, state_of(cuda, state), values, compute_state_count(compute, state) * sizeof(float));
}

static void read_state(struct compute *compute, enum compute_state state, void *values)
{
    struct cuda_compute *cuda = of(compute);
    read(cuda, values, state_of(cuda, state), compute_state_count(compute, state) * sizeof(float));
}

static void read_parameter_gradients(struct compute *compute, enum compute_slot slot, float *gradients)
{
    struct cuda_compute *cuda = of(compute);
    read(cuda, gradients, cuda->slots[slot].work.parameter_gradients, parameter_bytes(cuda));
}

static size_t tensor_bytes(const struct cuda_compute *cuda, const struct cuda_slot *slot, int tensor)
{
    return (size_t)slot->count * cuda_plan_size(&cuda->plan, tensor) * sizeof(float);
}

static void read_tensor(struct compute *compute, enum compute_slot which, int tensor, float *values)
{
    struct cuda_compute *cuda = of(compute);
    const struct cuda_slot *slot = &cuda->slots[which];
    read(cuda, values, slot->work.values[tensor], tensor_bytes(cuda, slot, tensor));
}

static void read_tensor_gradient(struct compute *compute, enum compute_slot which, int tensor, float *values)
{
    struct cuda_compute *cuda = of(compute);
    const struct cuda_slot *slot = &cuda->slots[which];
    read(cuda, values, slot->work.gradients[tensor], tensor_bytes(cuda, slot, tensor));
}

static void bind_data(struct compute *compute, int handle, const struct compute_data *data)
{
    struct cuda_compute *cuda = of(compute);
    if (cuda_enter(cuda))
        cuda_data_bind(cuda, handle, data);
}

static void set_schedule(struct compute *compute)
{
    struct cuda_compute *cuda = of(compute);
    if (cuda_enter(cuda))
        cuda_training_changed(cuda);
}

static void set_optimizer(struct compute *compute, const struct optimizer *optimizer)
{
    struct cuda_compute *cuda = of(compute);
    if (!cuda_enter(cuda))
        return;
    const bool other_kind = optimizer->kind != cuda->optimizer.kind;
    cuda->optimizer = *optimizer;
    cuda_training_changed(cuda);
    cuda->training.warm = false; /* it may use other kernels */
    if (other_kind && parameter_bytes(cuda) > 0) {
        cuda_check(cuda, cuda->runtime->fill(cuda->moment1, 0, parameter_bytes(cuda), cuda->stream),
                   "clearing memory");
        cuda_check(cuda, cuda->runtime->fill(cuda->moment2, 0, parameter_bytes(cuda), cuda->stream),
                   "clearing memory");
    }
}

static void sync(struct compute *compute)
{
    struct cuda_compute *cuda = of(compute);
    cuda_enter(cuda);
    cuda_drain(cuda);
}

static void destroy(struct compute *compute)
{
    struct cuda_compute *cuda = of(compute);
    const struct cuda_runtime *runtime = cuda->runtime;
    runtime->device_use(cuda->device);
    cuda->staging.delivery_count = 0; /* nobody asked for it by a sync */
    if (cuda->stream)
        runtime->stream_wait(cuda->stream);
    cuda_training_deinit(cuda);
    cuda_products_deinit(cuda);
    cuda_data_deinit(cuda);
    cuda_staging_deinit(cuda);
    if (cuda->memory)
        runtime->memory_free(cuda->memory);
    if (cuda->stream)
        runtime->stream_destroy(cuda->stream);
    runtime->last_error(); /* of a lost device's calls */
    for (int slot = 0; slot < COMPUTE_SLOT_COUNT; slot++)
        cuda_work_deinit(&cuda->slots[slot].work);
    cuda_plan_deinit(&cuda->plan);
    free(cuda);
}

static const struct compute_ops cuda_ops = {
    .value_size = sizeof(float),
    .destroy = destroy,
    .write_parameters = write_parameters,
    .read_parameters = read_parameters,
    .write_buffers = write_buffers,
    .read_buffers = read_buffers,
    .write_state = write_state,
    .read_state = read_state,
    .read_parameter_gradients = read_parameter_gradients,
    .bind_data = bind_data,
    .run = run,
    .step = step,
    .train = train,
    .set_schedule = set_schedule,
    .evaluate = evaluate,
    .read_tensor = read_tensor,
    .read_tensor_gradient = read_tensor_gradient,
    .set_optimizer = set_optimizer,
    .sync = sync,
    .problem = problem,
    .mirror_create = cuda_mirror_create,
};

/* Everything that can fail at the start. */
static bool start(struct cuda_compute *cuda)
{
    if (!cuda_plan_check(&cuda->plan, cuda->base.slot_batch[COMPUTE_TRAIN], cuda->problem,
                         sizeof cuda->problem) ||
        !cuda_enter(cuda) ||
        !cuda_check(cuda, cuda->runtime->stream_create(&cuda->stream, false), "making a stream") ||
        !cuda_staging_init(cuda) || !allocate(cuda))
        return false;
    cuda_training_init(cuda);
    cuda_data_init(cuda);
    send_identity(cuda);
    if (cuda->penalties.count > 0)
        cuda_upload(cuda, (void *)cuda->penalties.ranges, cuda->base.program.penalties,
                    (size_t)cuda->penalties.count * sizeof *cuda->penalties.ranges);
    cuda_drain(cuda);
    return !cuda->problem[0];
}

struct compute *cuda_create(const struct compute_desc *desc, struct error *err)
{
    struct cuda_status status;
    cuda_query_device(cuda_runtime(), desc->device, &status);
    if (status.problem[0]) {
        error_set(err, "backend cuda: %s; use --backend cpu", status.problem);
        return NULL;
    }
    struct cuda_compute *cuda = ls_calloc(1, sizeof *cuda);
    cuda->runtime = cuda_runtime();
    cuda->device = desc->device;
    cuda->optimizer = desc->optimizer;
    compute_base_init(&cuda->base, &cuda_ops, desc);
    cuda->base.threads = 1;
    snprintf(cuda->base.device_name, sizeof cuda->base.device_name, "%.96s, CUDA %d.%d",
             status.devices[cuda->device].name, status.runtime_version / 1000,
             status.runtime_version % 1000 / 10);
    cuda_plan_init(&cuda->plan, &cuda->base.program);
    if (start(cuda))
        return &cuda->base;
    error_set(err, "backend cuda, %s: %s; use --backend cpu", status.devices[cuda->device].name,
              cuda->problem);
    struct program program = cuda->base.program;
    uint32_t *indices = cuda->base.indices;
    destroy(&cuda->base);
    program_deinit(&program);
    free(indices);
    return NULL;
}
