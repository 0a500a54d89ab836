/* What every command sets up from the options: data, network, trainer. */
#ifndef LS_APP_SESSION_H
#define LS_APP_SESSION_H

#include <stdatomic.h>

#include "app/options.h"
#include "nn/trainer.h"
#include "view/view.h"

struct session {
    struct data *data;
    char *data_spec; /* as --data would name it from any folder */
    struct network *network;
    struct trainer *trainer;
    struct recipe recipe; /* what it trains with: the command line's, else the model's, else the defaults */
    int device;           /* CUDA's number of what drives the OpenGL context; 0 without */
    char *model_name;     /* as --model names it; NULL: one was chosen to suit the data */
    bool borrows_data;    /* they are another session's, see session_init_beside */
    char *note;           /* what was chosen otherwise than asked for, for people; NULL: nothing */
};

/* `live`: the trainer evaluates while it trains, on the device that drives the current OpenGL context
 * (viewer, record, screenshot). */
bool session_init(struct session *session, const struct options *options, bool live, struct error *err);
void session_deinit(struct session *session);

/* How far session_init_beside is. */
enum session_stage { SESSION_READS_DATA, SESSION_BUILDS };

struct offer;
/* A session for what is offered in place of `present`, which goes on meanwhile and must stay as it is until
 * this returns; on any thread.
 * - A model keeps the present data if they fit, else takes the data that its file names.
 * - Data keep the present model if it fits and somebody named it, else take the built-in one that suits them.
 * - A checkpoint with its model goes on as --load does; without one its parameters go into the present model.
 * Without any of these the present model trains anew, with another optimizer or batch.
 * Of `options` those about the training of another network do not count. `stage` says how far it is. */
bool session_init_beside(struct session *session, const struct session *present,
                         const struct options *options, const struct offer *offer,
                         _Atomic(enum session_stage) *stage, struct error *err);
/* Ends `present` and puts `next`, which was made beside it, in its place. */
void session_replace(struct session *present, struct session *next);

/* What the viewer, record and screenshot draw alike; each adds its own. */
/* How what `view` draws comes there: "interop", "fallback" (view_fallback_reason says why) or "cpu". */
const char *session_sharing(const struct session *session, const struct view *view);
struct view_desc session_view_desc(const struct session *session, const struct options *options);

/* False with an error once the device that trains is lost: what was computed since then is worth nothing. */
bool session_check_device(const struct session *session, struct error *err);

/* Set by SIGINT, SIGTERM, SIGHUP (the terminal closed) and the other signals that ask a program to end, after
 * session_catch_interrupts; long work checks it between steps. */
void session_catch_interrupts(void);
bool session_interrupted(void);

#endif
