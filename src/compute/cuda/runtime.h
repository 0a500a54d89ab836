/* The one seam to the CUDA runtime: a table of functions, so that the same backend runs on a GPU, in tests on
 * the CPU, and against runtimes that fail on purpose. Kernels are launched through kernels/kernels.h.
 *
 * Every function that returns int returns 0 or an error number of the CUDA runtime; `error_text` puts it into
 * words. Nothing here uses the NULL stream, and nothing but the functions named *_wait and memory_* waits. */
#ifndef LS_COMPUTE_CUDA_RUNTIME_H
#define LS_COMPUTE_CUDA_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The CUDA runtime's own opaque types. */
struct CUstream_st;
struct CUevent_st;
struct CUgraph_st;
struct CUgraphExec_st;
struct cudaGraphicsResource;

enum {
    CUDA_OUT_OF_MEMORY = 2,
    CUDA_NOT_READY = 600 /* what queries return while there is work left */
};

enum cuda_direction { CUDA_TO_DEVICE, CUDA_TO_HOST, CUDA_ON_DEVICE };

struct cuda_properties {
    char name[128];
    int major, minor; /* compute capability */
    int multiprocessors;
    size_t memory; /* bytes */
};

struct cuda_runtime {
    /* Versions are 1000·major + 10·minor. The driver's is the newest CUDA that it runs; 0: there is none. */
    int (*runtime_version)(int *version);
    int (*driver_version)(int *version);
    int (*device_count)(int *count);
    int (*device_properties)(int device, struct cuda_properties *properties);
    /* 0 when the calling thread's device can run the kernels of this program. */
    int (*load_kernels)(void);
    /* For the calling thread. Every thread that uses the others calls it first. */
    int (*device_use)(int device);

    int (*memory_info)(size_t *free_bytes, size_t *total_bytes);
    int (*memory_alloc)(void **memory, size_t bytes); /* on the device */
    int (*memory_free)(void *memory);
    int (*pinned_alloc)(void **memory, size_t bytes); /* on the host, for copies that do not wait */
    int (*pinned_free)(void *memory);
    /* Private to copy.c, where bytes are counted. */
    int (*copy)(void *to, const void *from, size_t bytes, enum cuda_direction direction,
                struct CUstream_st *stream);
    int (*fill)(void *memory, int byte, size_t bytes, struct CUstream_st *stream);

    /* Non-blocking: unordered with the NULL stream. */
    int (*stream_create)(struct CUstream_st **stream, bool high_priority);
    int (*stream_destroy)(struct CUstream_st *stream);
    int (*stream_wait)(struct CUstream_st *stream);                            /* the host waits */
    int (*stream_after)(struct CUstream_st *stream, struct CUevent_st *event); /* the stream waits */

    int (*event_create)(struct CUevent_st **event, bool timing);
    int (*event_destroy)(struct CUevent_st *event);
    int (*event_record)(struct CUevent_st *event, struct CUstream_st *stream);
    int (*event_query)(struct CUevent_st *event); /* 0 or CUDA_NOT_READY */
    int (*event_wait)(struct CUevent_st *event);  /* the host waits */
    int (*event_elapsed)(float *ms, struct CUevent_st *first, struct CUevent_st *last); /* both with timing */

    /* What follows on `stream` becomes a graph; other threads go on unhindered (thread-local capture). */
    int (*capture_begin)(struct CUstream_st *stream);
    int (*capture_end)(struct CUstream_st *stream, struct CUgraph_st **graph);
    int (*graph_destroy)(struct CUgraph_st *graph);
    int (*graph_instantiate)(struct CUgraphExec_st **executable, struct CUgraph_st *graph);
    int (*graph_launch)(struct CUgraphExec_st *executable, struct CUstream_st *stream);
    int (*executable_destroy)(struct CUgraphExec_st *executable);

    /* OpenGL; its context is current on the calling thread. */
    int (*gl_devices)(unsigned *count, int *devices, unsigned capacity); /* those that drive the context */
    int (*gl_register_buffer)(struct cudaGraphicsResource **resource, unsigned buffer); /* flags: none */
    int (*gl_unregister)(struct cudaGraphicsResource *resource);
    int (*gl_map)(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream);
    int (*gl_unmap)(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream);
    int (*gl_pointer)(void **memory, size_t *bytes, struct cudaGraphicsResource *resource);

    /* What an earlier call left behind on this thread; forgets it unless the device is lost. */
    int (*last_error)(void);
    const char *(*error_name)(int error); /* "cudaErrorMemoryAllocation" */
    const char *(*error_text)(int error); /* "out of memory" */
};

/* The runtime that this program was linked with; NULL: it was built without the CUDA toolkit. Its functions
 * work on a machine without a driver too, and say so. */
const struct cuda_runtime *cuda_runtime(void);

#endif
