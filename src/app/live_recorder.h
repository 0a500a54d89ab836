/* Films of the live window: pictures are read back without waiting and encoded on a thread of their own, at a
 * constant rate that follows the clock. What cannot be kept up with is dropped and counted; nothing here
 * waits but live_recorder_deinit. OpenGL thread only. */
#ifndef LS_APP_LIVE_RECORDER_H
#define LS_APP_LIVE_RECORDER_H

#include "app/numbered_name.h"
#include "gl/framebuffer.h"
#include "gl/pixel_ring.h"
#include "media/film_clock.h"
#include "media/video_thread.h"

enum { LIVE_RECORDER_FPS = 30 };

/* A film that has ended. */
struct live_film {
    char name[NUMBERED_NAME_SIZE];
    double seconds;
    int64_t frames;
    uint64_t dropped;
    struct error
        err; /* why it is shorter than it should be, or is not there at all; empty if all went well */
};

struct live_recorder {
    bool on;                     /* pictures are taken */
    struct video_thread *thread; /* also while a film is being finished; NULL: none */
    char name[NUMBERED_NAME_SIZE];
    int width, height; /* of the film: the window's when it began */
    struct film_clock clock;
    uint64_t dropped;
    int64_t end; /* frames of the film, once it is off */
    bool finishing;
    struct gl_pixel_ring ring;
    struct gl_framebuffer fitted; /* the window in the film's size, after it changed its own */
};

void live_recorder_init(struct live_recorder *recorder);
/* Finishes a film, waiting for it; true when there was one, described in `film`. */
bool live_recorder_deinit(struct live_recorder *recorder, double now, struct live_film *film);

/* Begins a film of a window of that size, in the first free layerscope-NNNN.mp4 of the current folder. False
 * when the film before is still being written, or there is no name or thread. */
bool live_recorder_start(struct live_recorder *recorder, int width, int height, double now,
                         struct error *err);
/* Takes no more pictures; the film is finished while frames go on. */
void live_recorder_stop(struct live_recorder *recorder, double now);

/* Once a frame, whether a film is on or not: hands over what arrived and, if the film needs one, reads a
 * picture of `framebuffer` (0: the window, before the buffers are swapped). A window that has another size
 * than the film is scaled to fit, between black bars. */
void live_recorder_frame(struct live_recorder *recorder, GLuint framebuffer, int width, int height,
                         double now);
/* True once for each film that has ended. */
bool live_recorder_ended(struct live_recorder *recorder, struct live_film *film);

double live_recorder_seconds(const struct live_recorder *recorder, double now);

#endif
