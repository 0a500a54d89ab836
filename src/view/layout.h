/* Where every panel stands, in framebuffer pixels, from one table. Panels drop in a stated order when
 * the window is small; none ever overlap. */
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
    PANEL_COUNT
};

struct rect {
    float x, y, width, height; /* y grows downward */
};

struct layout {
    float scale; /* multiply sizes given for 1080p by this: max(1, height / 1080) */
    struct rect free_view; /* what no panel covers: where the network is fitted */
    bool visible[PANEL_COUNT];
    struct rect panels[PANEL_COUNT];
};

void layout_compute(struct layout *layout, int width, int height, enum hud_mode mode);
/* "full", "legend", "none" */
bool hud_mode_from_name(const char *text, enum hud_mode *mode);

#endif
