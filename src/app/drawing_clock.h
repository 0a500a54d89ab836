/* The time on a core that drawing takes: of the thread that calls OpenGL and of a software renderer's own
 * threads, not of training and of other programs. On a machine with company it tells a slow frame from one
 * that had to wait. */
#ifndef LS_APP_DRAWING_CLOCK_H
#define LS_APP_DRAWING_CLOCK_H

#include <time.h>

enum { DRAWING_CLOCK_THREADS = 64 };

struct drawing_clock {
    clockid_t threads[DRAWING_CLOCK_THREADS];
    int count;
};

/* On the thread that draws, once its OpenGL context is there. */
void drawing_clock_init(struct drawing_clock *clock);
/* Seconds since the threads began, all added up. */
double drawing_clock_seconds(const struct drawing_clock *clock);

#endif
