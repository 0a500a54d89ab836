/* When the viewer draws its next frame. With a graphics card: at the screen's refresh. A software renderer
 * draws with the cores that train, so there frames come more slowly, at 30 to 22 a second, such that drawing
 * takes no more than a share of the time and training keeps the rest. */
#ifndef LS_APP_PACING_H
#define LS_APP_PACING_H

#include <stdbool.h>

struct pacing {
    bool software;
    double refresh_seconds;
    double drawing_seconds; /* of a frame, smoothed; 0: none drawn yet */
};

/* `refresh_seconds`: of the screen; of no importance on a software renderer. */
void pacing_init(struct pacing *pacing, bool software, double refresh_seconds);
/* How long a frame lasts now, drawing and resting together, seconds. */
double pacing_period(const struct pacing *pacing);
/* After a frame that took `drawing_seconds` from its begin until it was on the screen: how long to rest. */
double pacing_rest(struct pacing *pacing, double drawing_seconds);

#endif
