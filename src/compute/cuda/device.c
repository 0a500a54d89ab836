/* Driver, runtime and devices, and what is wrong with them. */
#include "compute/cuda/device.h"

#include <stdio.h>
#include <string.h>

/* The oldest compute capability that kernels/CMakeLists.txt compiles for. */
enum { OLDEST_MAJOR = 7, OLDEST_MINOR = 5 };

/* The Linux driver with which each major version of CUDA began (CUDA Toolkit release notes, table 3). */
static const char *first_driver(int runtime_version)
{
    switch (runtime_version / 1000) {
    case 12:
        return "525";
    case 13:
        return "580";
    default:
        return "its own";
    }
}

static void check_driver(struct cuda_status *status)
{
    if (status->driver_version == 0)
        snprintf(status->problem, sizeof status->problem,
                 "no NVIDIA driver is installed; this build needs driver %s or newer",
                 first_driver(status->runtime_version));
    /* Within a major version an older driver runs a newer runtime. */
    else if (status->driver_version / 1000 < status->runtime_version / 1000)
        snprintf(status->problem, sizeof status->problem,
                 "the driver runs CUDA %d.%d, this build needs CUDA %d.0: driver %s or newer",
                 status->driver_version / 1000, status->driver_version % 1000 / 10,
                 status->runtime_version / 1000, first_driver(status->runtime_version));
}

static void find_devices(const struct cuda_runtime *runtime, struct cuda_status *status)
{
    int count = 0;
    int error = runtime->device_count(&count);
    if (count > CUDA_MAX_DEVICES)
        count = CUDA_MAX_DEVICES;
    for (int i = 0; i < count && !error; i++)
        error = runtime->device_properties(i, &status->devices[i]);
    if (error) {
        snprintf(status->problem, sizeof status->problem, "no CUDA device answers: %s",
                 runtime->error_text(error));
        runtime->last_error();
        return;
    }
    status->device_count = count;
    const struct cuda_properties *first = &status->devices[0];
    if (count == 0)
        snprintf(status->problem, sizeof status->problem, "the driver finds no CUDA device");
    else if (first->major * 10 + first->minor < OLDEST_MAJOR * 10 + OLDEST_MINOR)
        snprintf(status->problem, sizeof status->problem,
                 "%s has compute capability %d.%d, this build needs %d.%d or newer", first->name,
                 first->major, first->minor, OLDEST_MAJOR, OLDEST_MINOR);
}

void cuda_query(const struct cuda_runtime *runtime, struct cuda_status *status)
{
    memset(status, 0, sizeof *status);
    if (!runtime) {
        snprintf(status->problem, sizeof status->problem, "this build was made without the CUDA toolkit");
        return;
    }
    status->toolkit = true;
    runtime->runtime_version(&status->runtime_version);
    if (runtime->driver_version(&status->driver_version) != 0)
        status->driver_version = 0;
    check_driver(status);
    if (!status->problem[0])
        find_devices(runtime, status);
}
