/* Stands in for tests/shim/runtime_shim.c where the tests written for it run on a real device: before main a
 * line and exit status 77 when there is none, and what only the shim can do is skipped. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "compute/cuda/device.h"
#include "runtime_shim.h"

enum { SKIPPED = 77 };

__attribute__((constructor)) static void need_a_device(void)
{
    struct cuda_status status;
    cuda_query_device(cuda_runtime(), 0, &status);
    if (status.problem[0]) {
        printf("skipped: no GPU: %s\n", status.problem);
        exit(SKIPPED);
    }
    printf("on %s\n", status.devices[0].name);
    const char *tests = getenv("LAYERSCOPE_TEST_FILTER");
    if (tests)
        cmocka_set_test_filter(tests);
}

/* A device's streams are late enough by themselves. */
void shim_set_late(bool late) { (void)late; }

/* OpenGL's own buffers, or none: then the fallback is forced. A mapping that fails later cannot be had. */
void shim_set_gl(const struct shim_gl *functions)
{
    if (functions && !functions->size)
        skip();
    if (functions)
        unsetenv("LAYERSCOPE_INTEROP");
    else
        setenv("LAYERSCOPE_INTEROP", "off", 1);
}

struct shim_alive shim_alive(void) { return (struct shim_alive){0}; }
