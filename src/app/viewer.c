/* The viewer's window, frame loop and report. */
#include "app/viewer.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/view_commands.h"
#include "app/view_controls.h"
#include "app/viewer_input.h"
#include "app/viewer_media.h"
#include "base/clock.h"
#include "base/memory.h"
#include "gl/debug.h"

static const double notice_seconds = 5.0, probe_cycle_seconds = 2.0;

static bool open_window(struct viewer *viewer, struct error *err)
{
    const struct options *options = viewer->options;
    if (!gl_display_available())
        return error_set(
            err, "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY leads to "
                 "one); use 'layerscope record FILE.mp4' or 'layerscope screenshot FILE.png', which need "
                 "none");
    const struct gl_window_desc desc = {
        .title = "Layerscope",
        .width = options->width,
        .height = options->height,
        .fullscreen = options->fullscreen,
        .monitor = options->monitor,
        .vsync = true,
    };
    viewer->context = gl_context_create_window(&desc, err);
    if (viewer->context == NULL)
        return false;
    viewer->window = gl_context_window(viewer->context);
    viewer->fullscreen = options->fullscreen;
    viewer->restore_width = options->width;
    viewer->restore_height = options->height;
    viewer->restore_x = viewer->restore_y = 64;
    return true;
}

struct view *viewer_create_view(const struct viewer *viewer, const struct session *session, struct error *err)
{
    struct view_desc desc = session_view_desc(session, viewer->options);
    desc.keys = view_command_keys();
    desc.key_count = view_command_count;
    return view_create(&desc, err);
}

bool viewer_init(struct viewer *viewer, const struct options *options, struct error *err)
{
    memset(viewer, 0, sizeof *viewer);
    viewer->options = options;
    viewer->focus = VIEWER_NO_LAYER;
    if (!open_window(viewer, err) || !session_init(&viewer->session, options, true, err))
        goto fail;
    viewer->view = viewer_create_view(viewer, &viewer->session, err);
    if (viewer->view == NULL)
        goto fail;
    if (options->probe >= 0)
        trainer_set_probe(viewer->session.trainer, (uint32_t)options->probe);
    viewer->cycles = options->probe == PROBE_CYCLE;
    viewer->paused = options->steps == 0;
    const uint64_t max_steps = options->steps > 0 ? (uint64_t)options->steps : 0;
    viewer->thread =
        training_thread_create(viewer->session.trainer, view_publisher(viewer->view), true, max_steps, err);
    if (viewer->thread == NULL)
        goto fail;
    viewer_media_init(viewer);
    viewer_begin_run(viewer);
    autosave_init(&viewer->autosave, options, &viewer->session);
    viewer_input_install(viewer);
    if (view_fallback_reason(viewer->view))
        viewer_notice(viewer, "FALLBACK: what is shown is copied; %s", view_fallback_reason(viewer->view));
    return true;
fail:
    viewer_deinit(viewer);
    return false;
}

void viewer_begin_run(struct viewer *viewer)
{
    viewer->focus = VIEWER_NO_LAYER;
    viewer->learning_rate = trainer_learning_rate(viewer->session.trainer);
    viewer->probe = trainer_probe(viewer->session.trainer);
    training_thread_rescue_by(viewer->thread, viewer->rescue, viewer->rescue_context);
    viewer_media_title(viewer);
    /* The state that training begins with is worth a look: published before the first step. */
    training_thread_request_publish(viewer->thread);
    if (viewer->speed > 0.0f)
        viewer_post(viewer, TRAINING_SET_SPEED, 0, viewer->speed);
    if (!viewer->paused)
        viewer_post(viewer, TRAINING_RESUME, 0, 0.0f);
}

void viewer_rescue_by(struct viewer *viewer, void (*save)(struct trainer *trainer, void *context),
                      void *context)
{
    viewer->rescue = save;
    viewer->rescue_context = context;
    training_thread_rescue_by(viewer->thread, save, context);
}

void viewer_stop_training(struct viewer *viewer)
{
    training_thread_destroy(viewer->thread);
    viewer->thread = NULL;
}

void viewer_deinit(struct viewer *viewer)
{
    viewer_open_deinit(viewer);
    viewer_stop_training(viewer);
    view_destroy(viewer->view);
    session_deinit(&viewer->session);
    autosave_deinit(&viewer->autosave);
    gl_context_destroy(viewer->context);
    memset(viewer, 0, sizeof *viewer);
}

void viewer_post(struct viewer *viewer, enum training_command_kind kind, uint32_t count, float value)
{
    if (!training_thread_post(viewer->thread, (struct training_command){kind, count, value}))
        viewer_notice(viewer, "the trainer is busy: that key was dropped");
}

void viewer_notice(struct viewer *viewer, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    view_set_notice(viewer->view, text);
    viewer->notice_until = clock_seconds() + notice_seconds;
}

static GLFWmonitor *wanted_monitor(const struct viewer *viewer)
{
    int count;
    GLFWmonitor **monitors = glfwGetMonitors(&count);
    if (count == 0)
        return NULL;
    return monitors[viewer->options->monitor < count ? viewer->options->monitor : 0];
}

void viewer_set_fullscreen(struct viewer *viewer, bool fullscreen)
{
    GLFWmonitor *monitor = wanted_monitor(viewer);
    if (fullscreen == viewer->fullscreen || monitor == NULL)
        return;
    if (fullscreen) {
        const GLFWvidmode *mode = glfwGetVideoMode(monitor);
        glfwGetWindowPos(viewer->window, &viewer->restore_x, &viewer->restore_y);
        glfwGetWindowSize(viewer->window, &viewer->restore_width, &viewer->restore_height);
        glfwSetWindowMonitor(viewer->window, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
    } else {
        glfwSetWindowMonitor(viewer->window, NULL, viewer->restore_x, viewer->restore_y,
                             viewer->restore_width, viewer->restore_height, GLFW_DONT_CARE);
    }
    glfwSwapInterval(1);
    viewer->fullscreen = fullscreen;
}

/* Once a run of the program: the top bar says it all the time. */
static void tell_coarseness(struct viewer *viewer)
{
    if (viewer->coarse || view_coarseness(viewer->view) <= 1.0f)
        return;
    viewer->coarse = true;
    viewer_notice(viewer, "without a GPU the network is drawn coarser here, to keep 10 frames a second; films "
                          "and pictures are not");
}

static void draw_frame(struct viewer *viewer, int width, int height, float dt)
{
    const struct training_status status = training_thread_status(viewer->thread);
    const struct hud_controls controls = view_controls_state(viewer);
    const double now = viewer->frame_at;
    struct hud_message message;
    struct hud_prompt prompt;
    const struct view_frame frame = {
        .width = width,
        .height = height,
        .dt = dt,
        .pointer = &viewer->pointer,
        .controls = &controls,
        .prompt = viewer_prompt_at(viewer, &prompt),
        .message = viewer_message_at(viewer, now, &message),
        .paused = viewer->paused || status.paused,
        .hide_wall_clock = viewer->recorder.on,
        .recording = {viewer->recorder.on, live_recorder_seconds(&viewer->recorder, now),
                      viewer->recorder.dropped},
        .fps = viewer->fps,
        .train_ms = status.step_ms,
        .view_ms = viewer->view_ms,
        .keep_pace = !viewer->recorder.on,
    };
    training_thread_request_publish(viewer->thread);
    viewer_media_draw_still(viewer, &frame);
    const double begin = clock_seconds();
    view_draw(viewer->view, &frame, 0);
    viewer_open_drawn(viewer, width, height, now);
    tell_coarseness(viewer);
    viewer_media_follow(viewer, &frame, now);
    /* A software renderer draws while it swaps; elsewhere swapping waits for the screen. */
    if (!gl_context_is_software(viewer->context))
        viewer->view_ms = 1e3 * (clock_seconds() - begin);
    glfwSwapBuffers(viewer->window);
    if (gl_context_is_software(viewer->context))
        viewer->view_ms = 1e3 * (clock_seconds() - begin);
    pointer_frame_done(&viewer->pointer);
    if (view_take_clicked_sample(viewer->view, &viewer->probe))
        viewer_post(viewer, TRAINING_SET_PROBE, viewer->probe, 0.0f);
    view_controls_follow(viewer);
    viewer_open_shown(viewer);
    if (viewer->frames == 0)
        viewer->first_frame_ms = 1e3 * clock_process_seconds();
    viewer->frames++;
}

static double refresh_seconds(const struct viewer *viewer)
{
    GLFWmonitor *monitor = wanted_monitor(viewer);
    const GLFWvidmode *mode = monitor == NULL ? NULL : glfwGetVideoMode(monitor);
    return 1.0 / (mode == NULL || mode->refreshRate < 1 ? 60.0 : (double)mode->refreshRate);
}

static void follow_clock(struct viewer *viewer, double now)
{
    if (viewer->notice_until > 0.0 && now > viewer->notice_until) {
        view_set_notice(viewer->view, NULL);
        viewer->notice_until = 0.0;
    }
    if (viewer->cycles && !viewer->paused && now - viewer->probe_at > probe_cycle_seconds) {
        viewer->probe_at = now;
        view_control_set(viewer, "probe", (double)viewer->probe + 1.0);
    }
}

bool viewer_display_is_lost(const struct viewer *viewer)
{
    return gl_context_display_is_lost(viewer->context);
}

static bool is_over(const struct viewer *viewer)
{
    const struct options *options = viewer->options;
    return viewer->quit || viewer_display_is_lost(viewer) || glfwWindowShouldClose(viewer->window) ||
           session_interrupted() || training_thread_status(viewer->thread).problem ||
           (options->frames >= 0 && viewer->frames >= options->frames) ||
           (options->seconds >= 0.0 && viewer->frame_at - viewer->started_at >= options->seconds);
}

void viewer_begin(struct viewer *viewer)
{
    pacing_init(&viewer->pacing, gl_context_is_software(viewer->context), refresh_seconds(viewer));
    viewer->started_at = viewer->frame_at = viewer->probe_at = clock_seconds();
    viewer->resized = true;
    drawing_clock_init(&viewer->drawing_clock);
    viewer->drawn = drawing_clock_seconds(&viewer->drawing_clock);
}

static void time_frame(struct viewer *viewer, double now, double dt)
{
    const double drawn_before = viewer->drawn;
    viewer->drawn = drawing_clock_seconds(&viewer->drawing_clock);
    if (viewer->frames == 0)
        return;
    const double blend = viewer->frames < 10 ? 1.0 / (double)viewer->frames : 0.1;
    viewer->fps += (1.0 / fmax(dt, 1e-4) - viewer->fps) * blend;
    frame_times_add(&viewer->times, now - viewer->started_at, 1e3 * dt, 1e3 * (viewer->drawn - drawn_before),
                    viewer->resized);
}

bool viewer_frame(struct viewer *viewer)
{
    if (is_over(viewer))
        return false;
    glfwPollEvents();
    viewer_open_follow(viewer);
    int width, height;
    glfwGetFramebufferSize(viewer->window, &width, &height);
    if (viewer_display_is_lost(viewer))
        return false; /* then the size is anything */
    if (width == 0 || height == 0 || glfwGetWindowAttrib(viewer->window, GLFW_ICONIFIED)) {
        viewer_open_shown(viewer);
        glfwWaitEventsTimeout(0.1);
        viewer->frame_at = clock_seconds();
        return true;
    }
    const double now = clock_seconds(), dt = now - viewer->frame_at;
    viewer->frame_at = now;
    time_frame(viewer, now, dt);
    viewer->resized = width != viewer->width || height != viewer->height;
    viewer->width = width;
    viewer->height = height;
    follow_clock(viewer, now);
    /* After a stall the camera goes on from where it was. */
    draw_frame(viewer, width, height, (float)fmin(dt, 0.25));
    clock_sleep(pacing_rest(&viewer->pacing, clock_seconds() - now));
    return true;
}

void viewer_end(struct viewer *viewer) { viewer_media_finish(viewer); }

void viewer_run(struct viewer *viewer)
{
    viewer_begin(viewer);
    while (viewer_frame(viewer))
        ;
    viewer_end(viewer);
}

static const char *hud_mode_name(enum hud_mode mode)
{
    return mode == HUD_FULL ? "full" : mode == HUD_LEGEND ? "legend" : "none";
}

struct cJSON *viewer_report(const struct viewer *viewer)
{
    LS_ASSERT(viewer->thread == NULL);
    const struct camera_pose *pose = &view_camera(viewer->view)->shown;
    int width = viewer->width, height = viewer->height;
    int pixel_width = viewer->width, pixel_height = viewer->height;
    if (!viewer_display_is_lost(viewer)) {
        glfwGetWindowSize(viewer->window, &width, &height);
        glfwGetFramebufferSize(viewer->window, &pixel_width, &pixel_height);
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "renderer", gl_context_renderer(viewer->context));
    cJSON_AddNumberToObject(json, "gl_messages", gl_debug_message_count());
    cJSON_AddNumberToObject(json, "frames", (double)viewer->frames);
    cJSON_AddNumberToObject(json, "seconds", viewer->frame_at - viewer->started_at);
    cJSON_AddNumberToObject(json, "fps", viewer->fps);
    cJSON_AddNumberToObject(json, "coarseness", (double)view_coarseness(viewer->view));
    cJSON_AddNumberToObject(json, "first_frame_ms", viewer->first_frame_ms);
    cJSON_AddNumberToObject(json, "longest_frame_ms", viewer->times.longest_ms);
    cJSON_AddNumberToObject(json, "longest_frame_at", viewer->times.longest_at);
    cJSON_AddNumberToObject(json, "hitches", (double)viewer->times.hitches);
    cJSON_AddNumberToObject(json, "own_hitches", (double)viewer->times.own_hitches);
    cJSON_AddNumberToObject(json, "longest_own_ms", viewer->times.longest_own_ms);
    cJSON_AddNumberToObject(json, "frames_apart", (double)viewer->times.apart);
    cJSON_AddNumberToObject(json, "longest_apart_ms", viewer->times.longest_apart_ms);
    cJSON_AddNumberToObject(json, "stills", viewer->still_count);
    cJSON_AddNumberToObject(json, "films", viewer->films);
    cJSON_AddNumberToObject(json, "film_frames", (double)viewer->last_film.frames);
    cJSON_AddNumberToObject(json, "film_dropped", (double)viewer->last_film.dropped);
    cJSON_AddStringToObject(json, "network", viewer->session.network->name);
    cJSON_AddStringToObject(json, "data", viewer->session.data->name);
    cJSON_AddNumberToObject(json, "opened", viewer->open.count);
    cJSON_AddStringToObject(json, "message", viewer->message.shown ? viewer->message.text : "");
    cJSON_AddNumberToObject(json, "steps", (double)trainer_steps_taken(viewer->session.trainer));
    cJSON_AddNumberToObject(json, "learning_rate", (double)viewer->learning_rate);
    cJSON_AddNumberToObject(json, "probe", viewer->probe);
    cJSON_AddBoolToObject(json, "cycle_probe", viewer->cycles);
    cJSON_AddNumberToObject(json, "speed", (double)viewer->speed);
    cJSON_AddItemToObject(json, "controls", view_controls_report(viewer));
    cJSON_AddBoolToObject(json, "paused", viewer->paused);
    cJSON_AddBoolToObject(json, "fullscreen", viewer->fullscreen);
    cJSON_AddNumberToObject(json, "window_width", width);
    cJSON_AddNumberToObject(json, "window_height", height);
    cJSON_AddNumberToObject(json, "framebuffer_width", pixel_width);
    cJSON_AddNumberToObject(json, "framebuffer_height", pixel_height);
    cJSON_AddStringToObject(json, "hud", hud_mode_name(view_hud(viewer->view)));
    cJSON_AddStringToObject(json, "theme", view_theme(viewer->view) == THEME_DARK ? "dark" : "light");
    cJSON_AddBoolToObject(json, "help", view_help(viewer->view));
    cJSON_AddBoolToObject(json, "linear_loss", view_display(viewer->view)->linear[PLOT_LOSS]);
    cJSON_AddNumberToObject(json, "focus", viewer->focus);
    cJSON_AddNumberToObject(json, "yaw", (double)pose->yaw);
    cJSON_AddNumberToObject(json, "pitch", (double)pose->pitch);
    cJSON_AddNumberToObject(json, "distance", (double)pose->distance);
    const float target[3] = {pose->target[0], pose->target[1], pose->target[2]};
    cJSON_AddItemToObject(json, "target", cJSON_CreateFloatArray(target, 3));
    cJSON_AddBoolToObject(json, "auto_orbit", view_camera(viewer->view)->auto_orbit);
    return json;
}
