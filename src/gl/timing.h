/* How long each named pass takes (gl_debug_push … gl_debug_pop), for measurements. While nothing is active a
 * pass costs one comparison more. OpenGL thread only.
 *
 * On a software renderer everything is finished before and after each pass and the clocks are read: OpenGL's
 * own timers count there how long commands took to be noted down, not to be carried out. Finishing so often
 * costs time itself, so the passes add up to more than a frame takes. Elsewhere OpenGL's timestamps are used,
 * and nothing waits before the end of the frame. */
#ifndef LS_GL_TIMING_H
#define LS_GL_TIMING_H

#include <stdbool.h>

struct gl_timing;

struct gl_pass_time {
    const char *name; /* owned by the timing */
    int depth;        /* passes inside others follow them, one deeper; their time is in both */
    int runs;
    double mean_ms, p95_ms; /* a run; p95: 95 % of the runs took at most this long */
    double frame_ms;        /* a frame, runs or not */
    double frame_cpu_ms;    /* the same in time of all the process's threads */
};

/* `software`: measure with the clocks. */
struct gl_timing *gl_timing_create(bool software);
void gl_timing_destroy(struct gl_timing *timing);
/* Measures passes into `timing` from now on; NULL: no more. Between passes only. */
void gl_timing_activate(struct gl_timing *timing);
/* One frame is over. Waits for it where timestamps are used. */
void gl_timing_end_frame(struct gl_timing *timing);
int gl_timing_frames(const struct gl_timing *timing);
/* In the order of the first run, outer before inner; returns how many there are, at most `capacity`. */
int gl_timing_passes(const struct gl_timing *timing, struct gl_pass_time *passes, int capacity);

/* For gl_debug_push and gl_debug_pop. */
void gl_timing_enter(const char *name);
void gl_timing_leave(void);

#endif
