/* What is known about the selected and the hovered value: plans what to read of the shown snapshot, has it
 * read back, and solves it. Everything about one value is of one snapshot, whose step it bears. OpenGL
 * thread. */
#ifndef LS_VIEW_INSPECTOR_H
#define LS_VIEW_INSPECTOR_H

#include "view/arena.h"
#include "view/inspect.h"

struct inspector;

/* All arguments are borrowed. */
struct inspector *inspector_create(const struct inspect_subject *subject, const struct arena *arena,
                                   struct error *err);
void inspector_destroy(struct inspector *inspector);

/* Once a frame, when the cells of `selected` and `hovered` are known (plate −1: none). `changed`: the
 * snapshot did. With `wait` the values are those of the shown snapshot; otherwise they come in one of the
 * next frames. */
void inspector_update(struct inspector *inspector, struct display_cell selected, struct display_cell hovered,
                      bool changed, bool wait);
/* NULL: nothing is known about it yet. Never about another cell than the one asked for. */
const struct inspection *inspector_selected(const struct inspector *inspector);
const struct inspection *inspector_hovered(const struct inspector *inspector);
/* Bytes asked for in this frame. */
size_t inspector_bytes(const struct inspector *inspector);

#endif
