/* Whole files in memory, plain or gzip-compressed. */
#ifndef LS_DATA_BYTES_H
#define LS_DATA_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Reads and inflates all of `path`; the caller frees. Files that do not fit into free memory are refused. */
bool bytes_read(const char *path, uint8_t **bytes, size_t *size, struct error *err);
bool path_is_folder(const char *path);
bool path_is_file(const char *path);
/* FOLDER/NAME in fresh memory when it is a file, else NULL. */
char *path_find(const char *folder, const char *name);

#endif
