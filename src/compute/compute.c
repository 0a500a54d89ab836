/* Chooses a backend, the only place that does, and checks every call before it reaches one. */
#include "compute/compute.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "compute/backend.h"
#include "compute/cuda/device.h"
#include "compute/program.h"

static const char *const backend_names[] = {"reference", "cpu", "cuda", "auto"};

bool compute_backend_available(enum backend_kind backend)
{
    struct cuda_status status;
    if (backend != BACKEND_CUDA)
        return true;
    cuda_query_device(cuda_runtime(), 0, &status);
    return !status.problem[0];
}

enum backend_kind compute_choose_backend(enum backend_kind wanted, int device)
{
    struct cuda_status status;
    if (wanted != BACKEND_AUTO)
        return wanted;
    cuda_query_device(cuda_runtime(), device, &status);
    if (!status.problem[0])
        return BACKEND_CUDA;
    if (status.toolkit)
        log_info("training on the CPU: %s", status.problem);
    return BACKEND_CPU;
}

int compute_gl_device(void)
{
    enum { MOST = 16 };
    int devices[MOST];
    unsigned count = 0;
    struct cuda_status status;
    cuda_query(cuda_runtime(), &status);
    if (status.device_count == 0)
        return 0;
    const int error = cuda_runtime()->gl_devices(&count, devices, MOST);
    if (error)
        cuda_runtime()->last_error();
    /* Of very many devices only the first are known here. */
    return error || count == 0 || devices[0] >= status.device_count ? 0 : devices[0];
}

const char *compute_backend_name(enum backend_kind backend) { return backend_names[backend]; }

bool compute_backend_from_name(const char *name, enum backend_kind *backend)
{
    for (int i = 0; i < (int)(sizeof backend_names / sizeof *backend_names); i++) {
        if (strcmp(name, backend_names[i]) == 0) {
            *backend = (enum backend_kind)i;
            return true;
        }
    }
    return false;
}

int compute_core_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return CPU_COUNT(&set);
}

static struct compute *create(const struct compute_desc *complete, struct error *err)
{
    switch (complete->backend) {
    case BACKEND_REFERENCE:
        return reference_create(complete, err);
    case BACKEND_CPU:
        return cpu_create(complete, err);
    case BACKEND_CUDA:
        return cuda_create(complete, err);
    case BACKEND_AUTO:
        break;
    }
    LS_ASSERT(!"a backend is chosen before it is made");
    return NULL;
}

struct compute *compute_create(const struct compute_desc *desc, struct error *err)
{
    LS_ASSERT(desc->program && desc->max_batch > 0 && desc->probe_batch >= 0 && desc->threads >= 0);
    program_check(desc->program);
    struct compute_desc complete = *desc;
    if (complete.probe_batch == 0)
        complete.probe_batch = 1;
    if (complete.threads == 0)
        complete.threads = compute_core_count();
    struct compute *compute = create(&complete, err);
    if (compute && desc->program->buffer_count > 0) {
        float *buffers = ls_calloc(desc->program->buffer_count, sizeof *buffers);
        program_initial_buffers(desc->program, buffers);
        compute->ops->write_buffers(compute, buffers);
        free(buffers);
    }
    return compute;
}

void compute_base_init(struct compute *base, const struct compute_ops *ops, const struct compute_desc *desc)
{
    base->ops = ops;
    base->backend = desc->backend;
    base->threads = desc->threads;
    base->program = program_copy(desc->program);
    base->slot_batch[COMPUTE_TRAIN] = desc->max_batch;
    base->slot_batch[COMPUTE_PROBE] = desc->probe_batch;
    base->input_gradients = desc->input_gradients;
    base->indices = ls_calloc((size_t)desc->max_batch, sizeof *base->indices);
    base->shuffle_epoch = UINT64_MAX;
}

void compute_base_deinit(struct compute *base)
{
    program_deinit(&base->program);
    free(base->indices);
}

void compute_destroy(struct compute *compute)
{
    if (!compute)
        return;
    struct program program = compute->program;
    uint32_t *indices = compute->indices;
    compute->ops->destroy(compute);
    program_deinit(&program);
    free(indices);
}

enum backend_kind compute_backend(const struct compute *compute) { return compute->backend; }
const char *compute_device_name(const struct compute *compute) { return compute->device_name; }
int compute_threads(const struct compute *compute) { return compute->threads; }

static size_t output_count(const struct program *program)
{
    return shape_count(program->tensors[program->ops[program->op_count - 1].output]);
}

int compute_bind_data(struct compute *compute, const struct compute_data *data)
{
    LS_ASSERT(compute->data_count < COMPUTE_MAX_DATA);
    LS_ASSERT(data->count > 0 && (data->bytes != NULL) != (data->values != NULL));
    const bool one_hot = compute->program.loss == LOSS_CROSS_ENTROPY;
    LS_ASSERT(data->labels || (data->targets && !one_hot));
    const size_t outputs = output_count(&compute->program);
    const size_t classes = outputs == 1 && !one_hot ? 2 : outputs;
    if (data->labels)
        for (uint32_t i = 0; i < data->count; i++)
            LS_ASSERT(data->labels[i] >= 0 && (size_t)data->labels[i] < classes);
    const int handle = compute->data_count++;
    compute->data[handle] = *data;
    compute->ops->bind_data(compute, handle, data);
    return handle;
}

static void check_batch(const struct compute *compute, const struct compute_batch *batch)
{
    LS_ASSERT(batch->data >= 0 && batch->data < compute->data_count && batch->count > 0);
    const uint32_t available = compute->data[batch->data].count;
    for (int i = 0; i < batch->count; i++)
        LS_ASSERT(compute_batch_sample(batch, i) < available);
}

static void check_slot(const struct compute *compute, enum compute_slot slot, int count)
{
    LS_ASSERT(slot >= 0 && slot < COMPUTE_SLOT_COUNT);
    LS_ASSERT(count <= compute->slot_batch[slot]);
}

static void check_tensor(const struct compute *compute, enum compute_slot slot, int tensor)
{
    check_slot(compute, slot, 0);
    LS_ASSERT(tensor >= 0 && tensor < compute->program.tensor_count);
}

void compute_write_parameters(struct compute *compute, const float *parameters)
{
    compute->ops->write_parameters(compute, parameters);
}

void compute_read_parameters(struct compute *compute, float *parameters)
{
    compute->ops->read_parameters(compute, parameters);
}

void compute_write_buffers(struct compute *compute, const float *buffers)
{
    if (compute->program.buffer_count > 0)
        compute->ops->write_buffers(compute, buffers);
}

void compute_read_buffers(struct compute *compute, float *buffers)
{
    if (compute->program.buffer_count > 0)
        compute->ops->read_buffers(compute, buffers);
}

size_t compute_state_count(const struct compute *compute, enum compute_state state)
{
    return state == STATE_BUFFERS ? compute->program.buffer_count : compute->program.parameter_count;
}

void compute_write_state(struct compute *compute, enum compute_state state, const void *values)
{
    LS_ASSERT(state >= 0 && state < STATE_COUNT);
    if (compute_state_count(compute, state) > 0)
        compute->ops->write_state(compute, state, values);
}

void compute_read_state(struct compute *compute, enum compute_state state, void *values)
{
    LS_ASSERT(state >= 0 && state < STATE_COUNT);
    if (compute_state_count(compute, state) > 0)
        compute->ops->read_state(compute, state, values);
}

size_t compute_value_size(const struct compute *compute) { return compute->ops->value_size; }

void compute_read_parameter_gradients(struct compute *compute, enum compute_slot slot, float *gradients)
{
    check_slot(compute, slot, 0);
    compute->ops->read_parameter_gradients(compute, slot, gradients);
}

void compute_run(struct compute *compute, enum compute_slot slot, const struct compute_batch *batch,
                 bool backward, struct batch_metrics *out)
{
    check_batch(compute, batch);
    check_slot(compute, slot, batch->count);
    compute->ops->run(compute, slot, batch, backward, out);
}

void compute_step(struct compute *compute, const struct compute_batch *batch,
                  const struct compute_update *update, struct batch_metrics *out)
{
    check_batch(compute, batch);
    check_slot(compute, COMPUTE_TRAIN, batch->count);
    LS_ASSERT(update->step > 0);
    compute->ops->step(compute, batch, update, out);
}

uint64_t compute_steps_per_epoch(const struct compute_schedule *schedule, uint32_t samples)
{
    const uint32_t batch = (uint32_t)schedule->batch;
    return samples / batch + (samples % batch != 0);
}

int compute_batch_count(const struct compute_schedule *schedule, uint32_t samples, uint64_t step)
{
    const uint64_t first = step % compute_steps_per_epoch(schedule, samples) * (uint64_t)schedule->batch;
    return samples - first < (uint64_t)schedule->batch ? (int)(samples - first) : schedule->batch;
}

void compute_set_schedule(struct compute *compute, const struct compute_schedule *schedule)
{
    LS_ASSERT(schedule->data >= 0 && schedule->data < compute->data_count && schedule->batch > 0);
    check_slot(compute, COMPUTE_TRAIN, schedule->batch);
    compute->schedule = *schedule;
    compute->shuffle_epoch = UINT64_MAX;
    if (compute->ops->set_schedule)
        compute->ops->set_schedule(compute);
}

int compute_next_batch(struct compute *compute, uint32_t *indices)
{
    const struct compute_schedule *schedule = &compute->schedule;
    LS_ASSERT(schedule->batch > 0);
    const uint32_t samples = compute->data[schedule->data].count;
    const uint64_t per_epoch = compute_steps_per_epoch(schedule, samples), epoch = schedule->step / per_epoch;
    if (compute->shuffle_epoch != epoch) {
        compute->shuffle = rng_shuffle_init(schedule->seed, (uint32_t)epoch, samples);
        compute->shuffle_epoch = epoch;
    }
    const uint32_t first = (uint32_t)(schedule->step % per_epoch) * (uint32_t)schedule->batch;
    const int count = compute_batch_count(schedule, samples, schedule->step);
    for (int i = 0; i < count; i++)
        indices[i] = rng_permute(&compute->shuffle, first + (uint32_t)i);
    return count;
}

void compute_train(struct compute *compute, int steps, const float *learning_rates, struct batch_metrics *out)
{
    LS_ASSERT(steps >= 0 && compute->schedule.batch > 0);
    struct compute_schedule *schedule = &compute->schedule;
    if (compute->ops->train) {
        if (steps > 0)
            compute->ops->train(compute, steps, learning_rates, out);
        schedule->step += (uint64_t)steps;
        schedule->update += (uint64_t)steps;
        return;
    }
    for (int i = 0; i < steps; i++) {
        const struct compute_batch batch = {.data = schedule->data,
                                            .indices = compute->indices,
                                            .count = compute_next_batch(compute, compute->indices)};
        const struct compute_update update = {learning_rates[i], ++schedule->update};
        compute->ops->step(compute, &batch, &update, out ? &out[i] : NULL);
        schedule->step++;
    }
}

void compute_evaluate(struct compute *compute, const struct compute_batch *batch, struct batch_metrics *out,
                      float *outputs)
{
    check_batch(compute, batch);
    compute->ops->evaluate(compute, batch, out, outputs);
}

void compute_read_tensor(struct compute *compute, enum compute_slot slot, int tensor, float *values)
{
    check_tensor(compute, slot, tensor);
    compute->ops->read_tensor(compute, slot, tensor, values);
}

void compute_read_tensor_gradient(struct compute *compute, enum compute_slot slot, int tensor, float *values)
{
    check_tensor(compute, slot, tensor);
    LS_ASSERT(tensor > 0 || slot == COMPUTE_PROBE || compute->input_gradients);
    compute->ops->read_tensor_gradient(compute, slot, tensor, values);
}

void compute_set_optimizer(struct compute *compute, const struct optimizer *optimizer)
{
    compute->ops->set_optimizer(compute, optimizer);
}

void compute_sync(struct compute *compute) { compute->ops->sync(compute); }

const char *compute_problem(const struct compute *compute)
{
    return compute->ops->problem ? compute->ops->problem(compute) : NULL;
}

void compute_account(struct compute *compute, enum traffic_purpose purpose) { compute->purpose = purpose; }
