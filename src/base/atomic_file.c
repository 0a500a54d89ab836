/* Opening, writing and finishing; what may be written is decided in file_target.c. */
#include "base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_target.h"
#include "base/memory.h"
#include "base/unfinished.h"

bool atomic_file_write(struct atomic_file *file, const void *bytes, size_t size)
{
    const char *rest = bytes;
    while (size > 0 && !file->write_errno) {
        const ssize_t part = write(file->descriptor, rest, size);
        if (part > 0) {
            rest += part;
            size -= (size_t)part;
            file->written += part;
        } else if (part == 0 || errno != EINTR) {
            file->write_errno = part == 0 ? ENOSPC : errno;
        }
    }
    errno = file->write_errno;
    return file->write_errno == 0;
}

static ssize_t write_buffer(void *cookie, const char *bytes, size_t size)
{
    return atomic_file_write(cookie, bytes, size) ? (ssize_t)size : 0;
}

static void clear(struct atomic_file *file)
{
    if (file->part)
        unfinished_forget(file->part);
    free(file->path);
    free(file->target);
    free(file->part);
    memset(file, 0, sizeof *file);
}

/* `file` has a descriptor, or an error is set. */
static bool open_stream(struct atomic_file *file, struct error *err)
{
    if (file->descriptor < 0) {
        clear(file);
        return false;
    }
    if (file->part)
        unfinished_note(file->part);
    file->stream = fopencookie(file, "w", (cookie_io_functions_t){.write = write_buffer});
    if (!file->stream) {
        error_set_errno(err, "%s: cannot be opened", file->path);
        atomic_file_discard(file);
        return false;
    }
    return true;
}

static bool open_target(struct atomic_file *file, const char *path, bool overwrite, bool alone,
                        struct error *err)
{
    struct file_target target;
    memset(file, 0, sizeof *file);
    if (!file_target_find(&target, path, overwrite, err))
        return false;
    file->path = ls_strdup(path);
    file->target = target.path;
    file->overwrite = overwrite;
    file->alone = alone;
    file->descriptor = target.through ? file_target_open_through(&target, err)
                       : alone        ? file_target_open_another_part(target.path, &file->part, err)
                                      : file_target_open_part(&target, path, overwrite, &file->part, err);
    return open_stream(file, err);
}

bool atomic_file_open(struct atomic_file *file, const char *path, bool overwrite, struct error *err)
{
    return open_target(file, path, overwrite, false, err);
}

bool atomic_file_open_alone(struct atomic_file *file, const char *path, bool overwrite, struct error *err)
{
    return open_target(file, path, overwrite, true, err);
}

bool atomic_file_open_beside(struct atomic_file *file, const struct atomic_file *first, struct error *err)
{
    LS_ASSERT(first->part != NULL);
    memset(file, 0, sizeof *file);
    file->path = ls_strdup(first->path);
    file->target = ls_strdup(first->target);
    file->overwrite = first->overwrite;
    file->descriptor = file_target_open_another_part(first->target, &file->part, err);
    return open_stream(file, err);
}

bool atomic_file_flush(struct atomic_file *file, struct error *err)
{
    if (fflush(file->stream) == 0 && !file->write_errno)
        return true;
    errno = file->write_errno ? file->write_errno : errno;
    return error_set_errno(err, "%s: cannot be written", file->path);
}

/* Devices and pipes have nothing to bring to a disk. */
static bool sync_is_needless(int code) { return code == EINVAL || code == EROFS || code == ENOTSUP; }

static bool close_all(struct atomic_file *file, struct error *err)
{
    bool ok = atomic_file_flush(file, err);
    if (!ok)
        __fpurge(file->stream); /* else closing would write again, a piece from the middle */
    fclose(file->stream);
    file->stream = NULL;
    if (fsync(file->descriptor) != 0 && !sync_is_needless(errno) && ok)
        ok = error_set_errno(err, "%s: cannot be written", file->path);
    return ok;
}

static bool finish(struct atomic_file *file, bool keep, struct error *err)
{
    bool ok = close_all(file, err);
    if (file->part && (ok || keep))
        ok = file_target_take_place(file->part, file->target, file->path, file->overwrite, err) && ok;
    if (file->part && ok && !file->alone)
        file_target_sweep(file->target);
    /* The lock goes last, so that nobody begins before the name is there. */
    if (close(file->descriptor) != 0 && ok && !file->part)
        ok = error_set_errno(err, "%s: cannot be written", file->path);
    file->descriptor = -1;
    atomic_file_discard(file);
    return ok;
}

bool atomic_file_commit(struct atomic_file *file, struct error *err) { return finish(file, false, err); }

bool atomic_file_keep(struct atomic_file *file, struct error *err) { return finish(file, true, err); }

void atomic_file_discard(struct atomic_file *file)
{
    if (!file->path)
        return;
    if (file->stream) {
        if (file->part)
            __fpurge(file->stream);
        fclose(file->stream);
    }
    if (file->part)
        unlink(file->part); /* after a commit it no longer exists */
    if (file->descriptor >= 0)
        close(file->descriptor);
    clear(file);
}
