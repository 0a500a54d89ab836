/* Which panels of a retained layer are redrawn in which frame: those whose content changed take turns, the
 * one drawn longest ago first, so many a frame that each is drawn five times a second and none waits longer
 * than that after a change. The work of a redraw is so spread over the frames. Plain arithmetic; the time is
 * the caller's. */
#ifndef LS_VIEW_PANEL_TURNS_H
#define LS_VIEW_PANEL_TURNS_H

#include "view/layout.h"

#define PANEL_TURNS_SECONDS 0.2

/* Zeroed: nothing was ever drawn. */
struct panel_turns {
    double drawn_at[PANEL_COUNT];
    double asked_at; /* seconds */
    double credit;   /* panels that may be drawn by now */
};

/* `panels`, a set of bits 1 << panel, were drawn at `now`, out of turn. */
void panel_turns_drawn(struct panel_turns *turns, unsigned panels, double now);
/* Those of the set `stale` to draw now; they count as drawn. Asked once a frame; `now` never falls. */
unsigned panel_turns_take(struct panel_turns *turns, unsigned stale, double now);

#endif
