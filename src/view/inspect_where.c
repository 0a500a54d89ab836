/* See inspect_private.h. */
#include "view/inspect_private.h"

#include <string.h>

const struct plate *inspect_plate(const struct inspect_subject *subject, struct display_cell cell)
{
    return &subject->scene->plates[cell.plate];
}

const struct layer *inspect_layer(const struct inspect_subject *subject, struct display_cell cell)
{
    return &subject->network->layers[inspect_plate(subject, cell)->layer];
}

int inspect_input(const struct inspect_subject *subject, const struct layer *layer, int input)
{
    const struct network *network = subject->network;
    int source = layer->inputs[input];
    while (network->layers[source].kind == LAYER_FLATTEN && network->layers[source].input_count > 0)
        source = network->layers[source].inputs[0];
    return source;
}

int inspect_source(const struct inspect_subject *subject, const struct layer *layer)
{
    return inspect_input(subject, layer, 0);
}

int inspect_joined_input(const struct inspect_subject *subject, const struct layer *layer, int *value)
{
    int input = 0;
    for (; input + 1 < layer->input_count; input++) {
        const int values =
            (int)shape_count(subject->network->layers[inspect_input(subject, layer, input)].output);
        if (*value < values)
            break;
        *value -= values;
    }
    return input;
}

enum inspect_kind inspect_kind_of(const struct inspect_subject *subject, struct display_cell cell)
{
    if (inspect_plate(subject, cell)->kind == PLATE_WEIGHT)
        return INSPECT_WEIGHT;
    const struct layer *layer = inspect_layer(subject, cell);
    switch (layer->kind) {
    case LAYER_CONV2D:
        return INSPECT_CONVOLUTION;
    case LAYER_DENSE:
        return INSPECT_DENSE;
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return INSPECT_POOL;
    case LAYER_ADD:
        return INSPECT_ADD;
    case LAYER_CONCATENATE:
    case LAYER_DROPOUT:
        return INSPECT_PASSED;
    case LAYER_BATCH_NORM:
    case LAYER_LAYER_NORM:
        return INSPECT_NORM;
    case LAYER_ACTIVATION:
        return layer->softmax ? INSPECT_PLAIN : INSPECT_FUNCTION;
    default:
        return INSPECT_PLAIN;
    }
}

int inspect_find(const struct parameter *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return i;
    return -1;
}

int inspect_parameter(const struct layer *layer, const char *name)
{
    return inspect_find(layer->parameters, layer->parameter_count, name);
}

static int at_least(int a, int b) { return a > b ? a : b; }

static int at_most(int a, int b) { return a < b ? a : b; }

int inspect_spread(int dilation) { return dilation > 1 ? dilation : 1; }

struct view_box inspect_box(const struct layer *layer, int value)
{
    const struct shape in = layer->input, out = layer->output;
    if (layer->kind == LAYER_GLOBAL_AVERAGE_POOL2D)
        return (struct view_box){
            .row_end = in.height, .column_end = in.width, .span = (size_t)in.height * (size_t)in.width};
    const int plane = value % (out.height * out.width);
    struct view_box box = {.top = plane / out.width * layer->stride_h - layer->padding_h,
                           .left = plane % out.width * layer->stride_w - layer->padding_w};
    box.row_begin = at_least(box.top, 0);
    box.column_begin = at_least(box.left, 0);
    box.row_end = at_most(box.top + (layer->kernel_h - 1) * inspect_spread(layer->dilation_h) + 1, in.height);
    box.column_end =
        at_most(box.left + (layer->kernel_w - 1) * inspect_spread(layer->dilation_w) + 1, in.width);
    if (box.row_end > box.row_begin && box.column_end > box.column_begin)
        box.span = (size_t)(box.row_end - box.row_begin - 1) * (size_t)in.width +
                   (size_t)(box.column_end - box.column_begin);
    return box;
}

int inspect_channel(const struct layer *layer, int value)
{
    return value / (layer->output.height * layer->output.width);
}

bool inspect_shows_kernel(const struct layer *layer)
{
    return layer->kind == LAYER_CONV2D && layer->kernel_h * layer->kernel_w <= INSPECT_WINDOW;
}
