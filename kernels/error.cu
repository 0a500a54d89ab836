/* Whether there can be launches, and what became of them. */
#include "kernels/kernels.h"

#include <stdio.h>
#include <string.h>

#include "launch.h"

namespace
{

enum { MOST_TEXT = 256 };

/* All kernels are compiled to the same architectures. */
__global__ void probe_kernel(void) {}

/* The first launch that failed since the last question. */
thread_local char failed_launch[MOST_TEXT];

/* Of the CUDA runtime: what becomes of kernels that run, which later calls are told. */
enum { ILLEGAL_ADDRESS = 700, TIMEOUT = 702, ASSERT = 710, STACK_ERROR = 714, LAUNCH_FAILURE = 719 };

bool is_of_an_earlier_kernel(int error)
{
    return error == ILLEGAL_ADDRESS || error == TIMEOUT || error == ASSERT ||
           (error >= STACK_ERROR && error <= LAUNCH_FAILURE);
}

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

} // namespace

void ls_note_launch(const char *kernel, const char *file, int line, dim3 grid, dim3 block,
                    size_t shared_bytes)
{
    const cudaError_t error = cudaPeekAtLastError();
    if (error == cudaSuccess)
        failed_launch[0] = 0; /* what failed before, somebody else has asked for */
    else if (!failed_launch[0])
        snprintf(failed_launch, sizeof failed_launch,
                 "%s%.80s (%s:%d, grid %ux%ux%u, block %ux%ux%u, %zu bytes)",
                 is_of_an_earlier_kernel(error) ? "a kernel before " : "", kernel, base_name(file), line,
                 grid.x, grid.y, grid.z, block.x, block.y, block.z, shared_bytes);
}

int kernel_load(void)
{
    cudaFuncAttributes attributes;
    return cudaFuncGetAttributes(&attributes, probe_kernel);
}

const char *kernel_last_error(void)
{
    static thread_local char text[2 * MOST_TEXT];
    const cudaError_t error = cudaGetLastError();
    snprintf(text, sizeof text, "%s%s%s", failed_launch, failed_launch[0] ? ": " : "",
             cudaGetErrorString(error));
    failed_launch[0] = 0;
    return error == cudaSuccess ? NULL : text;
}
