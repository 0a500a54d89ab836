#include "test.h"

#include "memory.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/draw.h"
#include "runtime_shim.h"
#include "shim_control.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#endif

enum { GUARD = 4096, MOST_ARRAYS = 256 };

static struct {
    unsigned char *begin; /* of the guard before the array */
    size_t bytes;         /* of the array */
    int guard;            /* the byte that its guards are full of */
} arrays[MOST_ARRAYS];
static int array_count;
static struct CUstream_st *stream;

/* cmocka would jump out of a kernel that crashes, and out of the shim's locks and stacks with it. */
static void crash_at_once(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
}

kernel_stream memory_stream(void)
{
    crash_at_once();
    if (!stream)
        assert_int_equal(cuda_runtime()->stream_create(&stream, false), 0);
    return stream;
}

static size_t rounded(size_t bytes) { return (bytes + 15) / 16 * 16; }

static unsigned char *guarded(size_t bytes, int guard)
{
    assert_true(array_count < MOST_ARRAYS);
    const size_t all = GUARD + rounded(bytes) + GUARD;
    unsigned char *begin = ls_calloc_aligned(all, 1);
    memset(begin, guard, all);
    ASAN_POISON_MEMORY_REGION(begin, GUARD);
    ASAN_POISON_MEMORY_REGION(begin + GUARD + bytes, rounded(bytes) - bytes + GUARD);
    arrays[array_count].begin = begin;
    arrays[array_count].guard = guard;
    arrays[array_count++].bytes = bytes;
    return begin + GUARD;
}

void *memory_bytes(size_t bytes) { return guarded(bytes, 0xff); }

float *memory_floats(size_t count) { return memory_bytes(count * sizeof(float)); }

float *memory_zeros(size_t count)
{
    float *values = memory_floats(count);
    memset(values, 0, count * sizeof *values);
    return values;
}

float *memory_draw(uint64_t seed, size_t count, size_t room, float lo, float hi)
{
    struct draw draw = {.seed = seed};
    float *values = memory_floats(room);
    for (size_t i = 0; i < count; i++)
        values[i] = draw_float(&draw, lo, hi);
    return values;
}

struct kernel_step *memory_step(uint32_t count)
{
    struct kernel_step *step = memory_bytes(sizeof *step);
    step->count = count;
    return step;
}

static bool is_full_of(int byte, const void *memory, size_t bytes)
{
    const unsigned char *p = memory;
    for (size_t i = 0; i < bytes; i++)
        if (p[i] != byte)
            return false;
    return true;
}

/* Another NaN than the rest of memory is full of: what is computed or copied from there differs from it. So
 * do guards. */
static const uint32_t untouched = 0x7fbadbad;

static float *output_floats(size_t count)
{
    float *values = (float *)(void *)guarded(count * sizeof *values, 0xbd);
    for (size_t i = 0; i < count; i++)
        memcpy(&values[i], &untouched, sizeof untouched);
    return values;
}

bool memory_is_untouched(const float *outputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&outputs[i], &untouched, sizeof untouched) != 0)
            return false;
    return true;
}

void memory_check_guards(void)
{
    for (int i = 0; i < array_count; i++) {
        unsigned char *begin = arrays[i].begin, *end = begin + GUARD + arrays[i].bytes;
        const size_t after = rounded(arrays[i].bytes) - arrays[i].bytes + GUARD;
        ASAN_UNPOISON_MEMORY_REGION(begin, GUARD);
        ASAN_UNPOISON_MEMORY_REGION(end, after);
        if (!is_full_of(arrays[i].guard, begin, GUARD) || !is_full_of(arrays[i].guard, end, after))
            fail_msg("a kernel wrote %s array %d of %zu bytes",
                     is_full_of(arrays[i].guard, end, after) ? "before" : "after", i, arrays[i].bytes);
        ASAN_POISON_MEMORY_REGION(begin, GUARD);
        ASAN_POISON_MEMORY_REGION(end, after);
    }
}

void memory_free_all(void)
{
    memory_check_guards();
    for (int i = 0; i < array_count; i++) {
        ASAN_UNPOISON_MEMORY_REGION(arrays[i].begin, GUARD + rounded(arrays[i].bytes) + GUARD);
        free(arrays[i].begin);
    }
    array_count = 0;
    if (stream)
        cuda_runtime()->stream_destroy(stream);
    stream = NULL;
}

void run_in_every_order(run_function *function, const void *context, const size_t *sizes, int count,
                        float **results)
{
    static const char *const names[] = {"forward", "in reverse", "shuffled"};
    for (int order = SHIM_FORWARD; order < SHIM_ORDERS; order++) {
        shim_set_order((enum shim_order)order, 77 + (uint64_t)count);
        float *outputs[RUN_MOST_OUTPUTS];
        for (int i = 0; i < count; i++)
            outputs[i] = output_floats(sizes[i]);
        function(context, outputs);
        memory_check_guards();
        for (int i = 0; i < count; i++) {
            if (order == SHIM_FORWARD)
                results[i] = outputs[i];
            for (size_t j = 0; j < sizes[i]; j++)
                if (memcmp(&results[i][j], &outputs[i][j], sizeof(float)) != 0)
                    fail_msg("output %d, value %zu: %.9g with threads forward, %.9g %s", i, j,
                             (double)results[i][j], (double)outputs[i][j], names[order]);
        }
    }
    shim_set_order(SHIM_FORWARD, 0);
    const char *error = kernel_last_error();
    if (error)
        fail_msg("%s", error);
}

void check_close(const char *what, const float *got, const double *expected, size_t count, double least)
{
    double scale = least;
    for (size_t i = 0; i < count; i++)
        scale = fmax(scale, fabs(expected[i]));
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - expected[i]) <= 1e-5 * scale))
            fail_msg("%s, value %zu of %zu: expected %.9g, got %.9g, allowed %.3g", what, i, count,
                     expected[i], (double)got[i], 1e-5 * scale);
}
