/* From a model to a network: shapes, places of parameters, program. Private to nn/. */
#ifndef LS_NN_NETWORK_BUILD_H
#define LS_NN_NETWORK_BUILD_H

#include "nn/model.h"
#include "nn/network.h"

enum {
    NETWORK_MAX_VALUES = 1 << 24,          /* activations of one sample, all layers together */
    NETWORK_MAX_PARAMETER_FLOATS = 1 << 27 /* 512 MiB */
};

/* Infers shapes and lays out parameters, without gaps, weight before bias, in layer order. NULL with
 * an error where sizes do not fit. Ends with network_lower. */
struct network *network_build(const struct model *model, const char *origin, struct shape input, int classes,
                              struct error *err);

/* Fills network->program and each layer's tensors. Operations with an activation of their own keep
 * it; a softmax is always an operation of its own, so that the logits have a tensor. */
void network_lower(struct network *network, enum loss_kind loss);

#endif
