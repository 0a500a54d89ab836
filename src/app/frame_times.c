/* Shaders are compiled for good when they first draw, so the first frames say little about the others. */
#include "app/frame_times.h"

static const double settling_seconds = 2.0;

void frame_times_add(struct frame_times *times, double at, double ms, double own_ms, bool resized)
{
    if (resized || at < settling_seconds) {
        times->apart++;
        if (ms > times->longest_apart_ms)
            times->longest_apart_ms = ms;
        return;
    }
    times->frames++;
    if (ms > FRAME_TIMES_HITCH_MS)
        times->hitches++;
    if (ms > FRAME_TIMES_HITCH_MS && own_ms > FRAME_TIMES_HITCH_MS)
        times->own_hitches++;
    if (own_ms > times->longest_own_ms)
        times->longest_own_ms = own_ms;
    if (ms > times->longest_ms) {
        times->longest_ms = ms;
        times->longest_at = at;
    }
}
