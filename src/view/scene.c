/* Places of all plates; docs/scene.md states the rules. */
#include "view/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "view/plate_shape.h"

/* The view for which gaps are chosen so that no plate covers another. */
static const float DESIGN_YAW = 50.0f;
static const float CLEARANCE = 1.35f, POOL_CLEARANCE = 0.75f, OUTPUT_CLEARANCE = 1.8f;
static const float SHELF_DROP = 0.5f;
static const float WEIGHT_MIN_HEIGHT = 1.1f, WEIGHT_MAX_HEIGHT = 1.8f, WEIGHT_SHARE_OF_GAP = 0.86f;
static const float GROUND_DROP = 0.55f;
static const float TWIN_GAP = 0.25f, TWIN_SETBACK = 1.5f; /* world units; depths of the slab */

static void place_activation(struct plate *plate, float x)
{
    glm_vec3_copy((vec3){x, 0.5f * plate->height, -0.5f * plate->width}, plate->origin);
    glm_vec3_copy((vec3){0.0f, 0.0f, plate->width}, plate->right);
    glm_vec3_copy((vec3){0.0f, -plate->height, 0.0f}, plate->down);
}

static void place_weights(struct plate *plate, float x, float room, float shelf_y)
{
    const float width = WEIGHT_SHARE_OF_GAP * room;
    const float aspect = plate_columns(plate) / plate_rows(plate);
    plate->height = glm_clamp(width / aspect, WEIGHT_MIN_HEIGHT, WEIGHT_MAX_HEIGHT);
    plate->width = fminf(width, plate->height * aspect);
    glm_vec3_copy((vec3){x - 0.5f * plate->width, shelf_y, 0.0f}, plate->origin);
    glm_vec3_copy((vec3){plate->width, 0.0f, 0.0f}, plate->right);
    glm_vec3_copy((vec3){0.0f, -plate->height, 0.0f}, plate->down);
}

static float clearance_before(const struct scene *scene, const struct plate *plate)
{
    /* The output's class names stand before it. */
    return plate->kind == PLATE_OUTPUT                            ? OUTPUT_CLEARANCE
           : layer_is_pool(&scene->network->layers[plate->layer]) ? POOL_CLEARANCE
                                                                  : CLEARANCE;
}

/* Along +X, so far apart that neighbours just clear each other when seen from DESIGN_YAW. */
static void place_activations(struct scene *scene)
{
    const float yaw = glm_rad(DESIGN_YAW);
    float x = 0.0f, before_width = 0.0f;
    for (int i = 0; i < scene->activation_count; i++) {
        struct plate *plate = &scene->plates[i];
        const float outer_width = plate->width + 2.0f * plate->border;
        if (i > 0)
            x += 0.5f * (before_width + outer_width) / tanf(yaw) + clearance_before(scene, plate) / sinf(yaw);
        place_activation(plate, x);
        before_width = outer_width;
    }
    for (int i = 0; i < scene->activation_count; i++)
        scene->plates[i].origin[0] -= 0.5f * x;
}

/* On one shelf, each under the gap before its layer. */
static void place_all_weights(struct scene *scene)
{
    float lowest = 0.0f;
    for (int i = 0; i < scene->activation_count; i++)
        lowest = fminf(lowest, -0.5f * scene->plates[i].height - scene->plates[i].border);
    int gap = 1;
    for (int i = scene->activation_count; i < scene->plate_count; i++) {
        while (scene->plates[gap].layer != scene->plates[i].layer)
            gap++;
        const float x0 = scene->plates[gap - 1].origin[0], x1 = scene->plates[gap].origin[0];
        place_weights(&scene->plates[i], 0.5f * (x0 + x1), x1 - x0, lowest - SHELF_DROP);
    }
}

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
    const float way = (plate->height + 2.0f * plate->border + TWIN_GAP) / plate->height;
    glm_vec3_muladds((float *)plate->down, plate->kind == PLATE_WEIGHT ? way * stack : -way * stack,
                     twin->origin);
    glm_vec3_muladds(back, TWIN_SETBACK * (1.0f - stack), twin->origin);
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

static void measure(struct scene *scene)
{
    scene->extent_count = 0;
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
    place_activations(scene);
    place_all_weights(scene);
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
    const size_t most = 2 * (size_t)network->layer_count;
    scene->plates = ls_calloc(most, sizeof *scene->plates);
    scene->twins = ls_calloc(most, sizeof *scene->twins);
    scene->extent = ls_calloc(most * (2 * 8 + 2), sizeof *scene->extent);
    for (int i = 0; i < network->layer_count; i++)
        if (!layer_passes_values_on(&network->layers[i]))
            plate_shape_activation(&scene->plates[scene->plate_count++], network, layout, i);
    scene->activation_count = scene->plate_count;
    for (int i = 1; i < scene->activation_count; i++) {
        const int layer = scene->plates[i].layer;
        const int parameter = layer_weight_parameter(&network->layers[layer]);
        if (parameter >= 0)
            plate_shape_weights(&scene->plates[scene->plate_count++], network, layout, layer, parameter);
    }
    scene_arrange(scene, &(struct scene_form){0});
}

void scene_deinit(struct scene *scene)
{
    free(scene->plates);
    free(scene->twins);
    free(scene->extent);
    memset(scene, 0, sizeof *scene);
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
