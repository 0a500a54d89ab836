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
    struct cudaGraphicsResource *resource; /* NULL: not registered */
    size_t bytes;
    bool mapped, over;
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
    int devices[MAX_GL_DEVICES];
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

void *interop_map(struct interop *interop, struct CUstream_st *stream)
{
    if (interop->over)
        return NULL;
    LS_ASSERT(!interop->mapped);
    int error = interop->runtime->gl_map(1, &interop->resource, stream);
    if (error) {
        fail(interop, "cudaGraphicsMapResources", error);
        return NULL;
    }
    interop->mapped = true;
    void *memory = NULL;
    size_t bytes = 0;
    error = interop->runtime->gl_pointer(&memory, &bytes, interop->resource);
    if (!error && memory && bytes >= interop->bytes)
        return memory;
    if (error)
        fail(interop, "cudaGraphicsResourceGetMappedPointer", error);
    else
        snprintf(interop->problem, sizeof interop->problem,
                 "cudaGraphicsResourceGetMappedPointer: expected %zu bytes, found %zu", interop->bytes,
                 bytes);
    interop->over = true;
    interop_unmap(interop, stream);
    return NULL;
}

bool interop_unmap(struct interop *interop, struct CUstream_st *stream)
{
    if (!interop->mapped)
        return false;
    interop->mapped = false;
    const int error = interop->runtime->gl_unmap(1, &interop->resource, stream);
    if (error)
        fail(interop, "cudaGraphicsUnmapResources", error);
    return !interop->over;
}

/* What kernel_self_test writes. */
static float expected(size_t i) { return (float)(i % 8191) + 0.5f; }

static bool compare(struct interop *interop, const struct interop_desc *desc, size_t count)
{
    float *found = ls_calloc(count, sizeof *found);
    desc->read(desc->context, desc->buffer, 0, found, count * sizeof *found);
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

static bool test_self(struct interop *interop, const struct interop_desc *desc)
{
    struct CUstream_st *stream = NULL;
    int error = interop->runtime->stream_create(&stream, false);
    if (error)
        return fail(interop, "cudaStreamCreateWithPriority", error);
    const size_t floats = desc->bytes / sizeof(float),
                 count = floats < TESTED_FLOATS ? floats : TESTED_FLOATS;
    float *memory = interop_map(interop, stream);
    if (memory) {
        kernel_self_test(stream, memory, count);
        const char *problem = kernel_last_error();
        if (problem) {
            snprintf(interop->problem, sizeof interop->problem, "self-test: %s", problem);
            interop->over = true;
        }
        interop_unmap(interop, stream);
    }
    error = interop->over ? 0 : interop->runtime->stream_wait(stream);
    if (error)
        fail(interop, "self-test", error);
    interop->runtime->stream_destroy(stream);
    return !interop->over && compare(interop, desc, count);
}

static bool begin(struct interop *interop, const struct interop_desc *desc)
{
    int error = desc->runtime->device_use(desc->device);
    if (error)
        return fail(interop, "cudaSetDevice", error);
    if (!check_device(interop, desc->device))
        return false;
    error = desc->runtime->gl_register_buffer(&interop->resource, desc->buffer);
    if (error) {
        interop->resource = NULL;
        return fail(interop, "cudaGraphicsGLRegisterBuffer", error);
    }
    return test_self(interop, desc);
}

struct interop *interop_create(const struct interop_desc *desc, struct error *err)
{
    struct interop *interop = ls_calloc(1, sizeof *interop);
    interop->runtime = desc->runtime;
    interop->bytes = desc->bytes;
    const char *wish = getenv("LAYERSCOPE_INTEROP");
    if (wish && strcmp(wish, "off") == 0)
        error_set(err, "LAYERSCOPE_INTEROP=off");
    else if (begin(interop, desc))
        return interop;
    struct interop_surroundings surroundings;
    interop_look_around(&surroundings, desc->renderer);
    error_set(err, "%s; OpenGL: %s; %s", interop->problem, surroundings.renderer,
              interop_hint(&surroundings));
    interop_destroy(interop);
    return NULL;
}

void interop_destroy(struct interop *interop)
{
    if (!interop)
        return;
    if (interop->resource) {
        /* Of a lost device both fail, which nobody needs to know. */
        if (interop->mapped)
            interop->runtime->gl_unmap(1, &interop->resource, NULL);
        interop->runtime->gl_unregister(interop->resource);
        interop->runtime->last_error();
    }
    free(interop);
}

const char *interop_problem(const struct interop *interop) { return interop->over ? interop->problem : NULL; }
