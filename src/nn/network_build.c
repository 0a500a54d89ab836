/* Shapes of layers and the places of their parameters. */
#include "nn/network_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool network_build_fail(const struct build_place *place, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(place->err, "%s: layer \"%s\": %s", place->origin, place->layer->name, text);
}

static bool is_vector(struct shape s) { return s.height == 1 && s.width == 1; }

static bool require_vector(const struct build_place *place, struct shape in, const char *who)
{
    return is_vector(in) ||
           network_build_fail(place,
                              "%s: expected a vector as its input, found %dx%dx%d; put a Flatten before it",
                              who, in.channels, in.height, in.width);
}

static bool keeps_shape(enum layer_kind kind)
{
    return kind == LAYER_ACTIVATION || kind == LAYER_DROPOUT || kind == LAYER_BATCH_NORM ||
           kind == LAYER_LAYER_NORM;
}

/* Is layer `index` the last one that sets a size of its own? */
static bool sets_output(const struct model *model, int index)
{
    for (int i = index + 1; i < model->layer_count; i++)
        if (!keeps_shape(model->layers[i].kind))
            return false;
    return true;
}

static bool infer_dense(const struct build_place *place, const struct model_layer *source,
                        struct layer *layer, bool last, int classes)
{
    if (source->size == 0 && !last)
        return network_build_fail(
            place, "\"units\": expected a number, found null, which only the last Dense may have");
    layer->output.channels = source->size ? source->size : classes;
    layer->output.height = layer->output.width = 1;
    return require_vector(place, layer->input, "Dense");
}

static bool infer_global_pool(struct layer *layer)
{
    layer->kernel_h = layer->stride_h = layer->input.height;
    layer->kernel_w = layer->stride_w = layer->input.width;
    layer->output = (struct shape){layer->input.channels, 1, 1};
    return true;
}

static bool infer_join(const struct build_place *place, const struct network *network, struct layer *layer)
{
    const struct shape a = layer->input;
    for (int i = 1; i < layer->input_count; i++) {
        const struct layer *other = &network->layers[layer->inputs[i]];
        const struct shape b = other->output;
        const bool fits = a.height == b.height && a.width == b.width;
        if (!fits || (layer->kind == LAYER_ADD && a.channels != b.channels))
            return network_build_fail(
                place, "\"inputs\": expected %s, found \"%s\" of %dx%dx%d and \"%s\" of %dx%dx%d",
                layer->kind == LAYER_ADD ? "inputs of one shape" : "inputs of the same height and width",
                network->layers[layer->inputs[0]].name, a.channels, a.height, a.width, other->name,
                b.channels, b.height, b.width);
        /* No wrap around: network_build refuses a layer before its channels could make one. */
        if (layer->kind == LAYER_CONCATENATE)
            layer->output.channels += b.channels;
    }
    return true;
}

static bool infer_shape(const struct build_place *place, const struct network *network,
                        const struct model_layer *source, struct layer *layer, bool last, int classes)
{
    layer->output = layer->input;
    switch (layer->kind) {
    case LAYER_DENSE:
        return infer_dense(place, source, layer, last, classes);
    case LAYER_CONV2D:
        layer->output.channels = source->size;
        return network_infer_window(place, source, layer);
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
        return network_infer_window(place, source, layer);
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return infer_global_pool(layer);
    case LAYER_FLATTEN:
        layer->output = (struct shape){(int)shape_count(layer->input), 1, 1};
        return true;
    case LAYER_ACTIVATION:
        return !layer->softmax || require_vector(place, layer->input, "softmax");
    case LAYER_ADD:
    case LAYER_CONCATENATE:
        return infer_join(place, network, layer);
    case LAYER_DROPOUT:
    case LAYER_BATCH_NORM:
    case LAYER_LAYER_NORM:
    case LAYER_INPUT:
        break;
    }
    return true;
}

/* As Keras counts dimensions, the batch included. */
static int infer_rank(const struct model_layer *source, const int *ranks)
{
    switch (source->kind) {
    case LAYER_DENSE:
    case LAYER_FLATTEN:
        return 2;
    case LAYER_CONV2D:
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
        return 4;
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return source->keeps_dims ? 4 : 2;
    default:
        return ranks[source->inputs[0]];
    }
}

/* The product is exact as far as it is allowed, and does not wrap around beyond. */
static bool fill_parameter(const struct build_place *place, struct parameter *parameter, const char *name,
                           int rank, const int dims[4], struct initializer start)
{
    snprintf(parameter->name, sizeof parameter->name, "%s", name);
    parameter->rank = rank;
    parameter->start = start;
    double count = 1.0;
    for (int i = 0; i < rank; i++) {
        parameter->dims[i] = dims[i];
        count *= dims[i];
    }
    if (count > NETWORK_MAX_PARAMETER_FLOATS)
        return network_build_fail(
            place, "%s: expected at most %d values, found %.0f (%.1f GiB); make the layer smaller", name,
            NETWORK_MAX_PARAMETER_FLOATS, count, count * sizeof(float) / (1 << 30));
    parameter->count = (size_t)count;
    return true;
}

static bool add_parameter(const struct build_place *place, struct network *network, struct layer *layer,
                          const char *name, int rank, const int dims[4], struct initializer start)
{
    struct parameter *parameter = &layer->parameters[layer->parameter_count++];
    parameter->offset = network->program.parameter_count;
    if (!fill_parameter(place, parameter, name, rank, dims, start))
        return false;
    network->program.parameter_count += parameter->count;
    if (network->program.parameter_count > NETWORK_MAX_PARAMETER_FLOATS)
        return network_build_fail(place,
                                  "expected at most %d parameters in the network, found %zu up to here",
                                  NETWORK_MAX_PARAMETER_FLOATS, network->program.parameter_count);
    return true;
}

static bool add_buffer(const struct build_place *place, struct network *network, struct layer *layer,
                       const char *name, struct initializer start)
{
    struct parameter *buffer = &layer->buffers[layer->buffer_count++];
    buffer->offset = network->program.buffer_count;
    if (!fill_parameter(place, buffer, name, 1, (const int[4]){layer->input.channels, 0, 0, 0}, start))
        return false;
    network->program.buffer_count += buffer->count;
    return true;
}

/* Of weight and bias; 0 of a layer without parameters. */
static int shape_parameters(const struct layer *layer, int weight[4], int bias[4], int *bias_rank)
{
    const struct shape in = layer->input;
    *bias_rank = 1;
    bias[0] = layer->output.channels;
    switch (layer->kind) {
    case LAYER_DENSE:
        weight[0] = layer->output.channels;
        weight[1] = (int)shape_count(in);
        return 2;
    case LAYER_CONV2D:
        weight[0] = layer->output.channels;
        weight[1] = in.channels;
        weight[2] = layer->kernel_h;
        weight[3] = layer->kernel_w;
        return 4;
    case LAYER_LAYER_NORM:
        if (!layer->over_channels && !is_vector(in)) {
            const int dims[] = {in.channels, in.height, in.width};
            memcpy(weight, dims, sizeof dims);
            memcpy(bias, dims, sizeof dims);
            return *bias_rank = 3;
        }
        weight[0] = in.channels;
        return 1;
    case LAYER_BATCH_NORM:
        weight[0] = in.channels;
        return 1;
    default:
        return 0;
    }
}

static bool lay_out(const struct build_place *place, struct network *network, struct layer *layer,
                    const struct model_layer *source)
{
    int weight[4] = {0}, bias[4] = {0}, bias_rank;
    const int rank = shape_parameters(layer, weight, bias, &bias_rank);
    if (rank == 0)
        return true;
    struct parameter *next = layer->parameters;
    if (source->has_weight) {
        if (!add_parameter(place, network, layer, "weight", rank, weight, source->weight_start))
            return false;
        next->l1 = source->weight_penalty.l1;
        next++->l2 = source->weight_penalty.l2;
    }
    if (source->has_bias) {
        if (!add_parameter(place, network, layer, "bias", bias_rank, bias, source->bias_start))
            return false;
        next->l1 = source->bias_penalty.l1;
        next->l2 = source->bias_penalty.l2;
    }
    return (layer->kind != LAYER_BATCH_NORM ||
            (add_buffer(place, network, layer, "running_mean", source->mean_start) &&
             add_buffer(place, network, layer, "running_var", source->variance_start)));
}

static void copy_layer(struct layer *layer, const struct model_layer *source)
{
    memcpy(layer->name, source->name, sizeof layer->name);
    layer->class_name = source->class_name;
    layer->kind = source->kind;
    layer->activation = source->activation;
    layer->softmax = source->softmax;
    memcpy(layer->inputs, source->inputs, sizeof layer->inputs);
    layer->input_count = source->input_count;
    layer->kernel_h = source->kernel_h;
    layer->kernel_w = source->kernel_w;
    layer->stride_h = source->stride_h;
    layer->stride_w = source->stride_w;
    layer->padding_h = source->padding_h;
    layer->padding_w = source->padding_w;
    layer->padding_end_h = source->padding_end_h;
    layer->padding_end_w = source->padding_end_w;
    layer->dilation_h = source->dilation_h ? source->dilation_h : 1;
    layer->dilation_w = source->dilation_w ? source->dilation_w : 1;
    layer->counts_padding = source->counts_padding;
    layer->alpha = source->alpha;
    layer->rate = source->rate;
    layer->epsilon = source->epsilon;
    layer->momentum = source->momentum;
    layer->unbiased = source->unbiased;
}

/* Layer `index`, whose inputs are built. */
static bool build_layer(const struct build_place *place, struct network *network, const struct model *model,
                        int index, int *ranks, int classes)
{
    const struct model_layer *source = &model->layers[index];
    struct layer *layer = &network->layers[index];
    copy_layer(layer, source);
    layer->input = network->layers[layer->inputs[0]].output;
    ranks[index] = infer_rank(source, ranks);
    if (layer->kind == LAYER_DENSE && ranks[layer->inputs[0]] == 4 && model->recipe.keras &&
        !model->recipe.channels_last)
        return network_build_fail(place,
                                  "Dense: expected a vector as its input, found an image, whose columns "
                                  "it would read alone; put a Flatten before it");
    return infer_shape(place, network, source, layer, sets_output(model, index), classes) &&
           network_check_axes(place, model, index, layer, ranks);
}

/* A chain of n inputs keeps n − 1 results. */
static size_t kept_values(const struct layer *layer)
{
    const size_t results = layer->input_count > 2 ? (size_t)layer->input_count - 1 : 1;
    return results * shape_count(layer->output);
}

static bool build_layers(struct network *network, const struct model *model, const char *origin, int *ranks,
                         int classes, struct error *err)
{
    const struct shape input = network->layers[0].output;
    size_t values = shape_count(input);
    if (values > NETWORK_MAX_VALUES)
        return network_build_fail(&(struct build_place){origin, &network->layers[0], err},
                                  "expected at most %d values in a sample, found %zu", NETWORK_MAX_VALUES,
                                  values);
    ranks[0] = !is_vector(input) && model->input_rank < 2 ? 4 : model->input_rank ? model->input_rank + 1 : 2;
    for (int i = 1; i < network->layer_count; i++) {
        struct layer *layer = &network->layers[i];
        const struct build_place place = {origin, layer, err};
        if (!build_layer(&place, network, model, i, ranks, classes))
            return false;
        values += kept_values(layer);
        if (values > NETWORK_MAX_VALUES)
            return network_build_fail(&place,
                                      "expected at most %d activations in the network, found %zu up to here",
                                      NETWORK_MAX_VALUES, values);
        if (!lay_out(&place, network, layer, &model->layers[i]))
            return false;
    }
    return true;
}

/* One output tells two classes apart. */
static bool fits_classes(const struct model *model, size_t outputs, int classes)
{
    return outputs == (size_t)classes || (outputs == 1 && classes == 2 && model->loss != LOSS_CROSS_ENTROPY);
}

static bool check_output(const struct network *network, const struct model *model, const char *origin,
                         int classes, struct error *err)
{
    const struct layer *last = &network->layers[network->layer_count - 1];
    const struct build_place place = {origin, last, err};
    const size_t outputs = shape_count(last->output);
    const bool sigmoid = last->activation == ACTIVATION_SIGMOID && !last->softmax;
    if (model->loss == LOSS_CROSS_ENTROPY && !last->softmax)
        return network_build_fail(
            &place, "expected a softmax at the end, because the loss is cross-entropy, found none");
    if (model->loss == LOSS_BINARY_CROSS_ENTROPY && !sigmoid)
        return network_build_fail(
            &place, "expected a sigmoid at the end, because the loss is binary cross-entropy, found none");
    if (!fits_classes(model, outputs, classes))
        return network_build_fail(
            &place, "expected %d outputs, one per class of the data%s, found %zu", classes,
            classes == 2 && model->loss != LOSS_CROSS_ENTROPY ? ", or one for both" : "", outputs);
    return true;
}

struct network *network_build(const struct model *model, const char *origin, struct shape input, int classes,
                              struct error *err)
{
    LS_ASSERT(input.channels > 0 && input.height > 0 && input.width > 0 && classes > 0);
    struct network *network = ls_calloc(1, sizeof *network);
    memcpy(network->name, model->name, sizeof network->name);
    network->recipe = model->recipe;
    network->layer_count = model->layer_count;
    network->layers = ls_calloc((size_t)model->layer_count, sizeof *network->layers);
    struct layer *first = &network->layers[0];
    memcpy(first->name, model->layers[0].name, sizeof first->name);
    first->class_name = "Input";
    first->input = first->output = input;
    first->logits_tensor = first->op = -1;
    int *ranks = ls_calloc((size_t)model->layer_count, sizeof *ranks);
    const bool built = build_layers(network, model, origin, ranks, classes, err);
    free(ranks);

    if (!built || !check_output(network, model, origin, classes, err) ||
        (model->reorders && !network_check_order(network, origin, err))) {
        network_destroy(network);
        return NULL;
    }
    network_lower(network, model->loss);
    network_set_penalties(network);
    return network;
}
