/* Reading a model file: Keras's layer vocabulary in JSON, see docs/file-formats.md. */
#include "nn/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/model_json.h"
#include "nn/model_keras.h"
#include "nn/model_layer.h"
#include "nn/model_training.h"

int model_find_layer(const struct model *model, int count, const char *name)
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
    for (int number = 0; !json_has_key(config, "name"); number++) {
        snprintf(name, NETWORK_NAME, number ? "%s_%d" : "%s", prefix, number);
        if (model_find_layer(model, index, name) < 0)
            break;
    }
    const int taken = model_find_layer(model, index, name);
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

static bool read_input(const struct json_place *place, const struct model *model, int index,
                       const cJSON *file_layer, const cJSON *item, int *input)
{
    char found[JSON_EXCERPT];
    *input = model_find_layer(model, index, item->valuestring);
    return *input >= 0 ||
           json_fail(place, "\"inputs\": expected \"input\" or the name of a layer before it, found %s%s",
                     json_excerpt(item, found),
                     comes_later(file_layer, item->valuestring)
                         ? ", which does not stand before it; a network has no cycles"
                         : "");
}

static bool read_inputs(const struct json_place *place, const struct model *model, int index,
                        const cJSON *file_layer)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(file_layer, "inputs");
    struct model_layer *layer = &model->layers[index];
    const bool joins = layer->kind == LAYER_ADD || layer->kind == LAYER_CONCATENATE;
    const int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    char found[JSON_EXCERPT];
    layer->input_count = 1;
    layer->inputs[0] = index - 1;
    if (!list && !joins)
        return true;
    bool names = joins ? count >= 2 && count <= NETWORK_MAX_INPUTS : count == 1;
    for (const cJSON *item = names ? list->child : NULL; item; item = item->next)
        names = names && cJSON_IsString(item);
    if (!names && joins)
        return json_fail(place, "\"inputs\": expected a list of 2 to %d layer names, found %s",
                         NETWORK_MAX_INPUTS, json_excerpt(list, found));
    if (!names)
        return json_fail(place, "\"inputs\": expected a list of one layer name, found %s",
                         json_excerpt(list, found));
    layer->input_count = 0;
    for (const cJSON *item = list->child; item; item = item->next)
        if (!read_input(place, model, index, file_layer, item, &layer->inputs[layer->input_count++]))
            return false;
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
        model_find_class(&place, cJSON_GetObjectItemCaseSensitive(item, "class_name"));
    if (!class_ ||
        (!cJSON_IsObject(config) && !json_check_object(&place, config, class_->name, class_->keys)))
        return false;
    struct model_layer *layer = &model->layers[index];
    const bool named = name_layer(&place, model, index, class_->prefix, config);
    if (layer->name[0])
        snprintf(label, sizeof label, "\"%s\"", layer->name);
    return named && model_read_layer(&place, class_, config, &model->recipe, layer) &&
           read_inputs(&place, model, index, item);
}

/* Keras names a loss only after compile(). */
static enum loss_kind suitable_loss(const struct model_layer *last)
{
    if (last->softmax)
        return LOSS_CROSS_ENTROPY;
    return last->activation == ACTIVATION_SIGMOID ? LOSS_BINARY_CROSS_ENTROPY : LOSS_MSE;
}

static bool check_all_used(const struct json_place *place, const struct model *model)
{
    for (int i = 0; i < model->layer_count - 1; i++) {
        bool used = false;
        for (int k = i + 1; k < model->layer_count; k++)
            for (int n = 0; n < model->layers[k].input_count; n++)
                used = used || model->layers[k].inputs[n] == i;
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
    if (model->recipe.keras && !json_has_key(root, "loss"))
        model->loss = suitable_loss(&model->layers[count]);
    return check_all_used(place, model) && model_fold(model, place->origin, place->err);
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

void model_deinit(struct model *model)
{
    free(model->layers);
    memset(model, 0, sizeof *model);
}
