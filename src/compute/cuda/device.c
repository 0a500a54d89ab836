/* Driver, runtime and devices, and what is wrong with them. */
#include "compute/cuda/device.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* The oldest compute capability that kernels/CMakeLists.txt compiles for. */
enum { OLDEST_MAJOR = 7, OLDEST_MINOR = 5 };

/* Of the CUDA runtime, where kernels are loaded. */
enum { NO_KERNEL_IMAGE = 209, NO_COMPILER = 221, UNSUPPORTED_PTX = 222 };

/* The Linux driver that came with a version of CUDA, of a newer one with the last before it that is known
 * here (CUDA Toolkit release notes, table 3). */
static int driver_of(int version)
{
    static const struct {
        int version, driver;
    } rows[] = {{13000, 580}, {12090, 575}, {12080, 570}, {12060, 560}, {12050, 555},
                {12040, 550}, {12030, 545}, {12020, 535}, {12010, 530}, {12000, 525}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (version >= rows[i].version)
            return rows[i].driver;
    return 0;
}

/* Within a major version an older driver runs a newer runtime. */
static int first_driver(int runtime_version) { return driver_of(runtime_version / 1000 * 1000); }

static void check_driver(struct cuda_status *status)
{
    if (status->driver_version == 0)
        snprintf(status->problem, sizeof status->problem,
                 "no NVIDIA driver is installed; this build needs driver %d or newer",
                 first_driver(status->runtime_version));
    else if (status->driver_version / 1000 < status->runtime_version / 1000)
        snprintf(status->problem, sizeof status->problem,
                 "the driver runs CUDA %d.%d, this build needs CUDA %d.0: driver %d or newer",
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
    if (count == 0)
        snprintf(status->problem, sizeof status->problem, "the driver finds no CUDA device");
}

static void check_capability(int device, struct cuda_status *status)
{
    const struct cuda_properties *found = &status->devices[device];
    if (found->major * 10 + found->minor < OLDEST_MAJOR * 10 + OLDEST_MINOR)
        snprintf(status->problem, sizeof status->problem,
                 "%.96s has compute capability %d.%d, this build needs %d.%d or newer", found->name,
                 found->major, found->minor, OLDEST_MAJOR, OLDEST_MINOR);
}

/* An older driver runs a newer runtime's machine code, but compiles PTX of no newer version than its own. */
static void explain_loading(const struct cuda_runtime *runtime, int error, int device,
                            struct cuda_status *status)
{
    const struct cuda_properties *found = &status->devices[device];
    const int major = found->major, minor = found->minor;
    char *text = status->problem;
    const size_t room = sizeof status->problem;
    if (error == UNSUPPORTED_PTX)
        snprintf(text, room,
                 "this build has no code of its own for %.96s, and its PTX is of CUDA %d.%d, of which the "
                 "driver, of CUDA %d.%d, cannot make any: driver %d or newer, or a build with "
                 "-DLAYERSCOPE_CUDA_ARCHITECTURES=%d%d-real",
                 found->name, status->runtime_version / 1000, status->runtime_version % 1000 / 10,
                 status->driver_version / 1000, status->driver_version % 1000 / 10,
                 driver_of(status->runtime_version), major, minor);
    else if (error == NO_COMPILER)
        snprintf(text, room,
                 "this build has no code of its own for %.96s but PTX, and the driver's compiler of it, "
                 "libnvidia-ptxjitcompiler, is missing: install it, or build with "
                 "-DLAYERSCOPE_CUDA_ARCHITECTURES=%d%d-real",
                 found->name, major, minor);
    else if (error == NO_KERNEL_IMAGE)
        snprintf(text, room,
                 "this build has no code for %.96s, compute capability %d.%d: build with "
                 "-DLAYERSCOPE_CUDA_ARCHITECTURES=%d%d-real",
                 found->name, major, minor, major, minor);
    else
        snprintf(text, room, "no kernel can be loaded to %.96s: %s (%s)", found->name,
                 runtime->error_text(error), runtime->error_name(error));
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
    if (!status->problem[0])
        check_capability(0, status);
}

void cuda_query_device(const struct cuda_runtime *runtime, int device, struct cuda_status *status)
{
    cuda_query(runtime, status);
    if (status->device_count == 0)
        return;
    LS_ASSERT(device >= 0 && device < status->device_count);
    status->problem[0] = 0;
    check_capability(device, status);
    if (status->problem[0])
        return;
    int error = runtime->device_use(device);
    if (!error)
        error = runtime->load_kernels();
    if (!error)
        return;
    explain_loading(runtime, error, device, status);
    runtime->last_error();
}
