/* Controls: one window of Dear ImGui widgets, filled row by row between ui_window_begin and ui_window_end.
 * Rows have a label on the left and the control on the right. Every control has a name, unique in the window.
 * Nothing here takes keys: the keyboard stays with the viewer's commands. */
#ifndef LS_VIEW_UI_WIDGETS_H
#define LS_VIEW_UI_WIDGETS_H

#include "view/pointer.h"
#include "view/ui.h"

/* The window fills `rect` and scrolls if it has to. `down`: whether the button counts as held. */
void ui_window_begin(struct ui *ui, int width, int height, struct rect rect, const struct theme *theme,
                     const struct pointer *pointer, bool down);
/* Draws it into the bound framebuffer like ui_end, or not. */
void ui_window_end(struct ui *ui, bool draw);
/* It has not stood there before: what is in it finds its place only while it is gone through twice. */
bool ui_window_is_new(const struct ui *ui, struct rect rect);
/* A control is being held, wherever the cursor is. */
bool ui_window_is_busy(const struct ui *ui);

void ui_heading(struct ui *ui, const char *text);
/* Number `place` of `count` buttons in a row; `key` says which key does the same, or NULL. True when pressed.
 * `on`: it is lit. */
bool ui_button(struct ui *ui, const char *name, const char *text, const char *key, bool on, int place,
               int count);
/* Of `names` one is chosen. True when the user chose another. */
bool ui_choice(struct ui *ui, const char *name, const char *label, const char *const *names, int count,
               int *chosen);
/* `shown` stands on it. True while the user moves it. */
bool ui_slider(struct ui *ui, const char *name, const char *label, float *value, float low, float high,
               bool logarithmic, const char *shown);

/* The window's controls in order, as last drawn, even if scrolled out of sight; false: there are no more. */
bool ui_control_at(const struct ui *ui, int index, const char **name, struct rect *rect);

/* How many pixels the text of a control, or its label, could be longer; below 0 it does not fit. */
float ui_control_spare(const struct ui *ui, int index);

#endif
