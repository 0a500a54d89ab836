/* Frame numbers are counted from the start, so that rounding never adds up. */
#include "media/film_clock.h"

#include <math.h>

/* Times that fall on a frame's very beginning belong to it. */
static const double rounding_seconds = 1e-6;

static int64_t frame_at(const struct film_clock *clock, double now)
{
    return (int64_t)floor((now - clock->began + rounding_seconds) * clock->fps);
}

void film_clock_start(struct film_clock *clock, int fps, double now)
{
    *clock = (struct film_clock){.fps = fps, .began = now, .last = -1};
}

int64_t film_clock_due(struct film_clock *clock, double now)
{
    int64_t due = frame_at(clock, now);
    if (due <= clock->last)
        return -1;
    const int64_t longest = clock->last + clock->fps;
    if (due > longest) {
        clock->began += (double)(due - longest) / clock->fps;
        due = longest;
    }
    clock->last = due;
    return due;
}

int64_t film_clock_frames(const struct film_clock *clock, double now)
{
    const int64_t shown = frame_at(clock, now), longest = clock->last + clock->fps;
    return (shown < clock->last ? clock->last : shown > longest ? longest : shown) + 1;
}

double film_clock_seconds(const struct film_clock *clock, double now)
{
    return (double)film_clock_frames(clock, now) / clock->fps;
}
