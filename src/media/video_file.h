/* The file under a video: written as PATH.part, renamed when finished, every short write noticed; private
 * to media/. */
#ifndef LS_MEDIA_VIDEO_FILE_H
#define LS_MEDIA_VIDEO_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct video_file {
    char *path, *part;
    int descriptor;
    int write_errno; /* of the first write that failed; 0 while all is well */
    int64_t written; /* bytes that reached the file */
};

bool video_file_open(struct video_file *file, const char *path, bool overwrite, struct error *err);
/* For AVIOContext: `opaque` is the struct video_file. */
int video_file_write(void *opaque, uint8_t *bytes, int size);
int64_t video_file_seek(void *opaque, int64_t offset, int whence);
/* Fills `err` when a write failed. */
bool video_file_check(const struct video_file *file, struct error *err);
/* Moves the file to its own name, also when a write failed: what was written stays playable. With
 * `index` a fragmented MP4 becomes a plain one on the way, if there is room for it. */
bool video_file_finish(struct video_file *file, bool index, struct error *err);
/* Closes and removes an unfinished file. */
void video_file_discard(struct video_file *file);

#endif
