/* The layers of a model of Keras, those of models inside of it too, and their order. */
#include <stdio.h>
#include <string.h>

#include "nn/model_keras.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const cJSON *keras_list(const cJSON *item)
{
    const cJSON *items = cJSON_IsObject(item) ? member(item, "items") : item;
    return cJSON_IsArray(items) ? items : NULL;
}

static const cJSON *layers_of(const cJSON *config)
{
    return cJSON_IsArray(config) ? config : member(config, "layers");
}

static struct json_place in_layer(const struct json_place *place, const struct keras_layer *layer)
{
    return (struct json_place){place->origin, layer->label, place->err};
}

/* ---- single layers ---- */

static const char *const layer_classes[] = {
    "InputLayer",
    "Dense",
    "Conv2D",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "ZeroPadding2D",
    "Flatten",
    "Dropout",
    "BatchNormalization",
    "LayerNormalization",
    "Add",
    "Concatenate",
    "Activation",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "Softmax",
    "Reshape",
    "Rescaling",
    "Sequential",
    "Functional",
    "Model",
};
enum { CLASS_COUNT = sizeof layer_classes / sizeof *layer_classes, FIRST_MODEL = CLASS_COUNT - 3 };

static bool is_model(const char *class_name)
{
    for (int i = FIRST_MODEL; i < CLASS_COUNT; i++)
        if (strcmp(class_name, layer_classes[i]) == 0)
            return true;
    return false;
}

static bool is_input(const struct keras_layer *layer) { return strcmp(layer->class_name, "InputLayer") == 0; }

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
    char list[384];
    size_t used = 0;
    for (int i = 0; i < CLASS_COUNT; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", layer_classes[i]);
    return known || json_fail(place, "\"class_name\": expected one of %s, found %s", list,
                              json_excerpt(class_name, found));
}

/* `prefix` is the models' that it lies in, with a dot at its end. */
static bool open_layer(const struct json_place *place, const cJSON *item, const char *prefix, int number,
                       struct keras_layer *layer)
{
    static const char *const known[] = {"module",          "class_name",       "config",
                                        "registered_name", "build_config",     "name",
                                        "inbound_nodes",   "shared_object_id", NULL};
    static const cJSON empty = {.type = cJSON_Object};
    snprintf(layer->label, sizeof layer->label, "%d", number);
    const struct json_place there = in_layer(place, layer);
    if (!cJSON_IsObject(item))
        return json_check_object(&there, item, "the layer", known);
    layer->item = item;
    layer->config = member(item, "config") ? member(item, "config") : &empty;
    char name[NETWORK_NAME] = "";
    const cJSON *holder = cJSON_IsString(member(layer->config, "name")) ? layer->config : item;
    if (!json_read_name(&there, holder, "name", name, sizeof name))
        return false;
    layer->local_name = name[0] ? member(holder, "name")->valuestring : "";
    if (name[0]) {
        if (strlen(prefix) + strlen(name) >= NETWORK_NAME)
            return json_fail(
                &there,
                "\"name\": expected at most %d characters with the models that it lies in, found "
                "\"%s%s\"",
                NETWORK_NAME - 1, prefix, name);
        strcpy(layer->name, prefix);
        strcat(layer->name, name);
        layer->label[0] = '"';
        strcpy(layer->label + 1, layer->name);
        strcat(layer->label, "\"");
    }
    return check_class(&there, item, &layer->class_name) &&
           json_check_object(&there, item, "the layer", known) &&
           (cJSON_IsObject(layer->config) || cJSON_IsArray(layer->config) ||
            json_check_object(&there, layer->config, layer->class_name, known));
}

/* ---- what reads what ---- */

/* [name, node, tensor, …]: the output of one call of a layer. */
static bool is_history(const cJSON *item)
{
    const cJSON *list = keras_list(item);
    return list && cJSON_GetArraySize(list) >= 3 && cJSON_IsString(list->child) &&
           cJSON_IsNumber(list->child->next) && cJSON_IsNumber(list->child->next->next);
}

/* The tensors that an argument of a call names; the histories of the first NETWORK_MAX_INPUTS into `found`.
 * Nesting is that of cJSON's parser at most. */
static void find_tensors(const cJSON *item, const cJSON **found, int *count)
{
    const char *class_name = cJSON_GetStringValue(member(item, "class_name"));
    if (class_name && strcmp(class_name, "__keras_tensor__") == 0)
        item = member(member(item, "config"), "keras_history");
    if (is_history(item)) {
        if (*count < NETWORK_MAX_INPUTS)
            found[*count] = keras_list(item);
        ++*count;
        return;
    }
    if (cJSON_IsObject(item) || cJSON_IsArray(item))
        for (const cJSON *m = item->child; m; m = m->next)
            find_tensors(m, found, count);
}

/* An argument of the call that says whether it is training; Keras's own choice is null. */
static const cJSON *find_mode(const cJSON *item)
{
    const cJSON *mode = member(item, "training");
    if (mode && !cJSON_IsNull(mode))
        return mode;
    if (cJSON_IsObject(item) || cJSON_IsArray(item))
        for (const cJSON *m = item->child; m; m = m->next)
            if ((mode = find_mode(m)))
                return mode;
    return NULL;
}

static int find(const struct keras_graph *graph, int scope, const char *name)
{
    for (int i = 0; i < graph->count; i++)
        if (graph->layers[i].scope == scope && strcmp(graph->layers[i].local_name, name) == 0)
            return i;
    return -1;
}

/* The layer that a history names, in the same model. A model is made with a first node of its own. */
static bool resolve(const struct json_place *place, const struct keras_graph *graph, int scope,
                    const cJSON *history, const char *key, int *layer)
{
    char found[JSON_EXCERPT];
    *layer = find(graph, scope, history->child->valuestring);
    if (*layer < 0)
        return json_fail(place, "\"%s\": expected the name of a layer of the model, found %s", key,
                         json_excerpt(history->child, found));
    const double node = history->child->next->valuedouble, tensor = history->child->next->next->valuedouble;
    const double last_node = is_model(graph->layers[*layer].class_name) ? 1.0 : 0.0;
    *layer = graph->layers[*layer].exit;
    return (node >= 0 && node <= last_node && !(tensor > 0 || tensor < 0)) ||
           json_fail(place, "\"%s\": expected the first output of a layer that is used once, found %s", key,
                     json_excerpt(history, found));
}

static bool read_inbound(const struct json_place *where, struct keras_graph *graph, int index, int entry)
{
    struct keras_layer *layer = &graph->layers[index];
    const struct json_place place = in_layer(where, layer);
    const cJSON *nodes = keras_list(member(layer->item, "inbound_nodes"));
    char found[JSON_EXCERPT];
    /* One call, which older files leave out of the list of calls: [name, 0, 0, {}]. */
    const int calls = is_history(nodes) ? 1 : nodes ? cJSON_GetArraySize(nodes) : 0;
    if (is_input(layer)) {
        layer->input_count = entry >= 0;
        layer->inputs[0] = entry;
        return calls == 0 || json_fail(&place, "\"inbound_nodes\": expected [] of an InputLayer, found %s",
                                       json_excerpt(nodes, found));
    }
    if (calls == 0)
        return json_fail(&place, "\"inbound_nodes\": expected the layer that it reads, found %s",
                         json_excerpt(nodes, found));
    if (calls > 1)
        return json_fail(&place,
                         "\"inbound_nodes\": expected one use of the layer, found %d, which would share "
                         "its weights",
                         calls);
    const cJSON *mode = find_mode(nodes), *histories[NETWORK_MAX_INPUTS];
    if (mode)
        return json_fail(&place, "\"training\": expected null, found %s", json_excerpt(mode, found));
    int tensors = 0;
    find_tensors(nodes, histories, &tensors);
    const bool joins = strcmp(layer->class_name, "Add") == 0 || strcmp(layer->class_name, "Concatenate") == 0;
    if (!joins && tensors != 1)
        return json_fail(&place, "\"inbound_nodes\": expected one layer that it reads, found %d", tensors);
    if (joins && (tensors < 2 || tensors > NETWORK_MAX_INPUTS))
        return json_fail(&place, "\"inbound_nodes\": expected 2 to %d layers that it reads, found %d",
                         NETWORK_MAX_INPUTS, tensors);
    for (layer->input_count = 0; layer->input_count < tensors; layer->input_count++)
        if (!resolve(&place, graph, layer->scope, histories[layer->input_count], "inbound_nodes",
                     &layer->inputs[layer->input_count]))
            return false;
    return true;
}

/* `input_layers` or `output_layers`: [[name, 0, 0]] or [name, 0, 0]. NULL unless there is exactly one. */
static const cJSON *single_end(const struct json_place *place, const cJSON *config, const char *key)
{
    const cJSON *list = member(config, key), *histories[NETWORK_MAX_INPUTS];
    char found[JSON_EXCERPT];
    int count = 0;
    find_tensors(list, histories, &count);
    if (count == 1)
        return histories[0];
    json_fail(place, "\"%s\": expected one layer, found %s", key, json_excerpt(list, found));
    return NULL;
}

/* ---- models ---- */

bool keras_check_model(const struct json_place *place, const cJSON *class_name, const cJSON *config)
{
    char found[JSON_EXCERPT];
    if (!cJSON_IsString(class_name) || !is_model(class_name->valuestring))
        return json_fail(place,
                         "\"class_name\": expected \"Sequential\", \"Functional\" or \"Model\", found %s",
                         json_excerpt(class_name, found));
    const cJSON *list = layers_of(config);
    const int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    if (count < 1 || count >= MODEL_MAX_LAYERS)
        return json_fail(place, "\"layers\": expected a list of 1 to %d layers, found %s",
                         MODEL_MAX_LAYERS - 1, json_excerpt(list, found));
    const cJSON *trainable = member(config, "trainable"), *dtype = member(config, "dtype");
    if (trainable && !cJSON_IsTrue(trainable))
        return json_fail(place, "\"trainable\": expected true, found %s", json_excerpt(trainable, found));
    return !dtype || keras_is_float32(dtype) ||
           json_fail(place, "\"dtype\": expected \"float32\", found %s", json_excerpt(dtype, found));
}

static bool connect_sequence(const struct json_place *place, struct keras_graph *graph, int scope, int entry,
                             int *exit)
{
    int previous = entry;
    bool first = true;
    for (int i = 0; i < graph->count; i++) {
        struct keras_layer *layer = &graph->layers[i];
        if (layer->scope != scope)
            continue;
        const struct json_place there = in_layer(place, layer);
        if (!first && is_input(layer))
            return json_fail(&there, "expected an InputLayer only at the beginning of a Sequential");
        if (scope > 0 && !layer->local_name[0])
            return json_fail(&there, "\"name\": expected a name, found nothing");
        layer->input_count = previous >= 0;
        layer->inputs[0] = previous;
        previous = layer->exit;
        first = false;
    }
    *exit = previous;
    return true;
}

static bool connect_graph(const struct json_place *place, const cJSON *config, struct keras_graph *graph,
                          int scope, int entry, int *exit)
{
    const cJSON *first = single_end(place, config, "input_layers");
    const cJSON *last = first ? single_end(place, config, "output_layers") : NULL;
    if (!last)
        return false;
    for (int i = 0; i < graph->count; i++) {
        struct keras_layer *layer = &graph->layers[i];
        if (layer->scope != scope)
            continue;
        const struct json_place there = in_layer(place, layer);
        if (!layer->local_name[0])
            return json_fail(&there, "\"name\": expected a name, found nothing");
        if (find(graph, scope, layer->local_name) != i)
            return json_fail(&there, "\"name\": expected a name of its own, found another layer with it");
        if (!read_inbound(place, graph, i, entry))
            return false;
        if (is_input(layer) && strcmp(layer->local_name, first->child->valuestring) != 0)
            return json_fail(&there, "expected one InputLayer, \"%s\", found this one too",
                             first->child->valuestring);
    }
    return resolve(place, graph, scope, last, "output_layers", exit);
}

/* The layers of a model and of the models in it; `entry` is the layer that its input reads, −1 of the
 * network's. Nesting is that of cJSON's parser at most. */
static bool open_model(const struct json_place *place, const char *class_name, const cJSON *config,
                       const char *prefix, int entry, struct keras_graph *graph, int *exit)
{
    const int scope = graph->scope_count++;
    int number = 0;
    for (const cJSON *item = layers_of(config)->child; item; item = item->next) {
        const int index = graph->count;
        if (index >= MODEL_MAX_LAYERS)
            return json_fail(place, "\"layers\": expected at most %d layers in all models together",
                             MODEL_MAX_LAYERS);
        struct keras_layer *layer = &graph->layers[graph->count++];
        if (!open_layer(place, item, prefix, ++number, layer))
            return false;
        const bool model = is_model(layer->class_name);
        layer->scope = scope;
        layer->exit = index;
        layer->passes = model || is_input(layer);
        if (!model)
            continue;
        const struct json_place there = in_layer(place, layer);
        char inner[NETWORK_NAME + 1] = "";
        if (layer->name[0])
            strcat(strcpy(inner, layer->name), ".");
        if (!keras_check_model(&there, member(item, "class_name"), layer->config) ||
            !open_model(&there, layer->class_name, layer->config, inner, index, graph, &layer->exit))
            return false;
    }
    return strcmp(class_name, "Sequential") == 0 ? connect_sequence(place, graph, scope, entry, exit)
                                                 : connect_graph(place, config, graph, scope, entry, exit);
}

bool keras_open_graph(const struct json_place *place, const char *class_name, const cJSON *config,
                      struct keras_graph *graph)
{
    return open_model(place, class_name, config, "", -1, graph, &graph->exit);
}

/* ---- order ---- */

static bool is_ready(const struct keras_layer *layer, const bool *placed)
{
    for (int i = 0; i < layer->input_count; i++)
        if (!placed[layer->inputs[i]])
            return false;
    return true;
}

/* A layer that none other reads and that is not the output, or −1; but a model's exit is read for it. */
static int find_end(const struct keras_graph *graph, bool *output_is_read)
{
    bool read[MODEL_MAX_LAYERS] = {false};
    for (int i = 0; i < graph->count; i++)
        for (int k = 0; k < graph->layers[i].input_count; k++)
            read[graph->layers[i].inputs[k]] = true;
    *output_is_read = read[graph->exit];
    for (int i = graph->count - 1; i >= 0; i--)
        if (!read[i] && i != graph->exit && !graph->layers[i].passes)
            return i;
    return -1;
}

bool keras_order_graph(const struct json_place *place, const struct keras_graph *graph, int *order)
{
    bool placed[MODEL_MAX_LAYERS] = {false}, output_is_read;
    const int end = find_end(graph, &output_is_read);
    int used = 0;
    for (int before = -1; used > before;) {
        before = used;
        for (int i = 0; i < graph->count; i++)
            if (!placed[i] && i != graph->exit && is_ready(&graph->layers[i], placed)) {
                placed[i] = true;
                order[used++] = i;
            }
    }
    if (output_is_read && end >= 0)
        return json_fail(place,
                         "\"output_layers\": expected the layer that nothing reads, \"%s\", found \"%s\"",
                         graph->layers[end].name, graph->layers[graph->exit].name);
    for (int i = 0; i < graph->count; i++)
        if (!placed[i] && (i != graph->exit || output_is_read)) {
            const struct json_place there = in_layer(place, &graph->layers[i]);
            int from = graph->layers[i].inputs[0];
            for (int k = 0; k < graph->layers[i].input_count; k++)
                if (!placed[graph->layers[i].inputs[k]])
                    from = graph->layers[i].inputs[k];
            return json_fail(&there,
                             "\"inbound_nodes\": expected a graph without cycles, found one that leads "
                             "from \"%s\" back here or above it",
                             graph->layers[from].name);
        }
    order[used++] = graph->exit;
    return true;
}

int keras_source(const struct keras_graph *graph, int layer)
{
    while (layer >= 0 && graph->layers[layer].passes)
        layer = graph->layers[layer].input_count > 0 ? graph->layers[layer].inputs[0] : -1;
    return layer;
}
