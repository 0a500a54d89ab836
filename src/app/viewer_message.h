/* What the viewer has to say that one line at the bottom does not hold: shown until Esc or a click on it. */
#ifndef LS_APP_VIEWER_MESSAGE_H
#define LS_APP_VIEWER_MESSAGE_H

#include "view/hud.h"

struct viewer;

struct viewer_message {
    bool shown;
    enum hud_message_kind kind;
    char title[160], text[2400];
    double until; /* clock seconds */
};

/* An error is logged too. Good news leave by themselves after a while, errors after a minute, progress when
 * something else is said. */
void viewer_say(struct viewer *viewer, enum hud_message_kind kind, const char *title, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* False when there was none. */
bool viewer_message_close(struct viewer *viewer);
/* For the frame at `now`; NULL: none. */
const struct hud_message *viewer_message_at(struct viewer *viewer, double now, struct hud_message *message);

#endif
