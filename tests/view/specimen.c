/* Runs the reference backend once: plain loops, so the numbers are the same on every machine. */
#include "test.h"

#include "specimen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/compute.h"

enum { SIDE = 28 };

static const int32_t LABEL = 9;

/* A slanted ring with a tail, unlike its own mirror images. */
static void draw_sample(uint8_t *pixels)
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const float u = ((float)x - 13.0f + 0.2f * ((float)y - 10.0f)) / 5.0f,
                        v = ((float)y - 9.0f) / 5.0f;
            const float ring = 1.0f - fabsf(sqrtf(u * u + v * v) - 1.0f) * 3.0f;
            const float tail =
                y > 9 && y < 25 ? 1.3f - fabsf((float)x - 17.0f + 0.25f * ((float)y - 9.0f)) * 0.7f : 0.0f;
            const float ink = fminf(fmaxf(fmaxf(ring, tail), 0.0f), 1.0f);
            pixels[y * SIDE + x] = (uint8_t)lrintf(255.0f * ink);
        }
}

float *specimen_region(struct specimen *specimen, enum region_kind kind, const char *layer, int parameter)
{
    const int index = network_find_layer(specimen->network, layer);
    const int region = snapshot_layout_find(&specimen->layout, kind, index, parameter);
    assert_true(region >= 0);
    return specimen->snapshot + specimen->layout.regions[region].offset / sizeof(float);
}

static void run(struct specimen *specimen)
{
    const struct network *network = specimen->network;
    const struct compute_desc desc = {
        .program = &network->program, .backend = BACKEND_REFERENCE, .max_batch = 1};
    struct error err = {0};
    struct compute *compute = compute_create(&desc, &err);
    assert_non_null(compute);
    float *parameters = ls_calloc(network->program.parameter_count, sizeof *parameters);
    network_initialize(network, 7, parameters);
    compute_write_parameters(compute, parameters);
    /* Statistics as after some training: neither 0 nor 1. */
    float *buffers = ls_calloc(network->program.buffer_count + 1, sizeof *buffers);
    for (size_t i = 0; i < network->program.buffer_count; i++)
        buffers[i] = 0.2f + 0.1f * (float)(i % 7);
    compute_write_buffers(compute, buffers);
    const struct dataset *test = &specimen->data.test;
    const struct compute_data data = {.count = 1, .bytes = test->pixels, .labels = test->labels};
    const struct compute_batch batch = {.data = compute_bind_data(compute, &data), .count = 1};
    struct batch_metrics metrics;
    compute_run(compute, COMPUTE_PROBE, &batch, true, &metrics);
    compute_sync(compute);
    for (int i = 0; i < specimen->layout.region_count; i++) {
        const struct region *region = &specimen->layout.regions[i];
        const struct layer *layer = &network->layers[region->layer];
        float *values = specimen->snapshot + region->offset / sizeof(float);
        if (region->kind == REGION_ACTIVATION)
            compute_read_tensor(compute, COMPUTE_PROBE, layer->tensor, values);
        else if (region->kind == REGION_ACTIVATION_GRADIENT)
            compute_read_tensor_gradient(compute, COMPUTE_PROBE, layer->tensor, values);
        else if (region->kind == REGION_SUM_GRADIENT)
            compute_read_tensor_gradient(compute, COMPUTE_PROBE, layer->logits_tensor, values);
        else if (region->kind == REGION_BUFFER)
            memcpy(values, buffers + layer->buffers[region->parameter].offset,
                   region->count * sizeof *values);
        else if (region->kind == REGION_PARAMETER)
            memcpy(values, parameters + layer->parameters[region->parameter].offset,
                   region->count * sizeof *values);
    }
    compute_sync(compute);
    const size_t outputs = network_output_count(network);
    specimen->info =
        (struct snapshot_info){.step = 1, .batch = 64, .learning_rate = 1e-3f, .probe_label = LABEL};
    specimen->info.probe_loss = (float)metrics.loss;
    specimen->info.output_count = (int)outputs;
    compute_read_tensor(compute, COMPUTE_PROBE, network->layers[network->layer_count - 1].tensor,
                        specimen->info.output);
    compute_sync(compute);
    free(parameters);
    free(buffers);
    compute_destroy(compute);
}

static void make_data(struct data *data)
{
    static char names[10][2];
    static char *name_pointers[10];
    strcpy(data->name, "drawn");
    data->classes = 10;
    for (int i = 0; i < 10; i++) {
        names[i][0] = (char)('0' + i);
        name_pointers[i] = names[i];
    }
    data->class_names = name_pointers;
    data->test = (struct dataset){.count = 1, .channels = 1, .height = SIDE, .width = SIDE};
    data->test.pixels = ls_calloc((size_t)SIDE * SIDE, 1);
    data->test.labels = ls_calloc(1, sizeof *data->test.labels);
    data->test.labels[0] = LABEL;
    draw_sample(data->test.pixels);
}

void specimen_init(struct specimen *specimen, const char *name)
{
    struct error err = {0};
    memset(specimen, 0, sizeof *specimen);
    specimen->network =
        strcmp(name, "mlp-dropout") == 0
            ? specimen_network(SPECIMEN_FLATTEN SPECIMEN_DENSE("hidden", 64) SPECIMEN_DROPOUT("drop", 0.4),
                               10)
        : strcmp(name, "kernels") == 0 ? specimen_network(SPECIMEN_KERNELS, 10)
        : strcmp(name, "norms") == 0   ? specimen_network(SPECIMEN_GRAPH, 10)
                                       : network_load(name, (struct shape){1, SIDE, SIDE}, 10, &err);
    if (!specimen->network)
        fail_msg("%s", err.message);
    snapshot_layout_init(&specimen->layout, specimen->network);
    specimen->snapshot = ls_calloc(specimen->layout.size, 1);
    make_data(&specimen->data);
    run(specimen);
}

void specimen_deinit(struct specimen *specimen)
{
    free(specimen->data.test.pixels);
    free(specimen->data.test.labels);
    free(specimen->snapshot);
    snapshot_layout_deinit(&specimen->layout);
    network_destroy(specimen->network);
}

void specimen_publish(const struct specimen *specimen, const struct publisher *publisher)
{
    struct snapshot_target *target = publisher->acquire(publisher->context);
    assert_non_null(target);
    memcpy(target->memory, specimen->snapshot, specimen->layout.size);
    target->info = specimen->info;
    publisher->commit(publisher->context, target);
}

struct network *specimen_network(const char *layers, int classes)
{
    char json[16384];
    struct error err = {0};
    snprintf(json, sizeof json,
             "{\"name\": \"specimen\", \"loss\": \"categorical_crossentropy\", \"layers\": [%s"
             "{\"class_name\": \"Dense\", \"config\": {\"name\": \"output\", \"units\": null, "
             "\"activation\": \"softmax\"}}]}",
             layers);
    struct network *network = network_parse(json, "specimen", (struct shape){1, 28, 28}, classes, &err);
    if (!network)
        fail_msg("%s", err.message);
    return network;
}
