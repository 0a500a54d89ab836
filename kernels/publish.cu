/* What is put into the buffers that OpenGL draws. */
#include "kernels/kernels.h"

#include "launch.h"

namespace
{

enum { THREADS = 256, MOST_BLOCKS = 2048 };

__global__ void place_kernel(const float *from, float *to, size_t count)
{
    for (size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x; i < count; i += (size_t)gridDim.x * THREADS)
        to[i] = from[i];
}

__global__ void self_test_kernel(float *to, size_t count)
{
    for (size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x; i < count; i += (size_t)gridDim.x * THREADS)
        to[i] = (float)(i % 8191) + 0.5f;
}

dim3 blocks_for(size_t count)
{
    const unsigned blocks =
        ls_blocks(count < (size_t)MOST_BLOCKS * THREADS ? count : (size_t)MOST_BLOCKS * THREADS, THREADS);
    return dim3(blocks > 0 ? blocks : 1);
}

} // namespace

void kernel_place(kernel_stream stream, const float *from, float *to, size_t count)
{
    LS_LAUNCH(place_kernel, blocks_for(count), dim3(THREADS), 0, stream, from, to, count);
}

void kernel_self_test(kernel_stream stream, float *to, size_t count)
{
    LS_LAUNCH(self_test_kernel, blocks_for(count), dim3(THREADS), 0, stream, to, count);
}
