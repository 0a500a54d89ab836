/* The edges drawn as ribbons are the top k of their ranking, found again here in plain loops. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/context.h"
#include "gl/debug.h"
#include "gl/texture.h"
#include "specimen.h"
#include "view/pass_ribbons.h"

enum { EDGES = RIBBON_BUDGET, POSITIVE = 5 };

struct world {
    struct specimen specimen;
    struct scene scene;
    struct plate_blocks blocks;
    struct gap *gaps;
    struct pass_ribbons ribbons;
    enum ribbon_set_name set; /* that is read */
    struct gl_buffer buffer;
    GLuint slot;
};

static struct gl_context *context;

static void world_init(struct world *world, const char *name)
{
    struct error err = {0};
    world->set = RIBBONS_OF_ANSWER;
    specimen_init(&world->specimen, name);
    const struct snapshot_layout *layout = &world->specimen.layout;
    scene_init(&world->scene, world->specimen.network, layout);
    assert_true(plate_blocks_init(&world->blocks, &world->scene, layout, &err));
    int count;
    world->gaps = gaps_create(&world->scene, world->specimen.network, layout, &count);
    if (!pass_ribbons_init(&world->ribbons, world->gaps, count, &err))
        fail_msg("%s", err.message);
    assert_true(
        gl_buffer_init(&world->buffer, "snapshot", layout->size, world->specimen.snapshot, false, &err));
    world->slot = gl_texture_buffer_create(&world->buffer, GL_R32F, 0, layout->size);
}

static void world_deinit(struct world *world)
{
    gl_texture_destroy(&world->slot);
    gl_buffer_deinit(&world->buffer);
    pass_ribbons_deinit(&world->ribbons);
    free(world->gaps);
    plate_blocks_deinit(&world->blocks);
    scene_deinit(&world->scene);
    specimen_deinit(&world->specimen);
}

static void trace(struct world *world, enum ribbon_ranking ranking, int first, int second)
{
    const struct ribbon_trace from = {.ranking = ranking, .classes = {first, second}, .focus = {.plate = -1}};
    pass_ribbons_trace(&world->ribbons, &world->blocks, world->slot, &from);
}

static void read_edges(const struct world *world, int gap, struct ribbon_edge *edges)
{
    pass_ribbons_read(&world->ribbons, world->set, gap, edges);
}

/* dLoss/dz of a neuron of a ReLU or softmax layer, from dLoss/dactivation. */
static float delta(struct world *world, const char *layer_name, int target)
{
    const int index = network_find_layer(world->specimen.network, layer_name);
    const struct layer *layer = &world->specimen.network->layers[index];
    const float *a = specimen_region(&world->specimen, REGION_ACTIVATION, layer_name, 0);
    const float *g = specimen_region(&world->specimen, REGION_ACTIVATION_GRADIENT, layer_name, 0);
    if (!layer->softmax)
        return a[target] > 0.0f ? g[target] : 0.0f;
    float mean = 0.0f;
    for (size_t i = 0; i < shape_count(layer->output); i++)
        mean += a[i] * g[i];
    return a[target] * (g[target] - mean);
}

static float strength(enum ribbon_ranking ranking, float weight, float activation, float delta_of_target)
{
    return ranking == RIBBONS_BY_WEIGHT     ? weight
           : ranking == RIBBONS_BY_GRADIENT ? weight * delta_of_target
                                            : weight * activation;
}

/* The strengths of all edges into one target of a dense or convolution layer; returns how many sources there
 * are. */
static int strengths_of(struct world *world, enum ribbon_ranking ranking, const char *layer_name, int target,
                        float *out)
{
    const struct network *network = world->specimen.network;
    const int index = network_find_layer(network, layer_name);
    const struct layer *layer = &network->layers[index];
    const char *before = network->layers[layer->inputs[0]].name;
    const float *a = specimen_region(&world->specimen, REGION_ACTIVATION, before, 0);
    const float *w = specimen_region(&world->specimen, REGION_PARAMETER, layer_name, 0);
    const struct shape in = layer->input, out_shape = layer->output;
    const int count = (int)shape_count(in);
    const float d = delta(world, layer_name, target);
    memset(out, 0, (size_t)count * sizeof *out);
    if (layer->kind == LAYER_DENSE) {
        for (int i = 0; i < count; i++)
            out[i] = strength(ranking, w[target * count + i], a[i], d);
        return count;
    }
    const int area = out_shape.height * out_shape.width;
    const int channel = target / area,
              top = target % area / out_shape.width * layer->stride_h - layer->padding_h;
    const int left = target % out_shape.width * layer->stride_w - layer->padding_w;
    for (int c = 0; c < in.channels; c++)
        for (int y = 0; y < layer->kernel_h; y++)
            for (int x = 0; x < layer->kernel_w; x++) {
                const int row = top + y, column = left + x;
                if (row < 0 || column < 0 || row >= in.height || column >= in.width)
                    continue;
                const int source = (c * in.height + row) * in.width + column;
                const int weight = ((channel * in.channels + c) * layer->kernel_h + y) * layer->kernel_w + x;
                out[source] = strength(ranking, w[weight], a[source], d);
            }
    return count;
}

static int falling(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* The strengths must be those of the five largest and three smallest, where these have the right sign. */
static void check_target(struct world *world, enum ribbon_ranking ranking, const char *layer,
                         const struct ribbon_edge *edges)
{
    const int target = edges[0].target;
    float *all = ls_calloc(8192, sizeof *all), *sorted = ls_calloc(8192, sizeof *sorted);
    const int count = strengths_of(world, ranking, layer, target, all);
    memcpy(sorted, all, (size_t)count * sizeof *all);
    qsort(sorted, (size_t)count, sizeof *sorted, falling);
    for (int i = 0; i < RIBBONS_PER_TARGET; i++) {
        const float wanted =
            i < POSITIVE ? fmaxf(sorted[i], 0.0f) : fminf(sorted[count - 1 - (i - POSITIVE)], 0.0f);
        if (wanted == 0.0f) {
            assert_int_equal(edges[i].source, -1);
            continue;
        }
        assert_int_equal(edges[i].target, target);
        assert_true(edges[i].source >= 0 && edges[i].source < count);
        assert_true(fabsf(edges[i].strength - wanted) <= 1e-6f * fabsf(wanted));
        assert_true(fabsf(edges[i].strength - all[edges[i].source]) <= 1e-6f * fabsf(wanted));
    }
    free(all);
    free(sorted);
}

static void check_gap(struct world *world, enum ribbon_ranking ranking, int gap, const char *layer, int least)
{
    struct ribbon_edge edges[EDGES];
    read_edges(world, gap, edges);
    int targets = 0;
    for (int i = 0; i < RIBBON_BUDGET / RIBBONS_PER_TARGET; i++) {
        if (edges[i * RIBBONS_PER_TARGET].target < 0)
            continue;
        check_target(world, ranking, layer, &edges[i * RIBBONS_PER_TARGET]);
        targets++;
    }
    assert_true(targets >= least);
}

static void edges_are_the_strongest(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    trace(&world, RIBBONS_BY_CONTRIBUTION, 9, 4);
    assert_int_equal(world.ribbons.gap_count, 7);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 6, "output", 2);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 5, "dense2", 6);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 4, "dense1", 6);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 2, "conv2", 4);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 0, "conv1", 4);
    struct ribbon_edge edges[EDGES];
    read_edges(&world, 6, edges);
    assert_int_equal(edges[0].target, 9);
    assert_int_equal(edges[RIBBONS_PER_TARGET].target, 4);
    assert_int_equal(edges[2 * RIBBONS_PER_TARGET].source, -1);
    world_deinit(&world);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void pools_lead_back_to_their_maximum_and_ends_lie_on_cells(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    trace(&world, RIBBONS_BY_CONTRIBUTION, 9, 4);
    const float *conv2 = specimen_region(&world.specimen, REGION_ACTIVATION, "conv2", 0);
    const float *pool2 = specimen_region(&world.specimen, REGION_ACTIVATION, "pool2", 0);
    struct ribbon_edge edges[EDGES];
    read_edges(&world, 3, edges);
    int checked = 0;
    for (int i = 0; i < EDGES; i++) {
        if (edges[i].source < 0)
            continue;
        assert_true(conv2[edges[i].source] == pool2[edges[i].target]);
        vec3 from, to;
        plate_value_position(&world.scene.plates[3], (size_t)edges[i].source, from);
        plate_value_position(&world.scene.plates[4], (size_t)edges[i].target, to);
        for (int k = 1; k < 3; k++) {
            assert_true(fabsf(from[k] - edges[i].from[k]) < 1e-4f);
            assert_true(fabsf(to[k] - edges[i].to[k]) < 1e-4f);
        }
        checked++;
    }
    assert_true(checked > 14);
    world_deinit(&world);
}

static void a_network_without_convolutions_is_traced_too(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "mlp");
    trace(&world, RIBBONS_BY_CONTRIBUTION, 0, 1);
    assert_int_equal(world.ribbons.gap_count, 3);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 2, "output", 2);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 1, "dense2", 6);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 0, "dense1", 6);
    world_deinit(&world);
}

static void edges_can_be_ranked_by_weight_and_by_what_flows_back(void **state)
{
    (void)state;
    static const enum ribbon_ranking rankings[] = {RIBBONS_BY_WEIGHT, RIBBONS_BY_GRADIENT};
    struct world world;
    world_init(&world, "lenet5");
    for (int i = 0; i < 2; i++) {
        trace(&world, rankings[i], 9, 4);
        check_gap(&world, rankings[i], 6, "output", 2);
        check_gap(&world, rankings[i], 5, "dense2", 6);
        check_gap(&world, rankings[i], 4, "dense1", 6);
        check_gap(&world, rankings[i], 2, "conv2", 4);
        check_gap(&world, rankings[i], 0, "conv1", 4);
    }
    world_deinit(&world);
    world_init(&world, "mlp");
    for (int i = 0; i < 2; i++) {
        trace(&world, rankings[i], 9, 4);
        check_gap(&world, rankings[i], 2, "output", 2);
        check_gap(&world, rankings[i], 1, "dense2", 6);
        check_gap(&world, rankings[i], 0, "dense1", 6);
    }
    world_deinit(&world);
}

static void a_focus_shows_the_edges_of_one_neuron_back_to_the_input(void **state)
{
    (void)state;
    struct world world;
    struct ribbon_edge edges[EDGES], answer[EDGES];
    world_init(&world, "lenet5");
    trace(&world, RIBBONS_BY_CONTRIBUTION, 9, 4);
    read_edges(&world, 2, answer);
    const struct ribbon_trace from = {.classes = {9, 4}, .focus = {.plate = 3, .value = 555}};
    assert_true(pass_ribbons_wants(&world.ribbons, &from));
    pass_ribbons_trace(&world.ribbons, &world.blocks, world.slot, &from);
    assert_false(pass_ribbons_wants(&world.ribbons, &from));
    world.set = RIBBONS_OF_FOCUS;
    for (int gap = 3; gap < 7; gap++) {
        read_edges(&world, gap, edges);
        for (int i = 0; i < EDGES; i++)
            assert_int_equal(edges[i].source, -1);
    }
    read_edges(&world, 2, edges);
    assert_true(edges[0].source >= 0);
    for (int i = 0; i < EDGES; i++)
        assert_true(edges[i].source < 0 || edges[i].target == 555);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 2, "conv2", 1);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 0, "conv1", 1);
    /* What leads to the answer stays beside them. */
    world.set = RIBBONS_OF_ANSWER;
    read_edges(&world, 2, edges);
    assert_memory_equal(edges, answer, sizeof edges);
    check_gap(&world, RIBBONS_BY_CONTRIBUTION, 6, "output", 2);
    world_deinit(&world);
}

/* A path as in shaders/ribbon_path.glsl that is as long as it rises. */
static void on_path(float t, float size, float place[2])
{
    const float rise = t * t * (3.0f - 2.0f * t);
    place[0] = size * (rise + 0.45f * 3.0f * t * (1.0f - t) * (1.0f - 2.0f * t));
    place[1] = size * rise;
}

/* How far the curve between two places on it is from the straight line between them. */
static float farthest_from_chord(float t0, float t1, float size)
{
    float a[2], b[2], farthest = 0.0f;
    on_path(t0, size, a);
    on_path(t1, size, b);
    const float x = b[0] - a[0], y = b[1] - a[1];
    for (int i = 1; i < 16; i++) {
        float c[2];
        on_path(t0 + (t1 - t0) * (float)i / 16.0f, size, c);
        farthest = fmaxf(farthest, fabsf((c[0] - a[0]) * y - (c[1] - a[1]) * x) / hypotf(x, y));
    }
    return farthest;
}

/* In pieces as in shaders/ribbon.vert. */
static float end_of_piece(int piece, int pieces)
{
    const float v = 2.0f * (float)piece / (float)pieces - 1.0f;
    return 0.5f + v * (0.6f - 0.1f * v * v);
}

static void pieces_of_ribbons_stay_within_a_pixel_of_the_curve(void **state)
{
    (void)state;
    for (float rise_px = 5.0f; rise_px < 1500.0f; rise_px *= 1.3f) {
        const int pieces = pass_ribbons_segments(rise_px);
        assert_true(fabsf(end_of_piece(0, pieces)) < 1e-6f &&
                    fabsf(end_of_piece(pieces, pieces) - 1.0f) < 1e-6f);
        for (int i = 0; i < pieces; i++)
            assert_true(farthest_from_chord(end_of_piece(i, pieces), end_of_piece(i + 1, pieces), rise_px) <
                        1.0f);
    }
}

/* Nothing leads to the input, to weights, or to no cell at all. */
static void what_can_stand_out(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    for (int plate = -1; plate < world.scene.plate_count; plate++) {
        const bool led_to = plate >= 0 && world.scene.plates[plate].kind != PLATE_WEIGHT &&
                            world.scene.plates[plate].layer > 0;
        assert_int_equal(pass_ribbons_can_focus(&world.ribbons, (struct display_cell){plate, 0}), led_to);
    }
    world_deinit(&world);
}

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    return context ? 0 : -1;
}

static int close_context(void **state)
{
    (void)state;
    gl_context_destroy(context);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_the_strongest),
        cmocka_unit_test(pools_lead_back_to_their_maximum_and_ends_lie_on_cells),
        cmocka_unit_test(a_network_without_convolutions_is_traced_too),
        cmocka_unit_test(edges_can_be_ranked_by_weight_and_by_what_flows_back),
        cmocka_unit_test(pieces_of_ribbons_stay_within_a_pixel_of_the_curve),
        cmocka_unit_test(what_can_stand_out),
        cmocka_unit_test(a_focus_shows_the_edges_of_one_neuron_back_to_the_input),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
