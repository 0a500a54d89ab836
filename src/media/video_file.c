/* Writing and renaming a video's file. */
#include "media/video_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "media/video_index.h"

bool video_file_open(struct video_file *file, const char *path, bool overwrite, struct error *err)
{
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
    if (!file_check_writable(path, overwrite, err))
        return false;
    file->path = ls_strdup(path);
    file->part = ls_sprintf("%s.part", path);
    file->descriptor = open(file->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->descriptor < 0) {
        error_set_errno(err, "%s: cannot be created", file->part);
        video_file_discard(file);
        return false;
    }
    return true;
}

int video_file_write(void *opaque, uint8_t *bytes, int size)
{
    struct video_file *file = opaque;
    int done = 0;
    while (done < size && !file->write_errno) {
        const ssize_t part = write(file->descriptor, bytes + done, (size_t)(size - done));
        if (part > 0)
            done += (int)part;
        else if (part == 0 || errno != EINTR)
            file->write_errno = part == 0 ? ENOSPC : errno;
    }
    file->written += done;
    return file->write_errno ? AVERROR(file->write_errno) : size;
}

int64_t video_file_seek(void *opaque, int64_t offset, int whence)
{
    const struct video_file *file = opaque;
    if (whence & AVSEEK_SIZE)
        return AVERROR(ENOSYS);
    return lseek(file->descriptor, offset, whence & ~AVSEEK_FORCE);
}

bool video_file_check(const struct video_file *file, struct error *err)
{
    if (!file->write_errno)
        return true;
    return error_set(err, "%s: cannot be written after %lld bytes: %s; what was written stays playable",
                     file->path, (long long)file->written, strerror(file->write_errno));
}

bool video_file_finish(struct video_file *file, bool index, struct error *err)
{
    bool ok = video_file_check(file, err);
    if (fsync(file->descriptor) != 0 && ok && errno != EINVAL)
        ok = error_set_errno(err, "%s: cannot be written", file->path);
    if (close(file->descriptor) != 0 && ok)
        ok = error_set_errno(err, "%s: cannot be written", file->path);
    file->descriptor = -1;
    if (ok && index) {
        char *plain = ls_sprintf("%s.index.part", file->path);
        if (video_index(file->part, plain) && rename(plain, file->part) != 0)
            unlink(plain);
        free(plain);
    }
    if (rename(file->part, file->path) != 0 && ok)
        ok = error_set_errno(err, "%s: cannot be renamed to %s", file->part, file->path);
    free(file->path);
    free(file->part);
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
    return ok;
}

void video_file_discard(struct video_file *file)
{
    if (file->descriptor >= 0) {
        close(file->descriptor);
        unlink(file->part);
    }
    free(file->path);
    free(file->part);
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
}
