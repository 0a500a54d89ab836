/* Asks the CUDA runtime for driver and devices. The runtime is linked statically, so that a machine
 * without a driver still starts the program. */
#include "compute/cuda/cuda_device.h"

#include <stdio.h>
#include <string.h>

#include <cuda_runtime_api.h>

void cuda_query(struct cuda_status *status)
{
    memset(status, 0, sizeof *status);
    status->toolkit = true;
    cudaRuntimeGetVersion(&status->runtime_version);
    cudaDriverGetVersion(&status->driver_version);
    if (status->driver_version == 0) {
        snprintf(status->problem, sizeof status->problem, "no NVIDIA driver is installed");
        return;
    }
    if (status->driver_version / 1000 < status->runtime_version / 1000) {
        snprintf(status->problem, sizeof status->problem,
                 "the driver runs CUDA %d.%d, this build needs %d.0 or newer: update the driver",
                 status->driver_version / 1000, status->driver_version % 1000 / 10,
                 status->runtime_version / 1000);
        return;
    }
    const cudaError_t result = cudaGetDeviceCount(&status->device_count);
    if (result != cudaSuccess || status->device_count == 0) {
        status->device_count = 0;
        snprintf(status->problem, sizeof status->problem, "no CUDA device: %s", cudaGetErrorString(result));
        return;
    }
    struct cudaDeviceProp properties;
    if (cudaGetDeviceProperties(&properties, 0) == cudaSuccess)
        snprintf(status->device, sizeof status->device, "%s", properties.name);
}
