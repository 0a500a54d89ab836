/* Settings of parameters that hold for a whole network: penalties and starts. */
#include <stdlib.h>

#include "base/memory.h"
#include "nn/network.h"

static bool is_penalised(const struct parameter *parameter)
{
    return parameter->l1 > 0.0f || parameter->l2 > 0.0f;
}

void network_set_penalties(struct network *network)
{
    struct program *program = &network->program;
    free(program->penalties);
    program->penalties = NULL;
    program->penalty_count = 0;
    const size_t most = (size_t)network->layer_count * NETWORK_MAX_PARAMETERS;
    struct penalty *penalties = ls_calloc(most, sizeof *penalties);
    for (int i = 0; i < network->layer_count; i++)
        for (int p = 0; p < network->layers[i].parameter_count; p++) {
            const struct parameter *parameter = &network->layers[i].parameters[p];
            if (is_penalised(parameter))
                penalties[program->penalty_count++] =
                    (struct penalty){parameter->offset, parameter->count, parameter->l1, parameter->l2};
        }
    if (program->penalty_count > 0)
        program->penalties = penalties;
    else
        free(penalties);
}

/* The parameter that a Dense or a Conv2D multiplies with. */
static bool is_kernel(const struct layer *layer, int parameter)
{
    return (layer->kind == LAYER_DENSE || layer->kind == LAYER_CONV2D) &&
           layer->parameters[parameter].rank > 1;
}

void network_penalise(struct network *network, float l1, float l2)
{
    for (int i = 0; i < network->layer_count; i++)
        for (int p = 0; p < network->layers[i].parameter_count; p++) {
            struct parameter *parameter = &network->layers[i].parameters[p];
            const bool kernel = is_kernel(&network->layers[i], p);
            parameter->l1 = kernel ? l1 : 0.0f;
            parameter->l2 = kernel ? l2 : 0.0f;
        }
    network_set_penalties(network);
}

void network_start_with(struct network *network, const struct initializer *start)
{
    for (int i = 0; i < network->layer_count; i++) {
        struct layer *layer = &network->layers[i];
        const bool has_kernel = layer->kind == LAYER_DENSE || layer->kind == LAYER_CONV2D;
        for (int p = 0; p < layer->parameter_count && has_kernel; p++)
            if (is_kernel(layer, p) || start->fan == FAN_WEIGHT_IN)
                layer->parameters[p].start = *start;
    }
}
