/* An OpenGL buffer that CUDA kernels write into: registered once, mapped and unmapped once a frame. Between
 * map and unmap OpenGL must not touch the buffer. CUDA orders the two: what OpenGL did before is done when
 * the stream's work begins, what the stream did is done when OpenGL goes on. Nobody waits on the host.
 *
 * All functions are called on the thread whose OpenGL context owns the buffer. A call that fails ends the
 * interop for good: interop_map returns NULL from then on, and interop_problem says why. */
#ifndef LS_COMPUTE_CUDA_INTEROP_H
#define LS_COMPUTE_CUDA_INTEROP_H

#include "base/error.h"
#include "compute/cuda/runtime.h"

struct interop_desc {
    const struct cuda_runtime *runtime;
    int device;      /* on which kernels run */
    unsigned buffer; /* OpenGL's name of it; not mapped by OpenGL */
    size_t bytes;    /* its size */
    /* For the self-test: reads from the buffer through OpenGL, and waits for it. */
    void (*read)(void *context, unsigned buffer, size_t offset, void *to, size_t bytes);
    void *context;
    const char *renderer; /* GL_RENDERER, for the text of errors */
};

struct interop;

/* Registers the buffer, lets a kernel write into it, and reads that back through OpenGL. NULL when a call
 * fails or what comes back is not what was written: `err` has CUDA's name of the error and what usually mends
 * it. The buffer's contents are undefined afterwards. */
struct interop *interop_create(const struct interop_desc *desc, struct error *err);
void interop_destroy(struct interop *interop); /* NULL is fine; also while mapped, and after the context */

/* The buffer's memory on the device, valid for work on `stream` until interop_unmap; it may lie elsewhere at
 * each call. NULL: the interop is over. */
void *interop_map(struct interop *interop, struct CUstream_st *stream);
/* False: the interop is over, and what was written may be lost. */
bool interop_unmap(struct interop *interop, struct CUstream_st *stream);

/* Why the interop is over; NULL while it is not. */
const char *interop_problem(const struct interop *interop);

#endif
