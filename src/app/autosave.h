/* Checkpoints that nobody asked for: every few minutes, and when the program is interrupted. They lie in
 * $XDG_STATE_HOME/layerscope (XDG Base Directory Specification), under a name of this run alone, and each
 * replaces the one before at once; of each model the newest AUTOSAVES_KEPT stay. */
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
enum { AUTOSAVES_KEPT = 10 };
/* After a save to `path`, one of autosave_path's: of the same model's autosaves in its folder, told by their
 * names, the `keep` written last stay and the others are deleted. What cannot be deleted stays. */
void autosave_prune(const char *path, int keep);
/* Saves and prunes on the caller's thread; tells in one line, also what went wrong. */
void autosave_now(struct autosave *autosave, struct trainer *trainer);
void autosave_tell(const char *path, const struct error *err);

/* After --save failed as `err` says: tries the place of autosaves, unless they are off, and adds to `err`
 * where the run is. Always false. */
bool autosave_instead(struct autosave *autosave, struct trainer *trainer, struct error *err);
/* After an end that nobody planned, when the files asked for are written: false with the error that ends the
 * program, which names the command that goes on. Saves unless autosaves are off or --save has done so. */
enum autosave_reason { AUTOSAVE_INTERRUPTED, AUTOSAVE_DISPLAY_LOST, AUTOSAVE_OUT_OF_MEMORY };
bool autosave_at_end(struct autosave *autosave, enum autosave_reason reason, const struct options *options,
                     struct trainer *trainer, uint64_t steps_left, struct error *err);

#endif
