/* Settings of the viewer by name and value, and what the controls ask for: keys, controls and scripts all end
 * here or in the command table. */
#ifndef LS_APP_VIEW_CONTROLS_H
#define LS_APP_VIEW_CONTROLS_H

#include <stdbool.h>

#include "view/hud.h"

struct viewer;

/* False: there is no setting of that name. Values out of range are clamped; "probe" wraps around. */
bool view_control_set(struct viewer *viewer, const char *name, double value);
/* What the controls show. */
struct hud_controls view_controls_state(const struct viewer *viewer);
/* Answers everything that was asked for since the last frame. */
void view_controls_follow(struct viewer *viewer);
/* Where each control was last drawn, as JSON: name → [x, y, width, height], framebuffer pixels. */
struct cJSON *view_controls_report(const struct viewer *viewer);

#endif
