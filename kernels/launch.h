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

/* Inside a kernel: a variable, or an array of `count`, shared by the threads of a block. */
#define LS_SHARED(type, name) __shared__ type name
#define LS_SHARED_ARRAY(type, name, count) __shared__ type name[count]

/* Inside a kernel: `type name[]` in the dynamic shared memory of the launch. */
#define LS_DYNAMIC_SHARED(type, name) extern __shared__ __align__(16) type name[]

#endif

/* ceil(a / b) for a launch size. */
static inline unsigned ls_blocks(size_t items, unsigned per_block)
{
    return (unsigned)((items + per_block - 1) / per_block);
}

#endif
