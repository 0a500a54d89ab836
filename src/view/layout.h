/* Where every panel stands, in framebuffer pixels, from one table (in layout.c). Small windows drop
 * panels: first weights over time, confusion, ROC or fit, learning rate, gradient norm and probe, then the
 * plots, then the top bar, last the legend. Panels never overlap and never leave the window. */
#ifndef LS_VIEW_LAYOUT_H
#define LS_VIEW_LAYOUT_H

#include <stdbool.h>

enum hud_mode { HUD_FULL, HUD_LEGEND, HUD_NONE };

enum panel {
    PANEL_TOP_BAR,
    PANEL_LOSS,
    PANEL_ACCURACY,
    PANEL_LEARNING_RATE,
    PANEL_GRADIENT_NORM,
    PANEL_PROBE,
    PANEL_LEGEND,
    PANEL_RIDGELINE,
    PANEL_CONFUSION,
    PANEL_ROC,
    PANEL_POINTS,    /* samples of two values in their plane, on the left; with LAYOUT_POINTS */
    PANEL_FIT,       /* predictions against targets, in place of confusion and ROC; with LAYOUT_TARGETS */
    PANEL_INSPECTOR, /* a card in the lower right of the free view; shown when something is selected by the
                      * user, and with layout_is_roomy anyway */
    PANEL_DRAWER,    /* controls, on the left; see layout_open_drawer */
    PANEL_COUNT
};

struct rect {
    float x, y, width, height; /* y grows downward */
};

struct layout {
    float scale; /* multiply sizes given for 1080p by this: max(1, min(width / 1920, height / 1080)) */
    struct rect free_view; /* what no panel covers: where the network is fitted */
    bool visible[PANEL_COUNT];
    struct rect panels[PANEL_COUNT];
};

/* What the samples are, as far as panels depend on it: a set of these. */
enum layout_subject {
    LAYOUT_POINTS = 1, /* a sample has two values */
    LAYOUT_TARGETS = 2 /* and numbers to be predicted instead of a class */
};

/* Any size is allowed; one of no pixels has no panels. HUD_LEGEND: the legend alone, lower right, and the
 * plane of the points if there is one. */
void layout_compute_for(struct layout *layout, unsigned subject, int width, int height, enum hud_mode mode);
/* The same for samples of many values with a class. */
void layout_compute(struct layout *layout, int width, int height, enum hud_mode mode);
/* Takes room for the drawer from the left of the free view, when there is enough. */
void layout_open_drawer(struct layout *layout);
/* It is open, or there is enough. */
bool layout_has_drawer_room(const struct layout *layout);
/* The free view is so large that a card in its corner leaves the network alone. */
bool layout_is_roomy(const struct layout *layout);
/* "full", "legend", "none" */
bool hud_mode_from_name(const char *text, enum hud_mode *mode);

#endif
