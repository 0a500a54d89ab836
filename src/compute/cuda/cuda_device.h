/* Which CUDA driver and devices this machine has, asked without making a context. Works in every build:
 * one made without the CUDA toolkit says so. */
#ifndef LS_COMPUTE_CUDA_DEVICE_H
#define LS_COMPUTE_CUDA_DEVICE_H

#include <stdbool.h>

struct cuda_status {
    bool toolkit;        /* this build contains the CUDA runtime */
    int runtime_version; /* 1000·major + 10·minor, as CUDA counts; 0 without toolkit */
    int driver_version;  /* the newest CUDA that the driver runs; 0 without a driver */
    int device_count;
    char device[256];  /* name of device 0; empty without one */
    char problem[256]; /* why there is no usable device, in words; empty when there is one */
};

void cuda_query(struct cuda_status *status);

#endif
