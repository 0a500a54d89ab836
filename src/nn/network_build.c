/* Shape inference and the places of parameters. */
#include "nn/network_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Where an error is. */
struct build_place {
    const char *origin;
    const struct layer *layer;
    struct error *err;
};

static bool fail(const struct build_place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(const struct build_place *place, const char *format, ...)
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
           fail(place, "%s: expected a vector as its input, found %dx%dx%d; put a Flatten before it", who,
                in.channels, in.height, in.width);
}

/* Keras's "same": ceil(size / stride) outputs. Ours is the same on both sides, Keras's may be one
 * longer at the end; those are refused. */
static bool same_padding(const struct build_place *place, const char *axis, int size, int kernel, int stride,
                         int *padding)
{
    const int outputs = (size + stride - 1) / stride;
    const int total = (outputs - 1) * stride + kernel - size;
    *padding = total > 0 ? total / 2 : 0;
    if (total > 0 && total % 2 != 0)
        return fail(place,
                    "\"padding\": expected equal padding on both sides, found %d %s to share for \"same\"; "
                    "give it as a number",
                    total, axis);
    return true;
}

static bool output_size(const struct build_place *place, const char *axis, int size, int kernel, int stride,
                        int padding, int *output)
{
    const int padded = size + 2 * padding;
    const struct shape in = place->layer->input;
    if (kernel > padded)
        return fail(place, "expected a kernel of at most %d %s (input %dx%dx%d, padding %d), found %dx%d",
                    padded, axis, in.channels, in.height, in.width, padding, place->layer->kernel_h,
                    place->layer->kernel_w);
    *output = (padded - kernel) / stride + 1;
    return true;
}

static bool infer_window(const struct build_place *place, const struct model_layer *source,
                         struct layer *layer)
{
    const struct shape in = layer->input;
    const bool pool = layer->kind != LAYER_CONV2D;
    if (source->same_padding &&
        (!same_padding(place, "rows", in.height, layer->kernel_h, layer->stride_h, &layer->padding_h) ||
         !same_padding(place, "columns", in.width, layer->kernel_w, layer->stride_w, &layer->padding_w)))
        return false;
    layer->padding_end_h = layer->padding_h;
    layer->padding_end_w = layer->padding_w;
    if (source->same_padding && layer->kind == LAYER_AVERAGE_POOL2D && (layer->padding_h || layer->padding_w))
        return fail(place,
                    "\"padding\": expected \"valid\" or numbers, which count as zeros in the mean, found "
                    "\"same\", which would not");
    if (pool && (layer->padding_h >= layer->kernel_h || layer->padding_w >= layer->kernel_w))
        return fail(place, "expected padding smaller than the pool (%d, %d), found (%d, %d)", layer->kernel_h,
                    layer->kernel_w, layer->padding_h, layer->padding_w);
    return output_size(place, "rows", in.height, layer->kernel_h, layer->stride_h, layer->padding_h,
                       &layer->output.height) &&
           output_size(place, "columns", in.width, layer->kernel_w, layer->stride_w, layer->padding_w,
                       &layer->output.width);
}

/* Is layer `index` the last one that sets a size of its own? */
static bool sets_output(const struct model *model, int index)
{
    for (int i = index + 1; i < model->layer_count; i++)
        if (model->layers[i].kind != LAYER_ACTIVATION)
            return false;
    return true;
}

static bool infer_dense(const struct build_place *place, const struct model_layer *source,
                        struct layer *layer, bool last, int classes)
{
    if (source->size == 0 && !last)
        return fail(place, "\"units\": expected a number, found null, which only the last Dense may have");
    layer->output.channels = source->size ? source->size : classes;
    layer->output.height = layer->output.width = 1;
    return require_vector(place, layer->input, "Dense");
}

static bool infer_shape(const struct build_place *place, const struct model_layer *source,
                        struct layer *layer, bool last, int classes)
{
    layer->output = layer->input;
    switch (layer->kind) {
    case LAYER_DENSE:
        return infer_dense(place, source, layer, last, classes);
    case LAYER_CONV2D:
        layer->output.channels = source->size;
        return infer_window(place, source, layer);
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
        return infer_window(place, source, layer);
    case LAYER_FLATTEN:
        layer->output = (struct shape){(int)shape_count(layer->input), 1, 1};
        return true;
    case LAYER_ACTIVATION:
        return !layer->softmax || require_vector(place, layer->input, "softmax");
    case LAYER_GLOBAL_AVERAGE_POOL2D:
    case LAYER_DROPOUT:
    case LAYER_BATCH_NORM:
    case LAYER_LAYER_NORM:
    case LAYER_ADD:
    case LAYER_CONCATENATE:
    case LAYER_INPUT:
        break;
    }
    return true;
}

/* The product is exact as far as it is allowed, and does not wrap around beyond. */
static bool add_parameter(const struct build_place *place, struct network *network, struct layer *layer,
                          const char *name, int rank, const int dims[4], struct initializer start)
{
    struct parameter *parameter = &layer->parameters[layer->parameter_count++];
    snprintf(parameter->name, sizeof parameter->name, "%s", name);
    parameter->rank = rank;
    parameter->start = start;
    parameter->offset = network->program.parameter_count;
    double count = 1.0;
    for (int i = 0; i < rank; i++) {
        parameter->dims[i] = dims[i];
        count *= dims[i];
    }
    if (count > NETWORK_MAX_PARAMETER_FLOATS)
        return fail(place, "%s: expected at most %d values, found %.0f (%.1f GiB); make the layer smaller",
                    name, NETWORK_MAX_PARAMETER_FLOATS, count, count * sizeof(float) / (1 << 30));
    parameter->count = (size_t)count;
    network->program.parameter_count += parameter->count;
    if (network->program.parameter_count > NETWORK_MAX_PARAMETER_FLOATS)
        return fail(place, "expected at most %d parameters in the network, found %zu up to here",
                    NETWORK_MAX_PARAMETER_FLOATS, network->program.parameter_count);
    return true;
}

static bool lay_out(const struct build_place *place, struct network *network, struct layer *layer,
                    const struct model_layer *source)
{
    const int out = layer->output.channels;
    bool ok = true;
    if (layer->kind == LAYER_DENSE)
        ok = add_parameter(place, network, layer, "weight", 2,
                           (const int[4]){out, (int)shape_count(layer->input), 0, 0}, source->weight_start);
    else if (layer->kind == LAYER_CONV2D)
        ok = add_parameter(place, network, layer, "weight", 4,
                           (const int[4]){out, layer->input.channels, layer->kernel_h, layer->kernel_w},
                           source->weight_start);
    else
        return true;
    return ok && (!source->has_bias || add_parameter(place, network, layer, "bias", 1,
                                                     (const int[4]){out, 0, 0, 0}, source->bias_start));
}

static void copy_layer(struct layer *layer, const struct model_layer *source)
{
    memcpy(layer->name, source->name, sizeof layer->name);
    layer->kind = source->kind;
    layer->activation = source->activation;
    layer->softmax = source->softmax;
    memcpy(layer->inputs, source->inputs, sizeof layer->inputs);
    layer->input_count = source->input_count;
    layer->kernel_h = source->kernel_h;
    layer->kernel_w = source->kernel_w;
    layer->stride_h = source->stride_h;
    layer->stride_w = source->stride_w;
    layer->padding_h = layer->padding_end_h = source->padding_h;
    layer->padding_w = layer->padding_end_w = source->padding_w;
    layer->dilation_h = layer->dilation_w = 1;
    layer->counts_padding = true;
}

static bool build_layers(struct network *network, const struct model *model, const char *origin, int classes,
                         struct error *err)
{
    size_t values = shape_count(network->layers[0].output);
    if (values > NETWORK_MAX_VALUES)
        return fail(&(struct build_place){origin, &network->layers[0], err},
                    "expected at most %d values in a sample, found %zu", NETWORK_MAX_VALUES, values);
    for (int i = 1; i < network->layer_count; i++) {
        const struct model_layer *source = &model->layers[i];
        struct layer *layer = &network->layers[i];
        const struct build_place place = {origin, layer, err};
        copy_layer(layer, source);
        layer->input = network->layers[layer->inputs[0]].output;
        if (!infer_shape(&place, source, layer, sets_output(model, i), classes))
            return false;
        values += shape_count(layer->output);
        if (values > NETWORK_MAX_VALUES)
            return fail(&place, "expected at most %d activations in the network, found %zu up to here",
                        NETWORK_MAX_VALUES, values);
        if (!lay_out(&place, network, layer, source))
            return false;
    }
    return true;
}

static bool check_output(const struct network *network, const struct model *model, const char *origin,
                         int classes, struct error *err)
{
    const struct layer *last = &network->layers[network->layer_count - 1];
    const struct build_place place = {origin, last, err};
    if (model->loss == LOSS_CROSS_ENTROPY && !last->softmax)
        return fail(&place, "expected a softmax at the end, because the loss is cross-entropy, found none");
    if (shape_count(last->output) != (size_t)classes)
        return fail(&place, "expected %d outputs, one per class of the data, found %zu", classes,
                    shape_count(last->output));
    return true;
}

/* Keras flattens rows, columns, channels, we channels, rows, columns. A Dense that reads all values learns
 * the same either way; without one the outputs would change places. */
static bool check_order(const struct network *network, const char *origin, struct error *err)
{
    for (int i = 1; i < network->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        const struct shape in = layer->input;
        if (layer->kind != LAYER_FLATTEN || in.channels == 1 || (in.height == 1 && in.width == 1))
            continue;
        int reader = i;
        for (int k = i + 1; k < network->layer_count; k++)
            if (network->layers[k].inputs[0] == reader && network->layers[reader].kind != LAYER_DENSE)
                reader = k;
        if (network->layers[reader].kind != LAYER_DENSE)
            return fail(
                &(struct build_place){origin, layer, err},
                "expected a Dense after it, because Keras's order of the values of %dx%dx%d differs from "
                "ours, found none",
                in.channels, in.height, in.width);
    }
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
    first->input = first->output = input;
    first->logits_tensor = -1;

    if (!build_layers(network, model, origin, classes, err) ||
        !check_output(network, model, origin, classes, err) ||
        (model->reorders && !check_order(network, origin, err))) {
        network_destroy(network);
        return NULL;
    }
    network_lower(network, model->loss);
    return network;
}
