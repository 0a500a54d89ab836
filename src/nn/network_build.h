/* From a model to a network: shapes, places of parameters, program. Private to nn/. */
#ifndef LS_NN_NETWORK_BUILD_H
#define LS_NN_NETWORK_BUILD_H

#include "nn/model.h"
#include "nn/network.h"

enum {
    NETWORK_MAX_VALUES = 1 << 24,          /* activations of one sample, all layers together */
    NETWORK_MAX_PARAMETER_FLOATS = 1 << 27 /* 512 MiB */
};

/* Where an error is. */
struct build_place {
    const char *origin;
    const struct layer *layer;
    struct error *err;
};

/* Sets "ORIGIN: layer "NAME": …"; returns false. */
bool network_build_fail(const struct build_place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Infers shapes and lays out parameters and buffers, without gaps, weight before bias, in layer order. NULL
 * with an error where sizes do not fit; nothing as large as they say is allocated. Ends with network_lower.
 */
struct network *network_build(const struct model *model, const char *origin, struct shape input, int classes,
                              struct error *err);

/* Paddings and output size of a convolution or pool, whose input, kernel, strides and explicit padding
 * `layer` has. */
bool network_infer_window(const struct build_place *place, const struct model_layer *source,
                          struct layer *layer);

/* Checks the axes that a Keras file names against the one of its channels, and sets what a layer norm goes
 * over. `ranks` (layer_count) are those of the layers' outputs, the batch included. */
bool network_check_axes(const struct build_place *place, const struct model *model, int index,
                        struct layer *layer, const int *ranks);

/* Keras flattens rows, columns, channels, we channels, rows, columns. A Dense that reads all values learns
 * the same either way; without one outputs would change places, and sums would meet other values. */
bool network_check_order(const struct network *network, const char *origin, struct error *err);

/* Fills network->program and each layer's tensors. Operations with an activation of their own keep it, but a
 * softmax, a GELU and the sigmoid of a binary cross-entropy are operations of their own, so that what is
 * before them has a tensor. More than two inputs of an add or a concatenation become a chain. */
void network_lower(struct network *network, enum loss_kind loss);

#endif
