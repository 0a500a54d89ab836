/* The card's arithmetic, against sums made here from the specimen's numbers: every shown part is there, and
 * together they are the displayed value. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/op_math.h"
#include "specimen.h"
#include "view/inspect.h"
#include "view/value_name.h"

struct world {
    struct specimen specimen;
    struct scene scene;
    struct inspect_subject subject;
    struct inspect_plan plan;
    struct inspection found;
};

static void world_init(struct world *world, const char *model)
{
    memset(world, 0, sizeof *world);
    specimen_init(&world->specimen, model);
    scene_init(&world->scene, world->specimen.network, &world->specimen.layout);
    world->subject = (struct inspect_subject){.network = world->specimen.network,
                                              .data = &world->specimen.data,
                                              .layout = &world->specimen.layout,
                                              .scene = &world->scene};
    /* Biases start at 0 and gradients come with the first step; neither may hide. */
    for (int i = 0; i < world->specimen.layout.region_count; i++) {
        const struct region *region = &world->specimen.layout.regions[i];
        float *values = world->specimen.snapshot + region->offset / sizeof(float);
        if (region->kind == REGION_PARAMETER_GRADIENT)
            for (size_t k = 0; k < region->count; k++)
                values[k] = 0.5f * (float)(k % 97) - 20.0f;
    }
}

static void world_deinit(struct world *world)
{
    inspect_plan_deinit(&world->plan);
    scene_deinit(&world->scene);
    specimen_deinit(&world->specimen);
}

static int find_plate(const struct world *world, const char *title)
{
    for (int i = 0; i < world->scene.plate_count; i++)
        if (strcmp(world->scene.plates[i].title, title) == 0)
            return i;
    fail_msg("no plate '%s'", title);
    return -1;
}

static const struct inspection *inspect(struct world *world, const char *title, int value, bool brief)
{
    const struct display_cell cell = {find_plate(world, title), value};
    inspect_plan_set(&world->plan, &world->subject, cell, brief);
    float *values = ls_calloc(world->plan.floats, sizeof *values);
    size_t at = 0;
    for (int i = 0; i < world->plan.count; i++) {
        const struct readback_range range = world->plan.ranges[i];
        assert_true((range.first + range.count) * sizeof(float) <= world->specimen.layout.size);
        memcpy(values + at, world->specimen.snapshot + range.first, range.count * sizeof *values);
        at += range.count;
    }
    assert_int_equal(at, world->plan.floats);
    assert_true(world->plan.floats <= inspect_largest(&world->subject));
    inspect_solve(&world->plan, &world->subject, values, &world->found);
    free(values);
    return &world->found;
}

static void check_reason(struct world *world, const char *title, int value, const char *wanted)
{
    char text[INSPECT_TEXT];
    inspect_reason(inspect(world, title, value, false), text);
    if (strcmp(text, wanted) != 0)
        fail_msg("%s %d: expected '%s', found '%s'", title, value, wanted, text);
}

/* The first value of a layer that is 0, or is not. */
static int find_value(struct world *world, const char *layer, bool zero)
{
    const float *values = specimen_region(&world->specimen, REGION_ACTIVATION, layer, 0);
    int i = 0;
    while ((values[i] == 0.0f) != zero)
        i++;
    return i;
}

static void a_line_says_what_a_value_leaves_open(void **state)
{
    (void)state;
    struct world world;
    char text[INSPECT_TEXT], wanted[INSPECT_TEXT];
    world_init(&world, "lenet5");
    /* A ReLU's: what it cut off. What it lets through needs no words, a brief one has none. */
    const int off = find_value(&world, "dense1", true), on = find_value(&world, "dense1", false);
    const double z = inspect(&world, "dense1", off, false)->sum;
    assert_true(z < 0.0);
    snprintf(wanted, sizeof wanted, "0: the ReLU cut off −%.2g", -z);
    check_reason(&world, "dense1", off, wanted);
    check_reason(&world, "dense1", on, "");
    inspect_reason(inspect(&world, "dense1", off, true), text);
    assert_string_equal(text, "");
    inspect_reason(inspect(&world, "output", 3, false), text);
    assert_ptr_equal(strstr(text, "before the softmax "), text);
    /* The specimen's corner is blank: nothing leads to what sees it alone. */
    check_reason(&world, "conv1", 0, "0: all its inputs are 0");
    assert_true(inspect(&world, "conv1", 0, false)->inputs_zero);
    assert_false(inspect(&world, "dense1", off, false)->inputs_zero);
    check_reason(&world, "pool1", 0, "0: all of its window is 0");
    float *bias = specimen_region(&world.specimen, REGION_PARAMETER, "conv1", 1);
    bias[0] = 0.25f;
    specimen_region(&world.specimen, REGION_ACTIVATION, "conv1", 0)[0] = 0.25f;
    check_reason(&world, "conv1", 0, "all its inputs are 0: no edge leads here");
    check_reason(&world, "input", 5, "");
    world_deinit(&world);
}

/* Float arithmetic in another order. */
static void assert_close(double a, double b)
{
    if (!(fabs(a - b) <= 2e-5 * fmax(1.0, fabs(b))))
        fail_msg("%.9g is not %.9g", a, b);
}

static double parts(const struct inspection *found)
{
    double sum = found->more + (double)found->bias;
    for (int i = 0; i < found->window_count; i++)
        sum += found->windows[i].sum;
    for (int i = 0; i < found->term_count; i++)
        sum += found->terms[i].product;
    return sum;
}

static void check_convolution(struct world *world, const char *name, const char *before, int value)
{
    const struct layer *layer =
        &world->specimen.network->layers[network_find_layer(world->specimen.network, name)];
    const float *input = specimen_region(&world->specimen, REGION_ACTIVATION, before, 0);
    const float *weights = specimen_region(&world->specimen, REGION_PARAMETER, name, 0);
    float *bias = specimen_region(&world->specimen, REGION_PARAMETER, name, 1);
    const struct shape in = layer->input, out = layer->output;
    const int channel = value / (out.height * out.width), y = value / out.width % out.height,
              x = value % out.width;
    const struct inspection *found = inspect(world, name, value, false);
    assert_int_equal(found->kind, INSPECT_CONVOLUTION);
    assert_string_equal(found->source_name, before);
    double total = 0.0, strongest = -1.0;
    int strongest_channel = -1;
    for (int c = 0; c < in.channels; c++) {
        double sum = 0.0;
        for (int i = 0; i < layer->kernel_h; i++) {
            for (int j = 0; j < layer->kernel_w; j++) {
                const int row = y * layer->stride_h - layer->padding_h + i,
                          column = x * layer->stride_w - layer->padding_w + j;
                const float w =
                    weights[((channel * in.channels + c) * layer->kernel_h + i) * layer->kernel_w + j];
                const bool padding = row < 0 || row >= in.height || column < 0 || column >= in.width;
                const float a = padding ? 0.0f : input[(c * in.height + row) * in.width + column];
                sum += (double)a * (double)w;
                if (found->windows[0].channel != c)
                    continue;
                const float shown = found->windows[0].input[i * layer->kernel_w + j];
                assert_true(padding ? isnan(shown) : shown == a);
                assert_true(found->windows[0].kernel[i * layer->kernel_w + j] == w);
            }
        }
        total += sum;
        if (fabs(sum) > strongest) {
            strongest = fabs(sum);
            strongest_channel = c;
        }
    }
    assert_int_equal(found->windows[0].channel, strongest_channel);
    assert_int_equal(found->more_count, in.channels - found->window_count);
    assert_int_equal(found->window_count, in.channels < 2 ? in.channels : 2);
    assert_close(found->sum, total + (double)bias[channel]);
    assert_close(parts(found), found->sum);
    const float displayed = specimen_region(&world->specimen, REGION_ACTIVATION, name, 0)[value];
    assert_true(found->value == displayed);
    /* The specimen was computed with biases of 0. */
    assert_close(op_activate_f64(layer->activation, 0.0, found->sum - (double)bias[channel]),
                 (double)displayed);
}

static void convolutions_add_up(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    for (int value = 0; value < 6 * 28 * 28; value += 101)
        check_convolution(&world, "conv1", "input", value);
    for (int value = 0; value < 16 * 10 * 10; value += 37)
        check_convolution(&world, "conv2", "pool1", value);
    float *bias = specimen_region(&world.specimen, REGION_PARAMETER, "conv2", 1);
    bias[7] = 0.125f;
    check_convolution(&world, "conv2", "pool1", 762);
    assert_true(world.found.bias == 0.125f);
    assert_string_equal(world.found.where, "ch 7 row 6 col 2");
    assert_string_equal(world.found.name, "conv2");
    assert_string_equal(inspect_activation_name(&world.found), "ReLU");
    world_deinit(&world);
}

static void check_dense(struct world *world, const char *name, const char *before, int value)
{
    const struct layer *layer =
        &world->specimen.network->layers[network_find_layer(world->specimen.network, name)];
    const float *input = specimen_region(&world->specimen, REGION_ACTIVATION, before, 0);
    const int inputs = (int)shape_count(layer->input);
    const float *weights =
        specimen_region(&world->specimen, REGION_PARAMETER, name, 0) + (size_t)value * (size_t)inputs;
    const struct inspection *found = inspect(world, name, value, false);
    assert_int_equal(found->kind, INSPECT_DENSE);
    double total = 0.0;
    for (int i = 0; i < inputs; i++)
        total += (double)input[i] * (double)weights[i];
    assert_int_equal(found->term_count, INSPECT_TERMS);
    assert_int_equal(found->more_count, inputs - INSPECT_TERMS);
    for (int i = 0; i < found->term_count; i++) {
        const struct inspect_term *term = &found->terms[i];
        assert_true(term->value == input[term->source] && term->weight == weights[term->source]);
        assert_true(term->product == (double)term->value * (double)term->weight);
        assert_true(i == 0 || fabs(term->product) <= fabs(found->terms[i - 1].product));
    }
    const double least = fabs(found->terms[INSPECT_TERMS - 1].product);
    int stronger = 0;
    for (int i = 0; i < inputs; i++)
        stronger += fabs((double)input[i] * (double)weights[i]) > least;
    assert_true(stronger < INSPECT_TERMS);
    assert_close(found->sum, total);
    assert_close(parts(found), found->sum);
    if (!layer->softmax)
        assert_close(op_activate_f64(layer->activation, 0.0, found->sum), (double)found->value);
}

static void dense_neurons_add_up(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    for (int value = 0; value < 120; value += 7)
        check_dense(&world, "dense1", "pool2", value);
    assert_string_equal(world.found.source_name, "pool2");
    for (int value = 0; value < 84; value += 5)
        check_dense(&world, "dense2", "dense1", value);
    /* Of a softmax the sums are the logits: probabilities have their ratios. */
    double logits[10];
    for (int value = 0; value < 10; value++) {
        check_dense(&world, "output", "dense2", value);
        logits[value] = world.found.sum;
        assert_string_equal(inspect_activation_name(&world.found), "softmax");
    }
    const float *p = specimen_region(&world.specimen, REGION_ACTIVATION, "output", 0);
    for (int i = 1; i < 10; i++)
        assert_close(exp(logits[i] - logits[0]), (double)p[i] / (double)p[0]);
    world_deinit(&world);
    world_init(&world, "mlp");
    for (int value = 0; value < 128; value += 9)
        check_dense(&world, "dense1", "input", value);
    assert_string_equal(world.found.where, "126");
    world_deinit(&world);
}

static void pools_show_their_maximum(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    const float *input = specimen_region(&world.specimen, REGION_ACTIVATION, "conv1", 0);
    for (int value = 0; value < 6 * 14 * 14; value += 13) {
        const struct inspection *found = inspect(&world, "pool1", value, false);
        const int channel = value / 196, y = value / 14 % 14, x = value % 14;
        assert_int_equal(found->kind, INSPECT_POOL);
        assert_int_equal(found->window_count, 1);
        for (int i = 0; i < 4; i++)
            assert_true(found->windows[0].input[i] ==
                        input[(channel * 28 + 2 * y + i / 2) * 28 + 2 * x + i % 2]);
        assert_true((double)found->value == found->sum);
        assert_true(found->windows[0].input[found->marked] == found->value);
    }
    world_deinit(&world);
}

static void weights_name_both_ends(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    const int value = ((7 * 6 + 3) * 5 + 1) * 5 + 2;
    const struct inspection *found = inspect(&world, "conv2 kernels", value, false);
    assert_int_equal(found->kind, INSPECT_WEIGHT);
    assert_string_equal(found->where, "ch 3 → ch 7 row 1 col 2");
    const float *weights = specimen_region(&world.specimen, REGION_PARAMETER, "conv2", 0);
    assert_true(found->value == weights[value]);
    assert_int_equal(found->marked, 7);
    assert_memory_equal(found->windows[0].kernel, weights + value - 7, 25 * sizeof(float));
    assert_true(found->has_gradient);
    assert_true(found->gradient ==
                specimen_region(&world.specimen, REGION_PARAMETER_GRADIENT, "conv2", 0)[value]);
    found = inspect(&world, "dense1 weights", 12 * 400 + 137, false);
    assert_string_equal(found->where, "ch 5 row 2 col 2 → 12");
    const float input = specimen_region(&world.specimen, REGION_ACTIVATION, "pool2", 0)[137];
    assert_int_equal(found->window_count, 0);
    assert_true(found->operand == input);
    assert_true(found->sum == (double)input * (double)found->value);
    found = inspect(&world, "output weights", 3 * 84 + 5, true);
    assert_string_equal(found->where, "5 → class 3");
    world_deinit(&world);
}

static void brief_ones_are_cheap(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    const struct inspection *found = inspect(&world, "pool2", 137, true);
    assert_int_equal(world.plan.floats, 2);
    assert_string_equal(found->where, "ch 5 row 2 col 2");
    assert_string_equal(found->flat, "flatten 137");
    assert_true(found->value == specimen_region(&world.specimen, REGION_ACTIVATION, "pool2", 0)[137]);
    assert_true(found->gradient ==
                specimen_region(&world.specimen, REGION_ACTIVATION_GRADIENT, "pool2", 0)[137]);
    found = inspect(&world, "input", 28 * 3 + 4, true);
    assert_string_equal(found->where, "row 3 col 4");
    assert_string_equal(found->flat, "");
    inspect_plan_set(&world.plan, &world.subject, (struct display_cell){-1, 0}, true);
    assert_int_equal(world.plan.floats, 0);
    world_deinit(&world);
}

/* The specimen was computed with biases of 0 in what has weights. */
static double activated(const struct world *world, const char *name, const struct inspection *found)
{
    const struct layer *layer =
        &world->specimen.network->layers[network_find_layer(world->specimen.network, name)];
    return found->kind == INSPECT_CONVOLUTION || found->kind == INSPECT_DENSE
               ? op_activate_f64(layer->activation, (double)layer->alpha, found->sum)
               : found->sum;
}

/* What the card adds up is the backend's value. */
static void check_layer(struct world *world, const char *name, enum inspect_kind kind, int step)
{
    const struct plate *plate = &world->scene.plates[find_plate(world, name)];
    const float *values = specimen_region(&world->specimen, REGION_ACTIVATION, name, 0);
    for (int value = 0; value < plate->values; value += step) {
        const struct inspection *found = inspect(world, name, value, false);
        assert_int_equal(found->kind, kind);
        assert_true(found->value == values[value]);
        const double sum = activated(world, name, found);
        assert_close(sum, (double)values[value]);
    }
}

static void every_layer_of_a_graph_adds_up(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "norms");
    check_layer(&world, "conv", INSPECT_CONVOLUTION, 131);
    check_layer(&world, "wide", INSPECT_CONVOLUTION, 131);
    check_layer(&world, "batch", INSPECT_NORM, 131);
    check_layer(&world, "sum", INSPECT_ADD, 131);
    check_layer(&world, "join", INSPECT_PASSED, 131);
    check_layer(&world, "layer", INSPECT_NORM, 131);
    check_layer(&world, "mean", INSPECT_POOL, 1);
    check_layer(&world, "gelu", INSPECT_DENSE, 1);
    check_layer(&world, "drop", INSPECT_PASSED, 1);
    const struct inspection *sum = inspect(&world, "sum", 1000, false);
    assert_int_equal(sum->term_count, 2);
    assert_string_equal(sum->terms[0].name, "wide");
    assert_string_equal(sum->terms[1].name, "batch");
    assert_string_equal(inspect(&world, "join", 4 * 784 + 30, false)->source_name, "conv ch 1 row 1 col 2");
    struct inspection dropped = *inspect(&world, "drop", 5, false);
    const struct layer *layer =
        &world.specimen.network->layers[network_find_layer(world.specimen.network, "drop")];
    inspect_note_dropout(&dropped, &world.subject, 42, 9);
    assert_true(dropped.has_mask);
    assert_int_equal(dropped.dropped, !op_dropout_keeps(0.25f, 42, 8, layer->op, 5));
    assert_string_equal(inspect_activation_name(inspect(&world, "gelu", 3, false)), "GELU");
    world_deinit(&world);
}

static void strips_show_what_their_name_says(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "norms");
    const float *scale = specimen_region(&world.specimen, REGION_PARAMETER, "batch", 0);
    const float *variance = specimen_region(&world.specimen, REGION_BUFFER, "batch", 1);
    const struct layer *layer =
        &world.specimen.network->layers[network_find_layer(world.specimen.network, "batch")];
    assert_true(inspect(&world, "batch γ−1", 2, false)->value == scale[2] - 1.0f);
    assert_true(world.found.has_gradient);
    assert_string_equal(world.found.where, "ch 2");
    assert_close((double)inspect(&world, "batch σ", 1, false)->value,
                 sqrt((double)variance[1] + (double)layer->epsilon));
    assert_false(world.found.has_gradient);
    world_deinit(&world);
}

/* A network over the two columns of a table, with one output for its two classes or its target. */
static void values_have_the_names_of_columns(void **state)
{
    (void)state;
    char *features[] = {"petal length", "petal width"}, *classes[] = {"setosa", "virginica"},
         *target = "price";
    struct data data = {.classes = 2, .class_names = classes, .feature_names = features, .feature_count = 2};
    struct error err = {0};
    struct world world = {0};
    struct network *network = network_load("points", (struct shape){2, 1, 1}, 2, &err);
    if (!network)
        fail_msg("%s", err.message);
    world.specimen.network = network;
    snapshot_layout_init(&world.specimen.layout, network);
    world.specimen.snapshot = ls_calloc(world.specimen.layout.size, 1);
    scene_init(&world.scene, network, &world.specimen.layout);
    world.subject = (struct inspect_subject){
        .network = network, .data = &data, .layout = &world.specimen.layout, .scene = &world.scene};
    const struct layer *first = &network->layers[1], *last = &network->layers[network->layer_count - 1];
    char *weights = ls_sprintf("%s weights", first->name);
    assert_string_equal(inspect(&world, "input", 1, true)->where, "petal width");
    assert_string_equal(inspect(&world, weights, 2 * 3 + 1, true)->where, "petal width → 3");
    const struct inspection *dense = inspect(&world, first->name, 3, false);
    assert_int_equal(dense->term_count, 2);
    assert_int_equal(strncmp(dense->terms[0].name, "petal ", 6), 0);
    /* The value of a single output is the probability of the second class. */
    assert_string_equal(inspect(&world, last->name, 0, true)->where, "class virginica");
    data.classes = 0;
    data.targets = 1;
    data.target_name = target;
    assert_string_equal(inspect(&world, last->name, 0, true)->where, "price");
    data.feature_names = NULL;
    data.feature_count = 0;
    assert_string_equal(inspect(&world, "input", 1, true)->where, "1");
    free(weights);
    free(world.specimen.snapshot);
    inspect_plan_deinit(&world.plan);
    scene_deinit(&world.scene);
    snapshot_layout_deinit(&world.specimen.layout);
    network_destroy(network);
}

static void long_names_are_cut_between_characters(void **state)
{
    (void)state;
    char name[] = "größe größe größe größe größe größe größe größe größe größe", *features[] = {name};
    const struct data data = {.feature_names = features, .feature_count = 1};
    char text[VALUE_NAME_SIZE];
    for (size_t from = 0; from < 3; from++) {
        features[0] = name + (from == 2 ? 6 : from); /* cut at other bytes of a character */
        value_name_feature(text, &data, 0);
        const size_t length = strlen(text);
        assert_true(length < VALUE_NAME_SIZE && strcmp(text + length - 3, "…") == 0);
        assert_true(strncmp(text, features[0], length - 3) == 0);
        assert_int_not_equal((unsigned char)features[0][length - 3] & 0xC0, 0x80);
    }
    assert_string_equal(value_name_feature(text, NULL, 4), "x5");
    assert_string_equal(value_name_target(text, &data, 1), "y2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_what_a_value_leaves_open),
        cmocka_unit_test(convolutions_add_up),
        cmocka_unit_test(dense_neurons_add_up),
        cmocka_unit_test(pools_show_their_maximum),
        cmocka_unit_test(weights_name_both_ends),
        cmocka_unit_test(brief_ones_are_cheap),
        cmocka_unit_test(every_layer_of_a_graph_adds_up),
        cmocka_unit_test(strips_show_what_their_name_says),
        cmocka_unit_test(values_have_the_names_of_columns),
        cmocka_unit_test(long_names_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
