/* zlib passes files that are not compressed as they are. */
#include "data/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/capacity.h"

enum { CHUNK = 1 << 20 };

/* A table of one repeated row is the most that a compressor can do; real ones stay below a tenth of this. */
static const uint64_t suspicious_size = UINT64_C(1) << 28, suspicious_ratio = 200;

bool path_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool path_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

char *path_find(const char *folder, const char *name)
{
    char *path = ls_sprintf("%s/%s", folder, name);
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return path;
    free(path);
    return NULL;
}

gzFile bytes_open_gzip(const char *path, uint64_t *size, struct error *err)
{
    FILE *stream = file_open(path, size, err);
    if (!stream)
        return NULL;
    const int descriptor = dup(fileno(stream)); /* at the first byte: nothing was read */
    fclose(stream);
    gzFile file = descriptor < 0 ? NULL : gzdopen(descriptor, "rb");
    if (file) {
        gzbuffer(file, 1 << 17);
        return file;
    }
    error_set_errno(err, "%s: cannot be opened", path);
    if (descriptor >= 0)
        close(descriptor);
    return NULL;
}

bool bytes_head(const char *path, uint8_t *head, size_t capacity, size_t *got, uint64_t *size,
                struct error *err)
{
    FILE *stream = file_open(path, size, err);
    if (!stream)
        return false;
    *got = fread(head, 1, capacity, stream);
    const bool ok = !ferror(stream) || error_set_errno(err, "%s: cannot be read", path);
    fclose(stream);
    return ok;
}

bool bytes_read(const char *path, uint64_t limit, uint8_t **bytes, size_t *size, struct error *err)
{
    *bytes = NULL;
    *size = 0;
    uint64_t expected = 0;
    FILE *stream = file_open(path, &expected, err);
    if (!stream)
        return false;
    char found[32], most[32];
    bool ok = true;
    if (expected > limit)
        ok = error_set(err, "%s: expected a file of at most %s, found %s", path,
                       capacity_text((double)limit, most), capacity_text((double)expected, found));
    ok = ok && capacity_check(expected, 1, path, err);
    if (ok) {
        *bytes = ls_realloc(NULL, (size_t)expected);
        *size = fread(*bytes, 1, (size_t)expected, stream);
        if (ferror(stream))
            ok = error_set_errno(err, "%s: cannot be read", path);
        else if (*size < expected)
            ok = error_set(err, "%s: became shorter while it was read", path);
    }
    fclose(stream);
    if (!ok) {
        free(*bytes);
        *bytes = NULL;
    }
    return ok;
}

static bool check_growth(uint64_t inflated, uint64_t stored, const char *path, struct error *err)
{
    if (inflated < suspicious_size || inflated / suspicious_ratio < stored)
        return true;
    char from[32], to[32];
    return error_set(err,
                     "%s: %s inflate to more than %s, which no table does; if it is meant, inflate it with "
                     "gunzip first",
                     path, capacity_text((double)stored, from), capacity_text((double)inflated, to));
}

/* Room doubles as contents arrive, since a compressed file does not tell its size. */
static bool inflate_text(gzFile file, const char *path, uint64_t stored, uint8_t **bytes, size_t *size,
                         struct error *err)
{
    size_t capacity = CHUNK;
    *bytes = ls_realloc(NULL, capacity);
    for (;;) {
        const size_t left = capacity - *size;
        const int got = gzread(file, *bytes + *size, left > CHUNK ? CHUNK : (unsigned)left);
        if (got < 0) {
            int code;
            const char *text = gzerror(file, &code);
            if (code == Z_ERRNO)
                return error_set_errno(err, "%s: cannot be read", path);
            return error_set(err, "%s: the compressed data is damaged (%s); fetch the file again", path,
                             text);
        }
        const bool text = !memchr(*bytes + *size, 0, (size_t)got);
        *size += (size_t)got;
        if (got == 0 || !text)
            return true;
        if (!gzdirect(file) && !check_growth(*size, stored, path, err))
            return false;
        if (*size == capacity) {
            if (!capacity_check(capacity, 2, path, err))
                return false;
            *bytes = ls_realloc(*bytes, capacity *= 2);
        }
    }
}

bool bytes_read_text(const char *path, uint8_t **bytes, size_t *size, struct error *err)
{
    *bytes = NULL;
    *size = 0;
    uint64_t stored = 0;
    gzFile file = bytes_open_gzip(path, &stored, err);
    if (!file)
        return false;
    bool ok = inflate_text(file, path, stored, bytes, size, err);
    if (gzclose_r(file) != Z_OK && ok)
        ok = error_set(err, "%s: the compressed data is truncated; fetch the file again", path);
    if (!ok) {
        free(*bytes);
        *bytes = NULL;
    }
    return ok;
}
