/* What all panels of the HUD depend on. A change is drawn at once, one of a panel's content (hud_content.h)
 * when it is its turn. Private to hud*.c. */
#ifndef LS_VIEW_HUD_SHAPE_H
#define LS_VIEW_HUD_SHAPE_H

#include "view/hud.h"

enum { HUD_NOTICE_SIZE = 256 };

/* Compared as bytes: unused ones are zero. */
struct hud_shape {
    int width, height;
    enum hud_mode mode;
    enum theme_name theme;
    bool paused, help, hide_wall_clock, has_info, ribbons, drawer;
    enum display_gradients gradients;
    enum scale_scope scope;
    bool unfolded, edges_by_weight;
    bool selection_hidden, edges_hidden, pulses_hidden, labels_hidden;
    struct display_cell selected;
    bool inspected, card; /* what is selected is known; has its card */
    int samples, ridgeline;
    bool linear[PLOT_SERIES_COUNT];
    float smoothing;
    bool recording, enlarged;
    char notice[HUD_NOTICE_SIZE];
};

/* `enlarged`: the confusion matrix lies over the free view. */
struct hud_shape hud_shape_of(const struct hud_frame *frame, bool enlarged);

#endif
