/* Whether data fit into memory: asked before room is made, so that nothing is swapped. */
#ifndef LS_DATA_CAPACITY_H
#define LS_DATA_CAPACITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Bytes that this process may still take without swapping: the least of the machine's available memory, the
 * control group's limit and the process's own. */
uint64_t capacity_free(void);
/* Refuses `count` × `size` bytes when more than nine tenths of what is free; `what` needs them. */
bool capacity_check(uint64_t count, uint64_t size, const char *what, struct error *err);
/* "1.5 GiB" */
const char *capacity_text(double bytes, char text[32]);

#endif
