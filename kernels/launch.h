/* How kernels are launched and share memory: the only spelling in kernels/, so that the same source runs on
 * a GPU and, in tests, on the CPU (tests/shim). */
#ifndef LS_KERNELS_LAUNCH_H
#define LS_KERNELS_LAUNCH_H

#ifdef LS_KERNEL_SHIM
#include "shim.h"
#else

#include <cuda_runtime.h>

/* LS_LAUNCH(kernel, dim3 grid, dim3 block, bytes of dynamic shared memory, kernel_stream, arguments…) */
#define LS_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                            \
    kernel<<<(grid), (block), (shared_bytes), (stream)>>>(__VA_ARGS__)

/* Inside a kernel: `type name[]` in the dynamic shared memory of the launch. */
#define LS_DYNAMIC_SHARED(type, name) extern __shared__ __align__(16) type name[]

#endif

#endif
