/* The order of the layers of a functional model of Keras. */
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

static struct json_place in_layer(const struct json_place *place, const struct keras_layer *layer)
{
    return (struct json_place){place->origin, layer->label, place->err};
}

/* [name, node, tensor, …]: the output of one call of a layer. */
static bool is_history(const cJSON *item)
{
    const cJSON *list = keras_list(item);
    return list && cJSON_GetArraySize(list) >= 3 && cJSON_IsString(list->child) &&
           cJSON_IsNumber(list->child->next) && cJSON_IsNumber(list->child->next->next);
}

/* The tensors that an argument of a call names; `first` is the first one's history. Nesting is that of
 * cJSON's parser at most. */
static int count_tensors(const cJSON *item, const cJSON **first)
{
    int count = 0;
    const char *class_name = cJSON_GetStringValue(member(item, "class_name"));
    if (class_name && strcmp(class_name, "__keras_tensor__") == 0)
        item = member(member(item, "config"), "keras_history");
    if (is_history(item)) {
        if (!*first)
            *first = keras_list(item);
        return 1;
    }
    if (cJSON_IsObject(item) || cJSON_IsArray(item))
        for (const cJSON *m = item->child; m; m = m->next)
            count += count_tensors(m, first);
    return count;
}

static int find(const struct keras_layer *layers, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(layers[i].name, name) == 0)
            return i;
    return -1;
}

static bool read_inbound(const struct json_place *where, struct keras_layer *layers, int count, int index)
{
    struct keras_layer *layer = &layers[index];
    const struct json_place place = in_layer(where, layer);
    const cJSON *nodes = keras_list(member(layer->item, "inbound_nodes"));
    const bool input = strcmp(layer->class_name, "InputLayer") == 0;
    char found[JSON_EXCERPT];
    layer->input = -1;
    /* One call, which older files leave out of the list of calls: [name, 0, 0, {}]. */
    const int calls = is_history(nodes) ? 1 : nodes ? cJSON_GetArraySize(nodes) : 0;
    if (input)
        return calls == 0 || json_fail(&place, "\"inbound_nodes\": expected [] of an InputLayer, found %s",
                                       json_excerpt(nodes, found));
    if (calls == 0)
        return json_fail(&place, "\"inbound_nodes\": expected the layer that it reads, found %s",
                         json_excerpt(nodes, found));
    if (calls > 1)
        return json_fail(&place,
                         "\"inbound_nodes\": expected one use of the layer, found %d, which would share "
                         "its weights",
                         calls);
    const cJSON *history = NULL;
    const int tensors = count_tensors(nodes, &history);
    if (tensors != 1)
        return json_fail(&place, "\"inbound_nodes\": expected one layer that it reads, found %d", tensors);
    layer->input = find(layers, count, history->child->valuestring);
    if (layer->input < 0)
        return json_fail(&place, "\"inbound_nodes\": expected the name of a layer of the model, found %s",
                         json_excerpt(history->child, found));
    const double node = history->child->next->valuedouble, tensor = history->child->next->next->valuedouble;
    return (!(node > 0 || node < 0) && !(tensor > 0 || tensor < 0)) ||
           json_fail(&place,
                     "\"inbound_nodes\": expected the first output of a layer that is used once, found %s",
                     json_excerpt(history, found));
}

/* `input_layers` or `output_layers`: [[name, 0, 0]] or [name, 0, 0]. NULL unless there is exactly one. */
static const char *single_end(const struct json_place *place, const cJSON *config, const char *key)
{
    const cJSON *list = member(config, key), *history = NULL;
    char found[JSON_EXCERPT];
    if (count_tensors(list, &history) == 1)
        return history->child->valuestring;
    json_fail(place, "\"%s\": expected one layer, found %s", key, json_excerpt(list, found));
    return NULL;
}

bool keras_order_graph(const struct json_place *place, const cJSON *config, struct keras_layer *layers,
                       int count, int *order)
{
    const char *first = single_end(place, config, "input_layers");
    const char *last = first ? single_end(place, config, "output_layers") : NULL;
    if (!last)
        return false;
    for (int i = 0; i < count; i++) {
        const struct json_place there = in_layer(place, &layers[i]);
        if (find(layers, i, layers[i].name) >= 0)
            return json_fail(&there, "\"name\": expected a name of its own, found another layer with it");
        if (!read_inbound(place, layers, count, i))
            return false;
        if (layers[i].input < 0 && strcmp(layers[i].name, first) != 0)
            return json_fail(&there, "expected one InputLayer, \"%s\", found this one too", first);
    }
    bool placed[MODEL_MAX_LAYERS] = {false};
    int used = 0;
    for (int before = -1; used > before && used < count;) {
        before = used;
        for (int i = 0; i < count; i++)
            if (!placed[i] && (layers[i].input < 0 || placed[layers[i].input])) {
                placed[i] = true;
                order[used++] = i;
            }
    }
    for (int i = 0; i < count; i++)
        if (!placed[i]) {
            const struct json_place there = in_layer(place, &layers[i]);
            return json_fail(&there,
                             "\"inbound_nodes\": expected a graph without cycles, found one that leads "
                             "from \"%s\" back here or above it",
                             layers[layers[i].input].name);
        }
    const struct keras_layer *end = &layers[order[used - 1]];
    return strcmp(end->name, last) == 0 ||
           json_fail(place, "\"output_layers\": expected the layer that nothing reads, \"%s\", found \"%s\"",
                     end->name, last);
}
