/* The steps from an offer to another run, one state a frame. */
#include "app/viewer_open.h"

#include <stdio.h>
#include <string.h>

#include "app/viewer.h"
#include "app/viewer_media.h"
#include "base/clock.h"
#include "base/log.h"
#include "gl/debug.h"

/* A new run whose first snapshot takes longer is shown without. */
static const double picture_seconds = 10.0;

static void enter(struct viewer *viewer, enum opening state)
{
    viewer->open.state = state;
    viewer->open.began_at = clock_seconds();
}

/* The present run goes on as it did before it was held. */
static void let_go(struct viewer *viewer)
{
    if (viewer->open.held && !viewer->paused)
        viewer_post(viewer, TRAINING_RESUME, 0, 0.0f);
    viewer->open.held = false;
}

static void discard(struct viewer_open *open)
{
    training_thread_destroy(open->thread);
    view_destroy(open->view);
    session_deinit(&open->session);
    open->thread = NULL;
    open->view = NULL;
}

void viewer_open_refuse(struct viewer *viewer, const char *reason)
{
    char title[160];
    snprintf(title, sizeof title, "Not opened: %s goes on", viewer->session.network->name);
    viewer_say(viewer, MESSAGE_ERROR, title, "%s", reason);
}

static void fail(struct viewer *viewer, const char *reason)
{
    discard(&viewer->open);
    let_go(viewer);
    viewer_open_refuse(viewer, reason);
    enter(viewer, OPENING_NOTHING);
}

static void begin(struct viewer *viewer, struct offer *offer)
{
    struct viewer_open *open = &viewer->open;
    struct error err = {0};
    open->abandoned = false;
    open->asked_at = clock_seconds();
    open->builder = session_builder_create(&viewer->session, viewer->options, offer, &err);
    if (open->builder == NULL)
        fail(viewer, err.message);
    else
        enter(viewer, OPENING_BUILD);
}

void viewer_open_offer(struct viewer *viewer, struct offer *offer)
{
    struct viewer_open *open = &viewer->open;
    if (open->state == OPENING_NOTHING) {
        begin(viewer, offer);
        return;
    }
    offer_deinit(&open->next);
    open->next = *offer;
    open->has_next = true;
    memset(offer, 0, sizeof *offer);
}

void viewer_open_files(struct viewer *viewer, const char *const *texts, int count)
{
    struct offer offer;
    struct error err = {0};
    if (!offer_read(&offer, texts, count, &err))
        viewer_open_refuse(viewer, err.message);
    else if (offer_is_empty(&offer))
        viewer_open_refuse(viewer, "nothing was dropped that has a path; expected files or folders");
    else
        viewer_open_offer(viewer, &offer);
}

bool viewer_open_give_up(struct viewer *viewer)
{
    struct viewer_open *open = &viewer->open;
    if (open->state != OPENING_BUILD || open->abandoned)
        return false;
    open->abandoned = true;
    offer_deinit(&open->next);
    open->has_next = false;
    viewer_message_close(viewer);
    return true;
}

static void tell_progress(struct viewer *viewer)
{
    static const char *const dots[] = {"·", "· ·", "· · ·"};
    const struct viewer_open *open = &viewer->open;
    const double seconds = clock_seconds() - open->asked_at;
    if (open->abandoned || seconds < 0.3)
        return;
    const bool reads = session_builder_stage(open->builder) == SESSION_READS_DATA;
    char title[160];
    snprintf(title, sizeof title, "Opening %.120s", session_builder_subject(open->builder));
    viewer_say(viewer, MESSAGE_PROGRESS, title, "%s  %d s  %s",
               reads ? "reading data" : "building the network", (int)seconds, dots[(int)(2.0 * seconds) % 3]);
}

static void take_built(struct viewer *viewer)
{
    struct viewer_open *open = &viewer->open;
    struct error err = {0};
    const bool ok = session_builder_finish(open->builder, &open->session, &err);
    open->builder = NULL;
    if (open->abandoned || open->has_next) {
        discard(open);
        enter(viewer, OPENING_NOTHING);
        return;
    }
    if (ok)
        open->view = viewer_create_view(viewer, &open->session, &err);
    if (open->view == NULL) {
        fail(viewer, err.message);
    } else {
        open->held = true;
        viewer_post(viewer, TRAINING_PAUSE, 0, 0.0f);
        enter(viewer, OPENING_WAIT);
    }
}

/* A run without a step has nothing to lose. */
static void save_present(struct viewer *viewer)
{
    struct error err = {0};
    if (viewer->autosave.period <= 0.0 || training_thread_status(viewer->thread).step == 0)
        enter(viewer, OPENING_PICTURE);
    else if (viewer_media_autosave(viewer, &err))
        enter(viewer, OPENING_SAVE);
    else
        viewer_open_saved(viewer, &err);
}

void viewer_open_saved(struct viewer *viewer, const struct error *err)
{
    char text[1200];
    if (err->class_ == ERROR_NONE) {
        enter(viewer, OPENING_PICTURE);
        return;
    }
    snprintf(text, sizeof text,
             "the present run cannot be saved first: %s. With --autosave 0 it would not be.", err->message);
    fail(viewer, text);
}

/* The new trainer publishes its first snapshot while the old view is still drawn. */
static void wait_for_picture(struct viewer *viewer)
{
    struct viewer_open *open = &viewer->open;
    struct error err = {0};
    if (open->thread == NULL) {
        const int64_t steps = viewer->options->steps;
        open->thread = training_thread_create(open->session.trainer, view_publisher(open->view), true,
                                              steps > 0 ? (uint64_t)steps : 0, &err);
        if (open->thread == NULL) {
            fail(viewer, err.message);
            return;
        }
        training_thread_request_publish(open->thread);
    }
    if (view_is_ready(open->view) || clock_seconds() - open->began_at > picture_seconds)
        enter(viewer, OPENING_SWAP);
}

void viewer_open_follow(struct viewer *viewer)
{
    struct viewer_open *open = &viewer->open;
    if (open->state == OPENING_NOTHING && open->has_next) {
        struct offer next = open->next;
        memset(&open->next, 0, sizeof open->next);
        open->has_next = false;
        begin(viewer, &next);
    }
    if (open->state == OPENING_BUILD) {
        if (session_builder_done(open->builder))
            take_built(viewer);
        else
            tell_progress(viewer);
    }
    if (open->state == OPENING_WAIT && !viewer_media_is_saving(viewer))
        save_present(viewer);
    if (open->state == OPENING_PICTURE)
        wait_for_picture(viewer);
}

void viewer_open_drawn(struct viewer *viewer, int width, int height, double now)
{
    struct viewer_open *open = &viewer->open;
    if (open->state == OPENING_SWAP)
        fade_begin(&open->fade, 0, width, height, now);
    else
        fade_draw(&open->fade, 0, width, height, now);
}

static void tell_opened(struct viewer *viewer, const char *saved)
{
    const struct session *session = &viewer->session;
    char title[160];
    snprintf(title, sizeof title, "%.70s on %.70s", session->network->name, session->data->name);
    viewer_say(viewer, MESSAGE_DONE, title, "%s%s%s%s", session->note ? session->note : "",
               session->note ? " " : "",
               saved ? "The run before is saved: " : "The run before was not saved.", saved ? saved : "");
    log_info("%s: %s", title, viewer->message.text);
}

static void swap(struct viewer *viewer)
{
    struct viewer_open *open = &viewer->open;
    char saved[1024];
    const bool has_saved =
        viewer->autosave.path != NULL && snprintf(saved, sizeof saved, "%s", viewer->autosave.path) > 0;
    view_take_over(open->view, viewer->view);
    training_thread_destroy(viewer->thread);
    view_destroy(viewer->view);
    session_replace(&viewer->session, &open->session);
    viewer->thread = open->thread;
    viewer->view = open->view;
    open->thread = NULL;
    open->view = NULL;
    open->held = false;
    open->count++;
    enter(viewer, OPENING_NOTHING);
    autosave_deinit(&viewer->autosave);
    autosave_init(&viewer->autosave, viewer->options, &viewer->session);
    viewer_begin_run(viewer);
    tell_opened(viewer, has_saved ? saved : NULL);
}

void viewer_open_shown(struct viewer *viewer)
{
    if (viewer->open.state != OPENING_SWAP)
        return;
    gl_debug_push("swap networks");
    swap(viewer);
    gl_debug_pop();
}

void viewer_open_deinit(struct viewer *viewer)
{
    struct viewer_open *open = &viewer->open;
    if (open->builder != NULL)
        session_builder_finish(open->builder, &open->session, NULL);
    open->builder = NULL;
    discard(open);
    offer_deinit(&open->next);
    fade_deinit(&open->fade);
}
