/* Keras's files in our words: what is the same is passed on, what does nothing is left out, what would change
 * the result is refused by name. */
#include "nn/model_keras.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* What becomes of a key of a layer's config. */
enum rule {
    PASS,       /* our reader knows it */
    ACTIVATION, /* a name, or {"class_name": "function", "config": name} */
    START,      /* an initializer; null stands for Keras's own */
    IGNORED,
    ONLY_NULL,
    ONLY_TRUE,
    ONLY_FALSE,
    ONLY_ONES,
    ONLY_FLOAT32,
    ONLY_LAST_AXIS,
    LAYOUT, /* data_format */
    SHAPE   /* of the input, with the batch before it */
};

static const struct {
    const char *key;
    enum rule rule;
} keys[] = {
    {"name", PASS},
    {"units", PASS},
    {"filters", PASS},
    {"kernel_size", PASS},
    {"pool_size", PASS},
    {"strides", PASS},
    {"padding", PASS},
    {"use_bias", PASS},
    {"activation", ACTIVATION},
    {"kernel_initializer", START},
    {"bias_initializer", START},
    {"trainable", ONLY_TRUE},
    {"dtype", ONLY_FLOAT32},
    {"data_format", LAYOUT},
    {"batch_input_shape", SHAPE},
    {"batch_shape", SHAPE},
    {"dilation_rate", ONLY_ONES},
    {"groups", ONLY_ONES},
    {"axis", ONLY_LAST_AXIS},
    {"kernel_regularizer", ONLY_NULL},
    {"bias_regularizer", ONLY_NULL},
    {"activity_regularizer", ONLY_NULL},
    {"kernel_constraint", ONLY_NULL},
    {"bias_constraint", ONLY_NULL},
    {"lora_rank", ONLY_NULL},
    {"lora_alpha", ONLY_NULL},
    {"quantization_config", ONLY_NULL},
    {"quantization_mode", ONLY_NULL},
    {"sparse", ONLY_FALSE},
    {"ragged", ONLY_FALSE},
    {"optional", ONLY_FALSE},
    {"supports_masking", IGNORED},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static const char *const layer_classes[] = {
    "InputLayer", "Dense", "Conv2D", "MaxPooling2D", "AveragePooling2D", "Flatten", "Activation", "Softmax",
};
enum { CLASS_COUNT = sizeof layer_classes / sizeof *layer_classes };

struct translation {
    struct model *model;
    const char *layout; /* of the convolutions and pools, once one said so */
    const cJSON *shape; /* of the input, as declared; NULL before */
    bool flatten_first; /* a Flatten with data_format "channels_first" */
};

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool is_text(const cJSON *item, const char *text)
{
    return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

bool keras_is_model(const cJSON *root) { return member(root, "class_name") != NULL; }

static bool expect(const struct json_place *place, bool holds, const cJSON *item, const char *what)
{
    char found[JSON_EXCERPT];
    return holds ||
           json_fail(place, "\"%s\": expected %s, found %s", item->string, what, json_excerpt(item, found));
}

static bool all_ones(const cJSON *item)
{
    const cJSON *list = keras_list(item);
    if (!list)
        return cJSON_IsNumber(item) && item->valueint == 1;
    for (const cJSON *m = list->child; m; m = m->next)
        if (!cJSON_IsNumber(m) || m->valueint != 1)
            return false;
    return true;
}

static bool is_float32(const cJSON *item)
{
    return cJSON_IsNull(item) || is_text(item, "float32") ||
           (cJSON_IsObject(item) && is_text(member(member(item, "config"), "name"), "float32"));
}

static bool read_layout(struct translation *t, const struct json_place *place, const char *class_name,
                        const cJSON *item)
{
    const bool first = is_text(item, "channels_first");
    if (!expect(place, first || cJSON_IsNull(item) || is_text(item, "channels_last"), item,
                "\"channels_last\" or \"channels_first\""))
        return false;
    const char *layout = first ? "channels_first" : "channels_last";
    if (strcmp(class_name, "Flatten") == 0) {
        t->flatten_first = t->flatten_first || first;
        return true;
    }
    if (t->layout && strcmp(t->layout, layout) != 0)
        return json_fail(place, "\"data_format\": expected \"%s\", as in the layers before, found \"%s\"",
                         t->layout, layout);
    t->layout = layout;
    return true;
}

static cJSON *copy(const cJSON *item)
{
    const cJSON *list = keras_list(item);
    return cJSON_Duplicate(list ? list : item, true);
}

static bool translate_key(struct translation *t, const struct json_place *place, const char *class_name,
                          const cJSON *item, enum rule rule, cJSON *out)
{
    switch (rule) {
    case PASS:
        cJSON_AddItemToObject(out, item->string, copy(item));
        return true;
    case ACTIVATION:
        cJSON_AddItemToObject(out, item->string,
                              copy(cJSON_IsObject(item) && is_text(member(item, "class_name"), "function")
                                       ? member(item, "config")
                                       : item));
        return true;
    case START:
        if (!cJSON_IsNull(item))
            cJSON_AddItemToObject(out, item->string, cJSON_Duplicate(item, true));
        return true;
    case IGNORED:
        return true;
    case ONLY_NULL:
        return expect(place, cJSON_IsNull(item), item, "null, because it is not computed here");
    case ONLY_TRUE:
        return expect(place, cJSON_IsTrue(item), item, "true");
    case ONLY_FALSE:
        return expect(place, cJSON_IsFalse(item) || cJSON_IsNull(item), item, "false");
    case ONLY_ONES:
        return expect(place, all_ones(item), item, "1, because nothing else is computed here");
    case ONLY_FLOAT32:
        return expect(place, is_float32(item), item, "\"float32\"");
    case ONLY_LAST_AXIS:
        return expect(place, cJSON_IsNumber(item) && (item->valueint == -1 || item->valueint == 1), item,
                      "-1");
    case LAYOUT:
        return read_layout(t, place, class_name, item);
    case SHAPE:
        if (!expect(place, cJSON_IsNull(item) || keras_list(item), item, "a list"))
            return false;
        if (!t->shape)
            t->shape = keras_list(item);
        return true;
    }
    return true;
}

/* Fills `out`; an InputLayer leaves nothing in it but its name. */
static bool translate_config(struct translation *t, const struct json_place *place,
                             const struct keras_layer *layer, cJSON *out)
{
    for (const cJSON *item = layer->config->child; item; item = item->next) {
        char found[JSON_EXCERPT];
        int k = 0;
        while (k < KEY_COUNT && strcmp(keys[k].key, item->string) != 0)
            k++;
        if (k == KEY_COUNT)
            return json_fail(place, "%s: expected a key that Keras gives it, found \"%s\"", layer->class_name,
                             json_excerpt_text(item->string, found));
        if (member(layer->config, item->string) != item)
            return json_fail(place, "%s: \"%s\" is there twice; keep one", layer->class_name, item->string);
        if (!translate_key(t, place, layer->class_name, item, keys[k].rule, out))
            return false;
    }
    if (strcmp(layer->class_name, "Dense") == 0 || strcmp(layer->class_name, "Conv2D") == 0) {
        if (!member(out, "kernel_initializer"))
            cJSON_AddStringToObject(out, "kernel_initializer", "glorot_uniform");
        if (!member(out, "bias_initializer"))
            cJSON_AddStringToObject(out, "bias_initializer", "zeros");
    }
    if (strcmp(layer->class_name, "Dense") == 0 && cJSON_IsNull(member(out, "units")))
        return json_fail(place, "\"units\": expected a number, found null");
    return true;
}

static bool check_class(const struct json_place *place, const cJSON *item, const char **name)
{
    const cJSON *class_name = member(item, "class_name");
    const cJSON *module = member(item, "module");
    char found[JSON_EXCERPT];
    *name = cJSON_GetStringValue(class_name);
    bool known = false;
    for (int i = 0; *name && i < CLASS_COUNT; i++)
        known = known || strcmp(*name, layer_classes[i]) == 0;
    if (cJSON_IsString(module) && strstr(module->valuestring, "keras") == NULL)
        return json_fail(place, "\"module\": expected one of Keras, found %s", json_excerpt(module, found));
    char list[256];
    size_t used = 0;
    for (int i = 0; i < CLASS_COUNT; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", layer_classes[i]);
    return known || json_fail(place, "\"class_name\": expected one of %s, found %s", list,
                              json_excerpt(class_name, found));
}

static bool open_layer(const struct json_place *place, const cJSON *item, int index,
                       struct keras_layer *layer)
{
    static const char *const known[] = {"module",       "class_name", "config",        "registered_name",
                                        "build_config", "name",       "inbound_nodes", NULL};
    static const cJSON empty = {.type = cJSON_Object};
    snprintf(layer->label, sizeof layer->label, "%d", index + 1);
    const struct json_place there = {place->origin, layer->label, place->err};
    if (!cJSON_IsObject(item))
        return json_check_object(&there, item, "the layer", known);
    layer->item = item;
    layer->config = member(item, "config") ? member(item, "config") : &empty;
    char name[NETWORK_NAME] = "";
    const cJSON *holder = cJSON_IsString(member(layer->config, "name")) ? layer->config : item;
    if (!json_read_name(&there, holder, "name", name, sizeof name))
        return false;
    if (name[0])
        snprintf(layer->label, sizeof layer->label, "\"%s\"", name);
    layer->name = name[0] ? member(holder, "name")->valuestring : "";
    return check_class(&there, item, &layer->class_name) &&
           json_check_object(&there, item, "the layer", known) &&
           (cJSON_IsObject(layer->config) ||
            json_check_object(&there, layer->config, layer->class_name, known));
}

/* In our order, (channels, height, width); 0 for what may be anything. */
static bool read_shape(const struct translation *t, const struct json_place *place)
{
    struct model *model = t->model;
    const int size = t->shape ? cJSON_GetArraySize(t->shape) : 0;
    char found[JSON_EXCERPT];
    int dims[4] = {0};
    bool ok = !t->shape || (size >= 2 && size <= 4);
    for (int i = 0; ok && i < size; i++) {
        const cJSON *dim = cJSON_GetArrayItem(t->shape, i);
        ok = cJSON_IsNull(dim) ||
             (cJSON_IsNumber(dim) && dim->valuedouble >= 1 && dim->valuedouble <= (double)(1 << 24));
        dims[i] = cJSON_IsNumber(dim) ? dim->valueint : 0;
    }
    if (!ok)
        return json_fail(place,
                         "the input's shape: expected [batch, values], [batch, height, width] or those with "
                         "channels, each null or from 1, found %s",
                         json_excerpt(t->shape, found));
    const bool first = !model->recipe.channels_last;
    model->input_rank = size > 0 ? size - 1 : 0;
    model->recipe.batch = dims[0] <= 65536 ? dims[0] : 65536;
    if (size == 2)
        model->input = (struct shape){dims[1], 1, 1};
    else if (size == 3)
        model->input = (struct shape){1, dims[1], dims[2]};
    else if (size == 4)
        model->input =
            first ? (struct shape){dims[1], dims[2], dims[3]} : (struct shape){dims[3], dims[1], dims[2]};
    return true;
}

/* What Keras was told to train with, unless the file's own keys say so. */
static bool translate_training(const struct json_place *place, const cJSON *root, cJSON *out)
{
    static const char *const own[] = {"loss", "optimizer", "schedule", "batch_size", "data"};
    const cJSON *compiled = member(root, "compile_config");
    const cJSON *weights = member(compiled, "loss_weights");
    if (weights && !cJSON_IsNull(weights))
        return json_fail(place, "\"loss_weights\": expected null, because it is not computed here");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const cJSON *item = member(root, own[i]);
        if (!item && i < 2)
            item = member(compiled, own[i]);
        if (item && !cJSON_IsNull(item))
            cJSON_AddItemToObject(out, own[i], cJSON_Duplicate(item, true));
    }
    return true;
}

static bool translate_layers(struct translation *t, const struct json_place *place,
                             struct keras_layer *layers, const int *order, int count, cJSON *out)
{
    for (int i = 0; i < count; i++) {
        const struct keras_layer *layer = &layers[order[i]];
        const struct json_place there = {place->origin, layer->label, place->err};
        cJSON *config = cJSON_CreateObject();
        const bool ok = translate_config(t, &there, layer, config);
        if (!ok || strcmp(layer->class_name, "InputLayer") == 0) {
            cJSON_Delete(config);
            if (!ok)
                return false;
            continue;
        }
        if (layer->name[0] && !member(config, "name"))
            cJSON_AddStringToObject(config, "name", layer->name);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(out, item);
        cJSON_AddStringToObject(item, "class_name", layer->class_name);
        cJSON_AddItemToObject(item, "config", config);
        if (layer->input >= 0) {
            const bool reads_input = strcmp(layers[layer->input].class_name, "InputLayer") == 0;
            cJSON *inputs = cJSON_AddArrayToObject(item, "inputs");
            cJSON_AddItemToArray(inputs,
                                 cJSON_CreateString(reads_input ? "input" : layers[layer->input].name));
        }
    }
    return true;
}

static bool translate(struct translation *t, const struct json_place *place, const cJSON *root,
                      struct keras_layer *layers, int *order, cJSON *out)
{
    const cJSON *config = member(root, "config");
    const cJSON *list = cJSON_IsArray(config) ? config : member(config, "layers");
    const bool sequential = is_text(member(root, "class_name"), "Sequential");
    const int count = cJSON_GetArraySize(list);
    const cJSON *item = list->child;
    for (int i = 0; i < count; i++, item = item->next) {
        if (!open_layer(place, item, i, &layers[i]))
            return false;
        order[i] = i;
        layers[i].input = -1;
        const struct json_place there = {place->origin, layers[i].label, place->err};
        if (sequential && i > 0 && strcmp(layers[i].class_name, "InputLayer") == 0)
            return json_fail(&there, "expected an InputLayer only at the beginning of a Sequential");
        if (!sequential && !layers[i].name[0])
            return json_fail(&there, "\"name\": expected a name, found nothing");
    }
    if (!sequential && !keras_order_graph(place, config, layers, count, order))
        return false;
    const cJSON *name = cJSON_IsObject(config) ? member(config, "name") : NULL;
    cJSON_AddItemToObject(out, "name", name ? cJSON_Duplicate(name, true) : cJSON_CreateString("sequential"));
    if (!translate_layers(t, place, layers, order, count, cJSON_AddArrayToObject(out, "layers")))
        return false;
    t->model->recipe.channels_last = !t->layout || strcmp(t->layout, "channels_last") == 0;
    t->model->reorders = t->model->recipe.channels_last || t->flatten_first;
    return read_shape(t, place) && translate_training(place, root, out);
}

static bool check_root(const struct json_place *place, const cJSON *root)
{
    static const char *const root_keys[] = {"class_name",    "config",
                                            "module",        "registered_name",
                                            "build_config",  "compile_config",
                                            "keras_version", "backend",
                                            "batch_size",    "data",
                                            "loss",          "optimizer",
                                            "schedule",      NULL};
    char found[JSON_EXCERPT];
    const cJSON *class_name = member(root, "class_name");
    if (!json_check_object(place, root, "the model", root_keys))
        return false;
    if (!is_text(class_name, "Sequential") && !is_text(class_name, "Functional") &&
        !is_text(class_name, "Model"))
        return json_fail(place,
                         "\"class_name\": expected \"Sequential\", \"Functional\" or \"Model\", found %s",
                         json_excerpt(class_name, found));
    const cJSON *config = member(root, "config");
    const cJSON *list = cJSON_IsArray(config) ? config : member(config, "layers");
    const int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (count < 1 || count >= MODEL_MAX_LAYERS)
        return json_fail(place, "\"layers\": expected a list of 1 to %d layers, found %s",
                         MODEL_MAX_LAYERS - 1, json_excerpt(list, found));
    const cJSON *trainable = member(config, "trainable"), *dtype = member(config, "dtype");
    return (!trainable || expect(place, cJSON_IsTrue(trainable), trainable, "true")) &&
           (!dtype || expect(place, is_float32(dtype), dtype, "\"float32\""));
}

cJSON *keras_translate(const struct json_place *place, const cJSON *root, struct model *model)
{
    if (!check_root(place, root))
        return NULL;
    model->recipe.keras = true;
    struct translation t = {.model = model};
    struct keras_layer *layers = ls_calloc(MODEL_MAX_LAYERS, sizeof *layers);
    int *order = ls_calloc(MODEL_MAX_LAYERS, sizeof *order);
    cJSON *out = cJSON_CreateObject();
    if (!translate(&t, place, root, layers, order, out)) {
        cJSON_Delete(out);
        out = NULL;
    }
    free(order);
    free(layers);
    return out;
}
