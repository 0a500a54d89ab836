/* Hands the HUD what it shows of a frame. */
#include "view/view_private.h"

#include <math.h>
#include <string.h>

#include <cglm/cglm.h>

#include "gl/debug.h"
#include "view/label_layout.h"

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

/* The share of clipped values over all plates that show `map`, and the most values that share a cell of any
 * of them; false when none does. */
static bool summarize_map(const struct view *view, enum color_map map, struct hud_map *summary)
{
    const bool input = map == MAP_WEIGHT && view->scene.plates[0].is_signed;
    *summary = (struct hud_map){
        .map = map, .name = input ? "weight, input" : view_map_name(map), .footprint = {1, 1}};
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
    const float scale = view->scales[plate * SIDE_COUNT];
    return (struct hud_colors){p->map, p->is_signed, isnan(scale) ? 1.0f : scale};
}

/* Of single weights: those behind a kernel's norm are signed, and no larger. */
static struct hud_colors weight_colors_of(const struct view *view, int plate)
{
    struct hud_colors colors = colors_of(view, plate);
    if (plate >= 0 && view->scene.plates[plate].kernel > 1) {
        colors.map = MAP_WEIGHT;
        colors.is_signed = true;
    }
    return colors;
}

static struct hud_inspector choose_inspector(const struct view *view)
{
    struct hud_inspector inspector = {.selected = inspector_selected(view->inspector),
                                      .hovered = inspector_hovered(view->inspector)};
    if (inspector.selected != NULL) {
        inspector.value = colors_of(view, inspector.selected->cell.plate);
        inspector.source = colors_of(view, inspector.selected->source_plate);
        inspector.weights = weight_colors_of(view, inspector.selected->weight_plate);
    }
    return inspector;
}

static bool shows_pulses(const struct display *display)
{
    return !display->edges_hidden && !display->pulses_hidden;
}

/* What stands in the scene, projected. */
struct lettering {
    struct label labels[LABEL_CAPACITY];
    struct stage_bracket stages[MAX_STAGES];
    struct hud_map maps[MAP_COUNT];
    int label_count, stage_count, map_count;
};

static void place_lettering(struct view *view, struct lettering *lettering)
{
    lettering->label_count = lettering->stage_count = lettering->map_count = 0;
    if (view_has_stages(view))
        lettering->stage_count =
            stages_project(&view->scene, view->stages, view->stage_count, view->view_projection, view->width,
                           &view->layout.free_view, lettering->stages);
    if (view->hud_mode != HUD_NONE && !view->display.labels_hidden) {
        struct label_source source = {.scene = &view->scene,
                                      .data = view->desc.data,
                                      .info = arena_info(view->arena),
                                      .scales = view->scales,
                                      .predictions =
                                          view->predictions.version > 0 ? &view->predictions : NULL,
                                      .width = view->width,
                                      .height = view->height,
                                      .pixel_scale = view->layout.scale,
                                      .layout = &view->layout,
                                      .band = lettering->stage_count > 0 ? view_stage_band(view) : 0.0f};
        glm_mat4_copy(view->view_projection, source.view_projection);
        glm_vec3_copy((float *)view->eye, source.eye);
        gl_debug_push("place labels");
        lettering->label_count = label_layout(&source, lettering->labels);
        gl_debug_pop();
    }
    for (int map = 0; map < MAP_COUNT; map++)
        if (map != MAP_GREY &&
            summarize_map(view, (enum color_map)map, &lettering->maps[lettering->map_count]))
            lettering->map_count++;
}

/* The one place that tells the HUD what a frame shows. */
static struct hud_frame hud_frame_of(struct view *view, const struct view_frame *frame,
                                     const struct lettering *lettering)
{
    const struct pointer mouse = pointer_or_none(frame->pointer);
    return (struct hud_frame){.width = view->width,
                              .height = view->height,
                              .layout = &view->layout,
                              .mode = view->hud_mode,
                              .theme = theme_get(view->theme),
                              .info = arena_info(view->arena),
                              .predictions = view->predictions.version > 0 ? &view->predictions : NULL,
                              .labels = lettering->labels,
                              .label_count = lettering->label_count,
                              .stages = lettering->stages,
                              .stage_count = lettering->stage_count,
                              .maps = lettering->maps,
                              .map_count = lettering->map_count,
                              .ribbons = !view->display.edges_hidden,
                              .paused = frame->paused,
                              .help = view->help,
                              .hide_wall_clock = frame->hide_wall_clock,
                              .lock_step = frame->lock_step,
                              .fps = frame->fps,
                              .train_ms = frame->train_ms,
                              .view_ms = frame->view_ms,
                              .coarseness = view->drawn_coarseness,
                              .sharing = sharing(view),
                              .bytes_per_frame = view->frame_bytes,
                              .notice = view->notice[0] ? view->notice : NULL,
                              .prompt = frame->prompt,
                              .message = frame->message,
                              .display = &view->display,
                              .pointer = frame->pointer,
                              .controls = frame->controls,
                              .can_unfold = view_can_unfold(view),
                              .cursor = {mouse.x, mouse.y},
                              .pulse_steps = shows_pulses(&view->display) ? view->pulse.steps : 0,
                              .samples = renderer_samples(view->renderer),
                              .recording = frame->recording,
                              .readback_bytes = inspector_bytes(view->inspector) + view->back_bytes,
                              .ridgeline = choose_ridgeline(view),
                              .inspector = choose_inspector(view)};
}

void view_draw_hud(struct view *view, const struct view_frame *frame)
{
    struct lettering lettering;
    place_lettering(view, &lettering);
    const struct hud_frame hud = hud_frame_of(view, frame, &lettering);
    hud_draw(view->hud, &hud);
}

void view_draw_marks(struct view *view, const struct view_frame *frame, GLuint framebuffer)
{
    static const struct lettering none = {.label_count = 0};
    const struct hud_frame hud = hud_frame_of(view, frame, &none);
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
    hud_draw_marks(view->hud, &hud);
}
