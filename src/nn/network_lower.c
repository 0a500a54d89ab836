/* Lowering: layers become operations over numbered tensors. */
#include <string.h>

#include "base/memory.h"
#include "compute/op_math.h"
#include "nn/network_build.h"

static enum op_kind op_kind_of(enum layer_kind kind)
{
    switch (kind) {
    case LAYER_DENSE:
        return OP_DENSE;
    case LAYER_CONV2D:
        return OP_CONV2D;
    case LAYER_MAX_POOL2D:
        return OP_MAX_POOL2D;
    case LAYER_AVERAGE_POOL2D:
        return OP_AVERAGE_POOL2D;
    case LAYER_FLATTEN:
        return OP_FLATTEN;
    case LAYER_ADD:
        return OP_ADD;
    case LAYER_CONCATENATE:
        return OP_CONCATENATE;
    case LAYER_DROPOUT:
        return OP_DROPOUT;
    case LAYER_BATCH_NORM:
        return OP_BATCH_NORM;
    case LAYER_LAYER_NORM:
        return OP_LAYER_NORM;
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return OP_AVERAGE_POOL2D;
    case LAYER_ACTIVATION:
    case LAYER_INPUT:
        break;
    }
    return OP_ACTIVATION;
}

/* Appends an operation and the tensor that it writes. */
static struct op *add_op(struct program *program, enum op_kind kind, int input, struct shape output)
{
    struct op *op = &program->ops[program->op_count++];
    op->kind = kind;
    op->input = input;
    op->output = program->tensor_count;
    program->tensors[program->tensor_count++] = output;
    return op;
}

static const struct parameter *find_parameter(const struct layer *layer, const char *name)
{
    for (int i = 0; i < layer->parameter_count; i++)
        if (strcmp(layer->parameters[i].name, name) == 0)
            return &layer->parameters[i];
    return NULL;
}

static struct op *lower_layer(struct program *program, const struct layer *layer, int input)
{
    struct op *op = add_op(program, op_kind_of(layer->kind), input, layer->output);
    const struct parameter *weight = find_parameter(layer, "weight"), *bias = find_parameter(layer, "bias");
    op->activation = layer->activation;
    op->alpha = layer->alpha;
    op->kernel_h = layer->kernel_h;
    op->kernel_w = layer->kernel_w;
    op->stride_h = layer->stride_h;
    op->stride_w = layer->stride_w;
    op->padding_h = layer->padding_h;
    op->padding_w = layer->padding_w;
    op->padding_end_h = layer->padding_end_h;
    op->padding_end_w = layer->padding_end_w;
    op->dilation_h = layer->dilation_h;
    op->dilation_w = layer->dilation_w;
    op->counts_padding = layer->counts_padding;
    op->has_weight = weight != NULL;
    op->has_bias = bias != NULL;
    if (weight)
        op->weight_offset = weight->offset;
    if (bias)
        op->bias_offset = bias->offset;
    op->rate = layer->rate;
    op->epsilon = layer->epsilon;
    op->over_channels = layer->over_channels;
    op->momentum = layer->momentum;
    op->unbiased = layer->unbiased;
    if (layer->buffer_count > 0)
        op->buffer_offset = layer->buffers[0].offset;
    return op;
}

/* Two at a time, from the first on; only the last result is the layer's output. */
static void lower_join(struct network *network, struct layer *layer)
{
    struct program *program = &network->program;
    struct shape shape = network->layers[layer->inputs[0]].output;
    layer->tensor = network->layers[layer->inputs[0]].tensor;
    for (int i = 1; i < layer->input_count; i++) {
        const struct layer *other = &network->layers[layer->inputs[i]];
        if (layer->kind == LAYER_CONCATENATE)
            shape.channels += other->output.channels;
        struct op *op = add_op(program, op_kind_of(layer->kind), layer->tensor, shape);
        op->second = other->tensor;
        layer->tensor = op->output;
    }
    layer->op = program->op_count - 1;
}

/* Is the layer's activation an operation of its own? */
static bool splits(const struct network *network, int index, enum loss_kind loss)
{
    const struct layer *layer = &network->layers[index];
    const bool last = index == network->layer_count - 1;
    return layer->softmax || op_slope_needs_input(layer->activation) ||
           (last && loss == LOSS_BINARY_CROSS_ENTROPY);
}

static void lower(struct network *network, int index, enum loss_kind loss)
{
    struct program *program = &network->program;
    struct layer *layer = &network->layers[index];
    const int input = network->layers[layer->inputs[0]].tensor;
    const bool split = splits(network, index, loss), alone = layer->kind == LAYER_ACTIVATION;
    layer->logits_tensor = -1;
    layer->tensor = input;
    layer->op = program->op_count;
    if (layer->kind == LAYER_ADD || layer->kind == LAYER_CONCATENATE) {
        lower_join(network, layer);
        return;
    }
    if (!split || !alone) {
        struct op *op = lower_layer(program, layer, input);
        if (split)
            op->activation = ACTIVATION_LINEAR;
        layer->tensor = op->output;
    }
    if (split) {
        layer->logits_tensor = layer->tensor;
        struct op *op =
            add_op(program, layer->softmax ? OP_SOFTMAX : OP_ACTIVATION, layer->tensor, layer->output);
        op->activation = layer->softmax ? ACTIVATION_LINEAR : layer->activation;
        op->alpha = layer->alpha;
        layer->tensor = op->output;
    }
}

/* A layer becomes at most two operations, a chain as many as it has inputs but one. */
static size_t most_operations(const struct network *network)
{
    size_t most = 0;
    for (int i = 0; i < network->layer_count; i++)
        most += network->layers[i].input_count > 2 ? (size_t)network->layers[i].input_count : 2;
    return most;
}

void network_lower(struct network *network, enum loss_kind loss)
{
    struct program *program = &network->program;
    const size_t most = most_operations(network);
    program->tensors = ls_calloc(most, sizeof *program->tensors);
    program->ops = ls_calloc(most, sizeof *program->ops);
    program->tensors[0] = network->layers[0].output;
    program->tensor_count = 1;
    program->loss = loss;
    for (int i = 1; i < network->layer_count; i++)
        lower(network, i, loss);
}
