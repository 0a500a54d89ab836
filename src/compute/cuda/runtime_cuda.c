/* The table of the CUDA runtime, which is linked statically: a machine without a driver still starts the
 * program. */
#include "compute/cuda/runtime.h"

#include <stdio.h>

#include <cuda_runtime_api.h>

#include <cuda_gl_interop.h>

#include "kernels/kernels.h"

static int runtime_version(int *version) { return cudaRuntimeGetVersion(version); }
static int driver_version(int *version) { return cudaDriverGetVersion(version); }
static int device_count(int *count) { return cudaGetDeviceCount(count); }
static int device_use(int device) { return cudaSetDevice(device); }

static int load_kernels(void) { return kernel_load(); }

static int device_properties(int device, struct cuda_properties *properties)
{
    struct cudaDeviceProp found;
    const cudaError_t error = cudaGetDeviceProperties(&found, device);
    if (error != cudaSuccess)
        return error;
    snprintf(properties->name, sizeof properties->name, "%.*s", (int)sizeof properties->name - 1, found.name);
    properties->major = found.major;
    properties->minor = found.minor;
    properties->multiprocessors = found.multiProcessorCount;
    properties->memory = found.totalGlobalMem;
    return 0;
}

static int memory_info(size_t *free_bytes, size_t *total_bytes)
{
    return cudaMemGetInfo(free_bytes, total_bytes);
}

static int memory_alloc(void **memory, size_t bytes) { return cudaMalloc(memory, bytes); }
static int memory_free(void *memory) { return cudaFree(memory); }
static int pinned_alloc(void **memory, size_t bytes)
{
    return cudaHostAlloc(memory, bytes, cudaHostAllocDefault);
}
static int pinned_free(void *memory) { return cudaFreeHost(memory); }

static int copy(void *to, const void *from, size_t bytes, enum cuda_direction direction,
                struct CUstream_st *stream)
{
    static const enum cudaMemcpyKind kinds[] = {[CUDA_TO_DEVICE] = cudaMemcpyHostToDevice,
                                                [CUDA_TO_HOST] = cudaMemcpyDeviceToHost,
                                                [CUDA_ON_DEVICE] = cudaMemcpyDeviceToDevice};
    return cudaMemcpyAsync(to, from, bytes, kinds[direction], stream);
}

static int fill(void *memory, int byte, size_t bytes, struct CUstream_st *stream)
{
    return cudaMemsetAsync(memory, byte, bytes, stream);
}

static int stream_create(struct CUstream_st **stream, bool high_priority)
{
    int least = 0, greatest = 0;
    const cudaError_t error = cudaDeviceGetStreamPriorityRange(&least, &greatest);
    if (error != cudaSuccess)
        return error;
    return cudaStreamCreateWithPriority(stream, cudaStreamNonBlocking, high_priority ? greatest : least);
}

static int stream_destroy(struct CUstream_st *stream) { return cudaStreamDestroy(stream); }
static int stream_wait(struct CUstream_st *stream) { return cudaStreamSynchronize(stream); }
static int stream_after(struct CUstream_st *stream, struct CUevent_st *event)
{
    return cudaStreamWaitEvent(stream, event, cudaEventWaitDefault);
}

static int event_create(struct CUevent_st **event, bool timing)
{
    return cudaEventCreateWithFlags(event, timing ? cudaEventDefault : cudaEventDisableTiming);
}
static int event_destroy(struct CUevent_st *event) { return cudaEventDestroy(event); }
static int event_record(struct CUevent_st *event, struct CUstream_st *stream)
{
    return cudaEventRecord(event, stream);
}
static int event_query(struct CUevent_st *event) { return cudaEventQuery(event); }
static int event_wait(struct CUevent_st *event) { return cudaEventSynchronize(event); }
static int event_elapsed(float *ms, struct CUevent_st *first, struct CUevent_st *last)
{
    return cudaEventElapsedTime(ms, first, last);
}

static int capture_begin(struct CUstream_st *stream)
{
    return cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
}
static int capture_end(struct CUstream_st *stream, struct CUgraph_st **graph)
{
    return cudaStreamEndCapture(stream, graph);
}
static int graph_destroy(struct CUgraph_st *graph) { return cudaGraphDestroy(graph); }
static int graph_instantiate(struct CUgraphExec_st **executable, struct CUgraph_st *graph)
{
    return cudaGraphInstantiate(executable, graph, 0);
}
static int graph_launch(struct CUgraphExec_st *executable, struct CUstream_st *stream)
{
    return cudaGraphLaunch(executable, stream);
}
static int executable_destroy(struct CUgraphExec_st *executable) { return cudaGraphExecDestroy(executable); }

static int gl_devices(unsigned *count, int *devices, unsigned capacity)
{
    return cudaGLGetDevices(count, devices, capacity, cudaGLDeviceListAll);
}
static int gl_register_buffer(struct cudaGraphicsResource **resource, unsigned buffer)
{
    return cudaGraphicsGLRegisterBuffer(resource, buffer, cudaGraphicsRegisterFlagsNone);
}
static int gl_unregister(struct cudaGraphicsResource *resource)
{
    return cudaGraphicsUnregisterResource(resource);
}
static int gl_map(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream)
{
    return cudaGraphicsMapResources(count, resources, stream);
}
static int gl_unmap(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream)
{
    return cudaGraphicsUnmapResources(count, resources, stream);
}
static int gl_pointer(void **memory, size_t *bytes, struct cudaGraphicsResource *resource)
{
    return cudaGraphicsResourceGetMappedPointer(memory, bytes, resource);
}

static int last_error(void) { return cudaGetLastError(); }
static const char *error_name(int error) { return cudaGetErrorName((cudaError_t)error); }
static const char *error_text(int error) { return cudaGetErrorString((cudaError_t)error); }

const struct cuda_runtime *cuda_runtime(void)
{
    static const struct cuda_runtime table = {
        .runtime_version = runtime_version,
        .driver_version = driver_version,
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
        .error_text = error_text,
    };
    return &table;
}
