/* A video's file for libavformat, and its end. */
#include "media/video_file.h"

#include <errno.h>
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <string.h>
#include <unistd.h>

#include "media/video_index.h"

bool video_file_open(struct video_file *file, const char *path, bool overwrite, struct error *err)
{
    return atomic_file_open(&file->file, path, overwrite, err);
}

int video_file_write(void *opaque, uint8_t *bytes, int size)
{
    struct video_file *file = opaque;
    return atomic_file_write(&file->file, bytes, (size_t)size) ? size : AVERROR(file->file.write_errno);
}

int64_t video_file_seek(void *opaque, int64_t offset, int whence)
{
    const struct video_file *file = opaque;
    if (whence & AVSEEK_SIZE)
        return AVERROR(ENOSYS);
    return lseek(file->file.descriptor, offset, whence & ~AVSEEK_FORCE);
}

bool video_file_can_seek(const struct video_file *file) { return file->file.part != NULL; }

bool video_file_check(const struct video_file *file, struct error *err)
{
    const struct atomic_file *out = &file->file;
    if (!out->write_errno)
        return true;
    return error_set(err, "%s: cannot be written after %lld bytes: %s%s", out->path, (long long)out->written,
                     strerror(out->write_errno), out->part ? "; what was written stays playable" : "");
}

/* The plain file is a second part of the same target. When there is no room for it, the fragments stay. */
static bool replace_by_plain(struct atomic_file *fragmented, struct error *err)
{
    struct atomic_file plain;
    struct error none = {0};
    if (!atomic_file_open_beside(&plain, fragmented, &none))
        return atomic_file_commit(fragmented, err);
    if (!video_index(fragmented->part, plain.part)) {
        atomic_file_discard(&plain);
        return atomic_file_commit(fragmented, err);
    }
    const bool ok = atomic_file_commit(&plain, err);
    atomic_file_discard(fragmented);
    return ok;
}

bool video_file_finish(struct video_file *file, bool index, struct error *err)
{
    if (!video_file_check(file, err))
        return atomic_file_keep(&file->file, err);
    return index && file->file.part ? replace_by_plain(&file->file, err)
                                    : atomic_file_commit(&file->file, err);
}

void video_file_discard(struct video_file *file) { atomic_file_discard(&file->file); }
