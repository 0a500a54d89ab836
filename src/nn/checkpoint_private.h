/* What the files checkpoint*.c share. */
#ifndef LS_NN_CHECKPOINT_PRIVATE_H
#define LS_NN_CHECKPOINT_PRIVATE_H

#include "nn/checkpoint.h"

/* Names of moments as metadata or tensors begin with this, and of no parameter otherwise. */
#define CHECKPOINT_MOMENT "optimizer."

/* checkpoint_training.c: the metadata "training" as JSON, in fresh memory, and back. */
char *checkpoint_print_training(const struct checkpoint_training *training);
bool checkpoint_parse_training(const char *json, struct checkpoint_training *training, struct error *err);

/* checkpoint_match.c: the tensor of each parameter, layer by layer, into `found` (parameters of the network).
 */
bool checkpoint_match(const struct checkpoint *checkpoint, const struct network *network,
                      const struct tensor **found, struct error *err);

#endif
