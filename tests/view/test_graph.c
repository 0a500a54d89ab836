/* Networks with branches: who is on the axis, where wires and nodes touch, which edges are traced through
 * sums, concatenations and norms, and what dropout hatches. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "compute/op_math.h"
#include "gl/debug.h"
#include "gl/texture.h"
#include "picture.h"
#include "view/pass_ribbons.h"
#include "view/scene_place.h"

#define CONV(name, maps, inputs)                                                                             \
    "{\"class_name\": \"Conv2D\", \"inputs\": [" inputs "], \"config\": {\"name\": \"" name                  \
    "\", \"filters\": " #maps ", \"kernel_size\": [3, 3], \"padding\": \"same\"}},"
#define LAYER(class, name, inputs)                                                                           \
    "{\"class_name\": \"" class "\", \"inputs\": [" inputs "], \"config\": {\"name\": \"" name "\"}},"

/* A sum over a branch and one over the layers between. */
static const char residual[] = CONV("stem", 4, "\"input\"") LAYER("BatchNormalization", "norm", "\"stem\"")
    CONV("a", 4, "\"norm\"") LAYER("ReLU", "relu", "\"a\"") CONV("b", 4, "\"relu\"")
        LAYER("Add", "sum", "\"b\", \"norm\"") CONV("c", 4, "\"sum\"") CONV("d", 4, "\"c\"")
            CONV("short", 4, "\"sum\"") LAYER("Concatenate", "join", "\"d\", \"short\"")
                LAYER("GlobalAveragePooling2D", "mean", "\"join\"");

struct world {
    struct network *network;
    struct snapshot_layout layout;
    struct scene scene;
};

static void world_init(struct world *world, const char *layers)
{
    world->network = specimen_network(layers, 10);
    snapshot_layout_init(&world->layout, world->network);
    scene_init(&world->scene, world->network, &world->layout);
}

static void world_deinit(struct world *world)
{
    scene_deinit(&world->scene);
    snapshot_layout_deinit(&world->layout);
    network_destroy(world->network);
}

static int plate_of(const struct scene *scene, const char *title)
{
    for (int i = 0; i < scene->plate_count; i++)
        if (strcmp(scene->plates[i].title, title) == 0)
            return i;
    fail_msg("no plate '%s'", title);
    return -1;
}

static const struct scene_edge *edge_between(const struct scene *scene, const char *source,
                                             const char *target)
{
    for (int i = 0; i < scene->graph.edge_count; i++) {
        const struct scene_edge *edge = &scene->graph.edges[i];
        if (edge->source == plate_of(scene, source) && edge->target == plate_of(scene, target))
            return edge;
    }
    fail_msg("no edge from %s to %s", source, target);
    return NULL;
}

static void the_longest_path_is_on_the_axis(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, residual);
    const struct scene *scene = &world.scene;
    static const char *const on_axis[] = {"input", "stem", "norm", "a",    "relu", "b",
                                          "sum",   "c",    "d",    "join", "mean"};
    for (size_t i = 0; i < sizeof on_axis / sizeof on_axis[0]; i++)
        assert_int_equal(scene->graph.branch[plate_of(scene, on_axis[i])], 0);
    const int side = plate_of(scene, "short");
    assert_int_equal(scene->graph.branch[side], 1);
    assert_int_equal(scene->graph.branches[1].source, plate_of(scene, "sum"));
    assert_int_equal(scene->graph.branches[1].target, plate_of(scene, "join"));
    assert_true(edge_between(scene, "norm", "sum")->skips);
    assert_false(edge_between(scene, "b", "sum")->skips);
    assert_false(edge_between(scene, "short", "join")->skips);
    assert_int_equal(edge_between(scene, "d", "join")->first, 0);
    assert_int_equal(edge_between(scene, "short", "join")->first, 4 * 28 * 28);
    /* The branch, its weights included, is above what it passes over. */
    const struct plate *weights = &scene->plates[plate_of(scene, "short kernels")];
    for (int i = plate_of(scene, "c"); i <= plate_of(scene, "d"); i++)
        assert_true(weights->origin[1] + weights->down[1] > scene_top(scene, &scene->plates[i]));
    world_deinit(&world);
}

static float top_of(const struct plate *plate) { return plate->origin[1] + plate->border; }

/* The arc leaves its source's top, clears what is between, and ends in the node before its target. */
static void arcs_touch_the_right_endpoints(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, residual);
    const struct scene *scene = &world.scene;
    const int source = plate_of(scene, "norm"), target = plate_of(scene, "sum");
    const int edge = (int)(edge_between(scene, "norm", "sum") - scene->graph.edges);
    const struct scene_wire *arc = NULL;
    for (int i = 0; i < scene->wire_count; i++)
        arc = scene->wires[i].edge == edge ? &scene->wires[i] : arc;
    assert_non_null(arc);
    const struct plate *from = &scene->plates[source], *to = &scene->plates[target];
    assert_true(fabsf(arc->points[0][1] - top_of(from)) < 1e-4f);
    assert_true(arc->points[0][0] >= from->origin[0] &&
                arc->points[0][0] <= from->origin[0] + plate_whole_depth(from) + 1e-4f);
    assert_int_equal(scene->node_count, 2);
    assert_int_equal(scene->nodes[0].plate, target);
    assert_true(scene->nodes[0].adds);
    assert_false(scene->nodes[1].adds);
    assert_true(glm_vec3_distance((float *)arc->points[3], (float *)scene->nodes[0].place) < 1e-5f);
    const float *node = scene->nodes[0].place;
    assert_true(node[0] < to->origin[0] && node[0] > scene->plates[plate_of(scene, "b")].origin[0]);
    assert_true(node[1] < top_of(to) && node[1] > to->origin[1] + to->down[1]);
    /* Of three plates between; the highest decides. */
    float highest = fmaxf(top_of(from), top_of(to));
    for (int i = source + 1; i < target; i++)
        highest = fmaxf(highest, top_of(&scene->plates[i]));
    assert_true(fabsf(scene->apexes[edge] - (highest + 0.6f + 3 * 0.25f)) < 1e-3f);
    const float middle = 0.125f * (arc->points[0][1] + 3.0f * arc->points[1][1] + 3.0f * arc->points[2][1] +
                                   arc->points[3][1]);
    assert_true(fabsf(middle - scene->apexes[edge]) < 1e-3f);
    world_deinit(&world);
}

static void norms_have_strips(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, residual);
    static const char *const titles[] = {"norm γ−1", "norm β", "norm μ", "norm σ"};
    float below = INFINITY;
    for (int i = 0; i < 4; i++) {
        const struct plate *strip = &world.scene.plates[plate_of(&world.scene, titles[i])];
        assert_int_equal(strip->values, 4);
        assert_true(strip->depth == 0.15f && strip->origin[1] < below);
        below = strip->origin[1] + strip->down[1];
        assert_int_equal(strip->gradient_region >= 0, i < 2);
        assert_int_equal(strip->is_signed, i < 3);
    }
    const struct plate *scale = &world.scene.plates[plate_of(&world.scene, titles[0])];
    const struct plate *deviation = &world.scene.plates[plate_of(&world.scene, titles[3])];
    assert_true(plate_shown_value(scale, &(float){1.25f}) == 0.25f);
    assert_true(fabsf(plate_shown_value(deviation, &(float){4.0f}) - sqrtf(4.0f + deviation->strip_epsilon)) <
                1e-6f);
    world_deinit(&world);
}

/* Rows of a deep network part no branch, and arcs that go on in another row end behind the one and begin
 * before the other. */
static void rows_keep_branches_whole(void **state)
{
    (void)state;
    static const char *const models[] = {"resnet", "densenet"};
    for (int m = 0; m < 2; m++) {
        struct error err = {0};
        struct world world;
        world.network = network_load(models[m], (struct shape){1, 28, 28}, 10, &err);
        assert_non_null(world.network);
        snapshot_layout_init(&world.layout, world.network);
        scene_init(&world.scene, world.network, &world.layout);
        const struct scene *scene = &world.scene;
        for (int b = 1; b < scene->graph.branch_count; b++)
            for (int i = 0; i < scene->activation_count; i++)
                if (scene->graph.branch[i] == b)
                    assert_int_equal(scene->plates[i].row, scene->plates[scene->graph.branches[b].first].row);
        for (int i = 0; i < scene->wire_count; i++) {
            const struct scene_wire *wire = &scene->wires[i];
            if (wire->edge >= 0 && scene_wraps(scene, wire->edge))
                assert_true(wire->strength[0] + wire->strength[1] == 1.0f);
        }
        world_deinit(&world);
    }
}

static void edges_lead_through_all_inputs(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    assert_non_null(context);
    struct world world;
    world_init(&world, residual);
    struct plate_blocks blocks;
    struct pass_ribbons ribbons;
    struct gl_buffer buffer;
    float *values = calloc(world.layout.size, 1);
    for (size_t i = 0; i < world.layout.size / sizeof *values; i++)
        values[i] = 0.1f + (float)(i * 2654435761u % 1000) / 1000.0f;
    assert_true(plate_blocks_init(&blocks, &world.scene, &world.layout, &err));
    int count;
    struct gap *gaps = gaps_create(&world.scene, world.network, &world.layout, &count);
    assert_int_equal(count, world.scene.graph.edge_count);
    assert_true(pass_ribbons_init(&ribbons, gaps, count, &err));
    assert_true(gl_buffer_init(&buffer, "snapshot", world.layout.size, values, false, &err));
    GLuint slot = gl_texture_buffer_create(&buffer, GL_R32F, 0, world.layout.size);
    const struct ribbon_trace from = {.classes = {3, 5}, .focus = {.plate = -1}};
    pass_ribbons_trace(&ribbons, &blocks, slot, &from);
    for (int i = 0; i < count; i++) {
        struct ribbon_edge edges[RIBBON_BUDGET];
        pass_ribbons_read(&ribbons, RIBBONS_OF_ANSWER, i, edges);
        int found = 0;
        for (int k = 0; k < RIBBON_BUDGET; k++) {
            if (edges[k].source < 0)
                continue;
            found++;
            if (gaps[i].kind == GAP_SAME || gaps[i].kind == GAP_NORM)
                assert_int_equal(edges[k].source, edges[k].target - gaps[i].offset);
            if (gaps[i].kind == GAP_SAME)
                assert_true(fabsf(edges[k].strength - values[gaps[i].source_first + edges[k].source]) <
                            1e-6f);
            if (gaps[i].kind == GAP_NORM) {
                const int channel = edges[k].target / (28 * 28);
                const float wanted = values[gaps[i].source_first + edges[k].source] *
                                     values[gaps[i].weight_first + channel] /
                                     sqrtf(values[gaps[i].variance_first + channel] + gaps[i].epsilon);
                assert_true(fabsf(edges[k].strength - wanted) < 1e-4f * fabsf(wanted));
            }
        }
        if (found == 0)
            fail_msg("no edge from %s to %s", world.scene.plates[gaps[i].source_plate].title,
                     world.scene.plates[gaps[i].target_plate].title);
    }
    gl_texture_destroy(&slot);
    gl_buffer_deinit(&buffer);
    pass_ribbons_deinit(&ribbons);
    plate_blocks_deinit(&blocks);
    free(gaps);
    free(values);
    world_deinit(&world);
    gl_context_destroy(context);
}

/* Stripes of the muted colour in the cells that the mask drops, and in no other. */
static void dropped_values_are_hatched(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    assert_non_null(context);
    struct specimen specimen;
    specimen_init(&specimen, "mlp-dropout");
    specimen.info.step = 7;
    specimen.info.seed = UINT64_C(0x123456789abcdef);
    struct picture picture;
    picture_init(&picture, &specimen, 1920, 1080, THEME_DARK, HUD_NONE, CAMERA_THREE_QUARTER);
    const int layer = network_find_layer(specimen.network, "drop");
    view_focus_layer(picture.view, layer, 0.0f);
    specimen_publish(&specimen, view_publisher(picture.view));
    picture_draw(&picture);
    view_focus_layer(picture.view, layer, 0.0f);
    for (int i = 0; i < 40; i++)
        picture_draw(&picture);
    const struct view_plate *plate = picture_plate(&picture, "drop", "activation");
    const struct color stripe = theme_get(THEME_DARK)->muted;
    int dropped = 0;
    for (int i = 0; i < plate->plate->values; i++) {
        float x, y, cell;
        int striped = 0;
        picture_locate(plate, (size_t)i, &x, &y, &cell);
        assert_true(cell > 12.0f);
        for (float dx = -0.25f * cell; dx < 0.25f * cell; dx += 1.0f) {
            const uint8_t *p = picture_pixel(&picture, x + dx, y);
            striped += fabsf((float)p[0] / 255.0f - stripe.r) + fabsf((float)p[1] / 255.0f - stripe.g) +
                           fabsf((float)p[2] / 255.0f - stripe.b) <
                       0.06f;
        }
        const bool keeps = op_dropout_keeps(specimen.network->layers[layer].rate, specimen.info.seed, 6,
                                            specimen.network->layers[layer].op, (uint64_t)i);
        if ((striped == 0) != keeps)
            fail_msg("value %d is %s and has %d striped pixels", i, keeps ? "kept" : "dropped", striped);
        dropped += !keeps;
    }
    assert_true(dropped > 4 && dropped < plate->plate->values - 4);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
    gl_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_path_is_on_the_axis),
        cmocka_unit_test(arcs_touch_the_right_endpoints),
        cmocka_unit_test(norms_have_strips),
        cmocka_unit_test(rows_keep_branches_whole),
        cmocka_unit_test(edges_lead_through_all_inputs),
        cmocka_unit_test(dropped_values_are_hatched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
