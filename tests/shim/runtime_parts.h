/* What the parts of the shimmed runtime share. But for shim_begin and shim_lock, which take the mutex, all of
 * it is called with the mutex held. */
#ifndef LS_TESTS_RUNTIME_PARTS_H
#define LS_TESTS_RUNTIME_PARTS_H

#include "runtime_shim.h"

enum {
    OUT_OF_MEMORY = 2,
    INVALID_CONFIGURATION = 9,
    NOT_SUPPORTED = 801,
    ALREADY_MAPPED = 208,
    NOT_MAPPED = 211,
    INVALID_HANDLE = 400
};

/* What a stream has to do: `context` is destroyed when it is done. */
struct closure {
    void (*function)(void *context);
    void *context;
    void (*destroy)(void *context); /* may be NULL */
};

struct CUstream_st {
    int device;
    struct operation *queue; /* in the order of their coming, from `first` on */
    size_t first, count, capacity;
    struct CUgraph_st *capture; /* NULL: not captured */
    bool began_capture, destroyed;
    struct CUstream_st *next;
};

void shim_lock(void);
void shim_unlock(void);
/* Begins each function of the table that can fail. Returns 0, or the error that a test asked for. */
int shim_begin(void);
/* Ends it and returns the error, which stays the thread's last one until somebody takes it. */
int shim_end(int error);
int shim_current_device(void);
extern struct shim_alive shim_living;

/* Runs at once, becomes part of a graph, or waits in the stream's queue. */
void shim_enqueue_work(struct CUstream_st *stream, struct closure closure);
/* What the stream has to do is done; other streams may go on meanwhile. */
void shim_finish_stream(struct CUstream_st *stream);
/* The same, but what is done by this function is still to come. */
void shim_finish_but(struct CUstream_st *stream, void (*function)(void *));
/* All streams. */
void shim_finish_all(void);
/* It has nothing to do, or is destroyed and done. */
bool shim_is_idle(const struct CUstream_st *stream);
/* The part of a copy to the host that changes the host's memory. */
void shim_land(void *context);
/* Calls `visit` with all that is queued and has this function. */
void shim_visit_queued(void (*function)(void *), void (*visit)(void *context, void *argument),
                       void *argument);

/* While the stream is captured; the graph keeps the closure. */
void shim_capture_work(struct CUgraph_st *graph, struct closure closure);
/* The stream's work goes to the graph, too, until its capture ends. */
void shim_join_capture(struct CUgraph_st *graph, struct CUstream_st *stream);

/* Each part's functions. */
void shim_fill_memory(struct cuda_runtime *table);
void shim_fill_streams(struct cuda_runtime *table);
void shim_fill_graphs(struct cuda_runtime *table);
void shim_fill_gl(struct cuda_runtime *table);

#endif
