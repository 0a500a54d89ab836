/* The scene as a whole: its plates, how they are turned and doubled, and its bounds. */
#include "view/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "view/plate_shape.h"
#include "view/scene_place.h"
#include "view/scene_wires.h"

enum { SCENE_MOST_WEIGHTS = 4 }; /* plates on the shelf a layer */

static const float GROUND_DROP = 0.55f;
static const float TWIN_SETBACK = 1.5f; /* depths of the slab */

/* About the slab's vertical middle axis. In the second half it is the back that has come to the front, so
 * that the front is the face which can be seen and a whole turn ends where it began. */
static void turn_plate(struct plate *plate, const struct scene_form *form)
{
    const bool has_gradients = plate->gradient_region >= 0;
    const bool turned = has_gradients && form->turn >= 0.5f;
    plate->front = turned ? SIDE_GRADIENTS : SIDE_VALUES;
    plate->back = has_gradients && !turned && form->stack == 0.0f ? SIDE_GRADIENTS : SIDE_VALUES;
    if (!has_gradients || form->turn == 0.0f || form->turn == 1.0f)
        return;
    const float angle = GLM_PIf * (form->turn - (turned ? 1.0f : 0.0f));
    vec3 back, middle, axis;
    plate_back(plate, back);
    glm_vec3_copy(plate->origin, middle);
    glm_vec3_scale_as(back, plate_whole_depth(plate), back);
    glm_vec3_muladds(plate->right, 0.5f, middle);
    glm_vec3_muladds(back, 0.5f, middle);
    glm_vec3_normalize_to(plate->down, axis);
    glm_vec3_rotate(plate->right, angle, axis);
    glm_vec3_rotate(back, angle, axis);
    glm_vec3_copy(middle, plate->origin);
    glm_vec3_muladds(plate->right, -0.5f, plate->origin);
    glm_vec3_muladds(back, -0.5f, plate->origin);
}

/* The twin starts behind its plate and comes out above an activation, below weights. */
static void place_twin(struct plate *twin, const struct plate *plate, float stack)
{
    *twin = *plate;
    twin->front = twin->back = SIDE_GRADIENTS;
    vec3 back;
    plate_back(plate, back);
    glm_vec3_scale_as(back, plate_whole_depth(plate) + (TWIN_SETBACK - 1.0f) * plate->depth, back);
    const float way = scene_twin_way(plate) / glm_vec3_norm((float *)plate->down);
    glm_vec3_muladds((float *)plate->down, plate->kind == PLATE_WEIGHT ? way * stack : -way * stack,
                     twin->origin);
    glm_vec3_muladds(back, 1.0f - stack, twin->origin);
}

static void add_extent(struct scene *scene, const struct plate *plate)
{
    plate_corners(plate, &scene->extent[scene->extent_count]);
    scene->extent_count += 8;
}

static void add_longest_bars(struct scene *scene, const struct plate *plate)
{
    for (int end = 0; end < 2; end++) {
        vec3 tip;
        plate_value_position(plate, end == 0 ? 0 : (size_t)plate->values - 1, tip);
        tip[0] += SCENE_BAR_LENGTH;
        glm_vec3_copy(tip, scene->extent[scene->extent_count++]);
    }
}

/* An arc is highest in its middle. */
static void add_arcs(struct scene *scene)
{
    for (int i = 0; i < scene->wire_count; i++) {
        const struct scene_wire *wire = &scene->wires[i];
        if (wire->edge < 0 || scene->apexes[wire->edge] == -INFINITY ||
            wire->strength[0] * wire->strength[1] == 0.0f)
            continue;
        float *top = scene->extent[scene->extent_count++];
        glm_vec3_lerp((float *)wire->points[0], (float *)wire->points[3], 0.5f, top);
        top[1] = scene->apexes[wire->edge];
    }
}

static void measure(struct scene *scene)
{
    scene->extent_count = 0;
    add_arcs(scene);
    for (int i = 0; i < scene->plate_count + scene->twin_count; i++)
        add_extent(scene, scene_slab(scene, i));
    for (int i = 0; i < scene->activation_count; i++)
        if (scene->plates[i].kind == PLATE_OUTPUT)
            add_longest_bars(scene, &scene->plates[i]);
    glm_vec3_copy(scene->extent[0], scene->bounds_min);
    glm_vec3_copy(scene->extent[0], scene->bounds_max);
    for (int i = 1; i < scene->extent_count; i++) {
        glm_vec3_minv(scene->bounds_min, scene->extent[i], scene->bounds_min);
        glm_vec3_maxv(scene->bounds_max, scene->extent[i], scene->bounds_max);
    }
    scene->radius = 0.5f * glm_vec3_distance(scene->bounds_min, scene->bounds_max);
    scene->ground_y = scene->bounds_min[1] - GROUND_DROP;
}

void scene_arrange(struct scene *scene, const struct scene_form *form)
{
    scene->form = *form;
    scene_place(scene);
    scene_wires_lay(scene);
    scene->twin_count = form->stack > 0.0f ? scene->plate_count : 0;
    for (int i = 0; i < scene->twin_count; i++)
        place_twin(&scene->twins[i], &scene->plates[i], form->stack);
    for (int i = 0; i < scene->plate_count; i++)
        turn_plate(&scene->plates[i], form);
    measure(scene);
}

void scene_init(struct scene *scene, const struct network *network, const struct snapshot_layout *layout)
{
    memset(scene, 0, sizeof *scene);
    scene->network = network;
    const size_t most = (1 + SCENE_MOST_WEIGHTS) * (size_t)network->layer_count;
    scene->plates = ls_calloc(most, sizeof *scene->plates);
    scene->twins = ls_calloc(most, sizeof *scene->twins);
    for (int i = 0; i < network->layer_count; i++)
        if (!layer_passes_values_on(&network->layers[i]))
            plate_shape_activation(&scene->plates[scene->plate_count++], network, layout, i);
    scene->activation_count = scene->plate_count;
    scene_graph_init(&scene->graph, network, scene->plates, scene->activation_count);
    const size_t edges = (size_t)scene->graph.edge_count + 1;
    scene->apexes = ls_calloc(edges, sizeof *scene->apexes);
    scene->wires = ls_calloc(2 * edges + (size_t)scene->activation_count, sizeof *scene->wires);
    scene->nodes = ls_calloc((size_t)scene->activation_count, sizeof *scene->nodes);
    for (int i = 1; i < scene->activation_count; i++) {
        const int layer = scene->plates[i].layer;
        const int parameter = layer_weight_parameter(&network->layers[layer]);
        if (layer_is_norm(&network->layers[layer]))
            scene->plate_count +=
                plate_shape_strips(&scene->plates[scene->plate_count], network, layout, layer);
        if (parameter >= 0)
            plate_shape_weights(&scene->plates[scene->plate_count++], network, layout, layer, parameter);
    }
    scene->extent = ls_calloc((size_t)scene->plate_count * (2 * 8 + 2) + edges, sizeof *scene->extent);
    scene_arrange(scene, &(struct scene_form){0});
}

bool scene_limit(struct scene *scene, const struct snapshot_layout *layout, size_t reach,
                 int *without_gradients, struct error *err)
{
    *without_gradients = 0;
    for (int i = 0; i < scene->plate_count; i++) {
        struct plate *plate = &scene->plates[i];
        const struct region *values = &layout->regions[plate->region];
        const size_t end = values->offset / sizeof(float) + values->count;
        if (end > reach)
            return error_set(err,
                             "%s: OpenGL reaches %zu values here, and this network has %zu up to there; "
                             "use smaller layers, or train without a picture (layerscope train)",
                             plate->title, reach, end);
        if (plate->gradient_region < 0)
            continue;
        const struct region *gradients = &layout->regions[plate->gradient_region];
        if (gradients->offset / sizeof(float) + gradients->count > reach) {
            plate->gradient_region = -1;
            (*without_gradients)++;
        }
    }
    scene_arrange(scene, &(struct scene_form){.unfold = scene->form.unfold});
    return true;
}

void scene_sign_input(struct scene *scene, float scale)
{
    for (int i = 0; i < scene->plate_count; i++) {
        struct plate *plate = &scene->plates[i];
        if (plate->kind != PLATE_INPUT)
            continue;
        plate->map = MAP_WEIGHT;
        plate->is_signed = true;
        plate->fixed_scale = scale;
    }
}

void scene_deinit(struct scene *scene)
{
    free(scene->plates);
    free(scene->twins);
    free(scene->extent);
    free(scene->apexes);
    free(scene->wires);
    free(scene->nodes);
    scene_graph_deinit(&scene->graph);
    memset(scene, 0, sizeof *scene);
}

bool scene_wraps(const struct scene *scene, int edge)
{
    const struct scene_edge *between = &scene->graph.edges[edge];
    return scene->plates[between->source].row != scene->plates[between->target].row;
}

bool scene_is_arched(const struct scene *scene, int edge)
{
    return scene->graph.edges[edge].skips && !scene_wraps(scene, edge);
}

const struct plate *scene_slab(const struct scene *scene, int index)
{
    return index < scene->plate_count ? &scene->plates[index] : &scene->twins[index - scene->plate_count];
}

bool scene_shows(const struct scene *scene, int plate, enum plate_side side, const vec3 eye)
{
    struct pane pane;
    plate_pane(&scene->plates[plate], eye, &pane);
    return pane.side == side || (side == SIDE_GRADIENTS && scene->twin_count > 0);
}

bool scene_shows_gradients(const struct scene *scene, const vec3 eye)
{
    for (int i = 0; i < scene->plate_count; i++)
        if (scene_shows(scene, i, SIDE_GRADIENTS, eye))
            return true;
    return false;
}

int scene_find_activation(const struct scene *scene, const struct network *network, int layer)
{
    while (layer_passes_values_on(&network->layers[layer]) && network->layers[layer].input_count > 0)
        layer = network->layers[layer].inputs[0];
    for (int i = 0; i < scene->plate_count; i++)
        if (scene->plates[i].layer == layer && scene->plates[i].kind != PLATE_WEIGHT)
            return i;
    return -1;
}
