/* Reading, and finding the files that ship with the program. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : "a device";
}

/* Without O_NONBLOCK a pipe that nobody writes into would keep us waiting; files do not care. */
FILE *file_open(const char *path, uint64_t *size, struct error *err)
{
    struct stat info;
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *stream = NULL;
    if (descriptor < 0 || fstat(descriptor, &info) != 0)
        error_set_errno(err, "%s: cannot be opened", path);
    else if (!S_ISREG(info.st_mode))
        error_set(err, "%s: expected a file, found %s", path, kind_of(info.st_mode));
    else if (!(stream = fdopen(descriptor, "rb")))
        error_set_errno(err, "%s: cannot be opened", path);
    else
        *size = (uint64_t)info.st_size;
    if (!stream && descriptor >= 0)
        close(descriptor);
    return stream;
}

char *file_read(const char *path, size_t limit, size_t *size, struct error *err)
{
    uint64_t length = 0;
    FILE *stream = file_open(path, &length, err);
    if (!stream)
        return NULL;
    char *bytes = NULL;
    if (length > limit)
        error_set(err, "%s: expected a file of at most %zu bytes, found %" PRIu64, path, limit, length);
    else if (!(bytes = malloc((size_t)length + 1)))
        error_set(err, "%s: its %" PRIu64 " bytes do not fit into memory", path, length);
    const size_t got = bytes ? fread(bytes, 1, (size_t)length, stream) : 0;
    if (bytes && ferror(stream)) {
        error_set_errno(err, "%s: cannot be read", path);
        free(bytes);
        bytes = NULL;
    }
    fclose(stream);
    if (bytes) {
        bytes[got] = 0;
        *size = got;
    }
    return bytes;
}

const char *file_resource_root(void)
{
    static const char *root;
    if (root)
        return root;
    const char *candidates[] = {getenv("LAYERSCOPE_ROOT"), LS_SOURCE_ROOT, LS_INSTALL_ROOT};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if (candidates[i] && access(candidates[i], R_OK | X_OK) == 0)
            return root = candidates[i];
    return root = ".";
}

char *file_resource(const char *relative) { return ls_sprintf("%s/%s", file_resource_root(), relative); }
