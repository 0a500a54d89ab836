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
    ACTIVATION, /* a name, {"class_name": "function", "config": name}, or a layer of its own */
    START,      /* an initializer or a regularizer; null stands for Keras's own, or for none */
    IGNORED,
    ONLY_NULL,
    ONLY_TRUE,
    ONLY_FALSE,
    ONLY_ONES,
    ONLY_ZERO,
    ONLY_FLOAT32,
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
    {"dilation_rate", PASS},
    {"groups", ONLY_ONES},
    {"axis", PASS},
    {"keepdims", PASS},
    {"rate", PASS},
    {"noise_shape", ONLY_NULL},
    {"seed", IGNORED},
    {"alpha", PASS},
    {"negative_slope", PASS},
    {"max_value", ONLY_NULL},
    {"threshold", ONLY_ZERO},
    {"momentum", PASS},
    {"epsilon", PASS},
    {"center", PASS},
    {"scale", PASS},
    {"offset", PASS},
    {"target_shape", PASS},
    {"gamma_initializer", START},
    {"beta_initializer", START},
    {"moving_mean_initializer", START},
    {"moving_variance_initializer", START},
    {"gamma_regularizer", ONLY_NULL},
    {"beta_regularizer", ONLY_NULL},
    {"gamma_constraint", ONLY_NULL},
    {"beta_constraint", ONLY_NULL},
    {"renorm", ONLY_FALSE},
    {"renorm_clipping", ONLY_NULL},
    {"renorm_momentum", IGNORED}, /* of a renorm alone */
    {"virtual_batch_size", ONLY_NULL},
    {"adjustment", ONLY_NULL},
    {"fused", IGNORED},        /* the same, computed faster */
    {"synchronized", IGNORED}, /* between devices; here is one */
    {"rms_scaling", ONLY_FALSE},
    {"kernel_regularizer", START},
    {"bias_regularizer", START},
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

static bool is_zero(const cJSON *item)
{
    return cJSON_IsNumber(item) && item->valuedouble >= 0.0 && item->valuedouble <= 0.0;
}

bool keras_is_float32(const cJSON *item)
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

/* With all wrapped lists as plain ones. Nesting is that of cJSON's parser at most. */
static cJSON *copy(const cJSON *item)
{
    const cJSON *list = keras_list(item);
    if (!list)
        return cJSON_Duplicate(item, true);
    cJSON *out = cJSON_CreateArray();
    for (const cJSON *m = list->child; m; m = m->next)
        cJSON_AddItemToArray(out, copy(m));
    return out;
}

static bool translate_keys(struct translation *t, const struct json_place *place, const char *class_name,
                           const cJSON *config, cJSON *out);

/* A layer in place of an activation's name. */
static bool translate_activation(struct translation *t, const struct json_place *place, const cJSON *item,
                                 cJSON *out)
{
    const char *class_name = cJSON_GetStringValue(member(item, "class_name"));
    if (class_name && strcmp(class_name, "function") == 0) {
        cJSON_AddItemToObject(out, item->string, copy(member(item, "config")));
        return true;
    }
    const cJSON *config = member(item, "config");
    if (!class_name || !cJSON_IsObject(config)) {
        cJSON_AddItemToObject(out, item->string, copy(item));
        return true;
    }
    cJSON *layer = cJSON_AddObjectToObject(out, item->string);
    cJSON_AddStringToObject(layer, "class_name", class_name);
    return translate_keys(t, place, class_name, config, cJSON_AddObjectToObject(layer, "config"));
}

static bool translate_key(struct translation *t, const struct json_place *place, const char *class_name,
                          const cJSON *item, enum rule rule, cJSON *out)
{
    switch (rule) {
    case PASS:
        cJSON_AddItemToObject(out, item->string, copy(item));
        return true;
    case ACTIVATION:
        return translate_activation(t, place, item, out);
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
        return expect(place, keras_is_float32(item), item, "\"float32\"");
    case ONLY_ZERO:
        return expect(place, cJSON_IsNull(item) || is_zero(item), item,
                      "0, because nothing else is computed here");
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

static bool translate_keys(struct translation *t, const struct json_place *place, const char *class_name,
                           const cJSON *config, cJSON *out)
{
    for (const cJSON *item = config->child; item; item = item->next) {
        char found[JSON_EXCERPT];
        int k = 0;
        while (k < KEY_COUNT && strcmp(keys[k].key, item->string) != 0)
            k++;
        if (k == KEY_COUNT)
            return json_fail(place, "%s: expected a key that Keras gives it, found \"%s\"", class_name,
                             json_excerpt_text(item->string, found));
        if (member(config, item->string) != item)
            return json_fail(place, "%s: \"%s\" is there twice; keep one", class_name, item->string);
        if (!translate_key(t, place, class_name, item, keys[k].rule, out))
            return false;
    }
    return true;
}

/* Fills `out`; an InputLayer leaves nothing in it but its name. */
static bool translate_config(struct translation *t, const struct json_place *place,
                             const struct keras_layer *layer, cJSON *out)
{
    if (!cJSON_IsObject(layer->config))
        return json_fail(place, "\"config\": expected an object");
    if (!translate_keys(t, place, layer->class_name, layer->config, out))
        return false;
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

/* Under its name with those of the models that it lies in. */
static cJSON *add_layer(const struct keras_graph *graph, const struct keras_layer *layer, cJSON *config)
{
    cJSON *item = cJSON_CreateObject();
    if (layer->name[0]) {
        cJSON_DeleteItemFromObjectCaseSensitive(config, "name");
        cJSON_AddStringToObject(config, "name", layer->name);
    }
    cJSON_AddStringToObject(item, "class_name", layer->class_name);
    cJSON_AddItemToObject(item, "config", config);
    cJSON *inputs = cJSON_CreateArray();
    bool named = true;
    for (int i = 0; i < layer->input_count; i++) {
        const int source = keras_source(graph, layer->inputs[i]);
        const char *name = source < 0 ? "input" : graph->layers[source].name;
        named = named && name[0];
        cJSON_AddItemToArray(inputs, cJSON_CreateString(name));
    }
    /* Layers of a Sequential may have no name; they read the one before. */
    if (named && layer->input_count > 0)
        cJSON_AddItemToObject(item, "inputs", inputs);
    else
        cJSON_Delete(inputs);
    return item;
}

static bool translate_layers(struct translation *t, const struct json_place *place,
                             const struct keras_graph *graph, const int *order, cJSON *out)
{
    for (int i = 0; i < graph->count; i++) {
        const struct keras_layer *layer = &graph->layers[order[i]];
        const bool input = strcmp(layer->class_name, "InputLayer") == 0;
        const struct json_place there = {place->origin, layer->label, place->err};
        if (layer->passes && !input)
            continue;
        cJSON *config = cJSON_CreateObject();
        if (!translate_config(t, &there, layer, config)) {
            cJSON_Delete(config);
            return false;
        }
        if (input)
            cJSON_Delete(config);
        else
            cJSON_AddItemToArray(out, add_layer(graph, layer, config));
    }
    return true;
}

static bool translate(struct translation *t, const struct json_place *place, const cJSON *root,
                      struct keras_graph *graph, int *order, cJSON *out)
{
    const cJSON *config = member(root, "config");
    if (!keras_open_graph(place, member(root, "class_name")->valuestring, config, graph) ||
        !keras_order_graph(place, graph, order))
        return false;
    const cJSON *name = cJSON_IsObject(config) ? member(config, "name") : NULL;
    cJSON_AddItemToObject(out, "name", name ? cJSON_Duplicate(name, true) : cJSON_CreateString("sequential"));
    if (!translate_layers(t, place, graph, order, cJSON_AddArrayToObject(out, "layers")))
        return false;
    t->model->recipe.channels_last = !t->layout || strcmp(t->layout, "channels_last") == 0;
    t->model->reorders = t->model->recipe.channels_last || t->flatten_first;
    return read_shape(t, place) && translate_training(place, root, out);
}

static bool check_root(const struct json_place *place, const cJSON *root)
{
    static const char *const root_keys[] = {
        "class_name",     "config",        "module",   "registered_name",  "build_config",
        "compile_config", "keras_version", "backend",  "batch_size",       "data",
        "loss",           "optimizer",     "schedule", "shared_object_id", NULL};
    return json_check_object(place, root, "the model", root_keys) &&
           keras_check_model(place, member(root, "class_name"), member(root, "config"));
}

cJSON *keras_translate(const struct json_place *place, const cJSON *root, struct model *model)
{
    if (!check_root(place, root))
        return NULL;
    model->recipe.keras = true;
    struct translation t = {.model = model};
    struct keras_graph graph = {.layers = ls_calloc(MODEL_MAX_LAYERS, sizeof *graph.layers)};
    int *order = ls_calloc(MODEL_MAX_LAYERS, sizeof *order);
    cJSON *out = cJSON_CreateObject();
    if (!translate(&t, place, root, &graph, order, out)) {
        cJSON_Delete(out);
        out = NULL;
    }
    free(order);
    free(graph.layers);
    return out;
}
