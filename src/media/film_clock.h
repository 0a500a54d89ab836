/* Which frame of a film a moment belongs to: pictures come at irregular times, a film's frames are all
 * equally long, and the film plays as fast as what it shows went by. */
#ifndef LS_MEDIA_FILM_CLOCK_H
#define LS_MEDIA_FILM_CLOCK_H

#include <stdint.h>

struct film_clock {
    int fps;
    double began; /* clock seconds of frame 0, moved on where a gap was cut */
    int64_t last; /* the last frame that was due; −1 before the first */
};

void film_clock_start(struct film_clock *clock, int fps, double now);
/* The number of the frame that a picture drawn at `now` is for, or −1: that frame had its picture. Numbers
 * rise, and skip the frames during which nothing was drawn: they show the picture before. A gap of more than
 * a second (the window was minimised, the machine slept) is cut to one. */
int64_t film_clock_due(struct film_clock *clock, double now);
/* The film's length if it ended now, in frames and in seconds. */
int64_t film_clock_frames(const struct film_clock *clock, double now);
double film_clock_seconds(const struct film_clock *clock, double now);

#endif
