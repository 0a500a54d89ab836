/* The CUDA backend's mirrors; the contract is compute/mirror.h's. */
#ifndef LS_COMPUTE_CUDA_MIRROR_H
#define LS_COMPUTE_CUDA_MIRROR_H

#include "compute/backend.h"

struct compute_mirror *cuda_mirror_create(struct compute *compute, const struct mirror_desc *desc,
                                          struct error *err);

#endif
