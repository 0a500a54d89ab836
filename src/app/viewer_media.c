/* F9, F12 and Ctrl+S, their notices, and the window's title, which says REC where no panel does. */
#include "app/viewer_media.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/number_text.h"

void viewer_media_init(struct viewer *viewer)
{
    live_recorder_init(&viewer->recorder);
    viewer->title_second = -1;
}

static void tell_still(struct viewer *viewer, const struct still *still)
{
    if (still->err.class_ != ERROR_NONE) {
        viewer_notice(viewer, "%s", still->err.message);
        return;
    }
    viewer->still_count++;
    viewer_notice(viewer, "saved %s", still->name);
}

static void tell_film(struct viewer *viewer, const struct live_film *film)
{
    viewer->last_film = *film;
    if (film->err.class_ != ERROR_NONE) {
        viewer_notice(viewer, "%s", film->err.message);
        return;
    }
    viewer->films++;
    char seconds[NUMBER_TEXT_SIZE];
    number_fixed(seconds, film->seconds, 1, NUMBER_PLAIN);
    if (film->dropped > 0)
        viewer_notice(viewer, "saved %s: %s s, %llu frames dropped", film->name, seconds,
                      (unsigned long long)film->dropped);
    else
        viewer_notice(viewer, "saved %s: %s s", film->name, seconds);
}

void viewer_media_finish(struct viewer *viewer)
{
    struct live_film film;
    if (live_recorder_deinit(&viewer->recorder, clock_seconds(), &film)) {
        tell_film(viewer, &film);
        if (film.err.class_ != ERROR_NONE)
            log_error("%s", film.err.message);
    }
    still_saver_destroy(viewer->stills);
    viewer->stills = NULL;
}

void viewer_media_want_still(struct viewer *viewer)
{
    struct error err = {0};
    if (!viewer->stills)
        viewer->stills = still_saver_create(&err);
    if (viewer->stills)
        still_saver_want(viewer->stills);
    else
        viewer_notice(viewer, "%s", err.message);
}

void viewer_media_toggle_film(struct viewer *viewer)
{
    struct error err = {0};
    const double now = clock_seconds();
    int width, height;
    glfwGetFramebufferSize(viewer->window, &width, &height);
    if (viewer->recorder.on)
        live_recorder_stop(&viewer->recorder, now);
    else if (live_recorder_start(&viewer->recorder, width, height, now, &err))
        viewer_notice(viewer, "recording %s; F9 ends it", viewer->recorder.name);
    else
        viewer_notice(viewer, "%s", err.message);
}

void viewer_media_save(struct viewer *viewer)
{
    struct error err = {0};
    if (viewer->saving[0] != '\0')
        return;
    if (viewer->autosaving) {
        viewer_notice(viewer, "an autosave is being written: press the key again");
        return;
    }
    if (!numbered_name(viewer->saving, ".safetensors", &err)) {
        viewer->saving[0] = '\0';
        viewer_notice(viewer, "%s", err.message);
        return;
    }
    training_thread_save(viewer->thread, viewer->saving, false);
}

static void tell_autosave(struct viewer *viewer, const char *path, const struct error *err)
{
    autosave_tell(path, err);
    if (err->class_ == ERROR_NONE)
        autosave_prune(path, AUTOSAVES_KEPT);
    viewer_notice(viewer, err->class_ == ERROR_NONE ? "autosave: %s" : "autosave failed: %s",
                  err->class_ == ERROR_NONE ? path : err->message);
}

bool viewer_media_is_saving(const struct viewer *viewer)
{
    return viewer->saving[0] != '\0' || viewer->autosaving;
}

bool viewer_media_autosave(struct viewer *viewer, struct error *err)
{
    const char *path = autosave_path(&viewer->autosave, err);
    viewer->autosaving = path && training_thread_save(viewer->thread, path, true);
    return viewer->autosaving || error_set(err, "autosave: its path is too long");
}

static void begin_autosave(struct viewer *viewer)
{
    struct error err = {0};
    if (!viewer_media_autosave(viewer, &err))
        tell_autosave(viewer, NULL, &err);
}

static void follow_saving(struct viewer *viewer)
{
    struct error err = {0};
    if (!viewer_media_is_saving(viewer) && autosave_due(&viewer->autosave, clock_seconds()))
        begin_autosave(viewer);
    if (!training_thread_take_saved(viewer->thread, &err))
        return;
    if (viewer->autosaving) {
        viewer->autosaving = false;
        if (viewer->open.state == OPENING_SAVE)
            viewer_open_saved(viewer, &err);
        else
            tell_autosave(viewer, viewer->autosave.path, &err);
        return;
    }
    viewer_notice(viewer, err.class_ == ERROR_NONE ? "saved %s" : "%s",
                  err.class_ == ERROR_NONE ? viewer->saving : err.message);
    viewer->saving[0] = '\0';
}

void viewer_media_draw_still(struct viewer *viewer, const struct view_frame *frame)
{
    if (!viewer->stills)
        return;
    const GLuint target = still_saver_target(viewer->stills, frame->width, frame->height);
    if (target) {
        struct view_frame still = *frame;
        still.dt = 0.0f;
        still.hide_wall_clock = true;
        still.keep_pace = false;
        still.recording.on = false;
        still.pointer = NULL;
        view_draw(viewer->view, &still, target);
        still_saver_drawn(viewer->stills);
    }
    struct still saved;
    while (still_saver_poll(viewer->stills, &saved))
        tell_still(viewer, &saved);
}

void viewer_media_title(struct viewer *viewer)
{
    const struct session *session = &viewer->session;
    const int second = viewer->title_second;
    char title[256], recording[32] = "";
    if (second >= 0)
        snprintf(recording, sizeof recording, " – REC %d:%02d", second / 60, second % 60);
    snprintf(title, sizeof title, "Layerscope – %s, %s%s", session->network->name, session->data->name,
             recording);
    glfwSetWindowTitle(viewer->window, title);
}

static void show_in_title(struct viewer *viewer, const struct hud_recording *recording)
{
    const int second = recording->on ? (int)recording->seconds : -1;
    if (second == viewer->title_second)
        return;
    viewer->title_second = second;
    viewer_media_title(viewer);
}

void viewer_media_follow(struct viewer *viewer, const struct view_frame *frame, double now)
{
    struct live_film film;
    live_recorder_frame(&viewer->recorder, 0, frame->width, frame->height, now);
    if (live_recorder_ended(&viewer->recorder, &film))
        tell_film(viewer, &film);
    show_in_title(viewer, &frame->recording);
    follow_saving(viewer);
    if (frame->recording.on)
        view_draw_marks(viewer->view, frame, 0);
}
