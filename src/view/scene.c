/* Sizes and places of all plates, from the network's shapes alone. The constants keep LeNet-5's
 * proportions; docs/scene.md states the rules. */
#include "view/scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"

static const float MIN_SIDE = 0.6f, MAX_SIDE = 8.0f;
static const float INPUT_SIDE = 3.7f, MAP_SIDE = 1.62f; /* of 28×28 values */
static const float MAP_GROWTH = 0.184f; /* side ∝ values^growth: 1.22 at 14×14, .86 at 5×5 */
static const float MAP_GAP = 0.1f;
static const float CELL = 0.255f; /* of a dense layer of up to CELL_COUNT neurons */
static const int CELL_COUNT = 120;
static const int COLUMN_COUNT = 16; /* a dense layer of so few stands in one column */
static const float COLUMN_PITCH = 0.3f;
static const int OUTPUT_COLUMN_COUNT = 20;
static const float OUTPUT_PITCH = 0.46f, OUTPUT_GAP = 0.3f;
static const float KERNEL_GAP_TEXELS = 0.7f;
static const float BORDER = 0.08f, DEPTH = 0.11f;

/* The view for which gaps are chosen so that no plate covers another. */
static const float DESIGN_YAW = 50.0f;
static const float CLEARANCE = 1.35f, POOL_CLEARANCE = 0.75f, OUTPUT_CLEARANCE = 1.8f;
static const float SHELF_DROP = 0.5f;
static const float WEIGHT_MIN_HEIGHT = 1.1f, WEIGHT_MAX_HEIGHT = 1.8f, WEIGHT_SHARE_OF_GAP = 0.86f;
static const float GROUND_DROP = 0.55f;

/* Columns of a grid of n cells, for which rows / columns is near `aspect`. A full grid is preferred to
 * one whose last row lacks cells. */
static int grid_columns(int n, float aspect)
{
    const float ideal = sqrtf((float)n / aspect);
    int best = 0;
    float best_distance = logf(1.9f);
    for (int columns = 1; columns <= n; columns++) {
        if (n % columns != 0)
            continue;
        const float distance = fabsf(logf((float)columns / ideal));
        if (distance < best_distance) {
            best = columns;
            best_distance = distance;
        }
    }
    return best > 0 ? best : (int)fmaxf(1.0f, roundf(ideal));
}

static int divide_up(int a, int b) { return (a + b - 1) / b; }

/* The picture's size in tile widths. */
static float picture_columns(const struct plate *plate)
{
    return (float)plate->tile_columns + plate->gap * (float)(plate->tile_columns - 1);
}

static float picture_rows(const struct plate *plate)
{
    const float tile_height = (float)plate->tile_height / (float)plate->tile_width;
    return (float)plate->tile_rows * tile_height + plate->gap * (float)(plate->tile_rows - 1);
}

/* Fits a picture with tiles of `tile_side` (the longer one, world units) into the allowed sizes. */
static void set_size(const struct plate *plate, float tile_side, float *width, float *height)
{
    const float longer = fmaxf(1.0f, (float)plate->tile_height / (float)plate->tile_width);
    const float tile_width = tile_side / longer;
    *width = picture_columns(plate) * tile_width;
    *height = picture_rows(plate) * tile_width;
    const float side = fmaxf(*width, *height);
    const float scale = glm_clamp(side, MIN_SIDE, MAX_SIDE) / side;
    *width *= scale;
    *height *= scale;
}

static bool passes_values_on(const struct layer *layer) { return layer->kind == LAYER_FLATTEN; }

static bool is_pool(const struct layer *layer)
{
    return layer->kind == LAYER_MAX_POOL2D || layer->kind == LAYER_AVERAGE_POOL2D;
}

/* Whether a layer's values may be negative; pools and flatten keep their input's sign. */
static bool is_signed(const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    while ((is_pool(layer) || passes_values_on(layer)) && layer->input_count > 0)
        layer = &network->layers[layer->inputs[0]];
    if (layer->kind == LAYER_INPUT || layer->softmax)
        return false;
    return layer->activation == ACTIVATION_LINEAR || layer->activation == ACTIVATION_TANH;
}

static void describe_shape(const struct layer *layer, char *text, size_t size)
{
    const struct shape s = layer->output;
    if (layer->softmax)
        snprintf(text, size, "softmax");
    else if (s.height == 1 && s.width == 1)
        snprintf(text, size, "%d", s.channels);
    else if (layer->kind == LAYER_INPUT && s.channels == 1)
        snprintf(text, size, "%d×%d", s.height, s.width);
    else
        snprintf(text, size, "%d×%d×%d", s.channels, s.height, s.width);
}

/* Fills everything but the place; returns the picture's size. */
static void shape_activation(struct plate *plate, const struct network *network,
                             const struct snapshot_layout *layout, int index, float *width, float *height)
{
    const struct layer *layer = &network->layers[index];
    const struct shape s = layer->output;
    const bool last = index == network->layer_count - 1;
    const bool vector = s.height == 1 && s.width == 1;
    memset(plate, 0, sizeof *plate);
    plate->layer = index;
    plate->region = snapshot_layout_find(layout, REGION_ACTIVATION, index, 0);
    plate->gradient_region = snapshot_layout_find(layout, REGION_ACTIVATION_GRADIENT, index, 0);
    plate->values = (int)shape_count(s);
    plate->border = BORDER;
    plate->depth = DEPTH;
    plate->is_signed = is_signed(network, index);
    plate->map = plate->is_signed ? MAP_WEIGHT : MAP_ACTIVATION;
    plate->kind = PLATE_ACTIVATION;
    if (layer->kind == LAYER_INPUT) {
        plate->kind = PLATE_INPUT;
        plate->map = MAP_GREY;
    }
    snprintf(plate->title, sizeof plate->title, "%s", layer->name);
    describe_shape(layer, plate->shape, sizeof plate->shape);

    const bool column = vector && s.channels <= (last ? OUTPUT_COLUMN_COUNT : COLUMN_COUNT);
    if (column) {
        plate->kind = last ? PLATE_OUTPUT : plate->kind;
        plate->tiles = plate->tile_rows = s.channels;
        plate->tile_columns = plate->tile_width = plate->tile_height = 1;
        plate->gap = OUTPUT_GAP;
        const float pitch = fminf(last ? OUTPUT_PITCH : COLUMN_PITCH, MAX_SIDE / (float)s.channels);
        set_size(plate, pitch / (1.0f + OUTPUT_GAP), width, height);
    } else if (vector) {
        plate->tiles = plate->tile_columns = plate->tile_rows = 1;
        plate->tile_width = grid_columns(s.channels, 1.7f);
        plate->tile_height = divide_up(s.channels, plate->tile_width);
        const float more = fmaxf(1.0f, (float)s.channels / (float)CELL_COUNT);
        const int longer = plate->tile_width > plate->tile_height ? plate->tile_width : plate->tile_height;
        set_size(plate, CELL * powf(more, -0.25f) * (float)longer, width, height);
    } else {
        plate->tiles = s.channels;
        plate->tile_columns = grid_columns(s.channels, 1.3f);
        plate->tile_rows = divide_up(s.channels, plate->tile_columns);
        plate->tile_width = s.width;
        plate->tile_height = s.height;
        plate->gap = MAP_GAP;
        const float relative = (float)(s.height * s.width) / 784.0f;
        const float side = layer->kind == LAYER_INPUT ? INPUT_SIDE * powf(relative, 0.25f)
                                                      : MAP_SIDE * powf(relative, MAP_GROWTH);
        set_size(plate, side, width, height);
    }
}

/* A weight tensor's picture; its place follows from the gap before its layer. */
static void shape_weights(struct plate *plate, const struct network *network,
                          const struct snapshot_layout *layout, int index, int number)
{
    const struct layer *layer = &network->layers[index];
    const struct parameter *parameter = &layer->parameters[number];
    memset(plate, 0, sizeof *plate);
    plate->kind = PLATE_WEIGHT;
    plate->layer = index;
    plate->region = snapshot_layout_find(layout, REGION_PARAMETER, index, number);
    plate->gradient_region = snapshot_layout_find(layout, REGION_PARAMETER_GRADIENT, index, number);
    plate->values = (int)parameter->count;
    plate->border = 0.07f;
    plate->depth = 0.08f;
    plate->map = MAP_WEIGHT;
    plate->is_signed = true;
    const int out = parameter->dims[0], in = parameter->dims[1];
    if (parameter->rank == 4) {
        plate->tile_height = parameter->dims[2];
        plate->tile_width = parameter->dims[3];
        plate->tiles = out * in;
        plate->gap = KERNEL_GAP_TEXELS / (float)plate->tile_width;
        plate->tiles_down = in > 1 && out >= in;
        plate->tile_columns = in == 1 ? grid_columns(out, 0.7f) : plate->tiles_down ? out : in;
        plate->tile_rows = divide_up(plate->tiles, plate->tile_columns);
        snprintf(plate->title, sizeof plate->title, "%s kernels", layer->name);
        if (in == 1)
            snprintf(plate->shape, sizeof plate->shape, "%d × %d×%d", out, plate->tile_height,
                     plate->tile_width);
        else
            snprintf(plate->shape, sizeof plate->shape, "%d×%d × %d×%d", out, in, plate->tile_height,
                     plate->tile_width);
    } else {
        plate->tiles = plate->tile_columns = plate->tile_rows = 1;
        plate->tile_height = out;
        plate->tile_width = in;
        snprintf(plate->title, sizeof plate->title, "%s weights", layer->name);
        snprintf(plate->shape, sizeof plate->shape, "%d×%d", out, in);
    }
}

static void place_activation(struct plate *plate, float x, float width, float height)
{
    glm_vec3_copy((vec3){x, 0.5f * height, -0.5f * width}, plate->origin);
    glm_vec3_copy((vec3){0.0f, 0.0f, width}, plate->right);
    glm_vec3_copy((vec3){0.0f, -height, 0.0f}, plate->down);
}

static void place_weights(struct plate *plate, float x, float room, float shelf_y)
{
    float width = WEIGHT_SHARE_OF_GAP * room;
    const float aspect = picture_columns(plate) / picture_rows(plate);
    const float height = glm_clamp(width / aspect, WEIGHT_MIN_HEIGHT, WEIGHT_MAX_HEIGHT);
    width = fminf(width, height * aspect);
    glm_vec3_copy((vec3){x - 0.5f * width, shelf_y, 0.0f}, plate->origin);
    glm_vec3_copy((vec3){width, 0.0f, 0.0f}, plate->right);
    glm_vec3_copy((vec3){0.0f, -height, 0.0f}, plate->down);
}

/* The rank-2 or rank-4 parameter of a layer, or −1; vectors such as biases have no plate. */
static int weight_parameter(const struct layer *layer)
{
    for (int i = 0; i < layer->parameter_count; i++)
        if (layer->parameters[i].rank == 2 || layer->parameters[i].rank == 4)
            return i;
    return -1;
}

/* Along +X, so far apart that neighbours just clear each other when seen from DESIGN_YAW. */
static void build_activations(struct scene *scene, const struct network *network,
                              const struct snapshot_layout *layout)
{
    float x = 0.0f, before_width = 0.0f;
    for (int i = 0; i < network->layer_count; i++) {
        if (passes_values_on(&network->layers[i]))
            continue;
        struct plate *plate = &scene->plates[scene->plate_count];
        float width, height;
        shape_activation(plate, network, layout, i, &width, &height);
        const float outer_width = width + 2.0f * plate->border;
        if (scene->plate_count > 0) {
            const float yaw = glm_rad(DESIGN_YAW);
            /* The output's class names stand before it. */
            const float clearance = plate->kind == PLATE_OUTPUT    ? OUTPUT_CLEARANCE
                                    : is_pool(&network->layers[i]) ? POOL_CLEARANCE
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
        const int parameter = weight_parameter(&network->layers[layer]);
        if (parameter < 0)
            continue;
        const float x0 = scene->plates[i - 1].origin[0], x1 = scene->plates[i].origin[0];
        struct plate *plate = &scene->plates[scene->plate_count++];
        shape_weights(plate, network, layout, layer, parameter);
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

void plate_value_position(const struct plate *plate, size_t index, vec3 position)
{
    const size_t tile_values = (size_t)plate->tile_width * (size_t)plate->tile_height;
    const int tile = (int)(index / tile_values), within = (int)(index % tile_values);
    const int column = plate->tiles_down ? tile / plate->tile_rows : tile % plate->tile_columns;
    const int row = plate->tiles_down ? tile % plate->tile_rows : tile / plate->tile_columns;
    const float texel = 1.0f / (float)plate->tile_width;
    const float x =
        (float)column * (1.0f + plate->gap) + ((float)(within % plate->tile_width) + 0.5f) * texel;
    const float y = (float)row * ((float)plate->tile_height * texel + plate->gap) +
                    ((float)(within / plate->tile_width) + 0.5f) * texel;
    glm_vec3_copy((float *)plate->origin, position);
    glm_vec3_muladds((float *)plate->right, x / picture_columns(plate), position);
    glm_vec3_muladds((float *)plate->down, y / picture_rows(plate), position);
}

void plate_front(const struct plate *plate, vec3 corners[4])
{
    vec3 right, down;
    glm_vec3_normalize_to((float *)plate->right, right);
    glm_vec3_normalize_to((float *)plate->down, down);
    for (int i = 0; i < 4; i++) {
        const bool at_right = i == 1 || i == 2, at_bottom = i >= 2;
        glm_vec3_copy((float *)plate->origin, corners[i]);
        if (at_right)
            glm_vec3_add(corners[i], (float *)plate->right, corners[i]);
        if (at_bottom)
            glm_vec3_add(corners[i], (float *)plate->down, corners[i]);
        glm_vec3_muladds(right, at_right ? plate->border : -plate->border, corners[i]);
        glm_vec3_muladds(down, at_bottom ? plate->border : -plate->border, corners[i]);
    }
}

void plate_corners(const struct plate *plate, vec3 corners[8])
{
    vec3 back;
    glm_vec3_cross((float *)plate->right, (float *)plate->down, back);
    glm_vec3_scale_as(back, plate->depth, back);
    plate_front(plate, corners);
    for (int i = 0; i < 4; i++)
        glm_vec3_add(corners[i], back, corners[4 + i]);
}

float plate_hit(const struct plate *plate, const vec3 eye, const vec3 direction)
{
    vec3 corners[4], right, down, normal, to_plate, at;
    plate_front(plate, corners);
    glm_vec3_sub(corners[1], corners[0], right);
    glm_vec3_sub(corners[3], corners[0], down);
    glm_vec3_cross(right, down, normal);
    const float toward = glm_vec3_dot(normal, (float *)direction);
    if (toward == 0.0f)
        return INFINITY;
    glm_vec3_sub(corners[0], (float *)eye, to_plate);
    const float t = glm_vec3_dot(normal, to_plate) / toward;
    glm_vec3_scale((float *)direction, t, at);
    glm_vec3_sub(at, to_plate, at);
    const float u = glm_vec3_dot(at, right) / glm_vec3_norm2(right);
    const float v = glm_vec3_dot(at, down) / glm_vec3_norm2(down);
    return t > 0.0f && u >= 0.0f && u <= 1.0f && v >= 0.0f && v <= 1.0f ? t : INFINITY;
}

int scene_find_activation(const struct scene *scene, const struct network *network, int layer)
{
    while (passes_values_on(&network->layers[layer]) && network->layers[layer].input_count > 0)
        layer = network->layers[layer].inputs[0];
    for (int i = 0; i < scene->plate_count; i++)
        if (scene->plates[i].layer == layer && scene->plates[i].kind != PLATE_WEIGHT)
            return i;
    return -1;
}
