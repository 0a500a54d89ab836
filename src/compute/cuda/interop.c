/* Registering, mapping and unmapping, and the self-test that proves them. */
#include "compute/cuda/interop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "compute/cuda/interop_hint.h"
#include "kernels/kernels.h"

enum { TESTED_FLOATS = 1 << 16, MAX_GL_DEVICES = 16 };

struct interop {
    const struct cuda_runtime *runtime;
    struct cudaGraphicsResource *resources[SHARED_BUFFER_COUNT]; /* NULL: not registered */
    size_t bytes;                                                /* of each */
    int mapped;                                                  /* its number; −1: none */
    struct CUstream_st *mapped_on; /* for its work alone, and to be unmapped after it */
    bool over;
    char problem[512];
};

/* Notes the failed call; the first one stays. Leaves no error behind that another call would find. */
static bool fail(struct interop *interop, const char *what, int error)
{
    if (!interop->over)
        snprintf(interop->problem, sizeof interop->problem, "%s: %s (%d, %s)", what,
                 interop->runtime->error_name(error), error, interop->runtime->error_text(error));
    interop->over = true;
    interop->runtime->last_error();
    return false;
}

static bool check_device(struct interop *interop, int device)
{
    unsigned count = 0;
    int devices[MAX_GL_DEVICES] = {0};
    const int error = interop->runtime->gl_devices(&count, devices, MAX_GL_DEVICES);
    if (error)
        return fail(interop, "cudaGLGetDevices", error);
    for (unsigned i = 0; i < count && i < MAX_GL_DEVICES; i++)
        if (devices[i] == device)
            return true;
    snprintf(interop->problem, sizeof interop->problem,
             count == 0 ? "no CUDA device drives OpenGL"
                        : "OpenGL is driven by CUDA device %d, training runs on device %d",
             devices[0], device);
    interop->over = true;
    return false;
}

void *interop_map(struct interop *interop, int buffer, struct CUstream_st *stream)
{
    if (interop->over)
        return NULL;
    LS_ASSERT(interop->mapped < 0);
    int error = interop->runtime->gl_map(1, &interop->resources[buffer], stream);
    if (error) {
        fail(interop, "cudaGraphicsMapResources", error);
        return NULL;
    }
    interop->mapped = buffer;
    interop->mapped_on = stream;
    void *memory = NULL;
    size_t bytes = 0;
    error = interop->runtime->gl_pointer(&memory, &bytes, interop->resources[buffer]);
    if (!error && memory && bytes >= interop->bytes)
        return memory;
    if (error)
        fail(interop, "cudaGraphicsResourceGetMappedPointer", error);
    else
        snprintf(interop->problem, sizeof interop->problem,
                 "cudaGraphicsResourceGetMappedPointer: expected %zu bytes, found %zu", interop->bytes,
                 bytes);
    interop->over = true;
    interop_unmap(interop);
    return NULL;
}

bool interop_unmap(struct interop *interop)
{
    if (interop->mapped < 0)
        return false;
    const int error = interop->runtime->gl_unmap(1, &interop->resources[interop->mapped], interop->mapped_on);
    interop->mapped = -1;
    if (error)
        fail(interop, "cudaGraphicsUnmapResources", error);
    return !interop->over;
}

/* What kernel_self_test writes. */
static float expected(size_t i) { return (float)(i % 8191) + 0.5f; }

static bool compare(struct interop *interop, const struct shared_buffers *buffers, int buffer, size_t count)
{
    float *found = ls_calloc(count, sizeof *found);
    buffers->read(buffers->names[buffer], found, count * sizeof *found);
    for (size_t i = 0; i < count && !interop->over; i++) {
        if (found[i] == expected(i))
            continue;
        snprintf(interop->problem, sizeof interop->problem,
                 "self-test: a kernel wrote %s at float %zu, OpenGL read %s", LS_NUMBER_GIVEN(expected(i)), i,
                 LS_NUMBER_GIVEN(found[i]));
        interop->over = true;
    }
    free(found);
    return !interop->over;
}

static bool test_buffer(struct interop *interop, const struct shared_buffers *buffers, int buffer,
                        struct CUstream_st *stream)
{
    const size_t floats = buffers->bytes / sizeof(float),
                 count = floats < TESTED_FLOATS ? floats : TESTED_FLOATS;
    float *memory = interop_map(interop, buffer, stream);
    if (memory) {
        kernel_self_test(stream, memory, count);
        const char *problem = kernel_last_error();
        if (problem) {
            snprintf(interop->problem, sizeof interop->problem, "self-test: %s", problem);
            interop->over = true;
        }
        interop_unmap(interop);
    }
    const int error = interop->runtime->stream_wait(stream);
    if (error)
        fail(interop, "self-test", error);
    return !interop->over && compare(interop, buffers, buffer, count);
}

static bool test_self(struct interop *interop, const struct shared_buffers *buffers)
{
    struct CUstream_st *stream = NULL;
    const int error = interop->runtime->stream_create(&stream, false);
    if (error)
        return fail(interop, "cudaStreamCreateWithPriority", error);
    bool ok = true;
    for (int i = 0; i < SHARED_BUFFER_COUNT && ok; i++)
        ok = test_buffer(interop, buffers, i, stream);
    interop->runtime->stream_destroy(stream);
    return ok;
}

static bool begin(struct interop *interop, int device, const struct shared_buffers *buffers)
{
    int error = interop->runtime->device_use(device);
    if (error)
        return fail(interop, "cudaSetDevice", error);
    if (!check_device(interop, device))
        return false;
    for (int i = 0; i < SHARED_BUFFER_COUNT; i++) {
        error = interop->runtime->gl_register_buffer(&interop->resources[i], buffers->names[i]);
        if (error) {
            interop->resources[i] = NULL;
            return fail(interop, "cudaGraphicsGLRegisterBuffer", error);
        }
    }
    return test_self(interop, buffers);
}

struct interop *interop_create(const struct cuda_runtime *runtime, int device,
                               const struct shared_buffers *buffers, struct error *err)
{
    struct interop *interop = ls_calloc(1, sizeof *interop);
    interop->runtime = runtime;
    interop->bytes = buffers->bytes;
    interop->mapped = -1;
    const char *wish = getenv("LAYERSCOPE_INTEROP");
    const bool off = wish && strcmp(wish, "off") == 0;
    if (!off && begin(interop, device, buffers))
        return interop;
    struct interop_surroundings surroundings;
    interop_look_around(&surroundings, buffers->renderer);
    if (off)
        error_set(err, "LAYERSCOPE_INTEROP=off");
    else
        error_set(err, "%s; OpenGL: %s; %s", interop->problem, surroundings.renderer,
                  interop_hint(&surroundings));
    interop_destroy(interop);
    return NULL;
}

/* Of a lost device all calls fail, which nobody needs to know. */
void interop_destroy(struct interop *interop)
{
    if (!interop)
        return;
    interop_unmap(interop);
    for (int i = 0; i < SHARED_BUFFER_COUNT; i++)
        if (interop->resources[i])
            interop->runtime->gl_unregister(interop->resources[i]);
    interop->runtime->last_error();
    free(interop);
}

const char *interop_problem(const struct interop *interop) { return interop->over ? interop->problem : NULL; }
