/* Levels, and when to change them. */
#include "view/coarseness.h"

#include <string.h>

static const float factors[] = {1.0f, 1.5f, 2.0f, 3.0f, 4.0f};
enum { LEVELS = sizeof factors / sizeof *factors, SLOW_FRAMES = 2, QUICK_FRAMES = 10, LEAST_WIDTH = 640 };

/* A finer level is to last: it must promise to be this much quicker than it has to be. */
static const double MARGIN = 0.75;
/* Where the scene takes less of a frame than this, another size of it would change little. */
static const double LEAST_SHARE = 0.3;
static const double BEGIN_COARSE_PIXELS = 4e6;

void coarseness_init(struct coarseness *coarseness, int width, int height)
{
    memset(coarseness, 0, sizeof *coarseness);
    if ((double)width * (double)height > BEGIN_COARSE_PIXELS)
        coarseness->level = 2;
}

float coarseness_factor(const struct coarseness *coarseness) { return factors[coarseness->level]; }

static double promised(const struct coarseness *coarseness, int level, double frame, double scene)
{
    const double ratio = (double)(factors[coarseness->level] / factors[level]);
    return frame - scene + scene * ratio * ratio;
}

void coarseness_follow(struct coarseness *coarseness, int width, double frame_seconds, double scene_seconds)
{
    const int level = coarseness->level;
    const bool slow = frame_seconds > COARSENESS_FRAME_SECONDS && scene_seconds > LEAST_SHARE * frame_seconds;
    const bool quick = level > 0 && promised(coarseness, level - 1, frame_seconds, scene_seconds) <
                                        MARGIN * COARSENESS_FRAME_SECONDS;
    coarseness->slow = slow ? coarseness->slow + 1 : 0;
    coarseness->quick = quick ? coarseness->quick + 1 : 0;
    if (coarseness->slow >= SLOW_FRAMES) {
        int coarser = level;
        while (coarser + 1 < LEVELS && (float)width / factors[coarser + 1] >= (float)LEAST_WIDTH &&
               promised(coarseness, coarser, frame_seconds, scene_seconds) > COARSENESS_FRAME_SECONDS)
            coarser++;
        coarseness->level = coarser;
        coarseness->slow = 0;
    } else if (coarseness->quick >= QUICK_FRAMES) {
        coarseness->level = level - 1;
        coarseness->quick = 0;
    }
}
