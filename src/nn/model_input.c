/* The shape that a model declares for its input against that of the data. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "nn/model.h"

/* After the input, in front of all that read it. */
static void insert_flatten(struct model *model)
{
    model->layers = ls_realloc(model->layers, ((size_t)model->layer_count + 1) * sizeof *model->layers);
    memmove(model->layers + 2, model->layers + 1, ((size_t)model->layer_count - 1) * sizeof *model->layers);
    model->layer_count++;
    for (int i = 2; i < model->layer_count; i++)
        for (int k = 0; k < model->layers[i].input_count; k++)
            model->layers[i].inputs[k]++;
    struct model_layer *flatten = &model->layers[1];
    memset(flatten, 0, sizeof *flatten);
    flatten->kind = LAYER_FLATTEN;
    flatten->class_name = "Flatten";
    flatten->input_count = 1;
    char name[NETWORK_NAME] = "flatten";
    for (int number = 1; model_find_layer(model, model->layer_count, name) >= 0; number++)
        snprintf(name, sizeof name, "flatten_%d", number);
    memcpy(flatten->name, name, sizeof name);
}

static bool reads_input_flat(const struct model *model)
{
    for (int i = 1; i < model->layer_count; i++)
        for (int k = 0; k < model->layers[i].input_count; k++)
            if (model->layers[i].inputs[k] == 0 && model->layers[i].kind != LAYER_FLATTEN)
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
