/* Parts of one block of device memory. */
#ifndef LS_COMPUTE_CUDA_CARVER_H
#define LS_COMPUTE_CUDA_CARVER_H

#include <stddef.h>

/* Without a block it only counts. */
struct carver {
    char *block;
    size_t used; /* bytes */
};

/* The next part, at a multiple of 256 bytes; NULL without a block. */
static inline void *carve(struct carver *carver, size_t count, size_t size)
{
    void *part = carver->block ? carver->block + carver->used : NULL;
    carver->used += (count * size + 255) / 256 * 256;
    return part;
}

#endif
