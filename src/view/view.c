/* Wires the parts of the picture together and remembers how it was framed. */
#include "view/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "compute/traffic.h"
#include "gl/debug.h"
#include "view/film_room.h"
#include "view/inspector.h"
#include "view/label_layout.h"
#include "view/pick.h"
#include "view/pulse.h"
#include "view/renderer.h"
#include "view/stages.h"

struct view {
    struct view_desc desc;
    struct scene scene; /* as it stands now */
    struct scene goal;  /* as it will stand when nothing moves any more: what the camera is fitted to */
    struct stage stages[MAX_STAGES];
    int stage_count;
    struct arena *arena;
    struct traffic traffic; /* when the last frame began */
    size_t frame_bytes, text_bytes;
    struct renderer *renderer;
    struct hud *hud;
    struct inspector *inspector;
    struct camera camera;
    float film_rise;           /* of a film's network: 0 reaches to the bottom, 1 stays above the legend */
    struct camera_pose framed; /* the last pose that was fitted: kept fitted when the window changes */
    enum camera_preset preset;
    enum hud_mode framed_hud;
    bool framed_drawer;
    bool has_inspector_room;
    enum theme_name theme;
    enum hud_mode hud_mode;
    bool help, drawer;
    struct display display;
    struct pulse pulse;
    char notice[256];

    int width, height; /* of the last frame; 0 before the first */
    struct layout layout;
    int focused_layer; /* −1: none */
    bool software;
    double weights_counted_at; /* seconds */
    mat4 view, projection, view_projection;
    vec3 eye;
    float *scales;             /* (plates, SIDE_COUNT) */
    struct view_plate *plates; /* (plates, SIDE_COUNT) */
    int plate_count;
};

/* Angles and field of view, degrees. */
static const struct camera_pose preset_poses[] = {
    [CAMERA_THREE_QUARTER] = {.yaw = 50.0f, .pitch = 9.0f, .fov = 22.0f},
    [CAMERA_FRONT] = {.yaw = 24.0f, .pitch = 14.0f, .fov = 22.0f},
    [CAMERA_SIDE] = {.yaw = 90.0f, .pitch = 4.0f, .fov = 22.0f},
    [CAMERA_TOP] = {.yaw = 90.0f, .pitch = 87.0f, .fov = 22.0f},
    [CAMERA_FILM] = {.yaw = 48.0f, .pitch = 10.0f, .fov = 43.0f},
};

static const float FOCUS_SHARE = 0.7f;
/* Pixels at scale 1: the band of the stage brackets, and the height from which on there is room for it. */
static const float STAGE_BAND = 36.0f, STAGES_FROM_HEIGHT = 480.0f;

static bool is_software_renderer(void)
{
    const char *renderer = (const char *)glGetString(GL_RENDERER);
    return renderer &&
           (strstr(renderer, "llvmpipe") || strstr(renderer, "softpipe") || strstr(renderer, "SwiftShader"));
}

/* True when the goal has changed. */
static bool arrange(struct view *view)
{
    const struct display *display = &view->display;
    const struct scene_form form = {
        .turn = display->turn, .stack = display->stack, .unfold = display->unfold};
    const struct scene_form goal = {.turn = display->gradients == GRADIENTS_TURNED ? 1.0f : 0.0f,
                                    .stack = display->gradients == GRADIENTS_STACKED ? 1.0f : 0.0f,
                                    .unfold = display->unfolded ? 1.0f : 0.0f};
    const bool moves = memcmp(&form, &view->scene.form, sizeof form) != 0;
    const bool changed = memcmp(&goal, &view->goal.form, sizeof goal) != 0;
    if (moves)
        scene_arrange(&view->scene, &form);
    if (changed)
        scene_arrange(&view->goal, &goal);
    return changed;
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
    arrange(view);
    view->stage_count = stages_find(&view->scene, desc->network, view->stages);
    view->scales = ls_calloc((size_t)view->scene.plate_count * SIDE_COUNT, sizeof *view->scales);
    view->plates = ls_calloc((size_t)view->scene.plate_count * SIDE_COUNT, sizeof *view->plates);
    const bool software = is_software_renderer();
    view->software = software;
    view->focused_layer = -1;
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
    free(view->scales);
    free(view->plates);
    free(view);
}

static const char *sharing(const struct view *view)
{
    if (!view->desc.device)
        return NULL;
    return arena_way(view->arena) == ARENA_DEVICE ? "INTEROP" : "FALLBACK";
}

const char *view_fallback_reason(const struct view *view)
{
    return view->desc.device && arena_way(view->arena) != ARENA_DEVICE ? arena_reason(view->arena) : NULL;
}

const struct publisher *view_publisher(struct view *view) { return arena_publisher(view->arena); }

static bool has_stages(const struct view *view)
{
    return view->hud_mode == HUD_FULL && view->stage_count > 0 &&
           view->layout.free_view.height >= STAGES_FROM_HEIGHT * view->layout.scale;
}

/* The free view less what labels need around the network. */
static struct rect fit_room(const struct view *view)
{
    struct rect room = view->layout.free_view;
    /* A film's legend lies mostly over empty ground. */
    if (view->preset == CAMERA_FILM && view->hud_mode == HUD_LEGEND) {
        const float above = room.y + room.height, full = (float)view->height;
        room = (struct rect){0.0f, 0.0f, (float)view->width, full + view->film_rise * (above - full)};
    }
    if (view->hud_mode == HUD_NONE)
        return room;
    const struct label_margins margins = label_layout_margins(view->layout.scale);
    /* In a small window labels are dropped before the network shrinks to a dot. */
    const float share = fminf(1.0f, fminf(room.width / 600.0f, room.height / 350.0f) / view->layout.scale);
    room.x += margins.left * share;
    if (has_stages(view)) {
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
        const struct rect room = fit_room(view);
        pose = fit(view, (const vec3 *)view->goal.extent, view->goal.extent_count, room, angles);
        if (view->preset != CAMERA_FILM || view->hud_mode != HUD_LEGEND ||
            !film_legend_covers(&view->goal, &pose, &room, view->width, view->height, legend))
            break;
    }
    return pose;
}

static struct camera_pose fit_plate(const struct view *view, int plate, const struct camera_pose *angles)
{
    struct rect room = fit_room(view);
    room.x += 0.5f * (1.0f - FOCUS_SHARE) * room.width;
    room.y += 0.5f * (1.0f - FOCUS_SHARE) * room.height;
    room.width *= FOCUS_SHARE;
    room.height *= FOCUS_SHARE;
    vec3 corners[2][8];
    plate_corners(&view->goal.plates[plate], corners[0]);
    const bool has_twin = view->goal.twin_count > 0;
    if (has_twin)
        plate_corners(&view->goal.twins[plate], corners[1]);
    return fit(view, (const vec3 *)corners, has_twin ? 16 : 8, room, angles);
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

/* From the angles it was framed from, what was framed then. */
static void frame_again(struct view *view, float seconds)
{
    const int plate = view->focused_layer < 0
                          ? -1
                          : scene_find_activation(&view->goal, view->desc.network, view->focused_layer);
    const struct camera_pose angles = view->framed;
    const struct camera_pose pose = plate < 0 ? fit_all(view, &angles) : fit_plate(view, plate, &angles);
    fly(view, &pose, seconds);
}

/* A view that nobody moved stays fitted to the window. */
static void update_layout(struct view *view, int width, int height)
{
    const bool first = view->width == 0;
    if (width == view->width && height == view->height && view->hud_mode == view->framed_hud &&
        view->drawer == view->framed_drawer)
        return;
    view->width = width;
    view->height = height;
    view->framed_hud = view->hud_mode;
    view->framed_drawer = view->drawer;
    layout_compute(&view->layout, width, height, view->hud_mode);
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

/* It stays fitted to the scene too. */
static void update_scene(struct view *view, float dt)
{
    display_update(&view->display, dt);
    if (!arrange(view) || view->width == 0)
        return;
    view->camera.scene_radius = view->goal.radius;
    if (is_framed(view))
        frame_again(view, dt > 0.0f ? DISPLAY_SECONDS : 0.0f);
}

static const char *map_name(enum color_map map)
{
    static const char *const names[] = {[MAP_ACTIVATION] = "activation",
                                        [MAP_WEIGHT] = "weight",
                                        [MAP_GRADIENT] = "gradient",
                                        [MAP_GREY] = "grey"};
    return names[map];
}

static bool project(const struct view *view, const vec3 world, float pixel[2])
{
    vec4 clip;
    glm_mat4_mulv((vec4 *)view->view_projection, (vec4){world[0], world[1], world[2], 1.0f}, clip);
    if (clip[3] <= 0.0f)
        return false;
    pixel[0] = (clip[0] / clip[3] * 0.5f + 0.5f) * (float)view->width;
    pixel[1] = (0.5f - clip[1] / clip[3] * 0.5f) * (float)view->height;
    return true;
}

/* Plate `index`, or with the number behind the last plate's a twin. */
static void describe_slab(const struct view *view, int index, struct view_plate *out)
{
    static const char *const kinds[] = {[PLATE_INPUT] = "input",
                                        [PLATE_ACTIVATION] = "activation",
                                        [PLATE_WEIGHT] = "weight",
                                        [PLATE_OUTPUT] = "output"};
    const struct plate *plate = scene_slab(&view->scene, index);
    const int number = index % view->scene.plate_count;
    const struct region *region = &view->desc.layout->regions[plate->region];
    const struct layer *layer = &view->desc.network->layers[plate->layer];
    memset(out, 0, sizeof *out);
    out->layer = layer->name;
    out->kind = kinds[plate->kind];
    out->parameter = plate->kind == PLATE_WEIGHT ? layer->parameters[region->parameter].name : NULL;
    struct pane pane;
    plate_pane(plate, view->eye, &pane);
    out->side = pane.side;
    out->map = map_name(out->side == SIDE_GRADIENTS ? MAP_GRADIENT : plate->map);
    out->scale = view->scales[number * SIDE_COUNT + (int)out->side];
    out->clip_percent = renderer_clip_percent(view->renderer, number, out->side);
    out->plate = plate;
    bool in_front = true, on_screen = false;
    for (int i = 0; i < 4; i++) {
        vec3 corner;
        glm_vec3_copy(pane.origin, corner);
        if (i == 1 || i == 2)
            glm_vec3_add(corner, pane.right, corner);
        if (i >= 2)
            glm_vec3_add(corner, pane.down, corner);
        in_front = project(view, corner, out->quad[i]) && in_front;
        on_screen = on_screen || (out->quad[i][0] >= 0.0f && out->quad[i][0] < (float)view->width &&
                                  out->quad[i][1] >= 0.0f && out->quad[i][1] < (float)view->height);
    }
    out->visible = in_front && on_screen;
}

static void record_plates(struct view *view)
{
    for (int i = 0; i < view->scene.plate_count; i++)
        for (int side = 0; side < SIDE_COUNT; side++)
            view->scales[i * SIDE_COUNT + side] = renderer_scale(view->renderer, i, (enum plate_side)side);
    view->plate_count = view->scene.plate_count + view->scene.twin_count;
    for (int i = 0; i < view->plate_count; i++)
        describe_slab(view, i, &view->plates[i]);
}

/* The share of clipped values over all plates that show `map`, and the most values that share a cell of any
 * of them; false when none does. */
static bool summarize_map(const struct view *view, enum color_map map, struct hud_map *summary)
{
    *summary = (struct hud_map){.map = map, .name = map_name(map), .footprint = {1, 1}};
    double values = 0.0, clipped = 0.0;
    for (int i = 0; i < view->scene.plate_count; i++) {
        const struct plate *plate = &view->scene.plates[i];
        for (int s = 0; s < SIDE_COUNT; s++) {
            const enum plate_side side = (enum plate_side)s;
            if (!scene_shows(&view->scene, i, side, view->eye) ||
                (side == SIDE_GRADIENTS ? MAP_GRADIENT : plate->map) != map)
                continue;
            const double count = (double)plate->values;
            const struct plate_detail *detail = renderer_detail(view->renderer, i);
            if (detail->visible &&
                detail->reduce[0] * detail->reduce[1] > summary->footprint[0] * summary->footprint[1])
                memcpy(summary->footprint, detail->reduce, sizeof summary->footprint);
            values += count;
            clipped += count * (double)renderer_clip_percent(view->renderer, i, side);
        }
    }
    summary->clip_percent = values > 0.0 ? (float)(clipped / values) : 0.0f;
    return values > 0.0;
}

/* The selected layer's weights, else the focused one's. */
static struct hud_ridgeline choose_ridgeline(const struct view *view)
{
    const int plate = view->display.selected.plate;
    const int layer = plate >= 0 ? view->scene.plates[plate].layer : view->focused_layer;
    struct hud_ridgeline ridgeline = {.history = renderer_weight_history(view->renderer)};
    ridgeline.tensor = renderer_weight_tensor(view->renderer, layer, &ridgeline.title);
    return ridgeline;
}

static struct hud_colors colors_of(const struct view *view, int plate)
{
    if (plate < 0)
        return (struct hud_colors){.map = MAP_GREY, .scale = 1.0f};
    const struct plate *p = &view->scene.plates[plate];
    return (struct hud_colors){p->map, p->is_signed, view->scales[plate * SIDE_COUNT]};
}

static struct hud_inspector choose_inspector(const struct view *view)
{
    struct hud_inspector inspector = {.selected = inspector_selected(view->inspector),
                                      .hovered = inspector_hovered(view->inspector)};
    if (inspector.selected != NULL) {
        inspector.value = colors_of(view, inspector.selected->cell.plate);
        inspector.source = colors_of(view, inspector.selected->source_plate);
        inspector.weights = colors_of(view, inspector.selected->weight_plate);
    }
    return inspector;
}

static bool shows_pulses(const struct display *display)
{
    return !display->edges_hidden && !display->pulses_hidden;
}

static void draw_hud(struct view *view, const struct view_frame *frame)
{
    struct label labels[LABEL_CAPACITY];
    struct stage_bracket stages[MAX_STAGES];
    int label_count = 0, stage_count = 0;
    if (has_stages(view))
        stage_count = stages_project(&view->scene, view->stages, view->stage_count, view->view_projection,
                                     view->width, &view->layout.free_view, stages);
    if (view->hud_mode != HUD_NONE && !view->display.labels_hidden) {
        struct label_source source = {.scene = &view->scene,
                                      .data = view->desc.data,
                                      .info = arena_info(view->arena),
                                      .scales = view->scales,
                                      .width = view->width,
                                      .height = view->height,
                                      .pixel_scale = view->layout.scale,
                                      .layout = &view->layout,
                                      .band = stage_count > 0 ? STAGE_BAND * view->layout.scale : 0.0f};
        glm_mat4_copy(view->view_projection, source.view_projection);
        glm_vec3_copy((float *)view->eye, source.eye);
        gl_debug_push("place labels");
        label_count = label_layout(&source, labels);
        gl_debug_pop();
    }
    struct hud_map maps[MAP_COUNT];
    int map_count = 0;
    for (int map = 0; map < MAP_COUNT; map++) {
        if (map != MAP_GREY && summarize_map(view, (enum color_map)map, &maps[map_count]))
            map_count++;
    }
    const struct pointer mouse = pointer_or_none(frame->pointer);
    const struct hud_frame hud = {.width = view->width,
                                  .height = view->height,
                                  .layout = &view->layout,
                                  .mode = view->hud_mode,
                                  .theme = theme_get(view->theme),
                                  .info = arena_info(view->arena),
                                  .labels = labels,
                                  .label_count = label_count,
                                  .stages = stages,
                                  .stage_count = stage_count,
                                  .maps = maps,
                                  .map_count = map_count,
                                  .ribbons = !view->display.edges_hidden,
                                  .paused = frame->paused,
                                  .help = view->help,
                                  .hide_wall_clock = frame->hide_wall_clock,
                                  .lock_step = frame->lock_step,
                                  .fps = frame->fps,
                                  .train_ms = frame->train_ms,
                                  .view_ms = frame->view_ms,
                                  .sharing = sharing(view),
                                  .bytes_per_frame = view->frame_bytes,
                                  .notice = view->notice[0] ? view->notice : NULL,
                                  .display = &view->display,
                                  .pointer = frame->pointer,
                                  .controls = frame->controls,
                                  .can_unfold = view_can_unfold(view),
                                  .cursor = {mouse.x, mouse.y},
                                  .pulse_steps = shows_pulses(&view->display) ? view->pulse.steps : 0,
                                  .samples = renderer_samples(view->renderer),
                                  .recording = frame->recording,
                                  .readback_bytes = inspector_bytes(view->inspector) + view->text_bytes,
                                  .ridgeline = choose_ridgeline(view),
                                  .inspector = choose_inspector(view)};
    hud_draw(view->hud, &hud);
}

void view_draw_marks(struct view *view, const struct view_frame *frame, GLuint framebuffer)
{
    const struct hud_frame hud = {.width = view->width,
                                  .height = view->height,
                                  .layout = &view->layout,
                                  .mode = view->hud_mode,
                                  .theme = theme_get(view->theme),
                                  .notice = view->notice[0] ? view->notice : NULL,
                                  .sharing = sharing(view),
                                  .recording = frame->recording};
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
    hud_draw_marks(view->hud, &hud);
}

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

/* A click means what the user saw: the last frame. */
static void select_clicked(struct view *view, const struct pointer *pointer)
{
    if (pointer == NULL || !pointer->clicked || view_is_panel(view, pointer->x, pointer->y) ||
        view_is_panel(view, pointer->pressed_x, pointer->pressed_y))
        return;
    view_pick_cell(view, pointer->x, pointer->y, &view->display.selected);
}

static void change_clicked_axis(struct view *view, const struct pointer *pointer)
{
    if (pointer == NULL || !pointer->clicked || view->help)
        return;
    const int series = hud_plot_axis_at(view->hud, pointer->x, pointer->y);
    if (series >= 0)
        view->display.linear[series] = !view->display.linear[series];
}

/* Nothing is hovered during a drag. */
static void find_hovered(struct view *view, const struct pointer *pointer)
{
    view->display.hovered.plate = -1;
    if (pointer != NULL && !pointer->down && !view_is_panel(view, pointer->x, pointer->y))
        view_pick_cell(view, pointer->x, pointer->y, &view->display.hovered);
}

/* The user's selection, else, where a card is in nobody's way, the picture's own. */
static struct display_cell card_cell(const struct view *view)
{
    const struct display_cell none = {.plate = -1};
    if (!view->has_inspector_room || view->display.selection_hidden)
        return none;
    if (view->display.selected.plate >= 0 || !layout_is_roomy(&view->layout))
        return view->display.selected;
    return renderer_selection(view->renderer)->cell;
}

/* After the scene: only then it is known what is selected. */
static void update_inspector(struct view *view, bool changed, bool lock_step)
{
    const struct display_cell cell = card_cell(view);
    inspector_update(view->inspector, cell, view->display.hovered, changed, lock_step);
    view->layout.visible[PANEL_INSPECTOR] = cell.plate >= 0;
}

static uint64_t traffic_of(const struct traffic *now, const struct traffic *before,
                           enum traffic_purpose purpose)
{
    return now->to_device[purpose] - before->to_device[purpose] + now->to_host[purpose] -
           before->to_host[purpose];
}

/* What crossed between host and device since the last frame, for the picture and for its text. */
static void count_bytes(struct view *view)
{
    struct traffic now;
    traffic_read(&now);
    view->frame_bytes =
        arena_bytes_published(view->arena) + (size_t)traffic_of(&now, &view->traffic, TRAFFIC_VIEW);
    view->text_bytes = (size_t)traffic_of(&now, &view->traffic, TRAFFIC_TEXT);
    view->traffic = now;
}

void view_draw(struct view *view, const struct view_frame *frame, GLuint framebuffer)
{
    if (frame->width < 1 || frame->height < 1)
        return;
    gl_debug_push("view");
    select_clicked(view, frame->pointer);
    change_clicked_axis(view, frame->pointer);
    const bool changed = arena_update(view->arena, frame->lock_step);
    count_bytes(view);
    update_scene(view, frame->dt);
    update_layout(view, frame->width, frame->height);
    camera_update(&view->camera, frame->dt);
    if (arena_has_snapshot(view->arena))
        pulse_update(&view->pulse, arena_info(view->arena)->step, (double)frame->dt, frame->step_rate);
    const struct rect room = fit_room(view);
    camera_matrices(&view->camera, view->width, view->height, &room, view->view, view->projection);
    glm_mat4_mul(view->projection, view->view, view->view_projection);
    mat4 camera_to_world;
    glm_mat4_inv(view->view, camera_to_world);
    glm_vec3_copy(camera_to_world[3], view->eye);
    find_hovered(view, frame->pointer);
    struct renderer_frame picture = {.width = view->width,
                                     .height = view->height,
                                     .pixel_scale = view->layout.scale,
                                     .theme = theme_get(view->theme),
                                     .supersampling = frame->supersampling == 2 ? 2 : 1,
                                     .wait_for_scales = frame->lock_step,
                                     .snapshot_changed = changed,
                                     .display = &view->display,
                                     .pulse_phase = pulse_phase(&view->pulse)};
    glm_mat4_copy(view->view, picture.view);
    glm_mat4_copy(view->projection, picture.projection);
    follow_weights(view, frame->lock_step, changed);
    renderer_draw(view->renderer, &picture, framebuffer);
    update_inspector(view, changed, frame->lock_step);
    record_plates(view);
    draw_hud(view, frame);
    arena_frame_done(view->arena);
    gl_debug_pop();
}

struct camera *view_camera(struct view *view) { return &view->camera; }

bool view_can_unfold(const struct view *view)
{
    for (int i = 0; i < view->scene.plate_count; i++)
        if (view->scene.plates[i].pitch > 0.0f)
            return true;
    return false;
}

struct display *view_display(struct view *view) { return &view->display; }

void view_camera_preset(struct view *view, enum camera_preset preset, float seconds)
{
    view->preset = preset;
    if (view->width == 0)
        return;
    view->focused_layer = -1;
    const struct camera_pose pose = fit_all(view, &preset_poses[preset]);
    fly(view, &pose, seconds);
}

void view_fit_all(struct view *view, float seconds)
{
    if (view->width == 0)
        return;
    view->focused_layer = -1;
    const struct camera_pose pose = fit_all(view, &view->camera.goal);
    fly(view, &pose, seconds);
}

void view_focus_layer(struct view *view, int layer, float seconds)
{
    const int plate = scene_find_activation(&view->scene, view->desc.network, layer);
    if (plate < 0 || view->width == 0)
        return;
    view->focused_layer = layer;
    const struct camera_pose pose = fit_plate(view, plate, &view->camera.goal);
    fly(view, &pose, seconds);
}

static bool find_ray(const struct view *view, float x, float y, struct ray *ray)
{
    if (view->width == 0 || !isfinite(x) || !isfinite(y))
        return false;
    *ray =
        pick_ray((const vec4 *)view->view, (const vec4 *)view->projection, view->width, view->height, x, y);
    return true;
}

int view_pick_layer(const struct view *view, float x, float y)
{
    struct ray ray;
    const int plate = find_ray(view, x, y, &ray) ? pick_plate(&view->scene, &ray) : -1;
    return plate < 0 ? -1 : view->scene.plates[plate].layer;
}

bool view_pick_cell(const struct view *view, float x, float y, struct display_cell *cell)
{
    struct ray ray;
    *cell = (struct display_cell){.plate = -1, .value = 0};
    return find_ray(view, x, y, &ray) && pick_cell(&view->scene, &ray, cell);
}

bool view_is_panel(const struct view *view, float x, float y) { return hud_covers(view->hud, x, y); }

bool view_take_clicked_sample(struct view *view, uint32_t *sample)
{
    return hud_take_clicked_sample(view->hud, sample);
}

bool view_close_enlarged(struct view *view) { return hud_close_enlarged(view->hud); }

void view_zoom(struct view *view, float notches, float x, float y)
{
    const struct rect room = fit_room(view);
    camera_zoom(&view->camera, notches, x - (room.x + 0.5f * room.width), y - (room.y + 0.5f * room.height),
                (float)view->height);
}

bool view_take_request(struct view *view, struct hud_request *request)
{
    return hud_take_request(view->hud, request);
}

bool view_control_at(const struct view *view, int index, const char **name, struct rect *rect)
{
    return hud_control_at(view->hud, index, name, rect);
}

void view_set_theme(struct view *view, enum theme_name theme) { view->theme = theme; }

enum theme_name view_theme(const struct view *view) { return view->theme; }

void view_set_hud(struct view *view, enum hud_mode mode) { view->hud_mode = mode; }

enum hud_mode view_hud(const struct view *view) { return view->hud_mode; }

void view_set_help(struct view *view, bool shown) { view->help = shown; }

bool view_help(const struct view *view) { return view->help; }

bool view_set_drawer(struct view *view, bool open)
{
    struct layout layout;
    layout_compute(&layout, view->width, view->height, HUD_FULL);
    if (open && view->width > 0)
        layout_open_drawer(&layout);
    view->drawer = open && (view->width == 0 || layout.visible[PANEL_DRAWER]);
    return view->drawer == open;
}

bool view_drawer(const struct view *view) { return view->drawer; }

int view_plots(const struct view *view, struct plot_frame frames[PLOT_SERIES_COUNT])
{
    return hud_plots(view->hud, frames);
}

int view_plot_at(const struct view *view, float x, float y) { return hud_plot_at(&view->layout, x, y); }

void view_set_notice(struct view *view, const char *text)
{
    snprintf(view->notice, sizeof view->notice, "%s", text ? text : "");
}

struct ui *view_ui(struct view *view) { return hud_ui(view->hud); }

int view_plates(const struct view *view, const struct view_plate **plates)
{
    *plates = view->plates;
    return view->plate_count;
}

const struct snapshot_info *view_info(const struct view *view) { return arena_info(view->arena); }

const struct pulse *view_pulse(const struct view *view) { return &view->pulse; }

const struct selection *view_selection(const struct view *view) { return renderer_selection(view->renderer); }

struct view_edge *view_read_edges(const struct view *view, int *count)
{
    const struct gap *gaps;
    const int gap_count = renderer_gaps(view->renderer, &gaps);
    struct view_edge *out = ls_calloc((size_t)gap_count * RIBBON_BUDGET, sizeof *out);
    *count = 0;
    for (int i = 0; i < gap_count; i++) {
        struct ribbon_edge edges[RIBBON_BUDGET];
        renderer_read_edges(view->renderer, i, edges);
        for (int k = 0; k < RIBBON_BUDGET; k++) {
            if (edges[k].source < 0)
                continue;
            const struct plate *plates = view->scene.plates;
            struct view_edge *edge = &out[(*count)++];
            edge->source_layer = view->desc.network->layers[plates[gaps[i].source_plate].layer].name;
            edge->target_layer = view->desc.network->layers[plates[gaps[i].target_plate].layer].name;
            edge->source = edges[k].source;
            edge->target = edges[k].target;
            edge->strength = edges[k].strength;
            project(view, edges[k].from, edge->from);
            project(view, edges[k].to, edge->to);
        }
    }
    return out;
}

const char *view_edge_ranking(const struct view *view)
{
    if (view->display.gradients == GRADIENTS_TURNED)
        return "w·δ";
    return view->display.edges_by_weight ? "w" : "w·a";
}
