/* OpenGL's buffers that CUDA kernels write into: registered once, one of them mapped and unmapped once a
 * frame. Between map and unmap OpenGL must not touch that buffer; it may draw from the others. CUDA orders
 * the two: what OpenGL did before is done when the stream's work begins, what the stream did is done when
 * OpenGL goes on. Nobody waits on the host.
 *
 * All functions are called on the thread whose OpenGL context owns the buffers, where the device is in use. A
 * call that fails ends the interop for good: interop_map returns NULL from then on, and interop_problem says
 * why. */
#ifndef LS_COMPUTE_CUDA_INTEROP_H
#define LS_COMPUTE_CUDA_INTEROP_H

#include "base/error.h"
#include "compute/cuda/runtime.h"
#include "compute/shared_buffers.h"

struct interop;

/* Registers the buffers, lets a kernel write into each, and reads that back through OpenGL. `device` is the
 * one on which kernels run. NULL when a call fails or what comes back is not what was written: `err` has
 * CUDA's name of the error and what usually mends it. The buffers' contents are undefined afterwards. */
struct interop *interop_create(const struct cuda_runtime *runtime, int device,
                               const struct shared_buffers *buffers, struct error *err);
/* NULL is fine. Also while mapped, when the stream's work is done, and after the context. */
void interop_destroy(struct interop *interop);

/* The memory of buffer number `buffer` on the device, valid for work on `stream` until interop_unmap; it may
 * lie elsewhere at each call. NULL: the interop is over. */
void *interop_map(struct interop *interop, int buffer, struct CUstream_st *stream);
/* After the stream's work so far. False: the interop is over, and what was written may be lost. */
bool interop_unmap(struct interop *interop);

/* Why the interop is over; NULL while it is not. */
const char *interop_problem(const struct interop *interop);

#endif
