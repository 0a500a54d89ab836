/* What each panel of the HUD was drawn from, to know when it must be drawn again. Private to hud*.c. */
#ifndef LS_VIEW_HUD_CONTENT_H
#define LS_VIEW_HUD_CONTENT_H

#include "view/hud_paint.h"

/* Compared as bytes. What has no panel of its own stays zero; size, theme and what else concerns all panels
 * is not among it. */
struct hud_content {
    uint64_t step, run;
    uint64_t version; /* of what is shown beside the step: predictions, weights, an inspected value */
    size_t steps, evaluations;
    uint32_t probe;
    int class_;                    /* predicted, highlighted among the curves */
    float pointer[2];              /* over the top bar, else 0 */
    double figures[5];             /* of the top bar */
    float clip_percent[MAP_COUNT]; /* of the legend */
    int footprint[MAP_COUNT][2], pulse_steps;
};

/* Panels that show one thing, the snapshot or an evaluation: they are drawn together, so that they agree in
 * one picture. Adds to `due` those of `stale` that share with one of these what differs between `before` and
 * `now`. */
unsigned hud_contents_together(const struct hud_content *before, const struct hud_content *now,
                               unsigned stale, unsigned due);
/* Of all panels; those of the drawer, which looks after itself, stay zero. */
void hud_contents(const struct paint *paint, struct hud_content contents[PANEL_COUNT]);

#endif
