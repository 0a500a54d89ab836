/* Allocation that never fails: out of host memory aborts with a message. Free with free(). */
#ifndef LS_BASE_MEMORY_H
#define LS_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory for count × size bytes. */
void *ls_calloc(size_t count, size_t size);
void *ls_realloc(void *memory, size_t size);
/* Zeroed, 64-byte aligned. */
void *ls_calloc_aligned(size_t count, size_t size);
char *ls_strdup(const char *text);
/* printf into fresh memory. */
char *ls_sprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
