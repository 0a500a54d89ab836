/* What was drawn, in words and pixels: plates and edges for `screenshot --json`. */
#include "view/view_private.h"

#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"

const char *view_map_name(enum color_map map)
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
    out->kind = plate->strip_count > 0 ? "norm" : kinds[plate->kind];
    out->parameter = plate->kind != PLATE_WEIGHT     ? NULL
                     : region->kind == REGION_BUFFER ? layer->buffers[region->parameter].name
                                                     : layer->parameters[region->parameter].name;
    out->epsilon = plate->strip == STRIP_DEVIATION ? plate->strip_epsilon : 0.0f;
    struct pane pane;
    plate_pane(plate, view->eye, &pane);
    out->side = pane.side;
    out->map = view_map_name(out->side == SIDE_GRADIENTS ? MAP_GRADIENT : plate->map);
    out->scale = view->scales[number * SIDE_COUNT + (int)out->side];
    out->clip_percent = renderer_clip_percent(view->renderer, number, out->side);
    out->dead = view->predictions.version > 0 && plate->kind != PLATE_WEIGHT
                    ? predictions_dead_count(&view->predictions, plate->layer)
                    : -1;
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

const struct surface_picture *view_surface(const struct view *view) { return hud_surface(view->hud); }

void view_record_plates(struct view *view)
{
    for (int i = 0; i < view->scene.plate_count; i++)
        for (int side = 0; side < SIDE_COUNT; side++)
            view->scales[i * SIDE_COUNT + side] = renderer_scale(view->renderer, i, (enum plate_side)side);
    view->plate_count = view->scene.plate_count + view->scene.twin_count;
    for (int i = 0; i < view->plate_count; i++)
        describe_slab(view, i, &view->plates[i]);
}

int view_plots(const struct view *view, struct plot_frame frames[PLOT_SERIES_COUNT])
{
    return hud_plots(view->hud, frames);
}

int view_plates(const struct view *view, const struct view_plate **plates)
{
    *plates = view->plates;
    return view->plate_count;
}

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
