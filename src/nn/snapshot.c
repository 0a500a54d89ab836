/* The layout of a snapshot. */
#include "nn/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { ALIGNMENT = 256 }; /* what OpenGL may ask of a bound range at most */

static void add_region(struct snapshot_layout *layout, enum region_kind kind, int layer, int parameter,
                       size_t count)
{
    layout->regions[layout->region_count++] = (struct region){
        .kind = kind, .layer = layer, .parameter = parameter, .offset = layout->size, .count = count};
    layout->size += (count * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void add_parameters(struct snapshot_layout *layout, const struct network *network,
                           enum region_kind kind)
{
    for (int l = 0; l < network->layer_count; l++)
        for (int p = 0; p < network->layers[l].parameter_count; p++)
            add_region(layout, kind, l, p, network->layers[l].parameters[p].count);
}

static bool has_sum_gradient(const struct layer *layer)
{
    return layer->kind != LAYER_ACTIVATION && layer->logits_tensor >= 0 && !layer->softmax &&
           (layer->activation == ACTIVATION_GELU || layer->activation == ACTIVATION_GELU_TANH);
}

void snapshot_layout_init(struct snapshot_layout *layout, const struct network *network)
{
    memset(layout, 0, sizeof *layout);
    size_t most = 0;
    for (int l = 0; l < network->layer_count; l++)
        most += 3 + 2 * (size_t)network->layers[l].parameter_count + (size_t)network->layers[l].buffer_count;
    layout->regions = ls_calloc(most, sizeof *layout->regions);
    for (int l = 0; l < network->layer_count; l++) {
        const struct layer *layer = &network->layers[l];
        add_region(layout, REGION_ACTIVATION, l, 0, shape_count(layer->output));
        add_region(layout, REGION_ACTIVATION_GRADIENT, l, 0, shape_count(layer->output));
        if (has_sum_gradient(layer))
            add_region(layout, REGION_SUM_GRADIENT, l, 0, shape_count(layer->output));
        for (int b = 0; b < layer->buffer_count; b++)
            add_region(layout, REGION_BUFFER, l, b, layer->buffers[b].count);
    }
    /* What is missed least comes last: shaders reach only so many values. */
    add_parameters(layout, network, REGION_PARAMETER);
    add_parameters(layout, network, REGION_PARAMETER_GRADIENT);
}

void snapshot_layout_deinit(struct snapshot_layout *layout)
{
    free(layout->regions);
    memset(layout, 0, sizeof *layout);
}

int snapshot_layout_find(const struct snapshot_layout *layout, enum region_kind kind, int layer,
                         int parameter)
{
    const bool of_parameter =
        kind == REGION_PARAMETER || kind == REGION_PARAMETER_GRADIENT || kind == REGION_BUFFER;
    for (int i = 0; i < layout->region_count; i++) {
        const struct region *region = &layout->regions[i];
        if (region->kind == kind && region->layer == layer &&
            (!of_parameter || region->parameter == parameter))
            return i;
    }
    return -1;
}
