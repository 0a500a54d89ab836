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

static void place_activation(struct plate *plate, float x, float width, float height)
{
    glm_vec3_copy((vec3){x, 0.5f * height, -0.5f * width}, plate->origin);
    glm_vec3_copy((vec3){0.0f, 0.0f, width}, plate->right);
    glm_vec3_copy((vec3){0.0f, -height, 0.0f}, plate->down);
}

static void place_weights(struct plate *plate, float x, float room, float shelf_y)
{
    float width = WEIGHT_SHARE_OF_GAP * room;
    const float aspect = plate_columns(plate) / plate_rows(plate);
    const float height = glm_clamp(width / aspect, WEIGHT_MIN_HEIGHT, WEIGHT_MAX_HEIGHT);
    width = fminf(width, height * aspect);
    glm_vec3_copy((vec3){x - 0.5f * width, shelf_y, 0.0f}, plate->origin);
    glm_vec3_copy((vec3){width, 0.0f, 0.0f}, plate->right);
    glm_vec3_copy((vec3){0.0f, -height, 0.0f}, plate->down);
}

/* Along +X, so far apart that neighbours just clear each other when seen from DESIGN_YAW. */
static void build_activations(struct scene *scene, const struct network *network,
                              const struct snapshot_layout *layout)
{
    float x = 0.0f, before_width = 0.0f;
    for (int i = 0; i < network->layer_count; i++) {
        if (layer_passes_values_on(&network->layers[i]))
            continue;
        struct plate *plate = &scene->plates[scene->plate_count];
        float width, height;
        plate_shape_activation(plate, network, layout, i, &width, &height);
        const float outer_width = width + 2.0f * plate->border;
        if (scene->plate_count > 0) {
            const float yaw = glm_rad(DESIGN_YAW);
            /* The output's class names stand before it. */
            const float clearance = plate->kind == PLATE_OUTPUT          ? OUTPUT_CLEARANCE
                                    : layer_is_pool(&network->layers[i]) ? POOL_CLEARANCE
                                                                         : CLEARANCE;
            x += 0.5f * (before_width + outer_width) / tanf(yaw) + clearance / sinf(yaw);
        }
        place_activation(plate, x, width, height);
        before_width = outer_width;
        scene->plate_count++;
    }
    for (int i = 0; i < scene->plate_count; i++)
        scene->plates[i].origin[0] -= 0.5f * x;
}

static void build_weights(struct scene *scene, const struct network *network,
                          const struct snapshot_layout *layout)
{
    const int activations = scene->plate_count;
    float lowest = 0.0f;
    for (int i = 0; i < activations; i++)
        lowest =
            fminf(lowest, scene->plates[i].origin[1] + scene->plates[i].down[1] - scene->plates[i].border);
    for (int i = 1; i < activations; i++) {
        const int layer = scene->plates[i].layer;
        const int parameter = layer_weight_parameter(&network->layers[layer]);
        if (parameter < 0)
            continue;
        const float x0 = scene->plates[i - 1].origin[0], x1 = scene->plates[i].origin[0];
        struct plate *plate = &scene->plates[scene->plate_count++];
        plate_shape_weights(plate, network, layout, layer, parameter);
        place_weights(plate, 0.5f * (x0 + x1), x1 - x0, lowest - SHELF_DROP);
    }
}

static void build_extent(struct scene *scene)
{
    scene->extent = ls_calloc((size_t)scene->plate_count * 10, sizeof *scene->extent);
    for (int i = 0; i < scene->plate_count; i++) {
        const struct plate *plate = &scene->plates[i];
        plate_corners(plate, &scene->extent[scene->extent_count]);
        scene->extent_count += 8;
        if (plate->kind != PLATE_OUTPUT)
            continue;
        for (int end = 0; end < 2; end++) {
            vec3 tip;
            plate_value_position(plate, end == 0 ? 0 : (size_t)plate->values - 1, tip);
            tip[0] += SCENE_BAR_LENGTH;
            glm_vec3_copy(tip, scene->extent[scene->extent_count++]);
        }
    }
    glm_vec3_copy(scene->extent[0], scene->bounds_min);
    glm_vec3_copy(scene->extent[0], scene->bounds_max);
    for (int i = 1; i < scene->extent_count; i++) {
        glm_vec3_minv(scene->bounds_min, scene->extent[i], scene->bounds_min);
        glm_vec3_maxv(scene->bounds_max, scene->extent[i], scene->bounds_max);
    }
    scene->radius = 0.5f * glm_vec3_distance(scene->bounds_min, scene->bounds_max);
    scene->ground_y = scene->bounds_min[1] - GROUND_DROP;
}

void scene_init(struct scene *scene, const struct network *network, const struct snapshot_layout *layout)
{
    memset(scene, 0, sizeof *scene);
    scene->plates = ls_calloc((size_t)network->layer_count * 2, sizeof *scene->plates);
    build_activations(scene, network, layout);
    build_weights(scene, network, layout);
    build_extent(scene);
}

void scene_deinit(struct scene *scene)
{
    free(scene->plates);
    free(scene->extent);
    memset(scene, 0, sizeof *scene);
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
