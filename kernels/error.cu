/* What became of the launches. */
#include "kernels/kernels.h"

#include "launch.h"

const char *kernel_last_error(void)
{
    const cudaError_t error = cudaGetLastError();
    return error == cudaSuccess ? NULL : cudaGetErrorString(error);
}
