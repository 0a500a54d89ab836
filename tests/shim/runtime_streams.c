/* Each stream has a queue of its own. Late, somebody who waits makes the stream that he waits for go on, and
 * others as well, by draws: whatever order streams and events allow may come. */
#include "runtime_parts.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"

enum kind { RUNS, RECORDS, WAITS };

struct operation {
    enum kind kind;
    struct closure closure;   /* that runs */
    struct CUevent_st *event; /* that is recorded or waited for … */
    uint64_t record;          /* … and which of its records */
};

struct CUevent_st {
    struct CUgraph_st *capture; /* recorded while it was captured */
    int device;
    uint64_t records; /* so far; the last one is that which is asked about */
    int queued;       /* operations that name it */
    bool asked, destroyed;
    double seconds;
};

static struct CUstream_st *streams;
static bool is_late, forgets_events;
static uint64_t seed, draws;

static uint32_t draw(uint32_t below) { return rng_word(seed, RNG_TEST, 1, draws++) % below; }

/* ---- queues ---- */

static void put(struct CUstream_st *stream, struct operation operation)
{
    if (stream->first + stream->count == stream->capacity) {
        stream->capacity = stream->capacity ? 2 * stream->capacity : 64;
        stream->queue = ls_realloc(stream->queue, stream->capacity * sizeof *stream->queue);
    }
    stream->queue[stream->first + stream->count++] = operation;
}

/* The stream that has still to make that record; NULL: it is made. */
static struct CUstream_st *holder(const struct CUevent_st *event, uint64_t record)
{
    for (struct CUstream_st *stream = streams; stream && event->queued > 0; stream = stream->next)
        for (size_t i = 0; i < stream->count; i++) {
            const struct operation *operation = &stream->queue[stream->first + i];
            if (operation->kind == RECORDS && operation->event == event && operation->record == record)
                return stream;
        }
    return NULL;
}

static void free_if_unused(struct CUevent_st *event)
{
    if (event->destroyed && event->queued == 0)
        free(event);
}

static void free_stream(struct CUstream_st *stream)
{
    struct CUstream_st **link = &streams;
    while (*link != stream)
        link = &(*link)->next;
    *link = stream->next;
    free(stream->queue);
    free(stream);
}

static void run(struct closure closure)
{
    closure.function(closure.context);
    if (closure.destroy)
        closure.destroy(closure.context);
}

static void run_first(struct CUstream_st *stream)
{
    const struct operation operation = stream->queue[stream->first++];
    if (--stream->count == 0)
        stream->first = 0;
    if (operation.kind == RUNS)
        run(operation.closure);
    if (operation.kind == RECORDS)
        operation.event->seconds = clock_seconds();
    if (operation.event) {
        operation.event->queued--;
        free_if_unused(operation.event);
    }
    if (stream->destroyed && stream->count == 0)
        free_stream(stream);
}

/* The stream that has to go on before this one can: often itself. */
static struct CUstream_st *needed_for(struct CUstream_st *stream)
{
    for (;;) {
        const struct operation *first = &stream->queue[stream->first];
        struct CUstream_st *other = first->kind == WAITS ? holder(first->event, first->record) : NULL;
        if (!other)
            return stream;
        stream = other;
    }
}

/* Any that can go on; NULL: there is nothing to do. */
static struct CUstream_st *any_stream(void)
{
    struct CUstream_st *found = NULL;
    uint32_t seen = 0;
    for (struct CUstream_st *stream = streams; stream; stream = stream->next)
        if (stream->count > 0 && needed_for(stream) == stream && draw(++seen) == 0)
            found = stream;
    return found;
}

/* Half of those who wait see nothing happen but what they wait for. */
static bool is_alone(void) { return draw(2) == 0; }

static void go_on(struct CUstream_st *stream, bool alone)
{
    run_first(alone || draw(2) == 0 ? needed_for(stream) : any_stream());
}

void shim_finish_stream(struct CUstream_st *stream)
{
    const bool alone = is_alone();
    while (stream->count > 0)
        go_on(stream, alone);
}

bool shim_is_idle(const struct CUstream_st *stream)
{
    for (const struct CUstream_st *other = streams; other; other = other->next)
        if (other == stream)
            return other->count == 0;
    return true;
}

void shim_finish_but(struct CUstream_st *stream, void (*function)(void *))
{
    struct operation *held = ls_calloc(stream->count + 1, sizeof *held);
    const bool alone = is_alone();
    size_t count = 0;
    while (stream->count > 0) {
        const struct operation *first = &stream->queue[stream->first];
        if (first->kind != RUNS || first->closure.function != function) {
            go_on(stream, alone);
            continue;
        }
        held[count++] = *first;
        stream->count--;
        stream->first++;
    }
    stream->first = 0;
    for (size_t i = 0; i < count; i++)
        put(stream, held[i]);
    free(held);
}

void shim_finish_all(void)
{
    for (struct CUstream_st *stream; (stream = any_stream());)
        run_first(stream);
}

void shim_enqueue_work(struct CUstream_st *stream, struct closure closure)
{
    LS_ASSERT(stream);
    if (stream->capture)
        shim_capture_work(stream->capture, closure);
    else if (is_late)
        put(stream, (struct operation){.kind = RUNS, .closure = closure});
    else
        run(closure);
}

void shim_visit_queued(void (*function)(void *), void (*visit)(void *context, void *argument), void *argument)
{
    for (struct CUstream_st *stream = streams; stream; stream = stream->next)
        for (size_t i = 0; i < stream->count; i++) {
            const struct operation *operation = &stream->queue[stream->first + i];
            if (operation->kind == RUNS && operation->closure.function == function)
                visit(operation->closure.context, argument);
        }
}

/* ---- streams ---- */

static int stream_create(struct CUstream_st **stream, bool high_priority)
{
    (void)high_priority;
    const int error = shim_begin();
    if (error)
        return shim_end(error);
    *stream = ls_calloc(1, sizeof **stream);
    (*stream)->device = shim_current_device();
    (*stream)->next = streams;
    streams = *stream;
    shim_living.streams++;
    return shim_end(0);
}

/* What it has to do is done later. */
static int stream_destroy(struct CUstream_st *stream)
{
    const int error = shim_begin();
    LS_ASSERT(stream && !stream->destroyed);
    shim_living.streams--;
    stream->destroyed = true;
    if (stream->count == 0)
        free_stream(stream);
    return shim_end(error);
}

static int stream_wait(struct CUstream_st *stream)
{
    const int error = shim_begin();
    LS_ASSERT(stream && !stream->capture && !stream->destroyed);
    shim_finish_stream(stream);
    return shim_end(error);
}

static int stream_after(struct CUstream_st *stream, struct CUevent_st *event)
{
    const int error = shim_begin();
    LS_ASSERT(stream && event && !stream->destroyed && !event->destroyed);
    if (event->capture && !stream->capture)
        shim_join_capture(event->capture, stream);
    else if (!error && !forgets_events && holder(event, event->records)) {
        put(stream, (struct operation){.kind = WAITS, .event = event, .record = event->records});
        event->queued++;
    }
    return shim_end(error);
}

/* ---- events ---- */

static int event_create(struct CUevent_st **event, bool timing)
{
    (void)timing;
    const int error = shim_begin();
    if (error)
        return shim_end(error);
    *event = ls_calloc(1, sizeof **event);
    (*event)->device = shim_current_device();
    shim_living.events++;
    return shim_end(0);
}

static int event_destroy(struct CUevent_st *event)
{
    const int error = shim_begin();
    LS_ASSERT(event && !event->destroyed);
    shim_living.events--;
    event->destroyed = true;
    free_if_unused(event);
    return shim_end(error);
}

static int event_record(struct CUevent_st *event, struct CUstream_st *stream)
{
    int error = shim_begin();
    LS_ASSERT(event && stream && !event->destroyed && !stream->destroyed);
    if (!error && event->device != stream->device)
        error = INVALID_HANDLE;
    if (error)
        return shim_end(error);
    event->capture = stream->capture;
    event->asked = false;
    event->seconds = clock_seconds();
    event->records++;
    if (!stream->capture && is_late) {
        put(stream, (struct operation){.kind = RECORDS, .event = event, .record = event->records});
        event->queued++;
    }
    return shim_end(0);
}

/* The first answer after a record is that it is not there yet; whoever asks again sees things go on. */
static int event_query(struct CUevent_st *event)
{
    const int error = shim_begin();
    LS_ASSERT(event && !event->capture && !event->destroyed);
    if (error || forgets_events)
        return shim_end(error);
    struct CUstream_st *stream;
    for (uint32_t left = event->asked ? 1 + draw(16) : 0; left > 0 && (stream = any_stream()); left--)
        run_first(stream);
    event->asked = true;
    return shim_end(holder(event, event->records) ? CUDA_NOT_READY : 0);
}

static int event_wait(struct CUevent_st *event)
{
    const int error = shim_begin();
    LS_ASSERT(event && !event->capture && !event->destroyed);
    const bool alone = is_alone();
    struct CUstream_st *stream;
    while (!forgets_events && (stream = holder(event, event->records)))
        go_on(stream, alone);
    return shim_end(error);
}

static int event_elapsed(float *ms, struct CUevent_st *first, struct CUevent_st *last)
{
    const int error = shim_begin();
    *ms = (float)(1e3 * (last->seconds - first->seconds));
    return shim_end(error);
}

void shim_fill_streams(struct cuda_runtime *table)
{
    table->stream_create = stream_create;
    table->stream_destroy = stream_destroy;
    table->stream_wait = stream_wait;
    table->stream_after = stream_after;
    table->event_create = event_create;
    table->event_destroy = event_destroy;
    table->event_record = event_record;
    table->event_query = event_query;
    table->event_wait = event_wait;
    table->event_elapsed = event_elapsed;
}

/* ---- for tests ---- */

void shim_set_late(bool late)
{
    shim_lock();
    shim_finish_all();
    is_late = late;
    shim_unlock();
}

void shim_set_seed(uint64_t new_seed)
{
    shim_lock();
    seed = new_seed;
    draws = 0;
    shim_unlock();
}

void shim_forget_events(bool forget)
{
    shim_lock();
    forgets_events = forget;
    shim_unlock();
}
