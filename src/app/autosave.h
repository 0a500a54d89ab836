/* Checkpoints that nobody asked for: every few minutes, and when the program is interrupted. They lie in
 * $XDG_STATE_HOME/layerscope (XDG Base Directory Specification), under a name of this run alone, and each
 * replaces the one before at once. */
#ifndef LS_APP_AUTOSAVE_H
#define LS_APP_AUTOSAVE_H

#include "app/session.h"

struct autosave {
    double period;  /* seconds; 0: off */
    double next_at; /* clock seconds */
    char *path;     /* NULL before the first */
    char model[64];
};

void autosave_init(struct autosave *autosave, const struct options *options, const struct session *session);
void autosave_deinit(struct autosave *autosave);

/* Is it time? Then the next one is due a period later. */
bool autosave_due(struct autosave *autosave, double now);
/* Where to save, with its folder made; NULL when that cannot be. Owned by `autosave`. */
const char *autosave_path(struct autosave *autosave, struct error *err);
/* On the caller's thread; tells in one line, also what went wrong. */
void autosave_now(struct autosave *autosave, struct trainer *trainer);
void autosave_tell(const char *path, const struct error *err);

/* After Ctrl-C, when the files asked for are written: false with the error that ends the program, which names
 * the command that goes on. Saves unless autosaves are off or --save has done so. */
bool autosave_interrupted(struct autosave *autosave, const struct options *options, struct trainer *trainer,
                          uint64_t steps_left, struct error *err);

#endif
