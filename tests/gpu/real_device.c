/* Stands in for tests/shim/runtime_shim.c where the tests written for it run on a real device: before main a
 * line and exit status 77 when there is none, and what only the shim can do is skipped. */
#include "test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compute/cuda/device.h"
#include "faults.h"
#include "kernels/kernels.h"
#include "runtime_shim.h"

enum { SKIPPED = 77 };

_Static_assert(sizeof(struct cuda_status) <= PIPE_BUF, "a status is written at once");

/* In a process of its own, so that here OpenGL's context comes before CUDA's: the other way round some
 * drivers make none. False: it did not live to answer. */
static bool ask(struct cuda_status *status)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    const pid_t child = fork();
    if (child == 0) {
        cuda_query_device(cuda_runtime(), 0, status);
        _exit(write(ends[1], status, sizeof *status) != (ssize_t)sizeof *status);
    }
    close(ends[1]);
    const bool answered = child > 0 && read(ends[0], status, sizeof *status) == (ssize_t)sizeof *status;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return answered;
}

__attribute__((constructor)) static void need_a_device(void)
{
    struct cuda_status status;
    if (!ask(&status)) {
        printf("error: asking for a device ended a process\n");
        exit(1);
    }
    if (status.problem[0]) {
        printf("skipped: no GPU: %s\n", status.problem);
        exit(SKIPPED);
    }
    printf("on %s\n", status.devices[0].name);
    const char *tests = getenv("LAYERSCOPE_TEST_FILTER");
    if (tests)
        cmocka_set_test_filter(tests);
}

/* ---- faults.h ---- */

enum { MOST_TAKEN = 1024 };
static const size_t largest_part = (size_t)1 << 30, least_part = (size_t)8 << 20;
static void *taken[MOST_TAKEN];
static int taken_count;

void faults_no_room(bool none)
{
    const struct cuda_runtime *runtime = cuda_runtime();
    void *kept = NULL; /* the buffers of batches have to fit */
    if (none)
        assert_int_equal(runtime->memory_alloc(&kept, least_part), 0);
    for (size_t part = largest_part; none && part >= least_part; part /= 2)
        while (taken_count < MOST_TAKEN && runtime->memory_alloc(&taken[taken_count], part) == 0)
            taken_count++;
    if (kept)
        runtime->memory_free(kept);
    while (!none && taken_count > 0)
        runtime->memory_free(taken[--taken_count]);
    runtime->last_error();
}

/* A kernel that reads and writes where there is nothing. */
void faults_lose_device(void)
{
    const struct cuda_runtime *runtime = cuda_runtime();
    struct CUstream_st *stream;
    assert_int_equal(runtime->stream_create(&stream, false), 0);
    kernel_place(stream, (const float *)16, (float *)16, 1);
    assert_int_not_equal(runtime->stream_wait(stream), 0);
}

void faults_end(void) {}

/* ---- runtime_shim.h ---- */

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
