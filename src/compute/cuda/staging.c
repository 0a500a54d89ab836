/* One pinned block, filled from the front and emptied by waiting for the stream. */
#include "compute/cuda/staging.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/cuda/copy.h"
#include "compute/cuda/cuda.h"

/* Holds the largest parameters of the built-in networks and the metrics of many steps. */
enum { STAGING_BYTES = 4 << 20, ALIGNMENT = 64 };

bool cuda_staging_init(struct cuda_compute *cuda)
{
    void *memory = NULL;
    if (!cuda_check(cuda, cuda->runtime->pinned_alloc(&memory, STAGING_BYTES), "allocating pinned memory"))
        return false;
    cuda->staging.memory = memory;
    cuda->staging.size = STAGING_BYTES;
    return true;
}

void cuda_staging_deinit(struct cuda_compute *cuda)
{
    if (cuda->staging.memory)
        cuda->runtime->pinned_free(cuda->staging.memory);
    free(cuda->staging.deliveries);
    cuda->staging = (struct cuda_staging){0};
}

static void deliver_metrics(const struct cuda_delivery *delivery)
{
    struct batch_metrics *out = delivery->metrics;
    for (int i = 0; i < delivery->entries; i++) {
        struct kernel_metrics entry;
        memcpy(&entry, (const char *)delivery->from + (size_t)i * sizeof entry, sizeof entry);
        if (delivery->samples == 0) {
            out[i] =
                (struct batch_metrics){(double)entry.loss, (int)entry.correct, (double)entry.gradient_norm};
            continue;
        }
        if (delivery->first && i == 0)
            *out = (struct batch_metrics){0};
        out->loss += (double)entry.loss * entry.count / delivery->samples;
        out->correct += (int)entry.correct;
    }
}

/* What a lost device did not deliver is 0. */
static void deliver_nothing(const struct cuda_delivery *delivery)
{
    if (delivery->to)
        memset(delivery->to, 0, delivery->bytes);
    else
        memset(delivery->metrics, 0,
               (delivery->samples == 0 ? (size_t)delivery->entries : 1) * sizeof *delivery->metrics);
}

void cuda_drain(struct cuda_compute *cuda)
{
    struct cuda_staging *staging = &cuda->staging;
    if (!cuda->problem[0])
        cuda_check(cuda, cuda->runtime->stream_wait(cuda->stream), "waiting for the device");
    for (int i = 0; i < staging->delivery_count; i++) {
        const struct cuda_delivery *delivery = &staging->deliveries[i];
        if (cuda->problem[0])
            deliver_nothing(delivery);
        else if (delivery->to)
            memcpy(delivery->to, delivery->from, delivery->bytes);
        else
            deliver_metrics(delivery);
    }
    staging->delivery_count = 0;
    staging->used = 0;
}

/* Room for `bytes`, at most the block's size. */
static void *take(struct cuda_compute *cuda, size_t bytes)
{
    struct cuda_staging *staging = &cuda->staging;
    if (staging->size - staging->used < bytes)
        cuda_drain(cuda);
    void *room = staging->memory + staging->used;
    staging->used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (staging->used > staging->size)
        staging->used = staging->size;
    return room;
}

static void add_delivery(struct cuda_staging *staging, struct cuda_delivery delivery)
{
    if (staging->delivery_count == staging->delivery_capacity) {
        staging->delivery_capacity = staging->delivery_capacity ? 2 * staging->delivery_capacity : 16;
        staging->deliveries =
            ls_realloc(staging->deliveries, (size_t)staging->delivery_capacity * sizeof *staging->deliveries);
    }
    staging->deliveries[staging->delivery_count++] = delivery;
}

void cuda_upload(struct cuda_compute *cuda, void *to, const void *from, size_t bytes)
{
    for (size_t done = 0; done < bytes && !cuda->problem[0];) {
        const size_t part = bytes - done < cuda->staging.size ? bytes - done : cuda->staging.size;
        void *room = take(cuda, part);
        memcpy(room, (const char *)from + done, part);
        cuda_check(cuda,
                   cuda_copy(cuda->runtime, cuda->base.purpose, (char *)to + done, room, part, CUDA_TO_DEVICE,
                             cuda->stream),
                   "copying to the device");
        done += part;
    }
}

/* Returns where the copy will be, in pinned memory; `bytes` fit into it. */
static const void *bring(struct cuda_compute *cuda, const void *from, size_t bytes)
{
    void *room = take(cuda, bytes);
    if (!cuda->problem[0])
        cuda_check(
            cuda, cuda_copy(cuda->runtime, cuda->base.purpose, room, from, bytes, CUDA_TO_HOST, cuda->stream),
            "copying from the device");
    return room;
}

void cuda_download(struct cuda_compute *cuda, void *to, const void *from, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        const size_t part = bytes - done < cuda->staging.size ? bytes - done : cuda->staging.size;
        const void *pinned = bring(cuda, (const char *)from + done, part);
        add_delivery(&cuda->staging,
                     (struct cuda_delivery){.from = pinned, .to = (char *)to + done, .bytes = part});
        done += part;
    }
}

void cuda_download_metrics(struct cuda_compute *cuda, struct batch_metrics *out,
                           const struct kernel_metrics *ring, int first, int count)
{
    const void *pinned = bring(cuda, ring + first, (size_t)count * sizeof *ring);
    add_delivery(&cuda->staging, (struct cuda_delivery){.from = pinned, .metrics = out, .entries = count});
}

void cuda_download_mean(struct cuda_compute *cuda, struct batch_metrics *out,
                        const struct kernel_metrics *ring, int count, int samples, bool is_first)
{
    const void *pinned = bring(cuda, ring, (size_t)count * sizeof *ring);
    add_delivery(
        &cuda->staging,
        (struct cuda_delivery){
            .from = pinned, .metrics = out, .entries = count, .samples = samples, .first = is_first});
}
