/* How the scene stands and how the camera frames it: presets, fits, and following a window that changes. */
#include "view/view_private.h"

#include <math.h>
#include <string.h>

#include "view/film_room.h"
#include "view/label_layout.h"

/* Angles and field of view, degrees. */
static const struct camera_pose preset_poses[] = {
    [CAMERA_THREE_QUARTER] = {.yaw = 50.0f, .pitch = 9.0f, .fov = 22.0f},
    [CAMERA_FRONT] = {.yaw = 24.0f, .pitch = 14.0f, .fov = 22.0f},
    [CAMERA_SIDE] = {.yaw = 90.0f, .pitch = 4.0f, .fov = 22.0f},
    [CAMERA_TOP] = {.yaw = 90.0f, .pitch = 87.0f, .fov = 22.0f},
    [CAMERA_FILM] = {.yaw = 48.0f, .pitch = 10.0f, .fov = 43.0f},
};

/* Of the free view's width or height. */
static const float FOCUS_SHARE = 0.7f;

/* Pixels at scale 1: the band of the stage brackets, and the height from which on there is room for it. */
static const float STAGE_BAND = 36.0f, STAGES_FROM_HEIGHT = 480.0f;

bool view_arrange(struct view *view)
{
    const struct display *display = &view->display;
    struct scene_form form = {.turn = display->turn, .stack = display->stack, .unfold = display->unfold};
    struct scene_form goal = {.turn = display->gradients == GRADIENTS_TURNED ? 1.0f : 0.0f,
                              .stack = display->gradients == GRADIENTS_STACKED ? 1.0f : 0.0f,
                              .unfold = display->unfolded ? 1.0f : 0.0f};
    for (int i = 0; i < DISPLAY_OPENED; i++) {
        form.opened[i].plate = display->opened[i].plate;
        form.opened[i].unfold = display->opened[i].unfold;
    }
    if (display->focused >= 0) {
        goal.opened[0].plate = display->focused;
        goal.opened[0].unfold = 1.0f;
    }
    const bool moves = memcmp(&form, &view->scene.form, sizeof form) != 0;
    const bool changed = memcmp(&goal, &view->goal.form, sizeof goal) != 0;
    if (moves)
        scene_arrange(&view->scene, &form);
    if (changed)
        scene_arrange(&view->goal, &goal);
    return changed;
}

float view_stage_band(const struct view *view) { return STAGE_BAND * view->layout.scale; }

bool view_has_stages(const struct view *view)
{
    return view->hud_mode == HUD_FULL && view->stage_count > 0 &&
           view->layout.free_view.height >= STAGES_FROM_HEIGHT * view->layout.scale;
}

struct rect view_fit_room(const struct view *view)
{
    struct rect room = view->layout.free_view;
    /* A film's legend lies mostly over empty ground. */
    if (view->preset == CAMERA_FILM && view->hud_mode == HUD_LEGEND) {
        const float above = room.y + room.height, full = (float)view->height;
        const float left = view->layout.visible[PANEL_POINTS] ? room.x : 0.0f;
        room = (struct rect){left, 0.0f, (float)view->width - left, full + view->film_rise * (above - full)};
    }
    if (view->hud_mode == HUD_NONE)
        return room;
    const struct label_margins margins = label_layout_margins(view->layout.scale);
    /* In a small window labels are dropped before the network shrinks to a dot. */
    const float share = fminf(1.0f, fminf(room.width / 600.0f, room.height / 350.0f) / view->layout.scale);
    room.x += margins.left * share;
    if (view_has_stages(view)) {
        room.y += STAGE_BAND * view->layout.scale;
        room.height -= STAGE_BAND * view->layout.scale;
    }
    room.y += margins.top * share;
    room.width -= (margins.left + margins.right) * share;
    room.height -= (margins.top + margins.bottom) * share;
    return room;
}

static struct camera_pose fit(const struct view *view, const vec3 *points, int count, struct rect room,
                              const struct camera_pose *angles)
{
    return camera_fit(points, count, angles->yaw, angles->pitch, angles->fov, &room, view->height);
}

static struct camera_pose fit_all(struct view *view, const struct camera_pose *angles)
{
    const struct rect *legend = &view->layout.panels[PANEL_LEGEND];
    struct camera_pose pose;
    /* As low as the legend covers no plate. */
    for (int quarter = 0; quarter <= 4; quarter++) {
        view->film_rise = 0.25f * (float)quarter;
        const struct rect room = view_fit_room(view);
        pose = fit(view, (const vec3 *)view->goal.extent, view->goal.extent_count, room, angles);
        if (view->preset != CAMERA_FILM || view->hud_mode != HUD_LEGEND ||
            !film_legend_covers(&view->goal, &pose, &room, view->width, view->height, legend))
            break;
    }
    return pose;
}

/* Of what it shows, the slab's thickness aside. */
static void picture_corners(const struct plate *plate, vec3 corners[4])
{
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 3; k++)
            corners[i][k] =
                plate->origin[k] + (i & 1 ? plate->right[k] : 0.0f) + (i & 2 ? plate->down[k] : 0.0f);
}

static struct camera_pose fit_plate(const struct view *view, int plate, const struct camera_pose *angles)
{
    /* Its middle is where the camera has it; the size counts. */
    struct rect room = view_fit_room(view);
    room.width = fminf(FOCUS_SHARE * view->layout.free_view.width, room.width);
    room.height = fminf(FOCUS_SHARE * view->layout.free_view.height, room.height);
    vec3 corners[8];
    const bool has_twin = view->goal.twin_count > 0;
    picture_corners(&view->goal.plates[plate], corners);
    if (has_twin)
        picture_corners(&view->goal.twins[plate], corners + 4);
    return fit(view, (const vec3 *)corners, has_twin ? 8 : 4, room, angles);
}

static bool same_pose(const struct camera_pose *a, const struct camera_pose *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool is_framed(const struct view *view)
{
    const struct camera *camera = &view->camera;
    return same_pose(camera->flight_seconds > 0.0f ? &camera->flight_to : &camera->goal, &view->framed);
}

static void fly(struct view *view, const struct camera_pose *pose, float seconds)
{
    camera_fly_to(&view->camera, pose, seconds);
    view->framed = view->camera.flight_seconds > 0.0f ? view->camera.flight_to : *pose;
}

struct camera_pose view_fit(struct view *view, const struct camera_pose *angles)
{
    return view->focused_plate < 0 ? fit_all(view, angles) : fit_plate(view, view->focused_plate, angles);
}

/* From the angles it was framed from, what was framed then. */
static void frame_again(struct view *view, float seconds)
{
    const struct camera_pose pose = view_fit(view, &view->framed);
    fly(view, &pose, seconds);
}

static unsigned subject_of(const struct view *view)
{
    const struct data *data = view->desc.data;
    return (dataset_sample_size(&data->test) == 2 ? LAYOUT_POINTS : 0u) |
           (data->targets > 0 ? LAYOUT_TARGETS : 0u);
}

void view_update_layout(struct view *view, int width, int height)
{
    const bool first = view->width == 0;
    if (width == view->width && height == view->height && view->hud_mode == view->framed_hud &&
        view->drawer == view->framed_drawer)
        return;
    view->width = width;
    view->height = height;
    view->framed_hud = view->hud_mode;
    view->framed_drawer = view->drawer;
    layout_compute_for(&view->layout, subject_of(view), width, height, view->hud_mode);
    if (view->drawer && view->hud_mode == HUD_FULL)
        layout_open_drawer(&view->layout);
    view->has_inspector_room = view->layout.visible[PANEL_INSPECTOR];
    if (first) {
        view->framed = fit_all(view, &preset_poses[view->preset]);
        camera_init(&view->camera, &view->framed, view->goal.radius);
    } else if (is_framed(view)) {
        frame_again(view, 0.0f);
    }
}

void view_take_over(struct view *view, const struct view *before)
{
    struct display *display = &view->display;
    const struct display *old = &before->display;
    view->theme = before->theme;
    view->hud_mode = before->hud_mode;
    view->drawer = before->drawer;
    view->preset = before->preset;
    display->gradients = old->gradients;
    display->unfolded = old->unfolded && view_can_unfold(view);
    display->scope = old->scope;
    display->edges_by_weight = old->edges_by_weight;
    display->selection_hidden = old->selection_hidden;
    display->edges_hidden = old->edges_hidden;
    display->pulses_hidden = old->pulses_hidden;
    display->labels_hidden = old->labels_hidden;
    memcpy(display->linear, old->linear, sizeof display->linear);
    display->smoothing = old->smoothing;
    display_settle(display);
    view_arrange(view);
    if (before->width == 0)
        return;
    view_update_layout(view, before->width, before->height);
    view->framed = fit_all(view, &before->camera.goal);
    camera_init(&view->camera, &view->framed, view->goal.radius);
    view->camera.auto_orbit = before->camera.auto_orbit;
}

void view_update_scene(struct view *view, float dt)
{
    display_update(&view->display, dt);
    if (!view_arrange(view) || view->width == 0)
        return;
    view->camera.scene_radius = view->goal.radius;
    if (is_framed(view))
        frame_again(view, dt > 0.0f ? DISPLAY_SECONDS : 0.0f);
}

bool view_can_unfold(const struct view *view)
{
    for (int i = 0; i < view->scene.plate_count; i++)
        if (view->scene.plates[i].pitch > 0.0f)
            return true;
    return false;
}

/* Its stack unfolds, the one that was focused folds again. −1: none. */
static void focus(struct view *view, int layer, int plate)
{
    view->focused_layer = layer;
    view->focused_plate = plate;
    view->display.focused = plate >= 0 && view->scene.plates[plate].pitch > 0.0f ? plate : -1;
    if (view_arrange(view))
        view->camera.scene_radius = view->goal.radius;
}

void view_camera_preset(struct view *view, enum camera_preset preset, float seconds)
{
    view->preset = preset;
    if (view->width == 0)
        return;
    focus(view, -1, -1);
    const struct camera_pose pose = fit_all(view, &preset_poses[preset]);
    fly(view, &pose, seconds);
}

void view_fit_all(struct view *view, float seconds)
{
    if (view->width == 0)
        return;
    focus(view, -1, -1);
    const struct camera_pose pose = fit_all(view, &view->camera.goal);
    fly(view, &pose, seconds);
}

void view_focus_plate(struct view *view, int plate, float seconds)
{
    focus(view, view->scene.plates[plate].layer, plate);
    const struct camera_pose pose = fit_plate(view, plate, &view->camera.goal);
    fly(view, &pose, seconds);
}

void view_focus_layer(struct view *view, int layer, float seconds)
{
    const int plate = scene_find_activation(&view->scene, view->desc.network, layer);
    if (plate >= 0 && view->width > 0)
        view_focus_plate(view, plate, seconds);
}

int view_focus_at(struct view *view, float x, float y, float seconds)
{
    const int plate = view_pick_plate(view, x, y);
    if (plate < 0)
        return -1;
    view_focus_plate(view, plate, seconds);
    return view->focused_layer;
}

void view_zoom(struct view *view, float notches, float x, float y)
{
    const struct rect room = view_fit_room(view);
    camera_zoom(&view->camera, notches, x - (room.x + 0.5f * room.width), y - (room.y + 0.5f * room.height),
                (float)view->height);
}

bool view_set_drawer(struct view *view, bool open)
{
    struct layout layout;
    layout_compute_for(&layout, subject_of(view), view->width, view->height, HUD_FULL);
    if (open && view->width > 0)
        layout_open_drawer(&layout);
    view->drawer = open && (view->width == 0 || layout.visible[PANEL_DRAWER]);
    return view->drawer == open;
}
