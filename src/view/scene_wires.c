/* Cubic curves in the plane z = 0 and the places of nodes. */
#include "view/scene_wires.h"

#include <math.h>
#include <string.h>

#include <cglm/cglm.h>

#include "view/scene_place.h"

static const float NODE_DROP = 0.3f;              /* below its plate's top */
static const float STUB_LENGTH = 3.0f;            /* of a wire that goes on in another row */
static const float LEVEL = 0.45f, TURNED = 0.65f; /* of the way, to a curve's control points */

static struct scene_wire *add_wire(struct scene *scene, int edge)
{
    struct scene_wire *wire = &scene->wires[scene->wire_count++];
    memset(wire, 0, sizeof *wire);
    wire->edge = edge;
    wire->strength[0] = wire->strength[1] = 1.0f;
    return wire;
}

static float middle_of(const struct plate *plate) { return plate->origin[1] + 0.5f * plate->down[1]; }

static float half_of(const struct plate *plate) { return 0.5f * plate->height + plate->border; }

static float back_of(const struct plate *plate) { return plate->origin[0] + plate_whole_depth(plate); }

/* In the room before its plate, which is free on the screen. */
static void place_node(const struct scene *scene, int target, vec3 place)
{
    const struct plate *plate = &scene->plates[target];
    const float outer = plate->width + 2.0f * plate->border;
    place[0] =
        plate->origin[0] - 0.5f * scene_along(outer * SCENE_DESIGN_COSINE + scene_clearance(scene, plate));
    place[1] = middle_of(plate) + half_of(plate) - NODE_DROP;
    place[2] = 0.0f;
}

static void set_points(struct scene_wire *wire, const vec3 from, const vec3 to)
{
    glm_vec3_copy((float *)from, wire->points[0]);
    glm_vec3_copy((float *)to, wire->points[3]);
}

/* Leaves and arrives along X. */
static void bend_level(struct scene_wire *wire)
{
    const float reach = LEVEL * (wire->points[3][0] - wire->points[0][0]);
    glm_vec3_copy(wire->points[0], wire->points[1]);
    glm_vec3_copy(wire->points[3], wire->points[2]);
    wire->points[1][0] += reach;
    wire->points[2][0] -= reach;
}

/* Over the top: the curve's middle is as high as `apex`. */
static void bend_over(struct scene_wire *wire, float apex)
{
    const float control = (apex - 0.125f * (wire->points[0][1] + wire->points[3][1])) / 0.75f;
    const float reach = 0.06f * (wire->points[3][0] - wire->points[0][0]);
    glm_vec3_copy(wire->points[0], wire->points[1]);
    glm_vec3_copy(wire->points[3], wire->points[2]);
    wire->points[1][0] += reach;
    wire->points[2][0] -= reach;
    wire->points[1][1] = wire->points[2][1] = control;
}

/* Up along Y and away along X, or the other way round. */
static void bend_once(struct scene_wire *wire, bool first_along_x)
{
    const float *a = wire->points[0], *b = wire->points[3];
    glm_vec3_copy(wire->points[0], wire->points[1]);
    glm_vec3_copy(wire->points[3], wire->points[2]);
    const int first = first_along_x ? 0 : 1, second = 1 - first;
    wire->points[1][first] += TURNED * (b[first] - a[first]);
    wire->points[2][second] -= TURNED * (b[second] - a[second]);
}

static void row_ends(const struct scene *scene, int row, float *left, float *right)
{
    *left = INFINITY;
    *right = -INFINITY;
    for (int i = 0; i < scene->activation_count; i++) {
        if (scene->plates[i].row != row)
            continue;
        *left = fminf(*left, scene->plates[i].origin[0]);
        *right = fmaxf(*right, back_of(&scene->plates[i]));
    }
}

/* Like text at a line's end: it leaves the row behind its last plate and comes into the next before its
 * first. */
static void wrap(struct scene *scene, int edge, const vec3 from, const vec3 to)
{
    const struct scene_edge *between = &scene->graph.edges[edge];
    const struct plate *source = &scene->plates[between->source], *target = &scene->plates[between->target];
    float left, right;
    struct scene_wire *wire = add_wire(scene, edge);
    row_ends(scene, source->row, &left, &right);
    set_points(wire, from,
               (vec3){right + STUB_LENGTH, from[1] + SCENE_ARC_RISE + SCENE_ARC_RISE_A_LAYER, 0.0f});
    bend_once(wire, false);
    wire->strength[1] = 0.0f;

    wire = add_wire(scene, edge);
    row_ends(scene, target->row, &left, &right);
    float top = to[1];
    for (int i = 0; i < scene->activation_count; i++) {
        const struct plate *plate = &scene->plates[i];
        if (plate->row == target->row && plate->origin[0] < target->origin[0])
            top = fmaxf(top, scene_top(scene, plate));
    }
    const vec3 start = {left - STUB_LENGTH, top + SCENE_ARC_RISE, 0.0f};
    set_points(wire, start, to);
    bend_once(wire, true);
    wire->strength[0] = 0.0f;
}

static bool is_branch_edge(const struct scene_graph *graph, const struct scene_edge *edge)
{
    return graph->branch[edge->source] != graph->branch[edge->target];
}

static void lay_wire(struct scene *scene, int number, const struct scene_node *node)
{
    const struct scene_edge *edge = &scene->graph.edges[number];
    const struct plate *source = &scene->plates[edge->source], *target = &scene->plates[edge->target];
    const bool other_branch = is_branch_edge(&scene->graph, edge);
    const float top = middle_of(source) + half_of(source);
    vec3 from = {back_of(source), top, 0.0f}, to = {target->origin[0], middle_of(target), 0.0f};
    if (node)
        glm_vec3_copy((float *)node->place, to);
    else if (edge->skips)
        to[1] = middle_of(target) + half_of(target);
    if (source->row != target->row) {
        if (edge->skips || other_branch)
            wrap(scene, number, from, to);
        return;
    }
    if (edge->skips) {
        struct scene_wire *wire = add_wire(scene, number);
        set_points(wire, from, to);
        bend_over(wire, scene->apexes[number]);
    } else if (other_branch) {
        struct scene_wire *wire = add_wire(scene, number);
        const bool leaves = scene->graph.branch[edge->source] < scene->graph.branch[edge->target];
        if (!leaves)
            from[1] = middle_of(source);
        set_points(wire, from, to);
        bend_once(wire, !leaves);
    } else if (node) {
        struct scene_wire *wire = add_wire(scene, number);
        from[1] = fminf(to[1], top - NODE_DROP);
        set_points(wire, from, to);
        bend_level(wire);
    }
}

static const struct scene_node *add_node(struct scene *scene, int target)
{
    struct scene_node *node = &scene->nodes[scene->node_count++];
    node->plate = target;
    node->adds = scene->network->layers[scene->plates[target].layer].kind == LAYER_ADD;
    place_node(scene, target, node->place);
    struct scene_wire *wire = add_wire(scene, -1);
    set_points(wire, node->place, (vec3){scene->plates[target].origin[0], node->place[1], 0.0f});
    bend_level(wire);
    return node;
}

void scene_wires_lay(struct scene *scene)
{
    scene->wire_count = scene->node_count = 0;
    for (int i = 0; i < scene->activation_count; i++) {
        int count;
        const struct scene_edge *edges = scene_graph_into(&scene->graph, i, &count);
        const bool joins = layer_joins(&scene->network->layers[scene->plates[i].layer]);
        const struct scene_node *node = joins ? add_node(scene, i) : NULL;
        for (int k = 0; k < count; k++)
            lay_wire(scene, (int)(edges + k - scene->graph.edges), node);
    }
}
