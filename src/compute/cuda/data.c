/* See data.h. Batches that are sent go through a few buffers in turn; an event each says when the kernel that
 * reads it is through. */
#include "compute/cuda/data.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "compute/cuda/copy.h"
#include "compute/cuda/cuda.h"

enum { BUFFERS = 3 };

/* One batch on its way: values, then labels, then targets, at multiples of 256 bytes. */
struct buffer {
    char *pinned, *device;
    size_t size;
    struct CUevent_st *read; /* the last gather from it */
};

struct cuda_stream_of_samples {
    struct buffer buffers[BUFFERS];
    int next;
};

static size_t align(size_t bytes) { return (bytes + 255) / 256 * 256; }

static size_t output_count(const struct cuda_compute *cuda)
{
    return cuda_plan_size(&cuda->plan, cuda_plan_last(&cuda->plan)->output);
}

/* Bytes of the parts of `samples` samples. */
struct parts {
    size_t values, labels, targets;
};

static struct parts parts_of(const struct cuda_compute *cuda, const struct compute_data *data, size_t samples)
{
    const size_t size = cuda_plan_size(&cuda->plan, 0);
    return (struct parts){
        .values = align(samples * size * (data->bytes ? 1 : sizeof(float))),
        .labels = data->labels ? align(samples * sizeof *data->labels) : 0,
        .targets = data->targets ? align(samples * output_count(cuda) * sizeof *data->targets) : 0,
    };
}

static struct kernel_data place(const struct compute_data *data, const struct parts *parts, char *memory)
{
    struct kernel_data placed = {0};
    if (data->bytes)
        placed.bytes = (const uint8_t *)memory;
    else
        placed.values = (const float *)(void *)memory;
    if (data->labels)
        placed.labels = (const int32_t *)(void *)(memory + parts->values);
    if (data->targets)
        placed.targets = (const float *)(void *)(memory + parts->values + parts->labels);
    return placed;
}

void cuda_data_init(struct cuda_compute *cuda)
{
    size_t unused = 0, total = 0;
    const char *mib = getenv("LAYERSCOPE_CUDA_DATA_MIB");
    if (mib && *mib)
        cuda->data_budget = (size_t)strtoull(mib, NULL, 10) << 20;
    else if (cuda_check(cuda, cuda->runtime->memory_info(&unused, &total), "asking for free memory"))
        cuda->data_budget = unused / 2;
}

static void free_buffer(struct cuda_compute *cuda, struct buffer *buffer)
{
    if (buffer->pinned)
        cuda->runtime->pinned_free(buffer->pinned);
    if (buffer->device)
        cuda->runtime->memory_free(buffer->device);
    if (buffer->read)
        cuda->runtime->event_destroy(buffer->read);
    *buffer = (struct buffer){0};
}

void cuda_data_deinit(struct cuda_compute *cuda)
{
    for (int i = 0; i < COMPUTE_MAX_DATA; i++)
        if (cuda->data[i].memory)
            cuda->runtime->memory_free(cuda->data[i].memory);
    for (int i = 0; i < BUFFERS && cuda->samples; i++)
        free_buffer(cuda, &cuda->samples->buffers[i]);
    free(cuda->samples);
}

static void send_all(struct cuda_compute *cuda, const struct compute_data *data,
                     const struct kernel_data *placed)
{
    const size_t values = data->count * cuda_plan_size(&cuda->plan, 0);
    if (data->bytes)
        cuda_upload(cuda, (void *)placed->bytes, data->bytes, values);
    else
        cuda_upload(cuda, (void *)placed->values, data->values, values * sizeof *data->values);
    if (data->labels)
        cuda_upload(cuda, (void *)placed->labels, data->labels, data->count * sizeof *data->labels);
    if (data->targets)
        cuda_upload(cuda, (void *)placed->targets, data->targets,
                    data->count * output_count(cuda) * sizeof *data->targets);
}

/* False: they are to be sent batch by batch, or there is a problem. Memory that was free when the budget was
 * set may be somebody else's meanwhile. */
static bool make_room(struct cuda_compute *cuda, void **memory, size_t bytes)
{
    if (bytes > cuda->data_budget) {
        log_info("%zu MiB of samples exceed the %zu MiB of device memory set aside for them: they are sent "
                 "batch by batch",
                 bytes >> 20, cuda->data_budget >> 20);
        return false;
    }
    const int error = cuda->runtime->memory_alloc(memory, bytes);
    if (error == CUDA_OUT_OF_MEMORY) {
        cuda->runtime->last_error();
        log_info("the device has no room for %zu MiB of samples: they are sent batch by batch", bytes >> 20);
        return false;
    }
    return cuda_check(cuda, error, "allocating memory for the samples");
}

void cuda_data_bind(struct cuda_compute *cuda, int handle, const struct compute_data *data)
{
    struct cuda_source *source = &cuda->data[handle];
    source->float_targets = data->targets != NULL;
    const struct parts parts = parts_of(cuda, data, data->count);
    const size_t bytes = parts.values + parts.labels + parts.targets;
    if (!make_room(cuda, &source->memory, bytes))
        return;
    cuda->data_budget -= bytes;
    source->resident = true;
    source->data = place(data, &parts, source->memory);
    send_all(cuda, data, &source->data);
}

/* Waits until nobody reads the buffer and makes it at least `size` bytes big. */
static bool ready_buffer(struct cuda_compute *cuda, struct buffer *buffer, size_t size)
{
    if (buffer->read &&
        !cuda_check(cuda, cuda->runtime->event_wait(buffer->read), "waiting for a batch's buffer"))
        return false;
    if (buffer->size >= size)
        return true;
    free_buffer(cuda, buffer);
    void *pinned = NULL, *device = NULL;
    const bool ok =
        cuda_check(cuda, cuda->runtime->pinned_alloc(&pinned, size), "allocating a batch's buffer") &&
        cuda_check(cuda, cuda->runtime->memory_alloc(&device, size), "allocating a batch's buffer") &&
        cuda_check(cuda, cuda->runtime->event_create(&buffer->read, false), "making an event");
    buffer->pinned = pinned;
    buffer->device = device;
    buffer->size = ok ? size : 0;
    return ok;
}

static void collect(const struct cuda_compute *cuda, const struct compute_batch *batch,
                    const struct kernel_data *to)
{
    const struct compute_data *data = &cuda->base.data[batch->data];
    const size_t size = cuda_plan_size(&cuda->plan, 0), outputs = output_count(cuda);
    for (int i = 0; i < batch->count; i++) {
        const size_t sample = compute_batch_sample(batch, i), at = (size_t)i;
        if (data->bytes)
            memcpy((uint8_t *)to->bytes + at * size, data->bytes + sample * size, size);
        else
            memcpy((float *)to->values + at * size, data->values + sample * size, size * sizeof(float));
        if (data->labels)
            ((int32_t *)to->labels)[i] = data->labels[sample];
        if (data->targets)
            memcpy((float *)to->targets + at * outputs, data->targets + sample * outputs,
                   outputs * sizeof(float));
    }
}

/* The batch's samples alone, in their order. */
static bool send_batch(struct cuda_compute *cuda, const struct compute_batch *batch, struct buffer *buffer,
                       struct kernel_data *sent)
{
    const struct compute_data *data = &cuda->base.data[batch->data];
    const struct parts parts = parts_of(cuda, data, (size_t)batch->count);
    const struct parts most =
        parts_of(cuda, data,
                 (size_t)cuda->base.slot_batch[COMPUTE_TRAIN] + (size_t)cuda->base.slot_batch[COMPUTE_PROBE]);
    if (!ready_buffer(cuda, buffer, most.values + most.labels + most.targets))
        return false;
    const struct kernel_data pinned = place(data, &parts, buffer->pinned);
    collect(cuda, batch, &pinned);
    *sent = place(data, &parts, buffer->device);
    return cuda_check(cuda,
                      cuda_copy(cuda->runtime, cuda->base.purpose, buffer->device, buffer->pinned,
                                parts.values + parts.labels + parts.targets, CUDA_TO_DEVICE, cuda->stream),
                      "sending a batch");
}

void cuda_data_gather(struct cuda_compute *cuda, const struct cuda_work *work,
                      const struct compute_batch *batch, const struct kernel_schedule *schedule,
                      const uint32_t *device_indices)
{
    const struct cuda_source *source = &cuda->data[batch->data];
    const int size = (int)cuda_plan_size(&cuda->plan, 0), outputs = (int)output_count(cuda);
    float *targets = source->float_targets ? work->targets : NULL;
    if (source->resident) {
        kernel_gather(cuda->stream, work->step, schedule, device_indices, &source->data, work->most, size,
                      outputs, work->values[0], work->labels, targets);
        return;
    }
    if (!cuda->samples)
        cuda->samples = ls_calloc(1, sizeof *cuda->samples);
    struct buffer *buffer = &cuda->samples->buffers[cuda->samples->next];
    cuda->samples->next = (cuda->samples->next + 1) % BUFFERS;
    struct kernel_data sent;
    if (!send_batch(cuda, batch, buffer, &sent))
        return;
    kernel_gather(cuda->stream, work->step, schedule, cuda->identity, &sent, work->most, size, outputs,
                  work->values[0], work->labels, targets);
    cuda_check(cuda, cuda->runtime->event_record(buffer->read, cuda->stream), "recording an event");
}
