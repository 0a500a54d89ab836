/* The trace against an offline computation: every contribution listed, sorted, cut. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "nn/trace.h"

static const char lenet_like[] =
    "{\"name\":\"t\",\"layers\":["
    "{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"conv\",\"filters\":3,\"kernel_size\":[3,3],"
    "\"padding\":1,"
    "\"strides\":[2,2],\"activation\":\"relu\"}},"
    "{\"class_name\":\"MaxPooling2D\",\"config\":{\"name\":\"pool\",\"pool_size\":[2,2]}},"
    "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"flatten\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"name\":\"hidden\",\"units\":7,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"name\":\"output\",\"units\":5,\"activation\":\"softmax\"}}]}";

struct fixture {
    struct network *network;
    float *parameters;
    float **activations;
};

static float noise(uint64_t index) { return rng_uniform(7, RNG_TEST, 0, index) * 2.0f - 1.0f; }

static void fixture_init(struct fixture *f)
{
    struct error err = {0};
    const struct shape input = {2, 9, 9};
    f->network = network_parse(lenet_like, "test", input, 5, &err);
    assert_non_null(f->network);
    f->parameters = ls_calloc(f->network->program.parameter_count, sizeof(float));
    for (size_t i = 0; i < f->network->program.parameter_count; i++)
        f->parameters[i] = noise(i);
    f->activations = ls_calloc((size_t)f->network->layer_count, sizeof *f->activations);
    for (int layer = 0; layer < f->network->layer_count; layer++) {
        const size_t count = shape_count(f->network->layers[layer].output);
        f->activations[layer] = ls_calloc(count, sizeof(float));
        for (size_t i = 0; i < count; i++)
            f->activations[layer][i] = noise(100000 * (uint64_t)(layer + 1) + i);
    }
    const int flatten = network_find_layer(f->network, "flatten");
    memcpy(f->activations[flatten], f->activations[flatten - 1],
           shape_count(f->network->layers[flatten].output) * sizeof(float));
}

static void fixture_deinit(struct fixture *f)
{
    for (int layer = 0; layer < f->network->layer_count; layer++)
        free(f->activations[layer]);
    free(f->activations);
    free(f->parameters);
    network_destroy(f->network);
}

/* How many inputs of the neuron have a contribution of the same sign that is larger in magnitude. */
static int rank_of(const struct fixture *f, const struct trace_gap *gap, const struct trace_edge *edge)
{
    const struct layer *layer = &f->network->layers[gap->to_layer];
    const size_t inputs = shape_count(layer->input);
    int larger = 0;
    for (size_t i = 0; i < inputs; i++) {
        const float w = f->parameters[layer->parameters[0].offset + edge->to * inputs + i];
        const float c = w * f->activations[gap->from_layer][i];
        if (i == edge->from)
            assert_true(c == edge->contribution);
        else if (c * edge->contribution > 0.0f && fabsf(c) > fabsf(edge->contribution))
            larger++;
    }
    return larger;
}

static void dense_edges_are_the_strongest(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct trace trace;
    trace_init(&trace, f.network);
    assert_int_equal(trace.gap_count, 4);
    trace_compute(&trace, f.network, (const float *const *)f.activations, f.parameters);
    for (int g = 0; g < 2; g++) {
        const struct trace_gap *gap = &trace.gaps[g];
        assert_int_equal(f.network->layers[gap->to_layer].kind, LAYER_DENSE);
        assert_true(gap->edge_count > 0 && gap->edge_count <= TRACE_MAX_EDGES);
        for (int e = 0; e < gap->edge_count; e++) {
            const int rank = rank_of(&f, gap, &gap->edges[e]);
            assert_true(rank < (gap->edges[e].contribution > 0.0f ? TRACE_POSITIVE : TRACE_NEGATIVE));
            if (e > 0)
                assert_true(fabsf(gap->edges[e - 1].contribution) >= fabsf(gap->edges[e].contribution));
        }
    }
    trace_deinit(&trace);
    fixture_deinit(&f);
}

static void starts_at_the_two_largest_outputs(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    float *output = f.activations[f.network->layer_count - 1];
    for (int i = 0; i < 5; i++)
        output[i] = (float)i;
    struct trace trace;
    trace_init(&trace, f.network);
    trace_compute(&trace, f.network, (const float *const *)f.activations, f.parameters);
    for (int e = 0; e < trace.gaps[0].edge_count; e++)
        assert_true(trace.gaps[0].edges[e].to >= 3);
    trace_deinit(&trace);
    fixture_deinit(&f);
}

static void windows_match_the_layers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct trace trace;
    trace_init(&trace, f.network);
    trace_compute(&trace, f.network, (const float *const *)f.activations, f.parameters);
    const struct trace_gap *pool = &trace.gaps[2], *convolution = &trace.gaps[3];
    assert_int_equal(f.network->layers[pool->to_layer].kind, LAYER_MAX_POOL2D);
    assert_int_equal(f.network->layers[convolution->to_layer].kind, LAYER_CONV2D);

    const struct layer *p = &f.network->layers[pool->to_layer];
    for (int e = 0; e < pool->edge_count; e++) {
        const int to = (int)pool->edges[e].to, from = (int)pool->edges[e].from;
        const int x = to % p->output.width, y = to / p->output.width % p->output.height;
        assert_int_equal(from / (p->input.width * p->input.height),
                         to / (p->output.width * p->output.height));
        assert_true(from % p->input.width / 2 == x && from / p->input.width % p->input.height / 2 == y);
    }
    const struct layer *c = &f.network->layers[convolution->to_layer];
    for (int e = 0; e < convolution->edge_count; e++) {
        const int to = (int)convolution->edges[e].to, from = (int)convolution->edges[e].from;
        const int oc = to / (c->output.width * c->output.height),
                  ic = from / (c->input.width * c->input.height);
        const int kx = from % c->input.width - (to % c->output.width * 2 - 1);
        const int ky =
            from / c->input.width % c->input.height - (to / c->output.width % c->output.height * 2 - 1);
        assert_true(kx >= 0 && kx < 3 && ky >= 0 && ky < 3);
        const float w = f.parameters[c->parameters[0].offset + (size_t)(((oc * 2 + ic) * 3 + ky) * 3 + kx)];
        assert_true(w * f.activations[0][from] == convolution->edges[e].contribution);
    }
    trace_deinit(&trace);
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_edges_are_the_strongest),
        cmocka_unit_test(starts_at_the_two_largest_outputs),
        cmocka_unit_test(windows_match_the_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
