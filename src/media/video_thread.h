/* A video encoder on a thread of its own. Pictures are handed over without waiting and without a copy; frames
 * that no picture came for show the one before, so that the film keeps its constant rate. */
#ifndef LS_MEDIA_VIDEO_THREAD_H
#define LS_MEDIA_VIDEO_THREAD_H

#include "media/video.h"

/* Lent until `done` is called, on the encoder's thread. */
struct video_picture {
    const uint8_t *top; /* the first row, width × 4 bytes */
    ptrdiff_t stride;   /* to the next row, bytes */
    int64_t frame;      /* which frame of the film it is for; numbers rise */
    void (*done)(void *context);
    void *context;
};

struct video_thread_status {
    bool ended;       /* the file is finished, or could not be made */
    int64_t frames;   /* written so far, repeated ones included */
    struct error err; /* why it ended early */
};

struct video_thread;

/* The file is opened on the thread, so errors come with the status. NULL: there is no thread. */
struct video_thread *video_thread_create(const struct video_desc *desc, struct error *err);
/* False: the queue is full or the film has ended, and the picture is still the caller's. */
bool video_thread_offer(struct video_thread *thread, const struct video_picture *picture);
/* What was offered is written and the film ends after `frames` frames, with its last picture repeated up to
 * there. Returns at once. */
void video_thread_finish(struct video_thread *thread, int64_t frames);
struct video_thread_status video_thread_status(struct video_thread *thread);
/* Waits for the end, which video_thread_finish asks for. */
void video_thread_wait(struct video_thread *thread);
/* Finishes, waits for the end, frees. NULL is fine. */
void video_thread_destroy(struct video_thread *thread);

/* For tests: called on the thread before each picture. */
void video_thread_set_hook(struct video_thread *thread, void (*hook)(void *), void *context);

#endif
