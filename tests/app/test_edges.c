/* The edges that `screenshot --json` lists are exactly those found from `dump` in plain loops: the trace from
 * the two likeliest classes back to the input by weight × activation or, with gradients, by weight × dLoss/dz
 * (docs/scene.md). */
#include "test.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/network.h"
#include "nn/safetensors.h"
#include "workplace.h"

enum { POSITIVE = 5, NEGATIVE = 3, EACH = POSITIVE + NEGATIVE, BUDGET = 112, TRACED = 14, TRACED_POOL = 36 };

struct edge {
    int source, target;
    float strength;
};

struct gap {
    const struct layer *layer; /* between the plates */
    const char *source;        /* name of the layer that the values come from */
    struct edge edges[BUDGET];
    int count;
};

struct dump {
    struct safetensors file;
    struct network *network;
};

static float *read_values(const struct dump *dump, const char *kind, const char *layer, const char *rest)
{
    char *name = ls_sprintf("%s.%s%s", kind, layer, rest);
    const struct tensor *tensor = safetensors_find(&dump->file, name);
    if (!tensor)
        fail_msg("the dump has no %s", name);
    float *values = ls_calloc(tensor->size, 1);
    memcpy(values, tensor->values, tensor->size);
    free(name);
    return values;
}

static float *activations(const struct dump *dump, const char *layer)
{
    if (strcmp(layer, "input") != 0)
        return read_values(dump, "activation", layer, "");
    const struct tensor *tensor = safetensors_find(&dump->file, "input");
    float *values = ls_calloc(tensor->size, 1);
    memcpy(values, tensor->values, tensor->size);
    return values;
}

static bool is_max_pool(const struct layer *layer) { return layer->kind == LAYER_MAX_POOL2D; }

static int neurons_traced(const struct layer *layer) { return is_max_pool(layer) ? TRACED_POOL : TRACED; }

/* Keeps the `room` largest |strength|, falling, earlier ones first among equals. */
static int keep(struct edge *list, int count, int room, struct edge edge)
{
    int at = count;
    while (at > 0 && fabsf(edge.strength) > fabsf(list[at - 1].strength))
        at--;
    if (at >= room)
        return count;
    const int moved = (count < room ? count : room - 1) - at;
    memmove(&list[at + 1], &list[at], (size_t)moved * sizeof *list);
    list[at] = edge;
    return count < room ? count + 1 : room;
}

/* What edges of one target are ranked by: weight × activation, or weight × `delta` of the target. */
struct measure {
    bool gradients;
    float delta;
};

static float strength(struct measure measure, float weight, float activation)
{
    return weight * (measure.gradients ? measure.delta : activation);
}

struct best {
    struct edge positive[POSITIVE], negative[NEGATIVE];
    int positive_count, negative_count;
};

static void offer(struct best *best, int source, int target, float strength)
{
    const struct edge edge = {source, target, strength};
    if (strength > 0.0f)
        best->positive_count = keep(best->positive, best->positive_count, POSITIVE, edge);
    else if (strength < 0.0f)
        best->negative_count = keep(best->negative, best->negative_count, NEGATIVE, edge);
}

static void offer_window(struct best *best, const struct layer *layer, const float *a, const float *w,
                         int target, struct measure measure)
{
    const struct shape in = layer->input, out = layer->output;
    const int area = out.height * out.width, channel = target / area;
    const int top = target % area / out.width * layer->stride_h - layer->padding_h;
    const int left = target % out.width * layer->stride_w - layer->padding_w;
    int largest = -1;
    for (int c = is_max_pool(layer) ? channel : 0; c <= (is_max_pool(layer) ? channel : in.channels - 1); c++)
        for (int y = 0; y < layer->kernel_h; y++)
            for (int x = 0; x < layer->kernel_w; x++) {
                if (top + y < 0 || left + x < 0 || top + y >= in.height || left + x >= in.width)
                    continue;
                const int source = (c * in.height + top + y) * in.width + left + x;
                const int weight = ((channel * in.channels + c) * layer->kernel_h + y) * layer->kernel_w + x;
                if (!is_max_pool(layer))
                    offer(best, source, target, strength(measure, w[weight], a[source]));
                else if (largest < 0 || a[source] > a[largest])
                    largest = source;
            }
    if (largest >= 0)
        offer(best, largest, target, strength(measure, 1.0f, a[largest]));
}

static void find_edges(struct gap *gap, const float *a, const float *w, int target, struct measure measure)
{
    struct best best = {0};
    if (gap->layer->kind == LAYER_DENSE) {
        const int inputs = (int)shape_count(gap->layer->input);
        for (int i = 0; i < inputs; i++)
            offer(&best, i, target, strength(measure, w[target * inputs + i], a[i]));
    } else {
        offer_window(&best, gap->layer, a, w, target, measure);
    }
    for (int i = 0; i < best.positive_count; i++)
        gap->edges[gap->count++] = best.positive[i];
    for (int i = 0; i < best.negative_count; i++)
        gap->edges[gap->count++] = best.negative[i];
}

/* The `room` sources with the largest sum of |strength|; returns how many. */
static int strongest_sources(const struct gap *gap, int room, int *sources)
{
    struct edge list[BUDGET];
    int count = 0;
    for (int i = 0; i < gap->count; i++) {
        struct edge sum = {.source = gap->edges[i].source};
        bool seen = false;
        for (int k = 0; k < gap->count; k++) {
            if (gap->edges[k].source != sum.source)
                continue;
            seen = seen || k < i;
            sum.strength += fabsf(gap->edges[k].strength);
        }
        if (!seen)
            count = keep(list, count, room, sum);
    }
    for (int i = 0; i < count; i++)
        sources[i] = list[i].source;
    return count;
}

static int find_gaps(const struct dump *dump, struct gap *gaps)
{
    const struct network *network = dump->network;
    int count = 0;
    for (int i = 1; i < network->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        if (layer->kind == LAYER_FLATTEN)
            continue;
        int source = layer->inputs[0];
        while (network->layers[source].kind == LAYER_FLATTEN)
            source = network->layers[source].inputs[0];
        gaps[count++] = (struct gap){.layer = layer, .source = network->layers[source].name};
    }
    return count;
}

static int likeliest(const float *p, int except)
{
    int best = -1;
    for (int i = 0; i < 10; i++)
        if (i != except && (best < 0 || p[i] > p[best]))
            best = i;
    return best;
}

/* dLoss/dz of a layer's neurons, z being their weighted sums; of a pool, which has none, dLoss/dactivation.
 */
static float *deltas(const struct dump *dump, const struct layer *layer)
{
    if (layer->softmax)
        return read_values(dump, "grad", "logits", "");
    float *delta = read_values(dump, "grad.activation", layer->name, "");
    float *a = activations(dump, layer->name);
    for (size_t i = 0; layer->activation == ACTIVATION_RELU && i < shape_count(layer->output); i++)
        delta[i] = a[i] > 0.0f ? delta[i] : 0.0f;
    free(a);
    return delta;
}

static void trace(const struct dump *dump, struct gap *gaps, int count, bool gradients)
{
    float *output = activations(dump, gaps[count - 1].layer->name);
    int traced[TRACED_POOL], traced_count = 2;
    traced[0] = likeliest(output, -1);
    traced[1] = likeliest(output, traced[0]);
    free(output);
    for (int i = count - 1; i >= 0; i--) {
        float *a = activations(dump, gaps[i].source);
        float *w = gaps[i].layer->parameter_count > 0
                       ? read_values(dump, "param", gaps[i].layer->name, ".weight")
                       : NULL;
        float *delta = deltas(dump, gaps[i].layer);
        for (int k = 0; k < traced_count; k++)
            find_edges(&gaps[i], a, w, traced[k],
                       (struct measure){.gradients = gradients, .delta = delta[traced[k]]});
        free(delta);
        free(a);
        free(w);
        if (i > 0)
            traced_count = strongest_sources(&gaps[i], neurons_traced(gaps[i - 1].layer), traced);
    }
}

static const char *text_of(const cJSON *item, const char *key)
{
    return cJSON_GetObjectItem(item, key)->valuestring;
}

static int number_of(const cJSON *item, const char *key) { return cJSON_GetObjectItem(item, key)->valueint; }

/* Each listed edge is one of the expected, none twice, and all are listed. */
static void compare(const cJSON *listed, const struct gap *gap)
{
    bool found[BUDGET] = {false};
    int count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, listed)
    {
        if (strcmp(text_of(item, "target_layer"), gap->layer->name) != 0)
            continue;
        assert_string_equal(text_of(item, "source_layer"), gap->source);
        int at = -1;
        for (int i = 0; i < gap->count; i++)
            if (gap->edges[i].source == number_of(item, "source") &&
                gap->edges[i].target == number_of(item, "target"))
                at = i;
        if (at < 0 || found[at])
            fail_msg("%s: edge %d → %d is not one of the strongest", gap->layer->name,
                     number_of(item, "source"), number_of(item, "target"));
        found[at] = true;
        const double strength = (double)gap->edges[at].strength;
        assert_true(fabs(cJSON_GetObjectItem(item, "strength")->valuedouble - strength) <=
                    1e-5 * fabs(strength));
        count++;
    }
    assert_int_equal(count, gap->count);
    assert_true(count > 0 && count <= BUDGET);
}

static void check_model(const char *model, int gaps_expected, bool gradients)
{
    char *command =
        ls_sprintf("$LAYERSCOPE screenshot e.png --model %s --threads 1 --steps 40 --probe 3 "
                   "--size 160x90 --show %s --json e.json --overwrite --quiet && $LAYERSCOPE dump "
                   "e.safetensors --model %s --threads 1 --steps 40 --probe 3 --overwrite --quiet",
                   model, gradients ? "gradients" : "values", model);
    workplace_expect(0, NULL, command);
    free(command);
    char *path = ls_sprintf("%s/e.safetensors", workplace_path()), *text = workplace_read("e.json");
    struct error err = {0};
    struct dump dump = {.network = network_load(model, (struct shape){1, 28, 28}, 10, &err)};
    if (!safetensors_read(&dump.file, path, &err))
        fail_msg("%s", err.message);
    cJSON *root = cJSON_Parse(text);
    const cJSON *listed = cJSON_GetObjectItem(root, "edges");
    assert_string_equal(text_of(root, "edge_ranking"), gradients ? "w·δ" : "w·a");
    struct gap *gaps = ls_calloc(16, sizeof *gaps);
    const int count = find_gaps(&dump, gaps);
    assert_int_equal(count, gaps_expected);
    trace(&dump, gaps, count, gradients);
    int total = 0;
    for (int i = 0; i < count; i++) {
        compare(listed, &gaps[i]);
        total += gaps[i].count;
    }
    assert_int_equal(cJSON_GetArraySize(listed), total);
    free(gaps);
    cJSON_Delete(root);
    safetensors_deinit(&dump.file);
    network_destroy(dump.network);
    free(path);
    free(text);
}

static void edges_of_lenet5_are_those_of_its_dump(void **state)
{
    (void)state;
    check_model("lenet5", 7, false);
    check_model("lenet5", 7, true);
}

static void edges_of_the_mlp_are_those_of_its_dump(void **state)
{
    (void)state;
    check_model("mlp", 3, false);
    check_model("mlp", 3, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_of_lenet5_are_those_of_its_dump),
        cmocka_unit_test(edges_of_the_mlp_are_those_of_its_dump),
    };
    return cmocka_run_group_tests(tests, workplace_set_up, workplace_tear_down);
}
