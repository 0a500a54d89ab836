/* See copy.h. */
#include "compute/cuda/copy.h"

int cuda_copy(const struct cuda_runtime *runtime, enum traffic_purpose purpose, void *to, const void *from,
              size_t bytes, enum cuda_direction direction, struct CUstream_st *stream)
{
    if (direction != CUDA_ON_DEVICE)
        traffic_add(purpose, direction == CUDA_TO_DEVICE, bytes);
    return runtime->copy(to, from, bytes, direction, stream);
}
