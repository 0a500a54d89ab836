/* Checked allocation. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory, size_t size)
{
    if (!memory) {
        fprintf(stderr, "layerscope: out of memory (%zu bytes asked for). Choose a smaller model or batch.\n",
                size);
        abort();
    }
    return memory;
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
