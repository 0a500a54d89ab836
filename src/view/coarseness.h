/* How much coarser than the window the scene is drawn, so that a software renderer keeps a pace that hands can
 * follow. Panels and text are never coarser. No OpenGL. */
#ifndef LS_VIEW_COARSENESS_H
#define LS_VIEW_COARSENESS_H

#include <stdbool.h>

/* The pace that is kept: a frame in this time. */
#define COARSENESS_FRAME_SECONDS 0.1

struct coarseness {
    int level;
    int slow, quick; /* frames in a row that ask for another level */
};

/* Beyond four million pixels it begins at half the size, before a frame has shown how long it takes. */
void coarseness_init(struct coarseness *coarseness, int width, int height);
/* Pixels of the window for one of the scene, each way: 1, 1.5, 2, 3 or 4. */
float coarseness_factor(const struct coarseness *coarseness);
/* After a frame for which the scene was drawn anew: how long all of it took, and the scene alone. Two slow frames
 * lead to the finest level that promises the pace, half a second's worth of quick ones to the next finer one, for
 * the time that the scene takes follows its pixels. Pictures do not become narrower than 640 pixels. */
void coarseness_follow(struct coarseness *coarseness, int width, double frame_seconds, double scene_seconds);

#endif
