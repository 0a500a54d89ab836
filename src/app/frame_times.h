/* The longest frames of a run: what a user feels as a hitch. */
#ifndef LS_APP_FRAME_TIMES_H
#define LS_APP_FRAME_TIMES_H

#include <stdbool.h>
#include <stdint.h>

/* A frame longer than this is a hitch, milliseconds. */
#define FRAME_TIMES_HITCH_MS 100.0

struct frame_times {
    int64_t frames;
    double longest_ms, longest_at; /* seconds since the start */
    int64_t hitches;               /* frames above FRAME_TIMES_HITCH_MS */
    int64_t own_hitches;           /* those of them whose drawing took as long on the cores */
    double longest_own_ms;         /* the most that drawing a frame took on the cores */
    int64_t apart;                 /* frames not counted in the above: the first second's, and resizes */
    double longest_apart_ms;
};

/* A frame `ms` after the one before, `at` seconds since the start; `own_ms`: of drawing_clock.h. Where other
 * programs use the cores, a frame is late without being slow. `resized`: it changed the picture's size,
 * whose new storage takes time once. */
void frame_times_add(struct frame_times *times, double at, double ms, double own_ms, bool resized);

#endif
