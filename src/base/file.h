/* Whole files in, whole files out. */
#ifndef LS_BASE_FILE_H
#define LS_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* Opens a regular file to be read; `size` becomes the bytes in it. Folders, devices and pipes are refused, and
 * none of them is waited for: they may have no end. */
FILE *file_open(const char *path, uint64_t *size, struct error *err);
/* Reads all of a regular file of at most `limit` bytes; the caller frees. A byte of value 0 follows the end.
 * No memory is taken for what is refused. */
char *file_read(const char *path, size_t limit, size_t *size, struct error *err);

/* A file written under PATH.part and renamed to PATH only when it is complete. */
struct atomic_file {
    FILE *stream;
    char *path;
    char *part;
};
/* Refuses an existing PATH unless `overwrite`. On failure nothing is left behind. */
bool atomic_file_open(struct atomic_file *file, const char *path, bool overwrite, struct error *err);
/* Flushes, fsyncs, renames. On failure the part file is removed. */
bool atomic_file_commit(struct atomic_file *file, struct error *err);
/* Removes the part file; safe after commit and on a zeroed struct. */
void atomic_file_discard(struct atomic_file *file);

/* Checks that PATH may be written: no such file yet or `overwrite`, its folder exists. */
bool file_check_writable(const char *path, bool overwrite, struct error *err);

/* The folder of models, data and (in development) shaders: $LAYERSCOPE_ROOT, the source tree that
 * this binary was built from, or the installed share folder; the first one that exists. */
const char *file_resource_root(void);
/* ROOT/relative in fresh memory. */
char *file_resource(const char *relative);

#endif
