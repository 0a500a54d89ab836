/* Which CUDA driver and devices this machine has. Works in every build: one made without the CUDA toolkit
 * says so.
 */
#ifndef LS_COMPUTE_CUDA_DEVICE_H
#define LS_COMPUTE_CUDA_DEVICE_H

#include "compute/cuda/runtime.h"

enum { CUDA_MAX_DEVICES = 16 };

struct cuda_status {
    bool toolkit;        /* this build contains the CUDA runtime */
    int runtime_version; /* 1000·major + 10·minor, as CUDA counts; 0 without toolkit */
    int driver_version;  /* the newest CUDA that the driver runs; 0 without a driver */
    int device_count;    /* at most CUDA_MAX_DEVICES */
    struct cuda_properties devices[CUDA_MAX_DEVICES];
    char problem[384]; /* why the device cannot be used, in words; empty when it can */
};

/* `runtime`: cuda_runtime(), or a test's own; NULL in a build without toolkit. Makes no context; the problem
 * is that of device 0. */
void cuda_query(const struct cuda_runtime *runtime, struct cuda_status *status);
/* The same for any device, and whether it can run the kernels of this build, which makes its context: after
 * that of EGL. The calling thread uses the device then. */
void cuda_query_device(const struct cuda_runtime *runtime, int device, struct cuda_status *status);

#endif
