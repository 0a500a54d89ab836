/* Fresh parameters. */
#include <math.h>

#include "base/rng.h"
#include "nn/network.h"

/* Does a ReLU follow the layer's sum, in the layer itself or as the layer after it? */
static bool feeds_relu(const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    if (layer->activation != ACTIVATION_LINEAR || layer->softmax)
        return layer->activation == ACTIVATION_RELU;
    for (int i = index + 1; i < network->layer_count; i++) {
        const struct layer *next = &network->layers[i];
        if (next->kind == LAYER_ACTIVATION && next->inputs[0] == index)
            return next->activation == ACTIVATION_RELU;
    }
    return false;
}

void network_initialize(const struct network *network, uint64_t seed, float *parameters)
{
    for (int l = 0; l < network->layer_count; l++) {
        const struct layer *layer = &network->layers[l];
        for (int p = 0; p < layer->parameter_count; p++) {
            const struct parameter *parameter = &layer->parameters[p];
            float *values = parameters + parameter->offset;
            double limit = 0.0;
            if (parameter->rank > 1) {
                const double fan_in = (double)(parameter->count / (size_t)parameter->dims[0]);
                const double fan_out = (double)(parameter->count / (size_t)parameter->dims[1]);
                limit = sqrt(6.0 / (feeds_relu(network, l) ? fan_in : fan_in + fan_out));
            }
            for (size_t i = 0; i < parameter->count; i++)
                values[i] = (float)limit * (2.0f * rng_uniform(seed, RNG_INIT, (uint32_t)l, i) - 1.0f);
        }
    }
}
