/* Places of all plates; docs/scene.md states the rules. */
#include "view/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "view/plate_shape.h"

/* The view for which gaps are chosen so that no plate covers another. */
static const float DESIGN_YAW = 50.0f, DESIGN_PITCH = 9.0f;
static const float CLEARANCE = 1.35f, POOL_CLEARANCE = 0.75f, OUTPUT_CLEARANCE = 1.8f;
/* In perspective, seen from so many times the row's length. */
static const float PERSPECTIVE_CLEARANCE = 0.6f, DESIGN_DISTANCE = 1.5f;
/* Longer than so many times its height, a row is folded into several, which together are about so many times
 * longer than high. */
static const float ROW_RATIO = 8.0f, FOLDED_RATIO = 2.5f;
static const float ROW_AIR = 2.4f, ROW_INDENT = 2.6f;
/* Perspective matters where a plate is larger. */
static const float LARGE = 5.5f;
static const float SHELF_DROP = 0.5f, SHELF_AIR = 0.1f;
/* Up to WEIGHT_MAX_NARROW values may be twice as wide as high. */
static const float WEIGHT_MIN_WIDTH = 0.3f, WEIGHT_MAX_NARROW = 0.9f;
static const float WEIGHT_MIN_HEIGHT = 1.1f, WEIGHT_MAX_HEIGHT = 1.8f, WEIGHT_SHARE_OF_GAP = 0.86f;
static const float GROUND_DROP = 0.55f;
static const float TWIN_GAP = 0.25f, TWIN_SETBACK = 1.5f; /* world units; depths of the slab */

static void place_activation(struct plate *plate, float x, float picture_width, float picture_height)
{
    glm_vec3_copy((vec3){x, 0.5f * picture_height, -0.5f * picture_width}, plate->origin);
    glm_vec3_copy((vec3){0.0f, 0.0f, picture_width}, plate->right);
    glm_vec3_copy((vec3){0.0f, -picture_height, 0.0f}, plate->down);
}

/* What a stack is deeper than a slab. */
static float stack_depth(const struct plate *plate)
{
    return plate->planes > 0 ? plate_whole_depth(plate) - plate->depth : 0.0f;
}

static void place_weights(struct plate *plate, float x, float room, float shelf_y)
{
    const float width = WEIGHT_SHARE_OF_GAP * room;
    const float aspect = plate_columns(plate) / plate_rows(plate);
    plate->height = glm_clamp(width / aspect, WEIGHT_MIN_HEIGHT, WEIGHT_MAX_HEIGHT);
    plate->width = fminf(width, plate->height * aspect);
    /* A matrix much higher than wide gets wider values, and at least a width that can be seen. */
    if (plate->tiles == 1)
        plate->width = fmaxf(plate->width, fminf(fmaxf(2.0f * plate->height * aspect, WEIGHT_MIN_WIDTH),
                                                 fminf(width, WEIGHT_MAX_NARROW)));
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

/* The least x for a plate so that from DESIGN_YAW it does not cover the one before in perspective either.
 * `middle` is the x that the camera looks at and `distance` its distance from there. */
static float clear_in_perspective(float before_x, float before_width, float width, float middle,
                                  float distance)
{
    const float sine = sinf(glm_rad(DESIGN_YAW)), cosine = cosf(glm_rad(DESIGN_YAW));
    const float right = (before_x - middle) * sine + 0.5f * before_width * cosine + PERSPECTIVE_CLEARANCE;
    const float depth = distance + (before_x - middle) * cosine - 0.5f * before_width * sine;
    const float slope = right / depth;
    return middle + (slope * distance + 0.5f * width * (cosine + slope * sine)) / (sine - slope * cosine);
}

/* Along +X in one row, so far apart that neighbours just clear each other when seen from DESIGN_YAW.
 * Returns the row's length. */
static float place_in_a_row(struct scene *scene, float length, float *places)
{
    const float yaw = glm_rad(DESIGN_YAW);
    float x = 0.0f, before_width = 0.0f;
    for (int i = 0; i < scene->activation_count; i++) {
        struct plate *plate = &scene->plates[i];
        const float outer_width = plate->width + 2.0f * plate->border;
        if (i > 0) {
            const float before = x;
            x += 0.5f * (before_width + outer_width) / tanf(yaw) + clearance_before(scene, plate) / sinf(yaw);
            if (length > 0.0f)
                x = fmaxf(x, clear_in_perspective(before, before_width, outer_width, 0.5f * length,
                                                  DESIGN_DISTANCE * length));
        }
        places[i] = x;
        x += stack_depth(plate);
        before_width = outer_width;
    }
    return x;
}

/* The highest y of a shelf in the plane z = 0 that a plate's near lower corner does not reach down to in the
 * default view of a row of that length. */
static float clear_below(const struct plate *plate, float length)
{
    const float sine = sinf(glm_rad(DESIGN_YAW)), cosine = cosf(glm_rad(DESIGN_YAW));
    const float tilt = sinf(glm_rad(DESIGN_PITCH)), level = cosf(glm_rad(DESIGN_PITCH));
    const float x = plate->origin[0], z = 0.5f * plate->width + plate->border;
    const float y = -0.5f * plate->height - plate->border, distance = DESIGN_DISTANCE * length;
    const float up = y * level + (x * cosine - z * sine) * tilt;
    const float depth = distance - y * tilt + (x * cosine - z * sine) * level;
    const float slope = up / depth;
    const float shelf_x = x + z * cosine / sine; /* on the same vertical line of the screen */
    return (slope * (distance + shelf_x * cosine * level) - shelf_x * cosine * tilt) / (level + slope * tilt);
}

static bool is_large(const struct scene *scene)
{
    for (int i = 0; i < scene->activation_count; i++)
        if (fmaxf(scene->plates[i].width, scene->plates[i].height) > LARGE)
            return true;
    return false;
}

/* What a row needs from the tops of its activations to the next row's. */
static float row_pitch(const struct scene *scene)
{
    float tallest = 0.0f;
    for (int i = 0; i < scene->activation_count; i++)
        tallest = fmaxf(tallest, scene->plates[i].height);
    return (1.0f + scene->form.stack) * (tallest + WEIGHT_MAX_HEIGHT) + SHELF_DROP + ROW_AIR;
}

static float fold_of(const struct scene *scene, int plate)
{
    float unfold = scene->form.unfold;
    for (int i = 0; i < DISPLAY_OPENED; i++)
        if (scene->form.opened[i].plate == plate)
            unfold = fmaxf(unfold, scene->form.opened[i].unfold);
    return 1.0f - unfold;
}

static void place_activations(struct scene *scene)
{
    float *places = ls_calloc((size_t)scene->activation_count, sizeof *places);
    float sizes[2], length = 0.0f;
    for (int i = 0; i < scene->activation_count; i++)
        plate_fold(&scene->plates[i], fold_of(scene, i), &sizes[0], &sizes[1]);
    const int passes = is_large(scene) ? 3 : 1;
    for (int pass = 0; pass < passes; pass++)
        length = place_in_a_row(scene, length, places);
    const float pitch = row_pitch(scene), ratio = length / pitch;
    const int rows = ratio > ROW_RATIO ? (int)fmaxf(2.0f, roundf(sqrtf(ratio / FOLDED_RATIO))) : 1;
    scene->row_count = 1;
    scene->row_length = length / (float)rows;
    float start = 0.0f;
    for (int i = 0; i < scene->activation_count; i++) {
        struct plate *plate = &scene->plates[i];
        const float next = length / (float)rows * (float)scene->row_count;
        if (i > 0 && scene->row_count < rows && places[i] > next) {
            scene->row_count++;
            start = places[i] - ROW_INDENT;
        }
        plate->row = scene->row_count - 1;
        plate_fold(plate, fold_of(scene, i), &sizes[0], &sizes[1]);
        place_activation(plate, places[i] - start - 0.5f * length / (float)rows, sizes[0], sizes[1]);
        plate->origin[1] -= pitch * (float)plate->row;
    }
    free(places);
}

/* On one shelf a row, each under the gap before its layer. */
static void place_all_weights(struct scene *scene)
{
    const float pitch = row_pitch(scene);
    float lowest = 0.0f, shelf = 0.0f;
    const bool large = is_large(scene);
    for (int i = 0; i < scene->activation_count; i++) {
        const struct plate *plate = &scene->plates[i];
        lowest = fminf(lowest, -0.5f * plate->height - plate->border);
        if (large)
            shelf = fminf(shelf, clear_below(plate, scene->row_length) - SHELF_AIR);
    }
    shelf = fminf(shelf, lowest - SHELF_DROP);
    int gap = 1;
    for (int i = scene->activation_count; i < scene->plate_count; i++) {
        while (scene->plates[gap].layer != scene->plates[i].layer)
            gap++;
        const struct plate *before = &scene->plates[gap - 1], *after = &scene->plates[gap];
        const float x1 = after->origin[0];
        const float x0 =
            before->row == after->row ? before->origin[0] + stack_depth(before) : x1 - ROW_INDENT;
        scene->plates[i].row = after->row;
        place_weights(&scene->plates[i], 0.5f * (x0 + x1), x1 - x0, shelf - pitch * (float)after->row);
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
    const float way = (plate->height + 2.0f * plate->border + TWIN_GAP) / glm_vec3_norm((float *)plate->down);
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
