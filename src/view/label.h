/* Text that belongs to a place in the scene, projected to the screen by the renderer and drawn by the HUD. */
#ifndef LS_VIEW_LABEL_H
#define LS_VIEW_LABEL_H

#include "view/theme.h"

enum label_style {
    LABEL_NAME,   /* a layer's name: text colour, 14 px semibold */
    LABEL_DETAIL, /* shape and S: secondary colour, 12 px monospaced */
    LABEL_WEIGHT, /* a weight plate's name: muted */
    LABEL_CLASS,  /* a class beside an output cell */
    LABEL_VALUE   /* a probability */
};

enum label_anchor { ANCHOR_CENTER, ANCHOR_LEFT, ANCHOR_RIGHT }; /* which side of the text lies at x */

struct label {
    char text[64];
    float x, y; /* framebuffer pixels; y is the text's vertical middle */
    enum label_style style;
    enum label_anchor anchor;
    float drop;      /* pixels down, where it stands when there is no room here; 0: it rises instead */
    int priority;    /* on collision the smaller number stays */
    bool outlined;   /* a box around it: the true class */
    bool emphasized; /* the predicted class */
    bool small;      /* a class among close neighbours */
};

#endif
