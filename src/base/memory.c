/* Checked allocation, and the end of memory. */
#include "base/memory.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unfinished.h"

/* The process's, as memory is. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the rest */
static void *spare;
static size_t spare_size;
static bool exhausted;
static void (*exhaustion_hook)(void *context);
static void *exhaustion_context;

static void *set_aside(size_t size)
{
    void *place =
        size == 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? NULL : place;
}

static bool give_free(void)
{
    const bool any = spare != NULL;
    if (any)
        munmap(spare, spare_size);
    spare = NULL;
    return any;
}

void memory_keep_spare(size_t size)
{
    pthread_mutex_lock(&mutex);
    give_free();
    spare = set_aside(size);
    spare_size = size;
    pthread_mutex_unlock(&mutex);
}

bool memory_use_spare(void)
{
    pthread_mutex_lock(&mutex);
    const bool any = give_free();
    pthread_mutex_unlock(&mutex);
    return any;
}

bool memory_is_available(size_t size)
{
    void *place = set_aside(size ? size : 1);
    if (place)
        munmap(place, size ? size : 1);
    return place != NULL;
}

void memory_on_exhaustion(void (*hook)(void *context), void *context)
{
    pthread_mutex_lock(&mutex);
    exhaustion_hook = hook;
    exhaustion_context = context;
    pthread_mutex_unlock(&mutex);
}

/* Other threads run on, so that nothing that they use may be cleaned up. */
static _Noreturn void end_without_memory(size_t size)
{
    pthread_mutex_lock(&mutex);
    const bool first = !exhausted;
    void (*hook)(void *) = first ? exhaustion_hook : NULL;
    void *context = exhaustion_context;
    exhausted = true;
    pthread_mutex_unlock(&mutex);
    if (first)
        fprintf(stderr,
                "layerscope: error: out of memory (%zu bytes asked for); choose a smaller model or batch\n",
                size);
    if (hook)
        hook(context);
    fflush(stderr);
    unfinished_remove_empty();
    _exit(1);
}

/* The spare is for saving; what is small and cannot be had without it would end the program all the same. */
static void *checked(void *memory, size_t size)
{
    if (memory)
        return memory;
    memory_use_spare();
    end_without_memory(size);
}

void *ls_calloc(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size ? size : 1), count * size);
}

void *ls_realloc(void *memory, size_t size) { return checked(realloc(memory, size ? size : 1), size); }

void *ls_calloc_aligned(size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - 63) / size)
        return checked(NULL, SIZE_MAX);
    const size_t bytes = (count * size + 63) / 64 * 64;
    void *memory = checked(aligned_alloc(64, bytes ? bytes : 64), bytes);
    memset(memory, 0, bytes ? bytes : 64);
    return memory;
}

char *ls_strdup(const char *text) { return checked(strdup(text), strlen(text) + 1); }

char *ls_sprintf(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = ls_calloc((size_t)(length < 0 ? 0 : length) + 1, 1);
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
