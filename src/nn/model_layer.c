/* The classes of layers and what each one's config says. */
#include "nn/model_layer.h"

#include <stdio.h>
#include <string.h>

#include "nn/model_training.h"

static const struct layer_class layer_classes[] = {
    {"Dense",
     "dense",
     LAYER_DENSE,
     false,
     {"name", "units", "activation", "use_bias", "kernel_initializer", "bias_initializer"}},
    {"Conv2D",
     "conv2d",
     LAYER_CONV2D,
     false,
     {"name", "filters", "kernel_size", "strides", "padding", "activation", "use_bias", "kernel_initializer",
      "bias_initializer"}},
    {"MaxPooling2D", "max_pooling2d", LAYER_MAX_POOL2D, false, {"name", "pool_size", "strides", "padding"}},
    {"AveragePooling2D",
     "average_pooling2d",
     LAYER_AVERAGE_POOL2D,
     false,
     {"name", "pool_size", "strides", "padding"}},
    {"Flatten", "flatten", LAYER_FLATTEN, false, {"name"}},
    {"Activation", "activation", LAYER_ACTIVATION, false, {"name", "activation"}},
    {"Softmax", "softmax", LAYER_ACTIVATION, true, {"name"}},
};
enum { CLASS_COUNT = sizeof layer_classes / sizeof *layer_classes };

static const char *const activation_names[] = {
    [ACTIVATION_LINEAR] = "linear",
    [ACTIVATION_SIGMOID] = "sigmoid",
    [ACTIVATION_TANH] = "tanh",
    [ACTIVATION_RELU] = "relu",
};
enum { ACTIVATION_COUNT = sizeof activation_names / sizeof *activation_names };

static bool read_activation(const struct json_place *place, const cJSON *config, struct model_layer *layer)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(config, "activation");
    if (!item || cJSON_IsNull(item))
        return true;
    const char *name = cJSON_GetStringValue(item);
    for (int i = 0; name && i < ACTIVATION_COUNT; i++) {
        if (strcmp(name, activation_names[i]) == 0) {
            layer->activation = (enum activation)i;
            return true;
        }
    }
    if (name && strcmp(name, "softmax") == 0 && layer->kind != LAYER_CONV2D) {
        layer->softmax = true;
        return true;
    }
    char found[JSON_EXCERPT];
    return json_fail(place,
                     "\"activation\": expected \"linear\", \"sigmoid\", \"tanh\", \"relu\"%s, found %s",
                     layer->kind == LAYER_CONV2D ? "" : " or \"softmax\"", json_excerpt(item, found));
}

static bool read_padding(const struct json_place *place, const cJSON *config, struct model_layer *layer)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(config, "padding");
    const char *name = cJSON_GetStringValue(item);
    char found[JSON_EXCERPT];
    if (!name)
        return json_read_pair(place, config, "padding", 0, &layer->padding_h, &layer->padding_w);
    layer->same_padding = strcmp(name, "same") == 0;
    if (!layer->same_padding && strcmp(name, "valid") != 0)
        return json_fail(place, "\"padding\": expected \"valid\", \"same\" or numbers, found %s",
                         json_excerpt(item, found));
    return true;
}

static bool require(const struct json_place *place, const cJSON *config, const char *key)
{
    return json_has_key(config, key) || json_fail(place, "\"%s\": expected a value, found nothing", key);
}

/* The parameters' presence and start. */
static bool read_parameters(const struct json_place *place, const cJSON *config, struct model_layer *layer)
{
    return json_read_bool(place, config, "use_bias", &layer->has_bias) &&
           model_read_initializer(place, config, "kernel_initializer", &layer->weight_start) &&
           model_read_initializer(place, config, "bias_initializer", &layer->bias_start);
}

static bool read_dense(const struct json_place *place, const cJSON *config, struct model_layer *layer)
{
    layer->has_bias = true;
    return require(place, config, "units") &&
           (cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(config, "units")) ||
            json_read_size(place, config, "units", &layer->size)) &&
           read_activation(place, config, layer) && read_parameters(place, config, layer);
}

static bool read_convolution(const struct json_place *place, const cJSON *config, struct model_layer *layer)
{
    layer->has_bias = true;
    layer->stride_h = layer->stride_w = 1;
    return require(place, config, "filters") && json_read_size(place, config, "filters", &layer->size) &&
           require(place, config, "kernel_size") &&
           json_read_pair(place, config, "kernel_size", 1, &layer->kernel_h, &layer->kernel_w) &&
           json_read_pair(place, config, "strides", 1, &layer->stride_h, &layer->stride_w) &&
           read_padding(place, config, layer) && read_activation(place, config, layer) &&
           read_parameters(place, config, layer);
}

static bool read_pool(const struct json_place *place, const cJSON *config, struct model_layer *layer)
{
    layer->kernel_h = layer->kernel_w = 2;
    if (!json_read_pair(place, config, "pool_size", 1, &layer->kernel_h, &layer->kernel_w))
        return false;
    layer->stride_h = layer->kernel_h;
    layer->stride_w = layer->kernel_w;
    const bool by_pool_size = cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(config, "strides"));
    return (by_pool_size ||
            json_read_pair(place, config, "strides", 1, &layer->stride_h, &layer->stride_w)) &&
           read_padding(place, config, layer);
}

bool model_read_layer(const struct json_place *place, const struct layer_class *class_, const cJSON *config,
                      struct model_layer *layer)
{
    layer->kind = class_->kind;
    layer->softmax = class_->softmax;
    if (!json_check_object(place, config, class_->name, class_->keys))
        return false;
    switch (class_->kind) {
    case LAYER_DENSE:
        return read_dense(place, config, layer);
    case LAYER_CONV2D:
        return read_convolution(place, config, layer);
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
        return read_pool(place, config, layer);
    case LAYER_ACTIVATION:
        return class_->softmax ||
               (require(place, config, "activation") && read_activation(place, config, layer));
    default:
        break;
    }
    return true;
}

const struct layer_class *model_find_class(const struct json_place *place, const cJSON *item)
{
    const char *name = cJSON_GetStringValue(item);
    for (int i = 0; name && i < CLASS_COUNT; i++)
        if (strcmp(name, layer_classes[i].name) == 0)
            return &layer_classes[i];
    char known[256], found[JSON_EXCERPT];
    size_t used = 0;
    for (int i = 0; i < CLASS_COUNT; i++)
        used +=
            (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", layer_classes[i].name);
    json_fail(place, "\"class_name\": expected one of %s, found %s", known, json_excerpt(item, found));
    return NULL;
}
