/* Lowering: layers become operations over numbered tensors. */
#include "base/memory.h"
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

static int lower_layer(struct program *program, const struct layer *layer, int input)
{
    struct op *op = add_op(program, op_kind_of(layer->kind), input, layer->output);
    op->activation = layer->activation;
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
    op->alpha = layer->alpha;
    if (layer->parameter_count > 0)
        op->weight_offset = layer->parameters[0].offset;
    op->has_bias = layer->parameter_count > 1;
    if (op->has_bias)
        op->bias_offset = layer->parameters[1].offset;
    return op->output;
}

void network_lower(struct network *network, enum loss_kind loss)
{
    struct program *program = &network->program;
    /* A layer becomes at most two operations. */
    const size_t most = 2 * (size_t)network->layer_count;
    program->tensors = ls_calloc(most, sizeof *program->tensors);
    program->ops = ls_calloc(most, sizeof *program->ops);
    program->tensors[0] = network->layers[0].output;
    program->tensor_count = 1;
    program->loss = loss;
    for (int i = 1; i < network->layer_count; i++) {
        struct layer *layer = &network->layers[i];
        layer->tensor = network->layers[layer->inputs[0]].tensor;
        layer->logits_tensor = -1;
        if (!layer->softmax || layer->kind != LAYER_ACTIVATION)
            layer->tensor = lower_layer(program, layer, layer->tensor);
        if (layer->softmax) {
            layer->logits_tensor = layer->tensor;
            layer->tensor = add_op(program, OP_SOFTMAX, layer->logits_tensor, layer->output)->output;
        }
    }
}
