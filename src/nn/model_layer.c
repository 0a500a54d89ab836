/* The classes of layers and what each one's config says. */
#include "nn/model_layer.h"

#include <stdio.h>
#include <string.h>

#include "nn/model_training.h"

static bool require(const struct layer_reading *reading, const char *key)
{
    return json_has_key(reading->config, key) ||
           json_fail(reading->place, "\"%s\": expected a value, found nothing", key);
}

/* "valid", "same" or zeros by number. */
static bool read_padding(const struct layer_reading *reading)
{
    struct model_layer *layer = reading->layer;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(reading->config, "padding");
    const char *name = cJSON_GetStringValue(item);
    char found[JSON_EXCERPT];
    if (!name)
        return json_read_padding(reading->place, reading->config, "padding", &layer->padding_h,
                                 &layer->padding_w, &layer->padding_end_h, &layer->padding_end_w);
    layer->same_padding = strcmp(name, "same") == 0;
    if (!layer->same_padding && strcmp(name, "valid") != 0)
        return json_fail(reading->place, "\"padding\": expected \"valid\", \"same\" or numbers, found %s",
                         json_excerpt(item, found));
    return true;
}

/* The parameters' presence and start. */
static bool read_parameters(const struct layer_reading *reading)
{
    struct model_layer *layer = reading->layer;
    layer->has_weight = true;
    return json_read_bool(reading->place, reading->config, "use_bias", &layer->has_bias) &&
           model_read_initializer(reading->place, reading->config, "kernel_initializer",
                                  &layer->weight_start) &&
           model_read_initializer(reading->place, reading->config, "bias_initializer", &layer->bias_start) &&
           model_read_regularizer(reading->place, reading->config, "kernel_regularizer",
                                  &layer->weight_penalty.l1, &layer->weight_penalty.l2) &&
           model_read_regularizer(reading->place, reading->config, "bias_regularizer",
                                  &layer->bias_penalty.l1, &layer->bias_penalty.l2);
}

static bool read_dense(const struct layer_reading *reading)
{
    reading->layer->has_bias = true;
    return require(reading, "units") &&
           (cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(reading->config, "units")) ||
            json_read_size(reading->place, reading->config, "units", &reading->layer->size)) &&
           model_read_activation(reading) && read_parameters(reading);
}

static bool read_convolution(const struct layer_reading *reading)
{
    const struct json_place *place = reading->place;
    struct model_layer *layer = reading->layer;
    layer->has_bias = true;
    layer->stride_h = layer->stride_w = 1;
    return require(reading, "filters") && json_read_size(place, reading->config, "filters", &layer->size) &&
           require(reading, "kernel_size") &&
           json_read_pair(place, reading->config, "kernel_size", 1, &layer->kernel_h, &layer->kernel_w) &&
           json_read_pair(place, reading->config, "strides", 1, &layer->stride_h, &layer->stride_w) &&
           json_read_pair(place, reading->config, "dilation_rate", 1, &layer->dilation_h,
                          &layer->dilation_w) &&
           read_padding(reading) && model_read_activation(reading) && read_parameters(reading);
}

static bool read_pool(const struct layer_reading *reading)
{
    struct model_layer *layer = reading->layer;
    layer->kernel_h = layer->kernel_w = 2;
    if (!json_read_pair(reading->place, reading->config, "pool_size", 1, &layer->kernel_h, &layer->kernel_w))
        return false;
    layer->stride_h = layer->kernel_h;
    layer->stride_w = layer->kernel_w;
    layer->counts_padding = !reading->keras;
    const bool by_pool_size = cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(reading->config, "strides"));
    return (by_pool_size || json_read_pair(reading->place, reading->config, "strides", 1, &layer->stride_h,
                                           &layer->stride_w)) &&
           json_read_bool(reading->place, reading->config, "count_include_pad", &layer->counts_padding) &&
           read_padding(reading);
}

static bool read_global_pool(const struct layer_reading *reading)
{
    return json_read_bool(reading->place, reading->config, "keepdims", &reading->layer->keeps_dims);
}

static bool read_zero_padding(const struct layer_reading *reading)
{
    struct model_layer *layer = reading->layer;
    layer->pads = true;
    layer->border_h = layer->border_w = layer->border_end_h = layer->border_end_w = 1;
    return json_read_padding(reading->place, reading->config, "padding", &layer->border_h, &layer->border_w,
                             &layer->border_end_h, &layer->border_end_w);
}

static bool read_rescaling(const struct layer_reading *reading)
{
    float scale = 0.0f, offset = 0.0f;
    reading->layer->rescales = true;
    if (!require(reading, "scale") ||
        !json_read_real(reading->place, reading->config, "scale", -1e30, 1e30, &scale) ||
        !json_read_real(reading->place, reading->config, "offset", -1e30, 1e30, &offset))
        return false;
    const float from_bytes = 1.0f / 255.0f;
    const float distance = scale > from_bytes ? scale - from_bytes : from_bytes - scale;
    return (distance < 1e-8f && !(offset < 0.0f) && !(offset > 0.0f)) ||
           json_fail(reading->place,
                     "Rescaling: expected \"scale\" 1/255 and \"offset\" 0, which a network sees of bytes "
                     "anyway, found %.7g and %.7g",
                     (double)scale, (double)offset);
}

/* [rows, columns], or with the channels where the file has them. */
static bool read_reshape(const struct layer_reading *reading)
{
    struct model_layer *layer = reading->layer;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(reading->config, "target_shape");
    const int count = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : 0;
    char found[JSON_EXCERPT];
    int dims[3] = {1, 1, 1};
    layer->reshapes = true;
    bool ok = count == 2 || count == 3;
    for (int i = 0; ok && i < count; i++) {
        const cJSON *dim = cJSON_GetArrayItem(item, i);
        ok = cJSON_IsNumber(dim) && dim->valuedouble >= 1 && dim->valuedouble <= MODEL_MAX_SIZE &&
             (double)dim->valueint >= dim->valuedouble;
        dims[i] = ok ? dim->valueint : 1;
    }
    if (!ok)
        return json_fail(reading->place,
                         "\"target_shape\": expected rows and columns, or these and channels, each from 1 to "
                         "%d, found %s",
                         MODEL_MAX_SIZE, json_excerpt(item, found));
    layer->target = count == 2               ? (struct shape){1, dims[0], dims[1]}
                    : reading->channels_last ? (struct shape){dims[2], dims[0], dims[1]}
                                             : (struct shape){dims[0], dims[1], dims[2]};
    return true;
}

static bool read_dropout(const struct layer_reading *reading)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(reading->config, "rate");
    char found[JSON_EXCERPT];
    reading->layer->rate = 0.5f;
    if (reading->keras && !require(reading, "rate"))
        return false;
    if (item && !(cJSON_IsNumber(item) && item->valuedouble >= 0.0 && (float)item->valuedouble < 1.0f))
        return json_fail(reading->place, "\"rate\": expected a number from 0 to below 1, found %s",
                         json_excerpt(item, found));
    if (item)
        reading->layer->rate = (float)item->valuedouble;
    return true;
}

static bool read_activation_layer(const struct layer_reading *reading)
{
    return require(reading, "activation") && model_read_activation(reading);
}

static const struct layer_class layer_classes[] = {
    {"Dense",
     "dense",
     LAYER_DENSE,
     read_dense,
     {"name", "units", "activation", "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer"}},
    {"Conv2D",
     "conv2d",
     LAYER_CONV2D,
     read_convolution,
     {"name", "filters", "kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias",
      "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer"}},
    {"MaxPooling2D",
     "max_pooling2d",
     LAYER_MAX_POOL2D,
     read_pool,
     {"name", "pool_size", "strides", "padding"}},
    {"AveragePooling2D",
     "average_pooling2d",
     LAYER_AVERAGE_POOL2D,
     read_pool,
     {"name", "pool_size", "strides", "padding", "count_include_pad"}},
    {"GlobalAveragePooling2D",
     "global_average_pooling2d",
     LAYER_GLOBAL_AVERAGE_POOL2D,
     read_global_pool,
     {"name", "keepdims"}},
    {"ZeroPadding2D", "zero_padding2d", LAYER_FLATTEN, read_zero_padding, {"name", "padding"}},
    {"Flatten", "flatten", LAYER_FLATTEN, NULL, {"name"}},
    {"Dropout", "dropout", LAYER_DROPOUT, read_dropout, {"name", "rate"}},
    {"BatchNormalization",
     "batch_normalization",
     LAYER_BATCH_NORM,
     model_read_batch_norm,
     {"name", "axis", "momentum", "epsilon", "center", "scale", "unbiased", "beta_initializer",
      "gamma_initializer", "moving_mean_initializer", "moving_variance_initializer"}},
    {"LayerNormalization",
     "layer_normalization",
     LAYER_LAYER_NORM,
     model_read_layer_norm,
     {"name", "axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer"}},
    {"Add", "add", LAYER_ADD, NULL, {"name"}},
    {"Concatenate", "concatenate", LAYER_CONCATENATE, model_read_axes, {"name", "axis"}},
    {"Activation", "activation", LAYER_ACTIVATION, read_activation_layer, {"name", "activation"}},
    {"ReLU", "re_lu", LAYER_ACTIVATION, model_read_relu, {"name", "negative_slope"}},
    {"LeakyReLU",
     "leaky_re_lu",
     LAYER_ACTIVATION,
     model_read_leaky_relu,
     {"name", "alpha", "negative_slope"}},
    {"ELU", "elu", LAYER_ACTIVATION, model_read_elu, {"name", "alpha"}},
    {"GELU", "gelu", LAYER_ACTIVATION, model_read_gelu, {"name", "approximate"}},
    {"Softmax", "softmax", LAYER_ACTIVATION, model_read_softmax, {"name", "axis"}},
    {"Reshape", "reshape", LAYER_FLATTEN, read_reshape, {"name", "target_shape"}},
    {"Rescaling", "rescaling", LAYER_FLATTEN, read_rescaling, {"name", "scale", "offset"}},
};
enum { CLASS_COUNT = sizeof layer_classes / sizeof *layer_classes };

bool model_read_layer(const struct json_place *place, const struct layer_class *class_, const cJSON *config,
                      const struct recipe *recipe, struct model_layer *layer)
{
    const struct layer_reading reading = {place, config, recipe->keras,
                                          recipe->keras && recipe->channels_last, layer};
    layer->kind = class_->kind;
    layer->class_name = class_->name;
    layer->dilation_h = layer->dilation_w = 1;
    layer->counts_padding = true;
    return json_check_object(place, config, class_->name, class_->keys) &&
           (!class_->read || class_->read(&reading));
}

const struct layer_class *model_find_class(const struct json_place *place, const cJSON *item)
{
    const char *name = cJSON_GetStringValue(item);
    for (int i = 0; name && i < CLASS_COUNT; i++)
        if (strcmp(name, layer_classes[i].name) == 0)
            return &layer_classes[i];
    char known[384], found[JSON_EXCERPT];
    size_t used = 0;
    for (int i = 0; i < CLASS_COUNT; i++)
        used +=
            (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", layer_classes[i].name);
    json_fail(place, "\"class_name\": expected one of %s, found %s", known, json_excerpt(item, found));
    return NULL;
}
