/* Another network or other data in the running viewer. What is offered is made beside the present run, on a
 * thread; when it is whole, the present run is saved, the new view gets its first picture, and only then the
 * old run ends. Whatever fails on that way is said in the window, and the old run goes on. */
#ifndef LS_APP_VIEWER_OPEN_H
#define LS_APP_VIEWER_OPEN_H

#include "app/offer.h"
#include "app/session_builder.h"
#include "nn/training_thread.h"
#include "view/fade.h"
#include "view/view.h"

struct viewer;

enum opening {
    OPENING_NOTHING,
    OPENING_BUILD,   /* the builder is at work */
    OPENING_WAIT,    /* a checkpoint is being written that somebody asked for before */
    OPENING_SAVE,    /* the present run is being saved */
    OPENING_PICTURE, /* the new view waits for its first snapshot */
    OPENING_SWAP     /* at the end of this frame */
};

struct viewer_open {
    enum opening state;
    double began_at; /* of the state, clock seconds */
    double asked_at;
    struct session_builder *builder;
    bool abandoned;    /* nobody wants what the builder makes */
    struct offer next; /* offered meanwhile; takes its place */
    bool has_next;
    bool held; /* the present run was told to pause */
    struct session session;
    struct view *view;
    struct training_thread *thread;
    struct fade fade;
    int count; /* runs begun this way */
};

/* Each as offer_read takes it. An error is said in the window. */
void viewer_open_files(struct viewer *viewer, const char *const *texts, int count);
/* Takes over `offer`. */
void viewer_open_offer(struct viewer *viewer, struct offer *offer);
/* Says why something is not opened. */
void viewer_open_refuse(struct viewer *viewer, const char *reason);
/* Gives up what has not begun yet; false when nothing was on its way. */
bool viewer_open_give_up(struct viewer *viewer);
/* Once a frame, before it is drawn: goes on with what is on its way. */
void viewer_open_follow(struct viewer *viewer);
/* The checkpoint of OPENING_SAVE is written, or `err` says why not. */
void viewer_open_saved(struct viewer *viewer, const struct error *err);
/* When the window's picture is complete and not yet shown, and after it is. */
void viewer_open_drawn(struct viewer *viewer, int width, int height, double now);
void viewer_open_shown(struct viewer *viewer);
/* Waits for the builder. */
void viewer_open_deinit(struct viewer *viewer);

#endif
