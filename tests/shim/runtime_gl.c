/* OpenGL's buffers, reached through what a test provides. A mapped one is a copy in memory of its own. */
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

struct cudaGraphicsResource {
    unsigned buffer;
    size_t bytes;
    void *memory;               /* while mapped: elsewhere each time */
    void *before;               /* what the buffer held when it was mapped */
    struct CUstream_st *stream; /* that it is mapped for */
};

static struct shim_gl gl;

void shim_set_gl(const struct shim_gl *functions)
{
    shim_lock();
    gl = functions ? *functions : (struct shim_gl){0};
    shim_unlock();
}

static int gl_devices(unsigned *count, int *devices, unsigned capacity)
{
    const int error = shim_begin();
    *count = 0;
    if (error || !gl.size)
        return shim_end(error ? error : NOT_SUPPORTED);
    LS_ASSERT(capacity > 0);
    *count = 1;
    devices[0] = gl.device;
    return shim_end(0);
}

static int gl_register_buffer(struct cudaGraphicsResource **resource, unsigned buffer)
{
    const int error = shim_begin();
    if (error || !gl.size || gl.device != shim_current_device())
        return shim_end(error ? error : NOT_SUPPORTED);
    *resource = ls_calloc(1, sizeof **resource);
    **resource = (struct cudaGraphicsResource){.buffer = buffer, .bytes = gl.size(buffer)};
    shim_living.resources++;
    return shim_end(0);
}

static void forget_mapping(struct cudaGraphicsResource *resource)
{
    free(resource->memory);
    free(resource->before);
    resource->memory = resource->before = NULL;
}

/* What is still to be written into a mapped one would go nowhere. */
static int gl_unregister(struct cudaGraphicsResource *resource)
{
    const int error = shim_begin();
    LS_ASSERT(!resource->memory || shim_is_idle(resource->stream));
    forget_mapping(resource);
    free(resource);
    shim_living.resources--;
    return shim_end(error);
}

static int gl_map(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream)
{
    const int error = shim_begin();
    LS_ASSERT(stream && count == 1);
    struct cudaGraphicsResource *resource = resources[0];
    if (error || resource->memory || !gl.size)
        return shim_end(error ? error : resource->memory ? ALREADY_MAPPED : NOT_SUPPORTED);
    resource->memory = ls_calloc(1, resource->bytes);
    resource->before = ls_calloc(1, resource->bytes);
    resource->stream = stream;
    gl.read(resource->buffer, resource->memory, resource->bytes);
    memcpy(resource->before, resource->memory, resource->bytes);
    return shim_end(0);
}

/* The stream's work comes before what OpenGL does next, but not before what the host does. A buffer that
 * OpenGL wrote meanwhile is a mistake, and so is a stream that knows nothing of what was written. */
static int gl_unmap(int count, struct cudaGraphicsResource **resources, struct CUstream_st *stream)
{
    const int error = shim_begin();
    LS_ASSERT(count == 1);
    struct cudaGraphicsResource *resource = resources[0];
    if (error || !resource->memory)
        return shim_end(error ? error : NOT_MAPPED);
    LS_ASSERT(stream && stream == resource->stream);
    shim_finish_but(stream, shim_land);
    void *now = ls_calloc(1, resource->bytes);
    gl.read(resource->buffer, now, resource->bytes);
    LS_ASSERT(memcmp(now, resource->before, resource->bytes) == 0);
    free(now);
    gl.write(resource->buffer, resource->memory, resource->bytes);
    forget_mapping(resource);
    return shim_end(0);
}

static int gl_pointer(void **memory, size_t *bytes, struct cudaGraphicsResource *resource)
{
    const int error = shim_begin();
    if (error || !resource->memory)
        return shim_end(error ? error : NOT_MAPPED);
    *memory = resource->memory;
    *bytes = resource->bytes;
    return shim_end(0);
}

void shim_fill_gl(struct cuda_runtime *table)
{
    table->gl_devices = gl_devices;
    table->gl_register_buffer = gl_register_buffer;
    table->gl_unregister = gl_unregister;
    table->gl_map = gl_map;
    table->gl_unmap = gl_unmap;
    table->gl_pointer = gl_pointer;
}
