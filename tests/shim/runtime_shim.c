/* Streams as one queue of closures for all: order of coming is an order that every stream and event allows.
 */
#include "runtime_shim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "shim_record.h"

enum {
    OUT_OF_MEMORY = 2,
    INVALID_CONFIGURATION = 9,
    NOT_SUPPORTED = 801,
    ALREADY_MAPPED = 208,
    NOT_MAPPED = 211,
    MEMORY_MIB = 4096,
    MAX_JOINED = 8
};

struct closure {
    void (*function)(void *);
    void *context;
    void (*destroy)(void *);
};

struct closures {
    struct closure *items;
    size_t count, capacity;
};

struct CUgraph_st {
    struct closures work;
    int owners;                             /* the graph's and those of its executables */
    struct CUstream_st *joined[MAX_JOINED]; /* streams that are captured into it */
    int joined_count;
};

struct CUgraphExec_st {
    struct CUgraph_st *graph;
};

struct CUstream_st {
    struct CUgraph_st *capture; /* NULL: not captured */
    bool began_capture;
};

struct CUevent_st {
    struct CUgraph_st *capture; /* recorded while it was captured */
    bool done, asked;
    double seconds;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct closures queue; /* of late work */
static size_t first_queued;
static bool is_late;
static struct shim_alive alive;
static long calls, graph_launches, single_launches, fails_at = -1;
static int fails_with;
static bool fails_for_good;

static void append(struct closures *to, struct closure closure)
{
    if (to->count == to->capacity) {
        to->capacity = to->capacity ? 2 * to->capacity : 64;
        to->items = ls_realloc(to->items, to->capacity * sizeof *to->items);
    }
    to->items[to->count++] = closure;
}

static void run(struct closure closure)
{
    closure.function(closure.context);
    if (closure.destroy)
        closure.destroy(closure.context);
}

/* With the mutex held, as everything below that is not in the table or in a header. */
static void drain(void)
{
    while (first_queued < queue.count)
        run(queue.items[first_queued++]);
    queue.count = first_queued = 0;
    free(queue.items);
    queue = (struct closures){0};
}

static void enqueue(struct CUstream_st *stream, struct closure closure)
{
    LS_ASSERT(stream);
    if (stream->capture)
        append(&stream->capture->work, closure);
    else if (is_late)
        append(&queue, closure);
    else
        run(closure);
}

/* Begins each function of the table that can fail; `end` ends it. */
static int begin(void)
{
    pthread_mutex_lock(&mutex);
    calls++;
    if (fails_at < 0 || (calls <= fails_at) || (calls > fails_at + 1 && !fails_for_good))
        return 0;
    return fails_with;
}

static int end(int error)
{
    pthread_mutex_unlock(&mutex);
    return error;
}

void shim_record(struct CUstream_st *stream, void (*function)(void *), void *context, void (*destroy)(void *))
{
    pthread_mutex_lock(&mutex);
    single_launches += stream && !stream->capture;
    enqueue(stream, (struct closure){function, context, destroy});
    pthread_mutex_unlock(&mutex);
}

/* ---- the device ---- */

static int version(int *out) { return *out = 13000, 0; }

static int device_count(int *count)
{
    const int error = begin();
    *count = error ? 0 : 1;
    return end(error);
}

static int device_properties(int device, struct cuda_properties *properties)
{
    const int error = begin();
    LS_ASSERT(device == 0);
    *properties =
        (struct cuda_properties){.major = 9, .multiprocessors = 1, .memory = (size_t)MEMORY_MIB << 20};
    snprintf(properties->name, sizeof properties->name, "kernels on the CPU");
    return end(error);
}

static int device_use(int device)
{
    LS_ASSERT(device == 0);
    return end(begin());
}

static int load_kernels(void) { return end(begin()); }

/* ---- memory ---- */

static int memory_info(size_t *free_bytes, size_t *total_bytes)
{
    *free_bytes = *total_bytes = (size_t)MEMORY_MIB << 20;
    return end(begin());
}

/* All bits set: every float is a NaN until somebody writes it. */
static int allocate(void **memory, size_t bytes, int *count)
{
    const int error = begin();
    if (error)
        return end(error);
    *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (!*memory)
        return end(OUT_OF_MEMORY);
    memset(*memory, 0xff, bytes);
    ++*count;
    return end(0);
}

/* Waits for the device, as CUDA does. */
static int release(void *memory, int *count)
{
    const int error = begin();
    drain();
    free(memory);
    *count -= memory != NULL;
    return end(error);
}

static int memory_alloc(void **memory, size_t bytes) { return allocate(memory, bytes, &alive.memory); }
static int memory_free(void *memory) { return release(memory, &alive.memory); }
static int pinned_alloc(void **memory, size_t bytes) { return allocate(memory, bytes, &alive.pinned); }
static int pinned_free(void *memory) { return release(memory, &alive.pinned); }

struct transfer {
    void *to;
    const void *from;
    size_t bytes;
    int byte;
};

static void do_copy(void *context)
{
    const struct transfer *t = context;
    memmove(t->to, t->from, t->bytes);
}

static void do_fill(void *context)
{
    const struct transfer *t = context;
    memset(t->to, t->byte, t->bytes);
}

static int transfer(struct CUstream_st *stream, void (*function)(void *), struct transfer t)
{
    const int error = begin();
    if (error)
        return end(error);
    struct transfer *own = ls_calloc(1, sizeof *own);
    *own = t;
    enqueue(stream, (struct closure){function, own, free});
    return end(0);
}

static int copy(void *to, const void *from, size_t bytes, enum cuda_direction direction,
                struct CUstream_st *stream)
{
    LS_ASSERT(direction >= CUDA_TO_DEVICE && direction <= CUDA_ON_DEVICE);
    return transfer(stream, do_copy, (struct transfer){to, from, bytes, 0});
}

static int fill(void *memory, int byte, size_t bytes, struct CUstream_st *stream)
{
    return transfer(stream, do_fill, (struct transfer){memory, NULL, bytes, byte});
}

/* ---- streams and events ---- */

static int stream_create(struct CUstream_st **stream, bool high_priority)
{
    (void)high_priority;
    const int error = begin();
    if (error)
        return end(error);
    *stream = ls_calloc(1, sizeof **stream);
    alive.streams++;
    return end(0);
}

static int stream_destroy(struct CUstream_st *stream)
{
    const int error = begin();
    LS_ASSERT(stream);
    drain();
    alive.streams--;
    free(stream);
    return end(error);
}

static int stream_wait(struct CUstream_st *stream)
{
    const int error = begin();
    LS_ASSERT(stream && !stream->capture);
    drain();
    return end(error);
}

static void join(struct CUgraph_st *graph, struct CUstream_st *stream)
{
    LS_ASSERT(graph->joined_count < MAX_JOINED);
    graph->joined[graph->joined_count++] = stream;
    stream->capture = graph;
}

static int stream_after(struct CUstream_st *stream, struct CUevent_st *event)
{
    const int error = begin();
    LS_ASSERT(stream && event);
    if (event->capture && !stream->capture)
        join(event->capture, stream);
    return end(error);
}

static int event_create(struct CUevent_st **event, bool timing)
{
    (void)timing;
    const int error = begin();
    if (error)
        return end(error);
    *event = ls_calloc(1, sizeof **event);
    (*event)->done = true;
    alive.events++;
    return end(0);
}

static int event_destroy(struct CUevent_st *event)
{
    const int error = begin();
    LS_ASSERT(event);
    drain();
    alive.events--;
    free(event);
    return end(error);
}

static void do_record(void *context)
{
    struct CUevent_st *event = context;
    event->done = true;
    event->seconds = clock_seconds();
}

static int event_record(struct CUevent_st *event, struct CUstream_st *stream)
{
    const int error = begin();
    LS_ASSERT(event && stream);
    event->capture = stream->capture;
    event->done = event->asked = false;
    if (!stream->capture)
        enqueue(stream, (struct closure){do_record, event, NULL});
    return end(error);
}

static int event_query(struct CUevent_st *event)
{
    const int error = begin();
    LS_ASSERT(event && !event->capture);
    if (event->asked)
        drain();
    event->asked = true;
    return end(error ? error : event->done ? 0 : CUDA_NOT_READY);
}

static int event_wait(struct CUevent_st *event)
{
    const int error = begin();
    LS_ASSERT(event && !event->capture);
    drain();
    return end(error);
}

static int event_elapsed(float *ms, struct CUevent_st *first, struct CUevent_st *last)
{
    *ms = (float)(1e3 * (last->seconds - first->seconds));
    return end(begin());
}

/* ---- graphs ---- */

static int capture_begin(struct CUstream_st *stream)
{
    const int error = begin();
    if (error)
        return end(error);
    LS_ASSERT(stream && !stream->capture);
    join(ls_calloc(1, sizeof *stream->capture), stream);
    stream->capture->owners = 1;
    stream->began_capture = true;
    alive.graphs++;
    return end(0);
}

static void disown(struct CUgraph_st *graph)
{
    if (--graph->owners > 0)
        return;
    for (size_t i = 0; i < graph->work.count; i++)
        if (graph->work.items[i].destroy)
            graph->work.items[i].destroy(graph->work.items[i].context);
    free(graph->work.items);
    free(graph);
}

/* As CUDA does, a failure leaves the stream uncaptured and returns no graph. */
static int capture_end(struct CUstream_st *stream, struct CUgraph_st **graph)
{
    const int error = begin();
    LS_ASSERT(stream && stream->capture && stream->began_capture);
    *graph = stream->capture;
    for (int i = 0; i < (*graph)->joined_count; i++)
        (*graph)->joined[i]->capture = NULL;
    stream->began_capture = false;
    if (error) {
        disown(*graph);
        alive.graphs--;
        *graph = NULL;
    }
    return end(error);
}

static int graph_destroy(struct CUgraph_st *graph)
{
    const int error = begin();
    drain();
    disown(graph);
    alive.graphs--;
    return end(error);
}

static int graph_instantiate(struct CUgraphExec_st **executable, struct CUgraph_st *graph)
{
    const int error = begin();
    if (error)
        return end(error);
    *executable = ls_calloc(1, sizeof **executable);
    (*executable)->graph = graph;
    graph->owners++;
    alive.executables++;
    return end(0);
}

static void do_launch(void *context)
{
    const struct closures *work = &((struct CUgraphExec_st *)context)->graph->work;
    for (size_t i = 0; i < work->count; i++)
        work->items[i].function(work->items[i].context);
}

static int graph_launch(struct CUgraphExec_st *executable, struct CUstream_st *stream)
{
    const int error = begin();
    if (error)
        return end(error);
    LS_ASSERT(stream && !stream->capture);
    graph_launches++;
    enqueue(stream, (struct closure){do_launch, executable, NULL});
    return end(0);
}

static int executable_destroy(struct CUgraphExec_st *executable)
{
    const int error = begin();
    drain();
    disown(executable->graph);
    free(executable);
    alive.executables--;
    return end(error);
}

/* ---- OpenGL ---- */

struct cudaGraphicsResource {
    unsigned buffer;
    size_t bytes;
    void *memory; /* while mapped: elsewhere each time */
    void *before; /* what the buffer held when it was mapped */
};

static struct shim_gl gl;

void shim_set_gl(const struct shim_gl *functions)
{
    pthread_mutex_lock(&mutex);
    gl = functions ? *functions : (struct shim_gl){0};
    pthread_mutex_unlock(&mutex);
}

static int gl_devices(unsigned *count, int *devices, unsigned capacity)
{
    const int error = begin();
    *count = 0;
    if (error || !gl.size)
        return end(error ? error : NOT_SUPPORTED);
    LS_ASSERT(capacity > 0);
    *count = 1;
    devices[0] = gl.device;
    return end(0);
}

static int gl_register_buffer(struct cudaGraphicsResource **resource, unsigned buffer)
{
    const int error = begin();
    if (error || !gl.size)
        return end(error ? error : NOT_SUPPORTED);
    *resource = ls_calloc(1, sizeof **resource);
    **resource = (struct cudaGraphicsResource){.buffer = buffer, .bytes = gl.size(buffer)};
    alive.resources++;
    return end(0);
}

static void forget_mapping(struct cudaGraphicsResource *resource)
{
    free(resource->memory);
    free(resource->before);
    resource->memory = resource->before = NULL;
}

static int gl_unregister(struct cudaGraphicsResource *resource)
{
    const int error = begin();
    drain();
    forget_mapping(resource);
    free(resource);
    alive.resources--;
    return end(error);
}

static int gl_map(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream)
{
    const int error = begin();
    LS_ASSERT(stream && count == 1);
    struct cudaGraphicsResource *resource = resources[0];
    if (error || resource->memory || !gl.size)
        return end(error ? error : resource->memory ? ALREADY_MAPPED : NOT_SUPPORTED);
    resource->memory = ls_calloc(1, resource->bytes);
    resource->before = ls_calloc(1, resource->bytes);
    gl.read(resource->buffer, resource->memory, resource->bytes);
    memcpy(resource->before, resource->memory, resource->bytes);
    return end(0);
}

/* The stream's work comes before what OpenGL does next. A buffer that OpenGL wrote meanwhile is a mistake. */
static int gl_unmap(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream)
{
    const int error = begin();
    LS_ASSERT(count == 1);
    struct cudaGraphicsResource *resource = resources[0];
    if (error || !resource->memory)
        return end(error ? error : NOT_MAPPED);
    LS_ASSERT(stream);
    drain();
    void *now = ls_calloc(1, resource->bytes);
    gl.read(resource->buffer, now, resource->bytes);
    LS_ASSERT(memcmp(now, resource->before, resource->bytes) == 0);
    free(now);
    gl.write(resource->buffer, resource->memory, resource->bytes);
    forget_mapping(resource);
    return end(0);
}

static int gl_pointer(void **memory, size_t *bytes, struct cudaGraphicsResource *resource)
{
    const int error = begin();
    if (error || !resource->memory)
        return end(error ? error : NOT_MAPPED);
    *memory = resource->memory;
    *bytes = resource->bytes;
    return end(0);
}

/* ---- errors ---- */

static _Thread_local int last;

int shim_last_error(int take)
{
    const int error = last;
    last = take ? 0 : last;
    return error;
}

void shim_set_last_error(int error) { last = error; }

static int last_error(void) { return shim_last_error(1); }

static const char *error_name(int error)
{
    return error == OUT_OF_MEMORY           ? "cudaErrorMemoryAllocation"
           : error == INVALID_CONFIGURATION ? "cudaErrorInvalidConfiguration"
                                            : "cudaErrorOfATest";
}

const char *shim_error_text(int error)
{
    return error == OUT_OF_MEMORY           ? "out of memory"
           : error == INVALID_CONFIGURATION ? "invalid configuration argument"
                                            : "an error that a test asked for";
}

const struct cuda_runtime *cuda_runtime(void)
{
    static const struct cuda_runtime table = {
        .runtime_version = version,
        .driver_version = version,
        .device_count = device_count,
        .device_properties = device_properties,
        .load_kernels = load_kernels,
        .device_use = device_use,
        .memory_info = memory_info,
        .memory_alloc = memory_alloc,
        .memory_free = memory_free,
        .pinned_alloc = pinned_alloc,
        .pinned_free = pinned_free,
        .copy = copy,
        .fill = fill,
        .stream_create = stream_create,
        .stream_destroy = stream_destroy,
        .stream_wait = stream_wait,
        .stream_after = stream_after,
        .event_create = event_create,
        .event_destroy = event_destroy,
        .event_record = event_record,
        .event_query = event_query,
        .event_wait = event_wait,
        .event_elapsed = event_elapsed,
        .capture_begin = capture_begin,
        .capture_end = capture_end,
        .graph_destroy = graph_destroy,
        .graph_instantiate = graph_instantiate,
        .graph_launch = graph_launch,
        .executable_destroy = executable_destroy,
        .gl_devices = gl_devices,
        .gl_register_buffer = gl_register_buffer,
        .gl_unregister = gl_unregister,
        .gl_map = gl_map,
        .gl_unmap = gl_unmap,
        .gl_pointer = gl_pointer,
        .last_error = last_error,
        .error_name = error_name,
        .error_text = shim_error_text,
    };
    return &table;
}

/* ---- for tests ---- */

void shim_set_late(bool late)
{
    pthread_mutex_lock(&mutex);
    drain();
    is_late = late;
    pthread_mutex_unlock(&mutex);
}

void shim_fail(long call, int error, bool lost)
{
    pthread_mutex_lock(&mutex);
    fails_at = call < 0 ? -1 : calls + call;
    fails_with = error;
    fails_for_good = lost;
    pthread_mutex_unlock(&mutex);
}

long shim_calls(void) { return calls; }
struct shim_alive shim_alive(void) { return alive; }
long shim_graph_launches(void) { return graph_launches; }
long shim_single_launches(void) { return single_launches; }
