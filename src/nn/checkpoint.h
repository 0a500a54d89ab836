/* Parameters as safetensors files: tensors named LAYER.weight, LAYER.bias, with PyTorch's shapes. */
#ifndef LS_NN_CHECKPOINT_H
#define LS_NN_CHECKPOINT_H

#include "nn/network.h"

struct checkpoint_info {
    uint64_t step; /* training steps taken; 0 when the file does not say */
    uint64_t seed;
};

/* Writes atomically: temporary file, fsync, rename. */
bool checkpoint_save(const char *path, const struct network *network, const float *parameters,
                     const struct checkpoint_info *info, bool overwrite, struct error *err);
/* Reads F32 or F64 values. Refuses a truncated file, a missing or unknown tensor, a wrong shape or type,
 * naming the tensor; `parameters` is left alone then. `info` may be NULL. */
bool checkpoint_load(const char *path, const struct network *network, float *parameters,
                     struct checkpoint_info *info, struct error *err);

#endif
