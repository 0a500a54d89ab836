/* How the scene is shown: what keys, controls and the mouse change about the picture without changing the
 * network. The view owns one; passes and panels read it. No OpenGL. */
#ifndef LS_VIEW_DISPLAY_H
#define LS_VIEW_DISPLAY_H

#include <stdbool.h>

#include "view/plot_history.h"

enum display_gradients {
    GRADIENTS_OFF,    /* plates show values */
    GRADIENTS_TURNED, /* plates are turned round and show dLoss/dvalue on their backs */
    GRADIENTS_STACKED /* both, one above the other */
};

/* Over which plates S, the scale of the colours, is shared. */
enum scale_scope { SCOPE_LAYER, SCOPE_KIND, SCOPE_GLOBAL, SCOPE_COUNT };

/* One value of one plate. */
struct display_cell {
    int plate; /* into scene.plates; −1: none */
    int value; /* number in the plate's region */
};

/* So many stacks can be on their way at once: the focused one, and others that fold again. */
#define DISPLAY_OPENED 3

struct display {
    enum display_gradients gradients;
    bool unfolded; /* stacks of feature maps lie side by side */
    int focused;   /* a plate whose stack does so alone, into scene.plates; −1: none */
    enum scale_scope scope;
    bool edges_by_weight;                  /* edges are ranked by |w|, not by |w·a| */
    struct display_cell selected, hovered; /* as the user chose; see renderer.h for the default selection */
    /* The neuron under the mouse, once it has rested there: its own edges stand out. Plate −1: none. */
    struct display_cell isolated;
    float isolation;                  /* how far the other edges have given way, 0 … 1 */
    bool selection_hidden;            /* nothing is outlined, not even the default selection */
    bool edges_hidden, pulses_hidden; /* pulses are hidden with the edges that they run along */
    bool labels_hidden;
    /* Of the plots. Accuracy and learning rate are on a linear axis always. */
    bool linear[PLOT_SERIES_COUNT];
    float smoothing; /* β of the running mean, 0 ≤ β < 1 */
    /* Follow the wishes above, 0 … 1, eased. */
    float turn, stack, unfold;
    /* Linear progress of the same. */
    float turn_progress, stack_progress, unfold_progress;
    struct display_opened {
        int plate;
        float unfold, progress; /* 0: folded, and free for another plate */
    } opened[DISPLAY_OPENED];
};

/* Half a turn, folding and stacking take this long. */
#define DISPLAY_SECONDS 0.6f

/* Values, folded, one S per layer, nothing selected; logarithmic plots. */
void display_init(struct display *display);
/* Moves the animated amounts `dt` seconds on. True while something moves. */
bool display_update(struct display *display, float dt);
/* Ends all animations at once. */
void display_settle(struct display *display);
static inline bool display_cell_equal(struct display_cell a, struct display_cell b)
{
    return a.plate == b.plate && (a.plate < 0 || a.value == b.value);
}
/* "values", "gradients", "both" */
bool display_gradients_from_name(const char *text, enum display_gradients *gradients);
/* "layer", "kind", "global" */
const char *scale_scope_name(enum scale_scope scope);

#endif
