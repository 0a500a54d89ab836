/* H.264 video files, encoded in process. */
#ifndef LS_MEDIA_VIDEO_H
#define LS_MEDIA_VIDEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct video_desc {
    const char *path;  /* .mp4, .mkv, or .webm (VP9); written as PATH.part, renamed when finished */
    int width, height; /* even */
    int fps;
    int threads; /* the encoder's; fixed, so that a recording repeats bit for bit. 0 means 2 */
    bool quick;  /* live: about half the work, larger files */
    bool overwrite;
    const char *const *encoders; /* for tests: names to try, ended by NULL; NULL: the built-in list */
};

struct video;

/* True when the ending names a container that video_create knows. */
bool video_ending_known(const char *path);
/* Opens the first encoder that works and says which were tried otherwise. Nothing is left on failure. */
struct video *video_create(const struct video_desc *desc, struct error *err);
/* rgba (height, width, 4), top row first. After a failure (disk full) call video_finish: what was
 * written stays playable. */
bool video_add_frame(struct video *video, const uint8_t *rgba, struct error *err);
/* The same with rows `stride` bytes apart, negative where they go upward in memory; `top` is the first. */
bool video_add_rows(struct video *video, const uint8_t *top, ptrdiff_t stride, struct error *err);
/* The last frame once more. */
bool video_repeat_frame(struct video *video, struct error *err);
/* Encodes what is pending, ends the file, moves it to its own name and frees `video`. Also after a
 * failure, with the failure again in `err` unless it holds one. */
bool video_finish(struct video *video, struct error *err);
/* Removes the unfinished file and frees `video`; NULL is fine. */
void video_discard(struct video *video);
/* "libx264" */
const char *video_encoder_name(const struct video *video);

#endif
