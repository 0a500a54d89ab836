/* Contents of files in memory, with their bounds known before room is made. Everything is opened by
 * file_open: pipes, devices and folders are refused before the first byte is asked for. */
#ifndef LS_DATA_BYTES_H
#define LS_DATA_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include "base/error.h"

/* Opens a file, plain or gzip-compressed, for gzread and tells the size that it has on the disk; NULL for
 * what is no regular file. */
gzFile bytes_open_gzip(const char *path, uint64_t *size, struct error *err);
/* The first bytes of a file, at most `capacity`, and its size; false for what is no regular file. */
bool bytes_head(const char *path, uint8_t *head, size_t capacity, size_t *got, uint64_t *size,
                struct error *err);
/* Reads all of `path`, which may have at most `limit` bytes; the caller frees. Files that do not fit into
 * free memory are refused. */
bool bytes_read(const char *path, uint64_t limit, uint8_t **bytes, size_t *size, struct error *err);
/* Reads all of a text, plain or gzip-compressed. It ends soon after the first byte of value 0, which no text
 * has: whoever parses it finds that byte. What inflates as no text does is refused. */
bool bytes_read_text(const char *path, uint8_t **bytes, size_t *size, struct error *err);

bool path_is_folder(const char *path);
bool path_is_file(const char *path);
/* FOLDER/NAME in fresh memory when there is such an entry and it is no folder, else NULL. What it is, opening
 * it tells. */
char *path_find(const char *folder, const char *name);

#endif
