/* Wires the parts of the picture together. */
#include "view/view_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "view/input_scale.h"

static bool is_software_renderer(void)
{
    const char *renderer = (const char *)glGetString(GL_RENDERER);
    return renderer &&
           (strstr(renderer, "llvmpipe") || strstr(renderer, "softpipe") || strstr(renderer, "SwiftShader"));
}

/* To what shaders reach of a snapshot. */
static bool limit_scenes(struct view *view, struct error *err)
{
    GLint reach = 0;
    int count = 0;
    glGetIntegerv(GL_MAX_TEXTURE_BUFFER_SIZE, &reach);
    if (!scene_limit(&view->scene, view->desc.layout, (size_t)reach, &count, err) ||
        !scene_limit(&view->goal, view->desc.layout, (size_t)reach, &count, err))
        return false;
    if (count > 0)
        log_warning("OpenGL reaches %d values here: %d of %d plates show no gradients", reach, count,
                    view->scene.plate_count);
    return true;
}

struct view *view_create(const struct view_desc *desc, struct error *err)
{
    struct view *view = ls_calloc_aligned(1, sizeof *view);
    view->desc = *desc;
    view->theme = desc->theme;
    view->hud_mode = desc->hud;
    view->preset = desc->camera;
    display_init(&view->display);
    view->hover.cell.plate = -1;
    pulse_init(&view->pulse);
    view->display.gradients = desc->gradients;
    view->display.unfolded = desc->unfolded;
    display_settle(&view->display);
    scene_init(&view->scene, desc->network, desc->layout);
    scene_init(&view->goal, desc->network, desc->layout);
    if (!limit_scenes(view, err)) {
        view_destroy(view);
        return NULL;
    }
    const float signed_to = input_scale(desc->data);
    if (signed_to > 0.0f) {
        scene_sign_input(&view->scene, signed_to);
        scene_sign_input(&view->goal, signed_to);
    }
    view_arrange(view);
    view->stage_count = stages_find(&view->scene, desc->network, view->stages);
    view->scales = ls_calloc((size_t)view->scene.plate_count * SIDE_COUNT, sizeof *view->scales);
    view->plates = ls_calloc((size_t)view->scene.plate_count * SIDE_COUNT, sizeof *view->plates);
    const bool software = is_software_renderer();
    view->software = software;
    view->focused_layer = view->focused_plate = view->kept.plate = -1;
    const int samples = desc->samples > 0 ? desc->samples : software ? 1 : 4;
    const struct hud_desc hud = {.network = desc->network,
                                 .data = desc->data,
                                 .metrics = desc->metrics,
                                 .backend = desc->backend,
                                 .keys = desc->keys,
                                 .key_count = desc->key_count,
                                 .retained = software};
    view->arena = arena_create(desc->layout, desc->device, err);
    if (view->arena)
        view->renderer =
            renderer_create(&view->scene, desc->network, desc->layout, view->arena, samples, err);
    const struct inspect_subject subject = {desc->network, desc->data, desc->layout, &view->scene};
    if (view->renderer)
        view->inspector = inspector_create(&subject, view->arena, err);
    if (view->inspector)
        view->hud = hud_create(&hud, err);
    if (!view->hud) {
        view_destroy(view);
        return NULL;
    }
    return view;
}

void view_destroy(struct view *view)
{
    if (!view)
        return;
    inspector_destroy(view->inspector);
    hud_destroy(view->hud);
    renderer_destroy(view->renderer);
    arena_destroy(view->arena);
    scene_deinit(&view->scene);
    scene_deinit(&view->goal);
    predictions_deinit(&view->predictions);
    free(view->scales);
    free(view->plates);
    free(view);
}

const struct publisher *view_publisher(struct view *view) { return arena_publisher(view->arena); }

bool view_wants_weights(const struct view *view, uint64_t step)
{
    return weight_history_is_due(renderer_weight_history(view->renderer), step);
}

void view_take_weights(struct view *view)
{
    arena_update(view->arena, true);
    renderer_count_weights(view->renderer, true);
    arena_frame_done(view->arena);
}

/* Rows that will be kept, and the newest as often as the panel is drawn. */
static void follow_weights(struct view *view, bool lock_step, bool changed)
{
    const double now = clock_seconds();
    bool wanted = false;
    if (changed) {
        const bool rested = lock_step || !view->software || now - view->weights_counted_at >= 0.2;
        wanted = view_wants_weights(view, arena_info(view->arena)->step) ||
                 (view->layout.visible[PANEL_RIDGELINE] && rested);
    }
    if (wanted) {
        view->weights_counted_at = now;
        renderer_count_weights(view->renderer, lock_step);
    } else {
        renderer_collect_weights(view->renderer, lock_step);
    }
}

/* What crossed between host and device since the last frame, in either direction. */
static void count_bytes(struct view *view)
{
    struct traffic now;
    traffic_read(&now);
    const struct traffic *before = &view->traffic;
    view->frame_bytes = arena_bytes_published(view->arena) +
                        (size_t)(now.to_device[TRAFFIC_VIEW] - before->to_device[TRAFFIC_VIEW]) +
                        (size_t)(now.to_device[TRAFFIC_TEXT] - before->to_device[TRAFFIC_TEXT]);
    view->back_bytes = (size_t)(now.to_host[TRAFFIC_VIEW] - before->to_host[TRAFFIC_VIEW]) +
                       (size_t)(now.to_host[TRAFFIC_TEXT] - before->to_host[TRAFFIC_TEXT]);
    view->traffic = now;
}

/* A slow frame waits for its scene, to know what that took; a quick one has no need to. */
static void draw_scene(struct view *view, struct renderer_frame *picture, bool keep_pace, GLuint framebuffer)
{
    const double begin = clock_seconds(), frame = begin - view->began_at;
    view->began_at = begin;
    view->drawn_coarseness = keep_pace ? coarseness_factor(&view->coarseness) : 1.0f;
    picture->coarseness = view->drawn_coarseness;
    const bool anew = renderer_draw(view->renderer, picture, framebuffer);
    if (!keep_pace || !anew || (frame < 0.5 * COARSENESS_FRAME_SECONDS && view->drawn_coarseness == 1.0f))
        return;
    glFinish();
    const double scene = clock_seconds() - begin;
    coarseness_follow(&view->coarseness, picture->width, fmax(frame, scene), scene);
}

void view_draw(struct view *view, const struct view_frame *frame, GLuint framebuffer)
{
    if (frame->width < 1 || frame->height < 1)
        return;
    if (frame->width != view->width || frame->height != view->height)
        coarseness_init(&view->coarseness, frame->width, frame->height);
    gl_debug_push("view");
    view_select_clicked(view, frame->pointer);
    view_change_clicked_axis(view, frame->pointer);
    const bool changed = arena_update(view->arena, frame->lock_step);
    count_bytes(view);
    view_update_scene(view, frame->dt);
    view_update_layout(view, frame->width, frame->height);
    view_swing(view, frame->dt);
    camera_update(&view->camera, frame->dt);
    if (arena_has_snapshot(view->arena))
        pulse_update(&view->pulse, arena_info(view->arena)->step, (double)frame->dt, frame->step_rate);
    const struct rect room = view_fit_room(view);
    camera_matrices(&view->camera, view->width, view->height, &room, view->view, view->projection);
    glm_mat4_mul(view->projection, view->view, view->view_projection);
    mat4 camera_to_world;
    glm_mat4_inv(view->view, camera_to_world);
    glm_vec3_copy(camera_to_world[3], view->eye);
    view_find_hovered(view, frame->pointer, frame->dt);
    struct renderer_frame picture = {.width = view->width,
                                     .height = view->height,
                                     .pixel_scale = view->layout.scale,
                                     .theme = theme_get(view->theme),
                                     .supersampling = frame->supersampling == 2 ? 2 : 1,
                                     .wait_for_scales = frame->lock_step,
                                     .snapshot_changed = changed,
                                     .display = &view->display,
                                     .pulse_phase = pulse_phase(&view->pulse),
                                     .predictions = &view->predictions};
    glm_mat4_copy(view->view, picture.view);
    glm_mat4_copy(view->projection, picture.projection);
    metrics_read_predictions(view->desc.metrics, &view->predictions);
    follow_weights(view, frame->lock_step, changed);
    draw_scene(view, &picture, view->software && frame->keep_pace, framebuffer);
    view_update_inspector(view, changed, frame->lock_step);
    view_record_plates(view);
    view_draw_hud(view, frame);
    arena_frame_done(view->arena);
    gl_debug_pop();
}

bool view_is_ready(struct view *view)
{
    if (!arena_has_snapshot(view->arena)) {
        arena_update(view->arena, false);
        arena_frame_done(view->arena);
    }
    return arena_has_snapshot(view->arena);
}

struct camera *view_camera(struct view *view) { return &view->camera; }

struct display *view_display(struct view *view) { return &view->display; }

bool view_close_enlarged(struct view *view) { return hud_close_enlarged(view->hud); }

void view_set_theme(struct view *view, enum theme_name theme) { view->theme = theme; }

enum theme_name view_theme(const struct view *view) { return view->theme; }

void view_set_hud(struct view *view, enum hud_mode mode) { view->hud_mode = mode; }

enum hud_mode view_hud(const struct view *view) { return view->hud_mode; }

void view_set_help(struct view *view, bool shown) { view->help = shown; }

bool view_help(const struct view *view) { return view->help; }

bool view_drawer(const struct view *view) { return view->drawer; }

int view_plot_at(const struct view *view, float x, float y) { return hud_plot_at(&view->layout, x, y); }

void view_set_notice(struct view *view, const char *text)
{
    snprintf(view->notice, sizeof view->notice, "%s", text ? text : "");
}

float view_coarseness(const struct view *view) { return view->drawn_coarseness; }

struct ui *view_ui(struct view *view) { return hud_ui(view->hud); }

const struct snapshot_info *view_info(const struct view *view) { return arena_info(view->arena); }

const struct pulse *view_pulse(const struct view *view) { return &view->pulse; }

const struct selection *view_selection(const struct view *view) { return renderer_selection(view->renderer); }
