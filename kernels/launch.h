/* How kernels are launched and share memory: the only spelling in kernels/, so that the same source runs on
 * a GPU and, in tests, on the CPU (tests/shim). */
#ifndef LS_KERNELS_LAUNCH_H
#define LS_KERNELS_LAUNCH_H

#ifdef LS_KERNEL_SHIM
#include "shim.h"
#else

#include <cuda_runtime.h>

#define LS_LAUNCH_ONLY(kernel, grid, block, shared_bytes, stream, ...)                                       \
    kernel<<<(grid), (block), (shared_bytes), (stream)>>>(__VA_ARGS__)

/* Inside a kernel: a variable, or an array of `count`, shared by the threads of a block. */
#define LS_SHARED(type, name) __shared__ type name
#define LS_SHARED_ARRAY(type, name, count) __shared__ type name[count]

/* Inside a kernel: `type name[]` in the dynamic shared memory of the launch. */
#define LS_DYNAMIC_SHARED(type, name) extern __shared__ __align__(16) type name[]

#endif

/* What a launch was, kept for kernel_last_error if it failed (error.cu). */
void ls_note_launch(const char *kernel, const char *file, int line, dim3 grid, dim3 block,
                    size_t shared_bytes);

/* LS_LAUNCH(kernel, dim3 grid, dim3 block, bytes of dynamic shared memory, kernel_stream, arguments…). The
 * kernel is named as the source names it here. */
#define LS_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                            \
    do {                                                                                                     \
        LS_LAUNCH_ONLY(kernel, grid, block, shared_bytes, stream, __VA_ARGS__);                              \
        ls_note_launch(#kernel, __FILE__, __LINE__, (grid), (block), (shared_bytes));                        \
    } while (0)

/* ceil(items / per_block) for the x of a grid, the only side that may be longer than 65,535. What does not
 * fit into it is more than any GPU launches: the launch fails. */
static inline unsigned ls_blocks(size_t items, unsigned per_block)
{
    const size_t blocks = items / per_block + (items % per_block > 0);
    return blocks < 0xffffffffu ? (unsigned)blocks : 0xffffffffu;
}

#endif
