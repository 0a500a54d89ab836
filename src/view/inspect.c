/* A plan lists ranges in a fixed order per kind of layer; solving walks the values in the same order. */
#include "view/inspect_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/op_math.h"
#include "view/plate_shape.h"

static size_t region_start(const struct inspect_subject *subject, enum region_kind kind, int layer,
                           int parameter)
{
    const int region = snapshot_layout_find(subject->layout, kind, layer, parameter);
    LS_ASSERT(region >= 0);
    return subject->layout->regions[region].offset / sizeof(float);
}

static void add_range(struct inspect_plan *plan, size_t first, size_t count)
{
    if (plan->count == plan->capacity) {
        plan->capacity = plan->capacity == 0 ? 16 : 2 * plan->capacity;
        plan->ranges = ls_realloc(plan->ranges, (size_t)plan->capacity * sizeof *plan->ranges);
    }
    plan->ranges[plan->count++] = (struct readback_range){first, count};
    plan->floats += count;
}

static void add_box(struct inspect_plan *plan, const struct layer *layer, const struct view_box *box,
                    size_t source, int channel)
{
    const size_t plane = (size_t)layer->input.height * (size_t)layer->input.width;
    if (box->span > 0)
        add_range(plan,
                  source + (size_t)channel * plane + (size_t)box->row_begin * (size_t)layer->input.width +
                      (size_t)box->column_begin,
                  box->span);
}

/* A neuron's weights and, if it has one, its bias. */
static void add_parameters(struct inspect_plan *plan, const struct inspect_subject *subject, int layer_number,
                           int neuron, size_t fan_in)
{
    const struct layer *layer = &subject->network->layers[layer_number];
    const int weight = inspect_parameter(layer, "weight"), bias = inspect_parameter(layer, "bias");
    add_range(plan, region_start(subject, REGION_PARAMETER, layer_number, weight) + (size_t)neuron * fan_in,
              fan_in);
    if (bias >= 0)
        add_range(plan, region_start(subject, REGION_PARAMETER, layer_number, bias) + (size_t)neuron, 1);
}

/* The values that a layer norm takes mean and deviation of, then γ and β; a batch norm's x, μ, variance, γ
 * and β. */
static void plan_norm(struct inspect_plan *plan, const struct inspect_subject *subject, int number, int value)
{
    const struct layer *layer = &subject->network->layers[number];
    const size_t source = region_start(subject, REGION_ACTIVATION, inspect_source(subject, layer), 0);
    const int area = layer->output.height * layer->output.width;
    const bool batch = layer->kind == LAYER_BATCH_NORM;
    const bool by_channel = batch || layer->over_channels;
    const size_t place = (size_t)(by_channel ? value / area : value);
    if (batch)
        add_range(plan, source + (size_t)value, 1);
    else if (!layer->over_channels)
        add_range(plan, source, shape_count(layer->input));
    for (int c = 0; !batch && layer->over_channels && c < layer->input.channels; c++)
        add_range(plan, source + (size_t)(c * area + value % area), 1);
    for (int i = 0; i < layer->buffer_count; i++)
        add_range(plan, region_start(subject, REGION_BUFFER, number, i) + place, 1);
    for (int i = 0; i < layer->parameter_count; i++)
        add_range(plan, region_start(subject, REGION_PARAMETER, number, i) + place, 1);
}

static void plan_neuron(struct inspect_plan *plan, const struct inspect_subject *subject)
{
    const int number = inspect_plate(subject, plan->cell)->layer, value = plan->cell.value;
    const struct layer *layer = &subject->network->layers[number];
    if (layer->input_count == 0)
        return;
    const size_t source = region_start(subject, REGION_ACTIVATION, inspect_source(subject, layer), 0);
    const size_t kernel = (size_t)layer->kernel_h * (size_t)layer->kernel_w;
    switch (inspect_kind_of(subject, plan->cell)) {
    case INSPECT_CONVOLUTION: {
        const struct view_box box = inspect_box(layer, value);
        for (int c = 0; c < layer->input.channels; c++)
            add_box(plan, layer, &box, source, c);
        add_parameters(plan, subject, number, inspect_channel(layer, value),
                       (size_t)layer->input.channels * kernel);
        break;
    }
    case INSPECT_POOL: {
        const struct view_box box = inspect_box(layer, value);
        add_box(plan, layer, &box, source, inspect_channel(layer, value));
        break;
    }
    case INSPECT_DENSE:
        add_range(plan, source, shape_count(layer->input));
        add_parameters(plan, subject, number, value, shape_count(layer->input));
        break;
    case INSPECT_FUNCTION:
        add_range(plan, source + (size_t)value, 1);
        break;
    case INSPECT_NORM:
        plan_norm(plan, subject, number, value);
        break;
    case INSPECT_ADD:
        for (int i = 0; i < layer->input_count; i++)
            add_range(plan,
                      region_start(subject, REGION_ACTIVATION, inspect_input(subject, layer, i), 0) +
                          (size_t)value,
                      1);
        break;
    case INSPECT_PASSED: {
        int passed = value;
        const int input =
            layer->kind == LAYER_CONCATENATE ? inspect_joined_input(subject, layer, &passed) : 0;
        add_range(plan,
                  region_start(subject, REGION_ACTIVATION, inspect_input(subject, layer, input), 0) +
                      (size_t)passed,
                  1);
        break;
    }
    default:
        break;
    }
}

void inspect_plan_set(struct inspect_plan *plan, const struct inspect_subject *subject,
                      struct display_cell cell, bool brief)
{
    plan->cell = cell;
    plan->brief = brief;
    plan->count = 0;
    plan->floats = 0;
    if (cell.plate < 0)
        return;
    const struct plate *plate = inspect_plate(subject, cell);
    const struct region *regions = subject->layout->regions;
    const size_t kernel = (size_t)plate->kernel, first = (size_t)cell.value * kernel;
    add_range(plan, regions[plate->region].offset / sizeof(float) + first, kernel);
    if (plate->gradient_region >= 0)
        add_range(plan, regions[plate->gradient_region].offset / sizeof(float) + first, kernel);
    if (brief)
        return;
    if (plate->kind != PLATE_WEIGHT) {
        plan_neuron(plan, subject);
    } else if (inspect_shows_kernel(inspect_layer(subject, cell))) {
        const struct layer *layer = inspect_layer(subject, cell);
        const size_t whole = (size_t)(layer->kernel_h * layer->kernel_w);
        add_range(plan, regions[plate->region].offset / sizeof(float) + first / whole * whole, whole);
    } else if (inspect_layer(subject, cell)->kind == LAYER_DENSE) {
        const struct layer *layer = inspect_layer(subject, cell);
        const size_t source = region_start(subject, REGION_ACTIVATION, inspect_source(subject, layer), 0);
        add_range(plan, source + (size_t)cell.value % shape_count(layer->input), 1);
    }
}

void inspect_plan_deinit(struct inspect_plan *plan)
{
    free(plan->ranges);
    memset(plan, 0, sizeof *plan);
}

size_t inspect_largest(const struct inspect_subject *subject)
{
    struct inspect_plan plan = {.count = 0};
    size_t largest = 0;
    for (int p = 0; p < subject->scene->plate_count; p++) {
        /* The middle of a map looks at most values. */
        const struct shape s = subject->network->layers[subject->scene->plates[p].layer].output;
        const bool weights = subject->scene->plates[p].kind == PLATE_WEIGHT;
        const int middle = weights ? 0 : s.height / 2 * s.width + s.width / 2;
        inspect_plan_set(&plan, subject, (struct display_cell){p, middle}, false);
        largest = plan.floats > largest ? plan.floats : largest;
    }
    inspect_plan_deinit(&plan);
    return largest;
}
