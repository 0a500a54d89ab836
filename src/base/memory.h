/* Allocation that never fails: when the host has no memory left, the program ends with a message and exit
 * status 1, after a last chance to save. Free with free(). */
#ifndef LS_BASE_MEMORY_H
#define LS_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory for count × size bytes. */
void *ls_calloc(size_t count, size_t size);
void *ls_realloc(void *memory, size_t size);
/* Zeroed, 64-byte aligned. */
void *ls_calloc_aligned(size_t count, size_t size);
char *ls_strdup(const char *text);
/* printf into fresh memory. */
char *ls_sprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sets `size` bytes aside in place of those before (0: none), which are given free before the hook below is
 * called. They are not touched: they cost address space alone. */
void memory_keep_spare(size_t size);
/* Gives the spare bytes free; true when there were some. */
bool memory_use_spare(void);
/* Could so many bytes be had now? For work that shall fail with an error and not end the program. */
bool memory_is_available(size_t size);
/* `hook` is called once, on the thread that found no memory, before the program ends; it may allocate the
 * spare bytes. Whoever finds no memory meanwhile ends the program. NULL: none. */
void memory_on_exhaustion(void (*hook)(void *context), void *context);

#endif
