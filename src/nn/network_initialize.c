/* Fresh parameters. */
#include <math.h>

#include "base/rng.h"
#include "nn/network.h"

/* A ReLU and its kin, which let about half of the values pass. */
static bool is_rectifier(enum activation a)
{
    return a == ACTIVATION_RELU || a == ACTIVATION_LEAKY_RELU || a == ACTIVATION_ELU ||
           a == ACTIVATION_GELU || a == ACTIVATION_GELU_TANH;
}

/* Does a ReLU follow the layer's sum, in the layer itself or as the layer after it, with nothing but norms
 * and dropout between them? */
static bool feeds_relu(const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    if (layer->activation != ACTIVATION_LINEAR || layer->softmax)
        return is_rectifier(layer->activation);
    for (int i = index + 1; i < network->layer_count; i++) {
        const struct layer *next = &network->layers[i];
        if (next->input_count != 1 || next->inputs[0] != index)
            continue;
        if (next->kind == LAYER_ACTIVATION)
            return is_rectifier(next->activation);
        if (next->kind == LAYER_BATCH_NORM || next->kind == LAYER_LAYER_NORM || next->kind == LAYER_DROPOUT)
            index = i;
    }
    return false;
}

/* A convolution counts its window; of a vector, which is no weight, both are its length, as in Keras. */
static void parameter_fans(const struct parameter *parameter, double *fan_in, double *fan_out)
{
    *fan_in = *fan_out = (double)parameter->count;
    if (parameter->rank > 1) {
        *fan_in = (double)(parameter->count / (size_t)parameter->dims[0]);
        *fan_out = (double)(parameter->count / (size_t)parameter->dims[1]);
    }
}

struct initializer network_parameter_start(const struct network *network, int layer, int parameter)
{
    const struct parameter *p = &network->layers[layer].parameters[parameter];
    if (p->start.kind != INITIALIZER_USUAL)
        return p->start;
    if (p->rank < 2)
        return (struct initializer){.kind = INITIALIZER_CONSTANT};
    const bool relu = feeds_relu(network, layer);
    return (struct initializer){
        .kind = INITIALIZER_UNIFORM, .fan = relu ? FAN_IN : FAN_AVERAGE, .scale = relu ? 2.0f : 1.0f};
}

void network_initialize(const struct network *network, uint64_t seed, float *parameters)
{
    for (int l = 0; l < network->layer_count; l++) {
        const struct layer *layer = &network->layers[l];
        for (int p = 0; p < layer->parameter_count; p++) {
            const struct parameter *parameter = &layer->parameters[p];
            float *values = parameters + parameter->offset;
            double limit = 0.0, fan_in, fan_out;
            parameter_fans(parameter->start.fan == FAN_WEIGHT_IN ? &layer->parameters[0] : parameter, &fan_in,
                           &fan_out);
            if (parameter->start.kind != INITIALIZER_USUAL) {
                initializer_fill(&parameter->start, fan_in, fan_out, seed, (uint32_t)l, values,
                                 parameter->count);
                continue;
            }
            if (parameter->rank > 1) {
                limit = sqrt(6.0 / (feeds_relu(network, l) ? fan_in : fan_in + fan_out));
            }
            for (size_t i = 0; i < parameter->count; i++)
                values[i] = (float)limit * (2.0f * rng_uniform(seed, RNG_INIT, (uint32_t)l, i) - 1.0f);
        }
    }
}

void network_initialize_buffers(const struct network *network, uint64_t seed, float *buffers)
{
    for (int l = 0; l < network->layer_count; l++)
        for (int b = 0; b < network->layers[l].buffer_count; b++) {
            const struct parameter *buffer = &network->layers[l].buffers[b];
            initializer_fill(&buffer->start, (double)buffer->count, (double)buffer->count, seed, (uint32_t)l,
                             buffers + buffer->offset, buffer->count);
        }
}
