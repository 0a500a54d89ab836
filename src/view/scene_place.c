/* Places of all plates; docs/scene.md states the rules. */
#include "view/scene_place.h"

#include <math.h>
#include <stdlib.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "view/plate_shape.h"

static const float DESIGN_YAW = SCENE_DESIGN_YAW, DESIGN_PITCH = 9.0f;
static const float CLEARANCE = 1.35f, CLOSE_CLEARANCE = 0.75f, OUTPUT_CLEARANCE = 1.8f;
/* In perspective, seen from so many times the row's length. */
static const float PERSPECTIVE_CLEARANCE = 0.6f, DESIGN_DISTANCE = 1.5f;
/* Longer than so many times its height, a row is folded into several, which together are about so many times
 * longer than high. */
static const float ROW_RATIO = 8.0f, FOLDED_RATIO = 2.5f;
/* With high branches rows gain nothing where one row is not so many times as long as high. */
static const float LEAST_RATIO = 5.5f;
static const float ROW_AIR = 2.4f, ROW_INDENT = 2.6f;
/* A row may end earlier or later by this share of it, if fewer layers are then read across its end, each of
 * which is worth so much of it. */
static const float ROW_PLAY = 0.3f, CROSSING_COST = 0.1f;
/* Between a branch and what is below it: room for names. */
static const float BRANCH_AIR = 1.3f, BRANCH_DROP = 0.2f;
static const float STACK_RISE = 0.2f; /* of a stack's depth, on the screen */
/* Perspective matters where a plate is larger. */
static const float LARGE = 5.5f;
/* Rows below the middle are seen more from above. */
static const float SHELF_DROP = 0.5f, SHELF_AIR = 0.1f, FOLDED_SHELF_AIR = 0.8f;
/* Up to WEIGHT_MAX_NARROW values may be twice as wide as high. */
static const float WEIGHT_MIN_WIDTH = 0.3f, WEIGHT_MAX_NARROW = 0.9f;
static const float WEIGHT_MIN_HEIGHT = 1.1f, WEIGHT_MAX_HEIGHT = 1.8f, WEIGHT_SHARE_OF_GAP = 0.86f;

static const float STRIP_HEIGHT = 0.26f, STRIP_PITCH = 0.38f, STRIP_CELL = 0.12f, STRIP_LEAST = 0.5f;

/* What a stack is deeper than a slab. */
static float stack_depth(const struct plate *plate)
{
    return plate->planes > 0 ? plate_whole_depth(plate) - plate->depth : 0.0f;
}

static void place_activation(struct plate *plate, float x, float picture_width, float picture_height)
{
    glm_vec3_copy((vec3){x, 0.5f * picture_height, -0.5f * picture_width}, plate->origin);
    glm_vec3_copy((vec3){0.0f, 0.0f, picture_width}, plate->right);
    glm_vec3_copy((vec3){0.0f, -picture_height, 0.0f}, plate->down);
}

/* Below each other, the norm's first on the shelf's line. */
static void place_strip(struct plate *plate, float x, float room, float shelf_y, float stack)
{
    plate->width = fminf(WEIGHT_SHARE_OF_GAP * room, STRIP_CELL * (float)plate->values + STRIP_LEAST);
    plate->height = STRIP_HEIGHT;
    /* Gradients of its own come below each. */
    const float pitch = STRIP_PITCH + stack * (STRIP_HEIGHT + 2.0f * plate->border + SCENE_TWIN_GAP);
    const float y = shelf_y - pitch * (float)plate->strip_place;
    glm_vec3_copy((vec3){x - 0.5f * plate->width, y, 0.0f}, plate->origin);
    glm_vec3_copy((vec3){plate->width, 0.0f, 0.0f}, plate->right);
    glm_vec3_copy((vec3){0.0f, -plate->height, 0.0f}, plate->down);
}

static void place_weights(struct plate *plate, float x, float room, float shelf_y, float stack)
{
    const float width = WEIGHT_SHARE_OF_GAP * room;
    if (plate->strip_count > 0) {
        place_strip(plate, x, room, shelf_y, stack);
        return;
    }
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

float scene_along(float aside) { return aside / sinf(glm_rad(DESIGN_YAW)); }

float scene_clearance(const struct scene *scene, const struct plate *plate)
{
    const struct layer *layer = &scene->network->layers[plate->layer];
    /* The output's class names stand before it. */
    if (plate->kind == PLATE_OUTPUT)
        return OUTPUT_CLEARANCE;
    return layer_is_pool(layer) || (layer_is_elementwise(layer) && plate->width < LARGE) ? CLOSE_CLEARANCE
                                                                                         : CLEARANCE;
}

float scene_twin_way(const struct plate *plate)
{
    /* A stack is deep, and seen a little from above. */
    return plate->height + 2.0f * plate->border + SCENE_TWIN_GAP + STACK_RISE * stack_depth(plate);
}

float scene_top(const struct scene *scene, const struct plate *plate)
{
    const float height = plate->height + 2.0f * plate->border;
    return plate->origin[1] + 0.5f * plate->down[1] + 0.5f * height +
           scene->form.stack * scene_twin_way(plate);
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

static float outer_width(const struct plate *plate) { return plate->width + 2.0f * plate->border; }

/* How far behind plate `before` another one clears it from DESIGN_YAW. */
static float gap_between(const struct scene *scene, const struct plate *before, const struct plate *plate)
{
    return 0.5f * (outer_width(before) + outer_width(plate)) / tanf(glm_rad(DESIGN_YAW)) +
           scene_along(scene_clearance(scene, plate));
}

/* Along +X, each so far behind what it reads that the two just clear each other. Returns the length. */
static float place_along(struct scene *scene, float length, int rows, float *places)
{
    const struct scene_graph *graph = &scene->graph;
    const float row = length / (float)rows;
    float end = 0.0f;
    for (int i = 0; i < scene->activation_count; i++) {
        const struct plate *plate = &scene->plates[i];
        int count;
        const struct scene_edge *edges = scene_graph_into(graph, i, &count);
        places[i] = 0.0f;
        for (int k = 0; k < count; k++) {
            const struct plate *before = &scene->plates[edges[k].source];
            const float from = places[edges[k].source] + stack_depth(before);
            places[i] = fmaxf(places[i], from + gap_between(scene, before, plate));
            if (length <= 0.0f)
                continue;
            const float middle = row * (floorf(fminf(from, 0.999f * length) / row) + 0.5f);
            places[i] = fmaxf(places[i], clear_in_perspective(from, outer_width(before), outer_width(plate),
                                                              middle, DESIGN_DISTANCE * row));
        }
        end = fmaxf(end, places[i] + stack_depth(plate));
    }
    return end;
}

static bool is_left_by_another(const struct scene_graph *graph, int branch)
{
    for (int b = 1; b < graph->branch_count; b++)
        if (graph->branch[graph->branches[b].source] == branch)
            return true;
    return false;
}

/* To the middle of the room that a branch has until it comes back. */
static void center_branches(const struct scene *scene, float *places)
{
    const struct scene_graph *graph = &scene->graph;
    for (int b = 1; b < graph->branch_count; b++) {
        const struct scene_branch *branch = &graph->branches[b];
        if (is_left_by_another(graph, b))
            continue;
        const struct plate *last = &scene->plates[branch->last];
        const float room = places[branch->target] - places[branch->last] - stack_depth(last) -
                           gap_between(scene, last, &scene->plates[branch->target]);
        for (int i = branch->first; i <= branch->last && room > 0.0f; i++)
            if (graph->branch[i] == b)
                places[i] += 0.5f * room;
    }
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

static float fold_of(const struct scene *scene, int plate)
{
    float unfold = scene->form.unfold;
    for (int i = 0; i < DISPLAY_OPENED; i++)
        if (scene->form.opened[i].plate == plate)
            unfold = fmaxf(unfold, scene->form.opened[i].unfold);
    return 1.0f - unfold;
}

/* What two plates may cover of each other on the screen when one stands above the other. */
static bool overlap_along(const struct scene *scene, const float *places, int a, int b)
{
    const struct plate *p = &scene->plates[a], *q = &scene->plates[b];
    const float reach = gap_between(scene, p, q);
    return places[a] - reach < places[b] + stack_depth(q) && places[b] - reach < places[a] + stack_depth(p);
}

static float half_height(const struct scene *scene, int plate)
{
    return 0.5f * scene->plates[plate].height + scene->plates[plate].border;
}

static float top_at(const struct scene *scene, const float *heights, int plate)
{
    const float half = half_height(scene, plate);
    return heights[plate] + half + scene->form.stack * scene_twin_way(&scene->plates[plate]);
}

/* From a branch's plates down to its shelf: wide plates come near, and low on the screen. */
static float shelf_drop(const struct scene *scene, int branch)
{
    float widest = 0.0f;
    for (int i = 0; i < scene->activation_count; i++)
        if (scene->graph.branch[i] == branch)
            widest = fmaxf(widest, scene->plates[i].width);
    return SHELF_DROP + (branch > 0 ? BRANCH_DROP * widest : 0.0f);
}

/* What weights need below their layers. */
static float shelf_room(const struct scene *scene, int branch)
{
    return shelf_drop(scene, branch) + (1.0f + scene->form.stack) * WEIGHT_MAX_HEIGHT;
}

static bool has_weights(const struct scene *scene, int activation)
{
    for (int i = scene->activation_count; i < scene->plate_count; i++)
        if (scene->plates[i].layer == scene->plates[activation].layer)
            return true;
    return false;
}

/* Of an arc over the plates between two others, when all stand at `heights`. */
static float apex(const struct scene *scene, const float *places, const float *heights, int source,
                  int target)
{
    float top = fmaxf(top_at(scene, heights, source), top_at(scene, heights, target));
    int between = 0;
    for (int i = 0; i < scene->activation_count; i++) {
        if (i == source || i == target || places[i] <= places[source] || places[i] >= places[target])
            continue;
        between += scene->graph.branch[i] == scene->graph.branch[source];
        if (heights[i] >= heights[source])
            top = fmaxf(top, top_at(scene, heights, i));
    }
    return top + SCENE_ARC_RISE + SCENE_ARC_RISE_A_LAYER * (float)between;
}

/* Each branch as low as it clears what is below it: plates, other branches, and arcs that it passes over. */
static void raise_branches(const struct scene *scene, const float *places, float *heights)
{
    const struct scene_graph *graph = &scene->graph;
    for (int b = 1; b < graph->branch_count; b++) {
        const struct scene_branch *branch = &graph->branches[b];
        float below = -INFINITY, lowest = 0.0f, room = 0.0f;
        for (int i = branch->first; i <= branch->last; i++) {
            if (graph->branch[i] != b)
                continue;
            lowest = fmaxf(lowest, half_height(scene, i));
            room = fmaxf(room, has_weights(scene, i) ? shelf_room(scene, b) : 0.0f);
            for (int k = 0; k < scene->activation_count; k++)
                if (graph->branch[k] < b && overlap_along(scene, places, i, k))
                    below = fmaxf(below, top_at(scene, heights, k));
        }
        for (int i = 0; i < graph->edge_count; i++) {
            const struct scene_edge *edge = &graph->edges[i];
            const bool inside = places[edge->source] >= places[branch->source] &&
                                places[edge->target] <= places[branch->target] &&
                                (edge->source != branch->source || edge->target != branch->target);
            if (edge->skips && inside && graph->branch[edge->source] < b)
                below = fmaxf(below, apex(scene, places, heights, edge->source, edge->target));
        }
        for (int i = branch->first; i <= branch->last; i++)
            if (graph->branch[i] == b)
                heights[i] = below + BRANCH_AIR + room + lowest;
    }
}

static void note_arcs(struct scene *scene, const float *places, const float *heights)
{
    for (int i = 0; i < scene->graph.edge_count; i++) {
        const struct scene_edge *edge = &scene->graph.edges[i];
        scene->apexes[i] = edge->skips ? apex(scene, places, heights, edge->source, edge->target) : -INFINITY;
    }
}

/* What a row without branches and arcs needs from the tops of its activations to the next row's. */
static float plain_pitch(const struct scene *scene)
{
    float tallest = 0.0f;
    for (int i = 0; i < scene->activation_count; i++)
        if (scene->graph.branch[i] == 0)
            tallest = fmaxf(tallest, scene->plates[i].height);
    return (1.0f + scene->form.stack) * (tallest + WEIGHT_MAX_HEIGHT) + SHELF_DROP + ROW_AIR;
}

/* What branches and arcs need above that. */
static float room_above(const struct scene *scene, const float *heights)
{
    float tallest = 0.0f, highest = -INFINITY;
    for (int i = 0; i < scene->activation_count; i++) {
        if (scene->graph.branch[i] == 0)
            tallest = fmaxf(tallest, scene->plates[i].height);
        else
            highest = fmaxf(highest, top_at(scene, heights, i));
    }
    for (int i = 0; i < scene->graph.edge_count; i++)
        highest = fmaxf(highest, scene->apexes[i]);
    const float over = highest - (0.5f + scene->form.stack) * tallest;
    return over > 0.0f ? over + BRANCH_AIR : 0.0f;
}

/* How many layers are read across a cut before the plate; INFINITY where it would part a branch. */
static float crossings(const struct scene *scene, const float *places, int plate)
{
    const struct scene_graph *graph = &scene->graph;
    const float cut = places[plate];
    for (int b = 1; b < graph->branch_count; b++) {
        const struct scene_branch *branch = &graph->branches[b];
        if (places[branch->first] < cut && places[branch->last] >= cut)
            return INFINITY;
    }
    float count = 0.0f;
    for (int source = 0; source < scene->activation_count; source++) {
        bool crosses = false;
        for (int i = 0; i < graph->edge_count; i++)
            crosses = crosses || (graph->edges[i].source == source && places[source] < cut &&
                                  places[graph->edges[i].target] >= cut);
        count += crosses;
    }
    return count;
}

/* Where the row that should end at `end` does: x of the next row's first plate; INFINITY: of none. */
static float find_cut(const struct scene *scene, const float *places, float end, float row_length)
{
    const int *branch = scene->graph.branch;
    float base = INFINITY, best = INFINITY, least = INFINITY;
    for (int i = 1; i < scene->activation_count; i++)
        if (branch[i] == 0 && places[i] > end)
            base = fminf(base, places[i]);
    for (int i = 1; i < scene->activation_count && base < INFINITY; i++) {
        const float off = fabsf(places[i] - base) / row_length;
        if (branch[i] != 0 || off > ROW_PLAY)
            continue;
        const float cost = off + CROSSING_COST * crossings(scene, places, i);
        if (cost < least) {
            least = cost;
            best = places[i];
        }
    }
    return least < INFINITY ? best : base;
}

static void place_activations(struct scene *scene)
{
    float *places = ls_calloc((size_t)scene->activation_count, sizeof *places);
    float *heights = ls_calloc((size_t)scene->activation_count, sizeof *heights);
    float sizes[2], length = 0.0f;
    for (int i = 0; i < scene->activation_count; i++)
        plate_fold(&scene->plates[i], fold_of(scene, i), &sizes[0], &sizes[1]);
    const int passes = is_large(scene) ? 3 : 1;
    for (int pass = 0; pass < passes; pass++)
        length = place_along(scene, length, 1, places);
    raise_branches(scene, places, heights);
    note_arcs(scene, places, heights);
    const float plain = plain_pitch(scene), ratio = length / (plain + room_above(scene, heights));
    const int rows = length / plain > ROW_RATIO && ratio > LEAST_RATIO
                         ? (int)fmaxf(2.0f, roundf(sqrtf(ratio / FOLDED_RATIO)))
                         : 1;
    /* Rows are seen from nearer than one long row. */
    for (int pass = 0; pass < passes && passes > 1 && rows > 1; pass++)
        length = place_along(scene, length, rows, places);
    center_branches(scene, places);
    raise_branches(scene, places, heights);
    note_arcs(scene, places, heights);
    const float pitch = plain + room_above(scene, heights);
    scene->row_count = 1;
    scene->row_length = length / (float)rows;
    scene->row_pitch = pitch;
    float start = 0.0f, cut = -INFINITY,
          next = rows > 1 ? find_cut(scene, places, scene->row_length, scene->row_length) : INFINITY;
    for (int row = 0;; row++) {
        for (int i = 0; i < scene->activation_count; i++) {
            struct plate *plate = &scene->plates[i];
            if (places[i] < cut || places[i] >= next)
                continue;
            plate->row = row;
            plate_fold(plate, fold_of(scene, i), &sizes[0], &sizes[1]);
            place_activation(plate, places[i] - start - 0.5f * scene->row_length, sizes[0], sizes[1]);
            plate->origin[1] += heights[i] - pitch * (float)row;
        }
        if (next == INFINITY)
            break;
        scene->row_count++;
        cut = next;
        start = cut - ROW_INDENT;
        next = scene->row_count < rows
                   ? find_cut(scene, places, fmaxf(cut, scene->row_length * (float)scene->row_count),
                              scene->row_length)
                   : INFINITY;
    }
    for (int i = 0; i < scene->graph.edge_count; i++)
        scene->apexes[i] -= pitch * (float)scene->plates[scene->graph.edges[i].source].row;
    free(places);
    free(heights);
}

/* They stand close behind larger plates. */
static bool has_strips(const struct scene *scene)
{
    for (int i = scene->activation_count; i < scene->plate_count; i++)
        if (scene->plates[i].strip_count > 0)
            return true;
    return false;
}

/* The y of the shelf under a branch, in its first row. */
static float shelf_under(const struct scene *scene, int branch)
{
    float shelf = INFINITY;
    const float drop = shelf_drop(scene, branch);
    const float air = scene->row_count > 1 ? FOLDED_SHELF_AIR : SHELF_AIR;
    const bool large = branch == 0 && (is_large(scene) || has_strips(scene));
    for (int i = 0; i < scene->activation_count; i++) {
        const struct plate *plate = &scene->plates[i];
        if (scene->graph.branch[i] != branch)
            continue;
        const float middle = plate->origin[1] + 0.5f * plate->down[1] + scene->row_pitch * (float)plate->row;
        shelf = fminf(shelf, middle - half_height(scene, i) - drop);
        if (large)
            shelf = fminf(shelf, clear_below(plate, scene->row_length) - air);
    }
    return shelf;
}

static int activation_of(const struct scene *scene, int layer)
{
    int plate = 0;
    while (scene->plates[plate].layer != layer)
        plate++;
    return plate;
}

/* On one shelf a row and a branch, each under the gap before its layer. */
static void place_all_weights(struct scene *scene)
{
    const struct scene_graph *graph = &scene->graph;
    float *shelves = ls_calloc((size_t)graph->branch_count, sizeof *shelves);
    for (int b = 0; b < graph->branch_count; b++)
        shelves[b] = shelf_under(scene, b);
    for (int i = scene->activation_count; i < scene->plate_count; i++) {
        const int number = activation_of(scene, scene->plates[i].layer);
        const struct plate *after = &scene->plates[number], *before = &scene->plates[graph->previous[number]];
        const float x1 = after->origin[0];
        const float x0 =
            before->row == after->row ? before->origin[0] + stack_depth(before) : x1 - ROW_INDENT;
        scene->plates[i].row = after->row;
        /* A norm is smaller than what it reads: between them on the screen is not between them in space. */
        const float aside =
            scene->plates[i].strip_count > 0 && before->row == after->row
                ? 0.25f * (outer_width(before) - outer_width(after)) / tanf(glm_rad(DESIGN_YAW))
                : 0.0f;
        place_weights(&scene->plates[i], 0.5f * (x0 + x1) + aside, x1 - x0 - fabsf(aside),
                      shelves[graph->branch[number]] - scene->row_pitch * (float)after->row,
                      scene->form.stack);
    }
    free(shelves);
}

void scene_place(struct scene *scene)
{
    place_activations(scene);
    place_all_weights(scene);
}
