/* H.264 video files, encoded in process. */
#ifndef LS_MEDIA_VIDEO_H
#define LS_MEDIA_VIDEO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct video_desc {
    const char *path; /* .mp4 or .mkv; written as PATH.part, renamed when finished */
    int width, height; /* even */
    int fps;
    int threads; /* the encoder's; fixed, so that a recording repeats bit for bit. 0 means 2 */
    bool overwrite;
};

struct video;

/* Opens the first encoder that works (libx264, libopenh264, h264_nvenc, …); says which were tried otherwise. */
struct video *video_create(const struct video_desc *desc, struct error *err);
/* rgba (height, width, 4), top row first. After a failure (disk full) call video_finish: what was
 * written stays playable. */
bool video_add_frame(struct video *video, const uint8_t *rgba, struct error *err);
/* Writes the trailer, moves the file to its own name and frees `video`. */
bool video_finish(struct video *video, struct error *err);
/* "libx264" */
const char *video_encoder_name(const struct video *video);

#endif
