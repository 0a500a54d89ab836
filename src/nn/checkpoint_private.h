/* What the files checkpoint*.c share. */
#ifndef LS_NN_CHECKPOINT_PRIVATE_H
#define LS_NN_CHECKPOINT_PRIVATE_H

#include "nn/checkpoint.h"

/* Names of moments as metadata or tensors begin with this, and of no parameter otherwise. */
#define CHECKPOINT_MOMENT "optimizer."

/* What PyTorch counts batches with ends with this. */
#define CHECKPOINT_BATCHES ".num_batches_tracked"

/* A layer's tensors in a file: its parameters, then its running statistics. */
static inline int checkpoint_tensor_count(const struct layer *layer)
{
    return layer->parameter_count + layer->buffer_count;
}
static inline const struct parameter *checkpoint_tensor(const struct layer *layer, int index)
{
    return index < layer->parameter_count ? &layer->parameters[index]
                                          : &layer->buffers[index - layer->parameter_count];
}

/* checkpoint_training.c: the metadata "training" as JSON, in fresh memory, and back. */
char *checkpoint_print_training(const struct checkpoint_training *training);
bool checkpoint_parse_training(const char *json, struct checkpoint_training *training, struct error *err);

/* checkpoint_match.c: the file's tensor for each of every layer's, into `found` (all of them). */
bool checkpoint_match(const struct checkpoint *checkpoint, const struct network *network,
                      const struct tensor **found, struct error *err);

#endif
