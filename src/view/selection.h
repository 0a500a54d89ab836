/* The selected cell with what it is made from, and the yellow frustum that shows this: outlines of its
 * windows in the plates before it, back to the input, joined by lines. Geometry only, no OpenGL. */
#ifndef LS_VIEW_SELECTION_H
#define LS_VIEW_SELECTION_H

#include "view/display.h"
#include "view/gap.h"
#include "view/scene.h"

enum { SELECTION_PARTS = 8, SELECTION_LINES = 128 };

struct selection {
    struct display_cell cell; /* plate −1: nothing is selected */
    bool by_user;     /* false: the strongest activation of the last convolution or first dense layer */
    int source_plate; /* that the cell is computed from; −1: the cell is no neuron's */
    /* What contributes most, largest first. Convolution: two channels of the source plate, by |Σ w·a| over
     * the window. Dense: values of the source plate, by |w·a|. Pool: the one channel. */
    int part_count;
    int parts[SELECTION_PARTS];
    float contributions[SELECTION_PARTS]; /* Σ w·a, w·a, or the cell's own value */
};

/* std430, shaders/selection_line.vert. */
struct selection_line {
    float from[3], alpha, to[3], width_px;
};

/* Where the picture's own selection lies: the last convolution, else the first dense layer; −1: neither. */
int selection_default_plate(const struct scene *scene, const struct network *network);
/* Fills `lines` (SELECTION_LINES); returns how many. */
int selection_lines(const struct selection *selection, const struct scene *scene, const struct gap *gaps,
                    int gap_count, struct selection_line *lines);

#endif
