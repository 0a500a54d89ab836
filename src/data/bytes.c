/* zlib passes files that are not compressed as they are. */
#include "data/bytes.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <zlib.h>

#include "base/memory.h"
#include "data/capacity.h"

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
    if (path_is_file(path))
        return path;
    free(path);
    return NULL;
}

/* Room doubles as contents arrive, since a compressed file does not tell its size. */
static bool read_all(gzFile file, const char *path, uint8_t **bytes, size_t *size, struct error *err)
{
    size_t capacity = 1 << 16;
    *bytes = ls_realloc(NULL, capacity);
    for (;;) {
        const size_t left = capacity - *size;
        const int got = gzread(file, *bytes + *size, left > 1u << 30 ? 1u << 30 : (unsigned)left);
        if (got < 0) {
            int code;
            const char *text = gzerror(file, &code);
            if (code == Z_ERRNO)
                return error_set_errno(err, "%s: cannot be read", path);
            return error_set(err, "%s: the compressed data is damaged (%s); fetch the file again", path,
                             text);
        }
        *size += (size_t)got;
        if (got == 0)
            return true;
        if (*size == capacity) {
            if (!capacity_check(capacity, 2, path, err))
                return false;
            *bytes = ls_realloc(*bytes, capacity *= 2);
        }
    }
}

bool bytes_read(const char *path, uint8_t **bytes, size_t *size, struct error *err)
{
    *bytes = NULL;
    *size = 0;
    struct stat info;
    if (stat(path, &info) != 0)
        return error_set_errno(err, "%s: cannot be opened", path);
    if (S_ISDIR(info.st_mode))
        return error_set(err, "%s: is a folder; expected a file", path);
    if (!capacity_check((uint64_t)info.st_size, 1, path, err))
        return false;
    gzFile file = gzopen(path, "rb");
    if (!file)
        return error_set_errno(err, "%s: cannot be opened", path);
    gzbuffer(file, 1 << 17);
    bool ok = read_all(file, path, bytes, size, err);
    if (gzclose_r(file) != Z_OK && ok)
        ok = error_set(err, "%s: the compressed data is truncated; fetch the file again", path);
    if (!ok) {
        free(*bytes);
        *bytes = NULL;
    }
    return ok;
}
