/* Graphs as lists of closures; a launch runs them in the order of their coming, which every stream and event
 * of the capture allows. */
#include "runtime_parts.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_JOINED = 8 };

struct CUgraph_st {
    struct closure *work;
    size_t count, capacity;
    int owners;                             /* the graph's own, its executables and their launches */
    struct CUstream_st *joined[MAX_JOINED]; /* streams that are captured into it */
    int joined_count;
};

struct CUgraphExec_st {
    struct CUgraph_st *graph;
};

static long graph_launches;

void shim_capture_work(struct CUgraph_st *graph, struct closure closure)
{
    if (graph->count == graph->capacity) {
        graph->capacity = graph->capacity ? 2 * graph->capacity : 64;
        graph->work = ls_realloc(graph->work, graph->capacity * sizeof *graph->work);
    }
    graph->work[graph->count++] = closure;
}

void shim_join_capture(struct CUgraph_st *graph, struct CUstream_st *stream)
{
    LS_ASSERT(graph->joined_count < MAX_JOINED);
    graph->joined[graph->joined_count++] = stream;
    stream->capture = graph;
}

static int capture_begin(struct CUstream_st *stream)
{
    const int error = shim_begin();
    if (error)
        return shim_end(error);
    LS_ASSERT(stream && !stream->capture);
    shim_join_capture(ls_calloc(1, sizeof *stream->capture), stream);
    stream->capture->owners = 1;
    stream->began_capture = true;
    shim_living.graphs++;
    return shim_end(0);
}

static void disown(void *context)
{
    struct CUgraph_st *graph = context;
    if (--graph->owners > 0)
        return;
    for (size_t i = 0; i < graph->count; i++)
        if (graph->work[i].destroy)
            graph->work[i].destroy(graph->work[i].context);
    free(graph->work);
    free(graph);
}

/* As CUDA does, a failure leaves the stream uncaptured and returns no graph. */
static int capture_end(struct CUstream_st *stream, struct CUgraph_st **graph)
{
    const int error = shim_begin();
    LS_ASSERT(stream && stream->capture && stream->began_capture);
    *graph = stream->capture;
    for (int i = 0; i < (*graph)->joined_count; i++)
        (*graph)->joined[i]->capture = NULL;
    stream->began_capture = false;
    if (error) {
        disown(*graph);
        shim_living.graphs--;
        *graph = NULL;
    }
    return shim_end(error);
}

static int graph_destroy(struct CUgraph_st *graph)
{
    const int error = shim_begin();
    disown(graph);
    shim_living.graphs--;
    return shim_end(error);
}

static int graph_instantiate(struct CUgraphExec_st **executable, struct CUgraph_st *graph)
{
    const int error = shim_begin();
    if (error)
        return shim_end(error);
    *executable = ls_calloc(1, sizeof **executable);
    (*executable)->graph = graph;
    graph->owners++;
    shim_living.executables++;
    return shim_end(0);
}

static void do_launch(void *context)
{
    const struct CUgraph_st *graph = context;
    for (size_t i = 0; i < graph->count; i++)
        graph->work[i].function(graph->work[i].context);
}

static int graph_launch(struct CUgraphExec_st *executable, struct CUstream_st *stream)
{
    int error = shim_begin();
    LS_ASSERT(stream && !stream->capture);
    if (!error && stream->device != shim_current_device())
        error = INVALID_HANDLE;
    if (error)
        return shim_end(error);
    graph_launches++;
    executable->graph->owners++;
    shim_enqueue_work(stream, (struct closure){do_launch, executable->graph, disown});
    return shim_end(0);
}

static int executable_destroy(struct CUgraphExec_st *executable)
{
    const int error = shim_begin();
    disown(executable->graph);
    free(executable);
    shim_living.executables--;
    return shim_end(error);
}

void shim_fill_graphs(struct cuda_runtime *table)
{
    table->capture_begin = capture_begin;
    table->capture_end = capture_end;
    table->graph_destroy = graph_destroy;
    table->graph_instantiate = graph_instantiate;
    table->graph_launch = graph_launch;
    table->executable_destroy = executable_destroy;
}

long shim_graph_launches(void) { return graph_launches; }
