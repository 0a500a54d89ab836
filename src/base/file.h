/* Reading whole files, and those that ship with the program. */
#ifndef LS_BASE_FILE_H
#define LS_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* Opens a regular file to be read; `size` becomes the bytes in it. Folders, devices and pipes are refused,
 * and none of them is waited for: they may have no end. */
FILE *file_open(const char *path, uint64_t *size, struct error *err);
/* Reads all of a regular file of at most `limit` bytes; the caller frees. A byte of value 0 follows the end.
 * No memory is taken for what is refused. */
char *file_read(const char *path, size_t limit, size_t *size, struct error *err);

/* The folder of models, data and (in development) shaders: $LAYERSCOPE_ROOT, the source tree that
 * this binary was built from, or the installed share folder; the first one that exists. */
const char *file_resource_root(void);
/* ROOT/relative in fresh memory. */
char *file_resource(const char *relative);

#endif
