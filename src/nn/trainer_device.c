/* Snapshots that never pass through the host: which numbers lie where in them, and what each is of. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/trainer_private.h"

static struct mirror_span span_of(const struct trainer *trainer, const struct region *region)
{
    const struct layer *layer = &trainer->desc.network->layers[region->layer];
    struct mirror_span span = {.count = region->count, .offset = region->offset, .tensor = layer->tensor};
    switch (region->kind) {
    case REGION_ACTIVATION:
        span.kind = MIRROR_VALUE;
        break;
    case REGION_ACTIVATION_GRADIENT:
        span.kind = MIRROR_GRADIENT;
        break;
    case REGION_SUM_GRADIENT:
        span.kind = MIRROR_GRADIENT;
        span.tensor = layer->logits_tensor;
        break;
    case REGION_BUFFER:
        span.kind = MIRROR_BUFFERS;
        span.first = layer->buffers[region->parameter].offset;
        break;
    case REGION_PARAMETER:
        span.kind = MIRROR_PARAMETERS;
        span.first = layer->parameters[region->parameter].offset;
        break;
    case REGION_PARAMETER_GRADIENT:
        span.kind = MIRROR_PARAMETER_GRADIENTS;
        span.first = layer->parameters[region->parameter].offset;
        break;
    }
    return span;
}

static bool ready(void *context, bool wait)
{
    struct trainer *trainer = context;
    return compute_mirror_ready(trainer->mirror->mirror, wait);
}

static bool write_snapshot(void *context, int buffer)
{
    struct trainer *trainer = context;
    trainer->mirror->written = compute_mirror_write(trainer->mirror->mirror, buffer);
    return trainer->mirror->written >= 0;
}

/* The place's description is the training thread's again as soon as the place is free. */
static bool finish(void *context, bool wait, struct snapshot_info *info)
{
    struct trainer_mirror *mirror = ((struct trainer *)context)->mirror;
    if (mirror->written < 0)
        return false;
    struct snapshot_info noted = mirror->infos[mirror->written];
    if (!compute_mirror_finish(mirror->mirror, wait, noted.output, &noted.probe_loss))
        return false;
    *info = noted;
    mirror->written = -1;
    return true;
}

static const char *problem(void *context)
{
    return compute_mirror_problem(((struct trainer *)context)->mirror->mirror);
}

static void close_device(void *context)
{
    struct trainer *trainer = context;
    compute_mirror_destroy(trainer->mirror->mirror);
    free(trainer->mirror);
    trainer->mirror = NULL;
}

static bool open_device(void *context, const struct shared_buffers *buffers, struct snapshot_device *device,
                        struct error *err)
{
    struct trainer *trainer = context;
    LS_ASSERT(!trainer->mirror);
    const int count = trainer->layout.region_count;
    struct mirror_span *spans = ls_calloc((size_t)count, sizeof *spans);
    for (int i = 0; i < count; i++)
        spans[i] = span_of(trainer, &trainer->layout.regions[i]);
    const struct mirror_desc desc = {spans, count, trainer_printed_outputs(trainer), buffers};
    struct compute_mirror *mirror = compute_mirror_create(trainer->compute, &desc, err);
    free(spans);
    if (!mirror)
        return false;
    trainer->mirror = ls_calloc(1, sizeof *trainer->mirror);
    trainer->mirror->mirror = mirror;
    trainer->mirror->written = -1;
    *device = (struct snapshot_device){trainer, ready, write_snapshot, finish, problem, close_device};
    return true;
}

/* A copy's place and its description change hands together. */
bool trainer_publish_on_device(struct trainer *trainer)
{
    struct trainer_mirror *mirror = trainer->mirror;
    const struct compute_batch batch = trainer_probe_batch(trainer);
    const int place = compute_mirror_take(mirror->mirror, &batch, trainer->has_gradients);
    if (place < 0)
        return false;
    trainer_describe(trainer, &mirror->infos[place]);
    compute_mirror_commit(mirror->mirror, place);
    return true;
}

const struct snapshot_device_source *trainer_snapshot_device(struct trainer *trainer)
{
    if (!compute_has_mirrors(trainer->compute))
        return NULL;
    trainer->device_source = (struct snapshot_device_source){trainer, open_device};
    return &trainer->device_source;
}
