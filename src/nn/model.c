/* Reading a model file: Keras's layer vocabulary in JSON, see docs/file-formats.md. */
#include "nn/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/model_json.h"
#include "nn/model_keras.h"
#include "nn/model_training.h"

struct layer_class {
    const char *name;   /* Keras's */
    const char *prefix; /* of a layer without a name, as Keras names it */
    enum layer_kind kind;
    bool softmax;
    const char *keys[10]; /* of its config */
};

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

/* cJSON_HasObjectItem ignores case. */
static bool has_key(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
}

static bool require(const struct json_place *place, const cJSON *config, const char *key)
{
    return has_key(config, key) || json_fail(place, "\"%s\": expected a value, found nothing", key);
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

static bool read_config(const struct json_place *place, const struct layer_class *class_, const cJSON *config,
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

static const struct layer_class *find_class(const struct json_place *place, const cJSON *item)
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

static int find_layer(const struct model *model, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(model->layers[i].name, name) == 0)
            return i;
    return -1;
}

static bool name_layer(const struct json_place *place, struct model *model, int index, const char *prefix,
                       const cJSON *config)
{
    char *name = model->layers[index].name;
    if (!json_read_name(place, config, "name", name, NETWORK_NAME))
        return false;
    for (int number = 0; !has_key(config, "name"); number++) {
        snprintf(name, NETWORK_NAME, number ? "%s_%d" : "%s", prefix, number);
        if (find_layer(model, index, name) < 0)
            break;
    }
    const int taken = find_layer(model, index, name);
    if (taken >= 0)
        return json_fail(place, "\"name\": expected a name of its own, found \"%s\", which %s has already",
                         name, taken == 0 ? "the input" : "another layer");
    return true;
}

/* Is `name` that of this layer of the file or of one after it? */
static bool comes_later(const cJSON *item, const char *name)
{
    for (; item; item = item->next) {
        const cJSON *config = cJSON_GetObjectItemCaseSensitive(item, "config");
        const char *other = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "name"));
        if (other && strcmp(other, name) == 0)
            return true;
    }
    return false;
}

static bool read_inputs(const struct json_place *place, const struct model *model, int index,
                        const cJSON *file_layer)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(file_layer, "inputs");
    struct model_layer *layer = &model->layers[index];
    char found[JSON_EXCERPT];
    layer->input_count = 1;
    layer->inputs[0] = index - 1;
    if (!item)
        return true;
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 1 || !cJSON_IsString(item->child))
        return json_fail(place, "\"inputs\": expected a list of one layer name, found %s",
                         json_excerpt(item, found));
    layer->inputs[0] = find_layer(model, index, item->child->valuestring);
    if (layer->inputs[0] < 0)
        return json_fail(place, "\"inputs\": expected \"input\" or the name of a layer before it, found %s%s",
                         json_excerpt(item->child, found),
                         comes_later(file_layer, item->child->valuestring)
                             ? ", which does not stand before it; a network has no cycles"
                             : "");
    return true;
}

static bool read_layer(struct json_place place, struct model *model, int index, const cJSON *item)
{
    static const char *const keys[] = {"class_name", "config", "inputs", NULL};
    static const cJSON empty = {.type = cJSON_Object};
    char label[NETWORK_NAME + 2];
    snprintf(label, sizeof label, "%d", index);
    place.layer = label;
    if (!json_check_object(&place, item, "the layer", keys))
        return false;
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(item, "config");
    if (!config)
        config = &empty;
    const struct layer_class *class_ =
        find_class(&place, cJSON_GetObjectItemCaseSensitive(item, "class_name"));
    if (!class_ ||
        (!cJSON_IsObject(config) && !json_check_object(&place, config, class_->name, class_->keys)))
        return false;
    struct model_layer *layer = &model->layers[index];
    const bool named = name_layer(&place, model, index, class_->prefix, config);
    if (layer->name[0])
        snprintf(label, sizeof label, "\"%s\"", layer->name);
    return named && read_config(&place, class_, config, layer) && read_inputs(&place, model, index, item);
}

static bool check_all_used(const struct json_place *place, const struct model *model)
{
    for (int i = 0; i < model->layer_count - 1; i++) {
        bool used = false;
        for (int k = i + 1; k < model->layer_count; k++)
            used = used || model->layers[k].inputs[0] == i;
        if (!used)
            return json_fail(place, "layer \"%s\": expected a layer that reads its output, found none",
                             model->layers[i].name);
    }
    return true;
}

static bool read_model(const struct json_place *place, struct model *model, const cJSON *root)
{
    static const char *const keys[] = {"name",       "loss", "optimizer", "schedule",
                                       "batch_size", "data", "layers",    NULL};
    char found[JSON_EXCERPT];
    if (!json_check_object(place, root, "the model", keys) ||
        !json_read_name(place, root, "name", model->name, sizeof model->name) ||
        !model_read_loss(place, cJSON_GetObjectItemCaseSensitive(root, "loss"), &model->loss) ||
        !model_read_recipe(place, root, &model->recipe))
        return false;

    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(root, "layers");
    const int count = cJSON_IsArray(layers) ? cJSON_GetArraySize(layers) : 0;
    if (count < 1 || count >= MODEL_MAX_LAYERS)
        return json_fail(place, "\"layers\": expected a list of 1 to %d layers, found %s",
                         MODEL_MAX_LAYERS - 1, json_excerpt(layers, found));
    model->layers = ls_calloc((size_t)count + 1, sizeof *model->layers);
    snprintf(model->layers[0].name, NETWORK_NAME, "input");
    model->layer_count = count + 1;
    const cJSON *item = layers->child;
    for (int i = 1; i <= count; i++, item = item->next)
        if (!read_layer(*place, model, i, item))
            return false;
    /* Keras names a loss only after compile(). */
    if (model->recipe.keras && !cJSON_GetObjectItemCaseSensitive(root, "loss"))
        model->loss = model->layers[count].softmax ? LOSS_CROSS_ENTROPY : LOSS_MSE;
    return check_all_used(place, model);
}

bool model_parse(struct model *model, const char *json, const char *origin, struct error *err)
{
    const struct json_place place = {origin, NULL, err};
    memset(model, 0, sizeof *model);
    snprintf(model->name, sizeof model->name, "model");
    cJSON *root = json_parse(&place, json);
    cJSON *translated = root && keras_is_model(root) ? keras_translate(&place, root, model) : NULL;
    const bool ok = translated ? read_model(&place, model, translated)
                               : root && !keras_is_model(root) && read_model(&place, model, root);
    cJSON_Delete(translated);
    cJSON_Delete(root);
    return ok;
}

/* After the input, in front of all that read it. */
static void insert_flatten(struct model *model)
{
    model->layers = ls_realloc(model->layers, ((size_t)model->layer_count + 1) * sizeof *model->layers);
    memmove(model->layers + 2, model->layers + 1, ((size_t)model->layer_count - 1) * sizeof *model->layers);
    model->layer_count++;
    for (int i = 2; i < model->layer_count; i++)
        model->layers[i].inputs[0]++;
    struct model_layer *flatten = &model->layers[1];
    memset(flatten, 0, sizeof *flatten);
    flatten->kind = LAYER_FLATTEN;
    flatten->input_count = 1;
    char name[NETWORK_NAME] = "flatten";
    for (int number = 1; find_layer(model, model->layer_count, name) >= 0; number++)
        snprintf(name, sizeof name, "flatten_%d", number);
    memcpy(flatten->name, name, sizeof name);
}

static bool reads_input_flat(const struct model *model)
{
    for (int i = 1; i < model->layer_count; i++)
        if (model->layers[i].inputs[0] == 0 && model->layers[i].kind != LAYER_FLATTEN)
            return false;
    return true;
}

bool model_fit_input(struct model *model, struct shape data, const char *origin, struct error *err)
{
    const struct shape declared = model->input;
    const size_t count = shape_count(data);
    if (model->input_rank == 1) {
        if (declared.channels && (size_t)declared.channels != count)
            return error_set(err,
                             "%s: the input: expected samples of %d values, found %dx%dx%d, which are %zu",
                             origin, declared.channels, data.channels, data.height, data.width, count);
        if ((data.height > 1 || data.width > 1) && !reads_input_flat(model)) {
            if (model->layer_count >= MODEL_MAX_LAYERS)
                return error_set(err, "%s: \"layers\": expected room for a Flatten, found %d layers", origin,
                                 model->layer_count - 1);
            insert_flatten(model);
        }
        return true;
    }
    if ((declared.channels && declared.channels != data.channels) ||
        (declared.height && declared.height != data.height) ||
        (declared.width && declared.width != data.width))
        return error_set(
            err,
            "%s: the input: expected samples of %dx%dx%d (channels, height, width; 0 is any), found "
            "data of %dx%dx%d",
            origin, declared.channels, declared.height, declared.width, data.channels, data.height,
            data.width);
    return true;
}

void model_deinit(struct model *model)
{
    free(model->layers);
    memset(model, 0, sizeof *model);
}
