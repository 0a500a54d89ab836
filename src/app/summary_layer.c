/* See summary_layer.h. */
#include "app/summary_layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number_exact.h"
#include "base/number_text.h"

enum { PART = 128 };

/* A list under way, with commas between its parts. */
struct list {
    char *text;
    size_t size;
};

static void add(struct list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct list *list, const char *format, ...)
{
    const size_t used = strlen(list->text);
    const int gap = snprintf(list->text + used, list->size - used, "%s", used ? ", " : "");
    if (used + (size_t)gap >= list->size)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(list->text + used + gap, list->size - used - (size_t)gap, format, args);
    va_end(args);
}

static bool is_window(const struct layer *layer)
{
    return layer->kind == LAYER_CONV2D || layer->kind == LAYER_MAX_POOL2D ||
           layer->kind == LAYER_AVERAGE_POOL2D;
}

static bool is_padded(const struct layer *layer)
{
    return layer->padding_h || layer->padding_w || layer->padding_end_h || layer->padding_end_w;
}

static bool has_activation(const struct layer *layer)
{
    return layer->kind == LAYER_ACTIVATION || layer->kind == LAYER_DENSE || layer->kind == LAYER_CONV2D;
}

static const char *activation_name(const struct layer *layer)
{
    static const char *const names[] = {
        [ACTIVATION_LINEAR] = "linear", [ACTIVATION_SIGMOID] = "sigmoid",       [ACTIVATION_TANH] = "tanh",
        [ACTIVATION_RELU] = "relu",     [ACTIVATION_LEAKY_RELU] = "leaky_relu", [ACTIVATION_ELU] = "elu",
        [ACTIVATION_GELU] = "gelu",     [ACTIVATION_GELU_TANH] = "gelu"};
    return layer->softmax ? "softmax" : names[layer->activation];
}

static const char *start_of(const struct network *network, int layer, const char *name, char text[PART])
{
    for (int p = 0; p < network->layers[layer].parameter_count; p++)
        if (strcmp(network->layers[layer].parameters[p].name, name) == 0) {
            const struct initializer start = network_parameter_start(network, layer, p);
            initializer_describe(&start, text, PART);
            return text;
        }
    return strcpy(text, "none");
}

static void describe_window(struct list *list, const struct layer *l)
{
    add(list, "%s %dx%d", l->kind == LAYER_CONV2D ? "kernel" : "pool", l->kernel_h, l->kernel_w);
    add(list, "strides %dx%d", l->stride_h, l->stride_w);
    if (l->padding_h == l->padding_end_h && l->padding_w == l->padding_end_w)
        add(list, "padding %dx%d", l->padding_h, l->padding_w);
    else
        add(list, "padding top %d, bottom %d, left %d, right %d", l->padding_h, l->padding_end_h,
            l->padding_w, l->padding_end_w);
    if (l->kind == LAYER_AVERAGE_POOL2D && is_padded(l))
        add(list, l->counts_padding ? "which counts in the mean" : "which does not count in the mean");
    if (l->kind == LAYER_CONV2D)
        add(list, "dilation %dx%d", l->dilation_h, l->dilation_w);
}

static void describe_activation(struct list *list, const struct layer *layer)
{
    add(list, "activation %s", activation_name(layer));
    if (layer->softmax)
        return;
    if (layer->activation == ACTIVATION_LEAKY_RELU)
        add(list, "slope %s below 0", LS_NUMBER_GIVEN(layer->alpha));
    if (layer->activation == ACTIVATION_ELU)
        add(list, "alpha %s", LS_NUMBER_GIVEN(layer->alpha));
    if (layer->activation == ACTIVATION_GELU)
        add(list, "exact");
    if (layer->activation == ACTIVATION_GELU_TANH)
        add(list, "approximated by tanh");
}

static void describe_norm(struct list *list, const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    char weight[PART], bias[PART], mean[PART], variance[PART];
    if (layer->kind == LAYER_LAYER_NORM)
        add(list, layer->over_channels ? "over the channels at each place" : "over all values of a sample");
    add(list, "epsilon %s", LS_NUMBER_GIVEN(layer->epsilon));
    if (layer->kind == LAYER_BATCH_NORM) {
        add(list, "momentum %s of the new statistics", LS_NUMBER_GIVEN(layer->momentum));
        if (network->recipe.keras)
            add(list, "Keras's %s of the old", LS_NUMBER_GIVEN(1.0 - (double)layer->momentum));
        add(list, "running variance %s", layer->unbiased ? "unbiased" : "biased");
    }
    add(list, "gamma %s, beta %s", start_of(network, index, "weight", weight),
        start_of(network, index, "bias", bias));
    if (layer->kind == LAYER_BATCH_NORM) {
        initializer_describe(&layer->buffers[0].start, mean, sizeof mean);
        initializer_describe(&layer->buffers[1].start, variance, sizeof variance);
        add(list, "running mean %s, running variance %s", mean, variance);
    }
}

static void describe_penalties(struct list *list, const struct layer *layer)
{
    for (int p = 0; p < layer->parameter_count; p++) {
        const struct parameter *parameter = &layer->parameters[p];
        if (parameter->l1 > 0.0f)
            add(list, "L1 %s of the %s", LS_NUMBER_GIVEN(parameter->l1), parameter->name);
        if (parameter->l2 > 0.0f)
            add(list, "L2 %s of the %s", LS_NUMBER_GIVEN(parameter->l2), parameter->name);
    }
}

void summary_describe_layer(const struct network *network, int index, char *text, size_t size)
{
    const struct layer *layer = &network->layers[index];
    struct list list = {text, size};
    char weight[PART], bias[PART];
    text[0] = '\0';
    if (is_window(layer))
        describe_window(&list, layer);
    if (layer->kind == LAYER_GLOBAL_AVERAGE_POOL2D)
        add(&list, "pool %dx%d, the whole image", layer->kernel_h, layer->kernel_w);
    if (layer->kind == LAYER_DROPOUT)
        add(&list, "rate %s", LS_NUMBER_GIVEN(layer->rate));
    if (layer->kind == LAYER_CONCATENATE)
        add(&list, "along the channels");
    if (has_activation(layer))
        describe_activation(&list, layer);
    if (layer->kind == LAYER_BATCH_NORM || layer->kind == LAYER_LAYER_NORM)
        describe_norm(&list, network, index);
    else if (layer->parameter_count > 0)
        add(&list, "weights %s, biases %s", start_of(network, index, "weight", weight),
            start_of(network, index, "bias", bias));
    describe_penalties(&list, layer);
}

void summary_add_float(cJSON *object, const char *name, float value)
{
    char text[NUMBER_EXACT_SIZE];
    cJSON_AddRawToObject(object, name, number_exact_float(text, value));
}

static void add_pair(cJSON *item, const char *name, int first, int second)
{
    const int pair[] = {first, second};
    cJSON_AddItemToObject(item, name, cJSON_CreateIntArray(pair, 2));
}

static void add_window(cJSON *item, const struct layer *layer)
{
    const int rows[] = {layer->padding_h, layer->padding_end_h};
    const int columns[] = {layer->padding_w, layer->padding_end_w};
    add_pair(item, layer->kind == LAYER_CONV2D ? "kernel_size" : "pool_size", layer->kernel_h,
             layer->kernel_w);
    add_pair(item, "strides", layer->stride_h, layer->stride_w);
    cJSON *padding = cJSON_AddArrayToObject(item, "padding");
    cJSON_AddItemToArray(padding, cJSON_CreateIntArray(rows, 2));
    cJSON_AddItemToArray(padding, cJSON_CreateIntArray(columns, 2));
    if (layer->kind == LAYER_CONV2D)
        add_pair(item, "dilation_rate", layer->dilation_h, layer->dilation_w);
    if (layer->kind == LAYER_AVERAGE_POOL2D)
        cJSON_AddBoolToObject(item, "count_include_pad", layer->counts_padding);
}

static void add_activation(cJSON *item, const struct layer *layer)
{
    cJSON_AddStringToObject(item, "activation", activation_name(layer));
    if (layer->softmax)
        return;
    if (layer->activation == ACTIVATION_LEAKY_RELU)
        summary_add_float(item, "negative_slope", layer->alpha);
    if (layer->activation == ACTIVATION_ELU)
        summary_add_float(item, "alpha", layer->alpha);
    if (layer->activation == ACTIVATION_GELU || layer->activation == ACTIVATION_GELU_TANH)
        cJSON_AddBoolToObject(item, "approximate", layer->activation == ACTIVATION_GELU_TANH);
}

void summary_add_settings(cJSON *item, const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    const bool norm = layer->kind == LAYER_BATCH_NORM || layer->kind == LAYER_LAYER_NORM;
    char text[PART];
    if (is_window(layer))
        add_window(item, layer);
    if (layer->kind == LAYER_DROPOUT)
        summary_add_float(item, "rate", layer->rate);
    if (has_activation(layer))
        add_activation(item, layer);
    if (norm)
        summary_add_float(item, "epsilon", layer->epsilon);
    if (layer->kind == LAYER_LAYER_NORM)
        cJSON_AddStringToObject(item, "over", layer->over_channels ? "channels" : "all");
    if (layer->kind == LAYER_BATCH_NORM) {
        summary_add_float(item, "momentum", layer->momentum);
        cJSON_AddBoolToObject(item, "unbiased", layer->unbiased);
        cJSON_AddNumberToObject(item, "running_statistics", 2.0 * layer->input.channels);
    }
    if (layer->parameter_count > 0) {
        cJSON_AddStringToObject(item, norm ? "gamma_initializer" : "kernel_initializer",
                                start_of(network, index, "weight", text));
        cJSON_AddStringToObject(item, norm ? "beta_initializer" : "bias_initializer",
                                start_of(network, index, "bias", text));
    }
    for (int p = 0; p < layer->parameter_count; p++) {
        const struct parameter *parameter = &layer->parameters[p];
        if (!(parameter->l1 > 0.0f) && !(parameter->l2 > 0.0f))
            continue;
        cJSON *penalty = cJSON_AddObjectToObject(item, p == 0 ? "kernel_regularizer" : "bias_regularizer");
        summary_add_float(penalty, "l1", parameter->l1);
        summary_add_float(penalty, "l2", parameter->l2);
    }
}
