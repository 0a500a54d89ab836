/* Layers that compute nothing of their own become properties of their readers. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/model.h"
#include "nn/model_json.h"

/* Is no output of the layer below 0? Then 0 around it is as good as −∞ to a maximum, and where both are the
 * maximum no gradient passes the ReLU anyway. */
static bool is_rectified(const struct model *model, int index)
{
    const struct model_layer *layer = &model->layers[index];
    switch (layer->kind) {
    case LAYER_DENSE:
    case LAYER_CONV2D:
    case LAYER_ACTIVATION:
        return layer->activation == ACTIVATION_RELU;
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
    case LAYER_DROPOUT:
        return is_rectified(model, layer->inputs[0]);
    case LAYER_CONCATENATE:
        for (int i = 0; i < layer->input_count; i++)
            if (!is_rectified(model, layer->inputs[i]))
                return false;
        return true;
    case LAYER_INPUT:
    case LAYER_FLATTEN:
    case LAYER_GLOBAL_AVERAGE_POOL2D:
    case LAYER_BATCH_NORM:
    case LAYER_LAYER_NORM:
    case LAYER_ADD:
        break;
    }
    return false;
}

static bool has_border(const struct model_layer *layer)
{
    return layer->border_h || layer->border_w || layer->border_end_h || layer->border_end_w;
}

/* `layer` takes over what surrounds the layer that it reads. */
static bool take_border(const struct json_place *place, const struct model *model, struct model_layer *layer,
                        const struct model_layer *source)
{
    const bool average = layer->kind == LAYER_AVERAGE_POOL2D;
    if (!layer->pads && layer->kind != LAYER_CONV2D && layer->kind != LAYER_MAX_POOL2D && !average)
        return json_fail(place,
                         "%s: expected only Conv2D, MaxPooling2D and AveragePooling2D to read the "
                         "ZeroPadding2D \"%s\", whose zeros they take over",
                         layer->class_name, source->name);
    if (layer->kind == LAYER_MAX_POOL2D && !is_rectified(model, source->inputs[0]))
        return json_fail(
            place,
            "MaxPooling2D: expected outputs of a ReLU inside of the ZeroPadding2D \"%s\", because "
            "padding is no maximum here",
            source->name);
    if (average &&
        (layer->same_padding || (!layer->counts_padding && (layer->padding_h || layer->padding_w ||
                                                            layer->padding_end_h || layer->padding_end_w))))
        return json_fail(
            place,
            "AveragePooling2D: expected \"padding\" \"valid\" after the ZeroPadding2D \"%s\", whose "
            "zeros count in the mean",
            source->name);
    layer->counts_padding = true;
    layer->border_h += source->border_h;
    layer->border_w += source->border_w;
    layer->border_end_h += source->border_end_h;
    layer->border_end_w += source->border_end_w;
    return (layer->border_h <= MODEL_MAX_SIZE && layer->border_w <= MODEL_MAX_SIZE &&
            layer->border_end_h <= MODEL_MAX_SIZE && layer->border_end_w <= MODEL_MAX_SIZE) ||
           json_fail(place, "expected at most %d rows or columns of padding on a side", MODEL_MAX_SIZE);
}

/* The network's input has the shape that it is reshaped to. */
static bool take_shape(const struct json_place *place, struct model *model, const struct model_layer *layer)
{
    const struct shape from = model->input, to = layer->target;
    if (layer->inputs[0] != 0)
        return json_fail(place, "Reshape: expected the network's input before it, found \"%s\"",
                         model->layers[layer->inputs[0]].name);
    const bool known = model->input_rank > 0 && from.channels && from.height && from.width;
    if (known && shape_count(from) != shape_count(to))
        return json_fail(place, "Reshape: expected as many values as in %dx%dx%d, found %dx%dx%d",
                         from.channels, from.height, from.width, to.channels, to.height, to.width);
    model->input = to;
    model->input_rank = 3;
    return true;
}

bool model_fold(struct model *model, const char *origin, struct error *err)
{
    int *const becomes = ls_calloc((size_t)model->layer_count, sizeof *becomes); /* their new numbers */
    struct model_layer *const old = model->layers;
    const int count = model->layer_count;
    model->layers = ls_calloc((size_t)count, sizeof *model->layers);
    model->layers[0] = old[0];
    model->layer_count = 1;
    bool ok = !old[count - 1].pads ||
              error_set(err, "%s: layer \"%s\": expected a layer that reads its output, found none", origin,
                        old[count - 1].name);
    for (int i = 1; ok && i < count; i++) {
        struct model_layer *layer = &old[i];
        char label[NETWORK_NAME + 2] = "\"";
        strcat(strcat(label, layer->name), "\"");
        const struct json_place place = {origin, label, err};
        for (int k = 0; ok && k < layer->input_count; k++) {
            const struct model_layer *source = &old[layer->inputs[k]];
            layer->inputs[k] = becomes[layer->inputs[k]];
            if (source->pads && has_border(source))
                ok = take_border(&place, model, layer, source);
        }
        if (ok && layer->rescales && layer->inputs[0] != 0)
            ok = json_fail(&place, "Rescaling: expected the network's input before it, found \"%s\"",
                           model->layers[layer->inputs[0]].name);
        if (ok && layer->reshapes)
            ok = take_shape(&place, model, layer);
        becomes[i] = layer->inputs[0];
        if (!layer->pads && !layer->rescales && !layer->reshapes) {
            becomes[i] = model->layer_count;
            model->layers[model->layer_count++] = *layer;
        }
    }
    if (ok && model->layer_count == 1)
        ok = error_set(err, "%s: \"layers\": expected a layer that computes something, found none", origin);
    free(becomes);
    free(old);
    return ok;
}
