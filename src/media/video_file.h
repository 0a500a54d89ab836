/* The file under a video: grows under a part name that plays already, renamed when finished; private to
 * media/. */
#ifndef LS_MEDIA_VIDEO_FILE_H
#define LS_MEDIA_VIDEO_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomic_file.h"

/* Stays where it is while it is open. */
struct video_file {
    struct atomic_file file;
};

bool video_file_open(struct video_file *file, const char *path, bool overwrite, struct error *err);
/* For AVIOContext: `opaque` is the struct video_file. */
int video_file_write(void *opaque, uint8_t *bytes, int size);
int64_t video_file_seek(void *opaque, int64_t offset, int whence);
/* False for a pipe or device, which takes one byte after the other. */
bool video_file_can_seek(const struct video_file *file);
/* Fills `err` when a write failed. */
bool video_file_check(const struct video_file *file, struct error *err);
/* Moves the file to its own name, also when a write failed: what was written stays playable. With
 * `index` a fragmented MP4 becomes a plain one on the way, if there is room for it. */
bool video_file_finish(struct video_file *file, bool index, struct error *err);
/* Closes and removes an unfinished file. */
void video_file_discard(struct video_file *file);

#endif
