/* Where Keras's files count on another order of axes or values than ours, channels, rows, columns. */
#include <stdlib.h>

#include "base/memory.h"
#include "nn/network_build.h"

static bool is_vector(struct shape s) { return s.height == 1 && s.width == 1; }

bool network_check_axes(const struct build_place *place, const struct model *model, int index,
                        struct layer *layer, const int *ranks)
{
    const struct model_layer *source = &model->layers[index];
    const bool last = model->recipe.keras && model->recipe.channels_last;
    const int rank = ranks[layer->inputs[0]];
    /* Of [batch, rows, columns], which are one channel here, none is the channels. */
    const int channels = rank == 3 ? 0 : last ? rank - 1 : 1;
    unsigned named = 0;
    for (int i = 0; i < source->axis_count; i++) {
        const int axis = source->axes[i] < 0 ? source->axes[i] + rank : source->axes[i];
        named |= axis > 0 && axis < rank ? 1u << axis : 1u;
    }
    const unsigned all = (1u << rank) - 2u;
    layer->over_channels = false;
    if (source->axis_count == 0 || (layer->kind == LAYER_LAYER_NORM && named == all))
        return true;
    layer->over_channels = layer->kind == LAYER_LAYER_NORM && !is_vector(layer->input);
    if (channels > 0 && named == 1u << channels)
        return true;
    if (channels == 0)
        return network_build_fail(place, "\"axis\": expected an input with channels, found rows and columns "
                                         "alone; declare the input with a 1 for them");
    return network_build_fail(place, "\"axis\": expected %d, the channels%s, found %d", channels,
                              layer->kind == LAYER_LAYER_NORM ? ", or all of them" : "", source->axes[0]);
}

bool network_check_order(const struct network *network, const char *origin, struct error *err)
{
    /* Of each layer the first Flatten with the order that its values have; 0 when it is ours. */
    int *orders = ls_calloc((size_t)network->layer_count, sizeof *orders);
    bool ok = true;
    int last = 0;
    for (int i = 1; ok && i < network->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        const struct shape in = layer->input;
        orders[i] = orders[layer->inputs[0]];
        for (int k = 1; k < layer->input_count; k++) {
            const int other = orders[layer->inputs[k]];
            if (layer->kind == LAYER_ADD && other != orders[i])
                ok = network_build_fail(
                    &(struct build_place){origin, layer, err},
                    "expected inputs whose values have one order, found \"%s\" with Keras's of a Flatten "
                    "and \"%s\" without; put a Dense after the Flatten",
                    network->layers[layer->inputs[other ? k : 0]].name,
                    network->layers[layer->inputs[other ? 0 : k]].name);
            else if (other)
                orders[i] = layer->kind == LAYER_ADD ? other : i;
        }
        if (layer->kind == LAYER_CONCATENATE && orders[layer->inputs[0]])
            orders[i] = i;
        if (layer->kind == LAYER_DENSE)
            orders[i] = 0;
        if (layer->kind == LAYER_FLATTEN && in.channels > 1 && !is_vector(in)) {
            orders[i] = i;
            for (int k = i - 1; k > 0; k--) {
                const struct shape other = network->layers[k].input;
                if (network->layers[k].kind == LAYER_FLATTEN && other.channels == in.channels &&
                    other.height == in.height && other.width == in.width)
                    orders[i] = k;
            }
        }
        last = i;
    }
    if (ok && orders[last]) {
        const struct layer *layer = &network->layers[orders[last]];
        const struct shape in = layer->input;
        ok = network_build_fail(&(struct build_place){origin, layer, err},
                                "expected a Dense after it, because Keras's order of the values of %dx%dx%d "
                                "differs from ours, found none",
                                in.channels, in.height, in.width);
    }
    free(orders);
    return ok;
}
