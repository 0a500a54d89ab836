/* What every command sets up from the options: data, network, trainer. */
#ifndef LS_APP_SESSION_H
#define LS_APP_SESSION_H

#include "app/options.h"
#include "nn/trainer.h"
#include "view/view.h"

struct session {
    struct data *data;
    char *data_spec; /* as --data would name it from any folder */
    struct network *network;
    struct trainer *trainer;
    struct recipe recipe; /* what it trains with: the command line's, else the model's, else the defaults */
};

/* `live`: the trainer evaluates while it trains, on the device that drives the current OpenGL context
 * (viewer, record, screenshot). */
bool session_init(struct session *session, const struct options *options, bool live, struct error *err);
void session_deinit(struct session *session);

/* What the viewer, record and screenshot draw alike; each adds its own. */
/* How what `view` draws comes there: "interop", "fallback" (view_fallback_reason says why) or "cpu". */
const char *session_sharing(const struct session *session, const struct view *view);
struct view_desc session_view_desc(const struct session *session, const struct options *options);

/* False with an error once the device that trains is lost: what was computed since then is worth nothing. */
bool session_check_device(const struct session *session, struct error *err);

/* Set by SIGINT or SIGTERM after session_catch_interrupts; long work checks it between steps. */
void session_catch_interrupts(void);
bool session_interrupted(void);

#endif
