/* Mirrors of CUDA's memory. The probe's values and gradients are written by the kernels of forward and
 * backward straight into a mapped buffer; parameters and their gradients are copied beside them. */
#include "compute/cuda/mirror.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/slots.h"
#include "compute/cuda/carver.h"
#include "compute/cuda/copy.h"
#include "compute/cuda/cuda.h"
#include "compute/cuda/interop.h"

_Static_assert((int)MIRROR_PLACES == (int)SLOT_COUNT, "a place is a slot");

struct place {
    float *parameters, *gradients; /* (parameter_count) */
    float *buffers;                /* (buffer_count) */
    struct CUevent_st *copied;     /* on the training thread's stream */
    int data;
    uint32_t sample;
    bool has_gradients;
};

struct cuda_mirror {
    struct compute_mirror base;
    struct cuda_compute *cuda; /* the training thread's; its plan and its data sets are read by both */
    const struct cuda_runtime *runtime;
    struct interop *interop; /* NULL once it is over */
    struct CUstream_st *stream;
    struct mirror_span *spans;
    int span_count;
    void *memory; /* device */
    struct cuda_work work;
    float **own_values, **own_gradients; /* per tensor, where it is not shown */
    struct place places[MIRROR_PLACES];
    struct slots slots;
    int outputs;                /* of the network */
    int printed;                /* of them, as text */
    float *text;                /* pinned: what is printed, then the loss */
    struct CUevent_st *written; /* after the last write, its text included */
    int verified;               /* place whose copy is there; −1: not known of any */
    int pending;                /* place of the write that is not finished; −1: none */
    atomic_bool over;
    char problem[512]; /* set before `over` */
};

static bool end_for(struct cuda_mirror *mirror, const char *problem)
{
    if (!atomic_load(&mirror->over)) {
        snprintf(mirror->problem, sizeof mirror->problem, "%s", problem);
        atomic_store(&mirror->over, true);
    }
    return false;
}

/* Of the drawing thread alone. Leaves no error behind that training would find, which may be on the same
 * thread. */
static bool check(struct cuda_mirror *mirror, int error, const char *what)
{
    if (error == 0)
        return true;
    mirror->runtime->last_error();
    char text[256];
    snprintf(text, sizeof text, "%s: %s (%d, %s)", what, mirror->runtime->error_name(error), error,
             mirror->runtime->error_text(error));
    return end_for(mirror, text);
}

static struct cuda_mirror *of(struct compute_mirror *mirror) { return (struct cuda_mirror *)mirror; }

static const char *problem_of(const struct compute_mirror *base)
{
    const struct cuda_mirror *mirror = (const struct cuda_mirror *)base;
    return atomic_load(&mirror->over) ? mirror->problem : NULL;
}

/* ---- memory ---- */

static size_t tensor_size(const struct cuda_mirror *mirror, int tensor)
{
    return cuda_plan_size(&mirror->cuda->plan, tensor);
}

static size_t carve_all(struct cuda_mirror *mirror, void *block)
{
    const struct program *program = &mirror->cuda->base.program;
    struct carver carver = {.block = block};
    const struct cuda_plan *plan = &mirror->cuda->plan;
    cuda_work_carve(&mirror->work, plan, &carver);
    cuda_work_carve_tensors(plan, &carver, mirror->own_values, 1);
    cuda_work_carve_tensors(plan, &carver, mirror->own_gradients, 1);
    for (int i = 0; i < MIRROR_PLACES; i++) {
        mirror->places[i].parameters = carve(&carver, program->parameter_count, sizeof(float));
        mirror->places[i].gradients = carve(&carver, program->parameter_count, sizeof(float));
        mirror->places[i].buffers = carve(&carver, program->buffer_count, sizeof(float));
    }
    return carver.used;
}

/* One sample a batch, always: its number is in the addresses that kernel_gather is given. */
static bool send_step(struct cuda_mirror *mirror)
{
    struct kernel_step *step = (struct kernel_step *)(void *)mirror->text;
    *step = (struct kernel_step){.count = 1};
    return check(mirror,
                 cuda_copy(mirror->runtime, TRAFFIC_TRAINING, mirror->work.step, step, sizeof *step,
                           CUDA_TO_DEVICE, mirror->stream),
                 "copying to the device") &&
           check(mirror, mirror->runtime->stream_wait(mirror->stream), "copying to the device");
}

static bool create_events(struct cuda_mirror *mirror)
{
    bool ok = check(mirror, mirror->runtime->event_create(&mirror->written, false), "cudaEventCreate");
    for (int i = 0; i < MIRROR_PLACES && ok; i++)
        ok =
            check(mirror, mirror->runtime->event_create(&mirror->places[i].copied, false), "cudaEventCreate");
    return ok;
}

static bool allocate(struct cuda_mirror *mirror)
{
    const struct cuda_runtime *runtime = mirror->runtime;
    const size_t bytes = carve_all(mirror, NULL);
    const size_t text = sizeof(struct kernel_step) + (size_t)(mirror->printed + 1) * sizeof(float);
    if (!check(mirror, runtime->stream_create(&mirror->stream, true), "cudaStreamCreateWithPriority") ||
        !check(mirror, runtime->memory_alloc(&mirror->memory, bytes), "cudaMalloc") ||
        !check(mirror, runtime->fill(mirror->memory, 0, bytes, mirror->stream), "cudaMemsetAsync") ||
        !check(mirror, runtime->pinned_alloc((void **)&mirror->text, text), "cudaHostAlloc"))
        return false;
    carve_all(mirror, mirror->memory);
    return create_events(mirror) && send_step(mirror);
}

/* Flattened tensors share the memory of their source: the first span of each is where kernels write. */
static const struct mirror_span *find_span(const struct cuda_mirror *mirror, enum mirror_kind kind,
                                           int tensor)
{
    const int *storage = mirror->cuda->plan.storage;
    for (int i = 0; i < mirror->span_count; i++)
        if (mirror->spans[i].kind == kind && storage[mirror->spans[i].tensor] == storage[tensor])
            return &mirror->spans[i];
    return NULL;
}

static void destroy(struct compute_mirror *base)
{
    struct cuda_mirror *mirror = of(base);
    const struct cuda_runtime *runtime = mirror->runtime;
    runtime->device_use(mirror->cuda->device);
    if (mirror->stream)
        runtime->stream_wait(mirror->stream);
    interop_destroy(mirror->interop);
    for (int i = 0; i < MIRROR_PLACES; i++)
        if (mirror->places[i].copied) {
            runtime->event_wait(mirror->places[i].copied); /* the training thread's stream writes there */
            runtime->event_destroy(mirror->places[i].copied);
        }
    if (mirror->written)
        runtime->event_destroy(mirror->written);
    if (mirror->text)
        runtime->pinned_free(mirror->text);
    if (mirror->memory)
        runtime->memory_free(mirror->memory);
    if (mirror->stream)
        runtime->stream_destroy(mirror->stream);
    runtime->last_error(); /* of a lost device's calls */
    free(mirror->own_values);
    free(mirror->own_gradients);
    cuda_work_deinit(&mirror->work);
    free(mirror->spans);
    free(mirror);
}

/* ---- training thread ---- */

static bool copy_state(struct cuda_mirror *mirror, const struct place *place)
{
    struct cuda_compute *cuda = mirror->cuda;
    const struct program *program = &cuda->base.program;
    const struct {
        float *to;
        const float *from;
        size_t count;
    } parts[] = {
        {place->parameters, cuda->parameters, program->parameter_count},
        {place->buffers, cuda->buffers, program->buffer_count},
        {place->gradients, cuda->slots[COMPUTE_TRAIN].work.parameter_gradients,
         place->has_gradients ? program->parameter_count : 0},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].count > 0 &&
            !cuda_check(cuda,
                        cuda_copy(cuda->runtime, TRAFFIC_VIEW, parts[i].to, parts[i].from,
                                  parts[i].count * sizeof(float), CUDA_ON_DEVICE, cuda->stream),
                        "copying on the device"))
            return false;
    return cuda_check(cuda, cuda->runtime->event_record(place->copied, cuda->stream), "recording an event");
}

static int take(struct compute_mirror *base, const struct compute_batch *batch, bool gradients)
{
    struct cuda_mirror *mirror = of(base);
    if (atomic_load(&mirror->over) || !cuda_enter(mirror->cuda))
        return -1;
    const int number = slots_acquire(&mirror->slots);
    if (number < 0)
        return -1;
    struct place *place = &mirror->places[number];
    place->data = batch->data;
    place->sample = batch->first;
    place->has_gradients = gradients;
    if (copy_state(mirror, place))
        return number;
    slots_abandon(&mirror->slots, number);
    return -1;
}

static void commit(struct compute_mirror *mirror, int place) { slots_commit(&of(mirror)->slots, place); }

/* ---- drawing thread ---- */

/* OpenGL has its buffers back: from here on it writes into them by itself. */
static void let_go(struct cuda_mirror *mirror)
{
    if (!atomic_load(&mirror->over) || !mirror->interop)
        return;
    mirror->runtime->stream_wait(mirror->stream);
    mirror->runtime->last_error();
    interop_destroy(mirror->interop);
    mirror->interop = NULL;
}

/* That an event is not there yet counts as an error, too, which whoever asks for the last one would find. */
static bool is_done(struct cuda_mirror *mirror, struct CUevent_st *event)
{
    const int error = mirror->runtime->event_query(event);
    if (error != CUDA_NOT_READY)
        return check(mirror, error, "cudaEventQuery");
    mirror->runtime->last_error();
    return false;
}

/* The host waits for it, or asks. */
static bool has_come(struct cuda_mirror *mirror, struct CUevent_st *event, bool wait)
{
    return wait ? check(mirror, mirror->runtime->event_wait(event), "cudaEventSynchronize")
                : is_done(mirror, event);
}

/* A place that is committed stays so until this thread takes it. */
static bool ready(struct compute_mirror *base, bool wait)
{
    struct cuda_mirror *mirror = of(base);
    mirror->verified = -1;
    if (atomic_load(&mirror->over) || mirror->pending >= 0)
        return false;
    const int newest = slots_newest(&mirror->slots);
    if (newest >= 0 && check(mirror, mirror->runtime->device_use(mirror->cuda->device), "cudaSetDevice") &&
        has_come(mirror, mirror->places[newest].copied, wait))
        mirror->verified = newest;
    let_go(mirror);
    return mirror->verified >= 0;
}

/* Tensors that are shown lie in the mapped snapshot. */
static void aim(struct cuda_mirror *mirror, char *snapshot)
{
    for (int i = 0; i < mirror->cuda->base.program.tensor_count; i++) {
        const struct mirror_span *value = find_span(mirror, MIRROR_VALUE, i);
        const struct mirror_span *gradient = find_span(mirror, MIRROR_GRADIENT, i);
        mirror->work.values[i] = value ? (float *)(void *)(snapshot + value->offset) : mirror->own_values[i];
        mirror->work.gradients[i] =
            gradient ? (float *)(void *)(snapshot + gradient->offset) : mirror->own_gradients[i];
    }
}

/* kernel_gather reads from the first sample of what it is given on. */
static struct kernel_data one_sample(const struct cuda_mirror *mirror, const struct place *place)
{
    struct kernel_data data = mirror->cuda->data[place->data].data;
    const size_t sample = place->sample, size = tensor_size(mirror, 0);
    if (data.bytes)
        data.bytes += sample * size;
    if (data.values)
        data.values += sample * size;
    if (data.labels)
        data.labels += sample;
    if (data.targets)
        data.targets += sample * (size_t)mirror->outputs;
    return data;
}

static void copy_floats(struct cuda_mirror *mirror, float *to, const float *from, size_t count)
{
    check(mirror,
          cuda_copy(mirror->runtime, TRAFFIC_VIEW, to, from, count * sizeof *to, CUDA_ON_DEVICE,
                    mirror->stream),
          "copying on the device");
}

/* What no kernel has written where it is shown. */
static void copy_spans(struct cuda_mirror *mirror, const struct place *place, char *snapshot)
{
    for (int i = 0; i < mirror->span_count; i++) {
        const struct mirror_span *span = &mirror->spans[i];
        float *to = (float *)(void *)(snapshot + span->offset);
        if (span->kind == MIRROR_PARAMETERS)
            copy_floats(mirror, to, place->parameters + span->first, span->count);
        else if (span->kind == MIRROR_BUFFERS)
            copy_floats(mirror, to, place->buffers + span->first, span->count);
        else if (span->kind == MIRROR_PARAMETER_GRADIENTS && place->has_gradients)
            copy_floats(mirror, to, place->gradients + span->first, span->count);
        else if (span->kind == MIRROR_PARAMETER_GRADIENTS)
            check(mirror, mirror->runtime->fill(to, 0, span->count * sizeof *to, mirror->stream),
                  "cudaMemsetAsync");
        else if (span->kind == MIRROR_VALUE && to != mirror->work.values[span->tensor])
            copy_floats(mirror, to, mirror->work.values[span->tensor], span->count);
        else if (span->kind == MIRROR_GRADIENT && to != mirror->work.gradients[span->tensor])
            copy_floats(mirror, to, mirror->work.gradients[span->tensor], span->count);
    }
}

static void send_text(struct cuda_mirror *mirror)
{
    const int output = cuda_plan_last(&mirror->cuda->plan)->output;
    check(mirror,
          cuda_copy(mirror->runtime, TRAFFIC_TEXT, mirror->text, mirror->work.values[output],
                    (size_t)mirror->printed * sizeof(float), CUDA_TO_HOST, mirror->stream),
          "copying to the host");
    check(mirror,
          cuda_copy(mirror->runtime, TRAFFIC_TEXT, mirror->text + mirror->printed, mirror->work.losses,
                    sizeof(float), CUDA_TO_HOST, mirror->stream),
          "copying to the host");
}

/* The gradient of what never reaches the loss is 0, in the buffer too. */
static void clear_gradients(struct cuda_mirror *mirror, char *snapshot)
{
    for (int i = 0; i < mirror->span_count; i++) {
        const struct mirror_span *span = &mirror->spans[i];
        if (span->kind == MIRROR_GRADIENT)
            check(mirror,
                  mirror->runtime->fill(snapshot + span->offset, 0, span->count * sizeof(float),
                                        mirror->stream),
                  "cudaMemsetAsync");
    }
}

static void enqueue_snapshot(struct cuda_mirror *mirror, const struct place *place, char *snapshot)
{
    const bool float_targets = mirror->cuda->data[place->data].float_targets;
    const struct kernel_data data = one_sample(mirror, place);
    aim(mirror, snapshot);
    clear_gradients(mirror, snapshot);
    mirror->work.parameters = place->parameters;
    mirror->work.buffers = place->buffers;
    kernel_gather(mirror->stream, mirror->work.step, NULL, NULL, &data, 1, (int)tensor_size(mirror, 0),
                  mirror->outputs, mirror->work.values[0], mirror->work.labels,
                  float_targets ? mirror->work.targets : NULL);
    cuda_propagate(&mirror->cuda->plan, &mirror->work, mirror->stream, float_targets, CUDA_GRADIENTS_ALL,
                   CUDA_EVALUATION);
    copy_spans(mirror, place, snapshot);
    send_text(mirror);
    const char *problem = kernel_last_error();
    if (problem)
        end_for(mirror, problem);
}

static bool write_place(struct cuda_mirror *mirror, int number, int buffer)
{
    const struct place *place = &mirror->places[number];
    if (!mirror->cuda->data[place->data].resident)
        return end_for(mirror, "the shown data set does not lie in the device's memory");
    char *snapshot = interop_map(mirror->interop, buffer, mirror->stream);
    if (!snapshot)
        return end_for(mirror, interop_problem(mirror->interop));
    slots_take(&mirror->slots, number);
    mirror->pending = number;
    enqueue_snapshot(mirror, place, snapshot);
    if (!interop_unmap(mirror->interop))
        end_for(mirror, interop_problem(mirror->interop));
    check(mirror, mirror->runtime->event_record(mirror->written, mirror->stream), "cudaEventRecord");
    return !atomic_load(&mirror->over);
}

static int write_snapshot(struct compute_mirror *base, int buffer)
{
    struct cuda_mirror *mirror = of(base);
    const int number = mirror->verified;
    mirror->verified = -1;
    if (atomic_load(&mirror->over) || number < 0)
        return -1;
    const bool written = write_place(mirror, number, buffer);
    let_go(mirror);
    return written ? number : -1;
}

static bool finish(struct compute_mirror *base, bool wait, float *outputs, float *loss)
{
    struct cuda_mirror *mirror = of(base);
    if (atomic_load(&mirror->over) || mirror->pending < 0)
        return false;
    const bool done = check(mirror, mirror->runtime->device_use(mirror->cuda->device), "cudaSetDevice") &&
                      has_come(mirror, mirror->written, wait);
    let_go(mirror);
    if (!done)
        return false;
    memcpy(outputs, mirror->text, (size_t)mirror->printed * sizeof *outputs);
    *loss = mirror->text[mirror->printed];
    slots_release(&mirror->slots, mirror->pending);
    mirror->pending = -1;
    return true;
}

struct compute_mirror *cuda_mirror_create(struct compute *compute, const struct mirror_desc *desc,
                                          struct error *err)
{
    static const struct mirror_ops ops = {destroy, take, commit, ready, write_snapshot, finish, problem_of};
    struct cuda_mirror *mirror = ls_calloc(1, sizeof *mirror);
    mirror->base.ops = &ops;
    struct cuda_compute *cuda = (struct cuda_compute *)compute;
    const int tensors = compute->program.tensor_count;
    mirror->cuda = cuda;
    mirror->runtime = cuda->runtime;
    mirror->pending = mirror->verified = -1;
    slots_init(&mirror->slots);
    mirror->spans = ls_calloc((size_t)desc->span_count, sizeof *desc->spans);
    memcpy(mirror->spans, desc->spans, (size_t)desc->span_count * sizeof *desc->spans);
    mirror->span_count = desc->span_count;
    mirror->outputs = (int)cuda_plan_size(&cuda->plan, cuda_plan_last(&cuda->plan)->output);
    mirror->printed = desc->printed;
    LS_ASSERT(mirror->printed >= 0 && mirror->printed <= mirror->outputs);
    mirror->own_values = ls_calloc((size_t)tensors, sizeof *mirror->own_values);
    mirror->own_gradients = ls_calloc((size_t)tensors, sizeof *mirror->own_gradients);
    cuda_work_init(&mirror->work, &cuda->plan, 1);

    mirror->interop = interop_create(cuda->runtime, cuda->device, desc->buffers, err);
    if (mirror->interop && allocate(mirror))
        return &mirror->base;
    if (mirror->interop)
        error_set(err, "%s", mirror->problem);
    destroy(&mirror->base);
    return NULL;
}
