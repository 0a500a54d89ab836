/* The only way for bytes to cross between host and device: counted by direction and by what they are for. */
#ifndef LS_COMPUTE_CUDA_COPY_H
#define LS_COMPUTE_CUDA_COPY_H

#include "compute/cuda/runtime.h"
#include "compute/traffic.h"

/* Enqueues a copy; host memory is pinned and stays as it is until the stream has passed. Copies on the device
 * are not counted. While the stream is captured nothing crosses yet: graphs hold no copies across. Returns an
 * error number of the CUDA runtime. */
int cuda_copy(const struct cuda_runtime *runtime, enum traffic_purpose purpose, void *to, const void *from,
              size_t bytes, enum cuda_direction direction, struct CUstream_st *stream);

#endif
