/* The CUDA backend's own struct; private to compute/cuda/ and to what draws from its memory.
 *
 * Everything that compute.h asks for goes through one stream, `stream`. Parameters, their gradients and the
 * moments stay at their addresses from creation to destruction, so that graphs may hold them. */
#ifndef LS_COMPUTE_CUDA_CUDA_H
#define LS_COMPUTE_CUDA_CUDA_H

#include "compute/backend.h"
#include "compute/cuda/data.h"
#include "compute/cuda/products.h"
#include "compute/cuda/propagate.h"
#include "compute/cuda/runtime.h"
#include "compute/cuda/staging.h"
#include "compute/cuda/training.h"

struct cuda_slot {
    struct cuda_work work;
    uint32_t *indices;           /* (most) */
    struct kernel_metrics *ring; /* (CUDA_EAGER_RING) of batches that the host describes one by one */
    int count;                   /* samples of the last batch; 0: what is there belongs to no batch */
};

enum { CUDA_EAGER_RING = 256 };

struct cuda_compute {
    struct compute base;
    const struct cuda_runtime *runtime;
    int device;
    struct CUstream_st *stream;
    char problem[320]; /* empty while the device answers */
    struct optimizer optimizer;
    struct cuda_plan plan;
    void *memory; /* one block of device memory; all that follows but data sets lies in it */
    float *parameters, *moment1, *moment2; /* (parameter_count) */
    float *buffers;                        /* (buffer_count) */
    float *learning_rate;                  /* of a step that the host describes; training.h has its own */
    struct kernel_penalties penalties;
    uint32_t *identity; /* (max_batch) 0, 1, 2 … */
    struct cuda_slot slots[COMPUTE_SLOT_COUNT];
    struct cuda_staging staging;
    struct cuda_source data[COMPUTE_MAX_DATA];
    size_t data_budget; /* bytes of device memory left for data sets */
    struct cuda_stream_of_samples *samples;
    struct cuda_training training;
    struct cuda_products products;
};

/* `error` of the CUDA runtime while doing `what`: true when it is 0. The first failure is kept as the
 * problem; from then on nothing is enqueued any more. */
bool cuda_check(struct cuda_compute *cuda, int error, const char *what);
/* The same for the launches of kernels before. */
bool cuda_check_launches(struct cuda_compute *cuda, const char *what);
/* Makes the calling thread use this device; false once there is a problem. */
bool cuda_enter(struct cuda_compute *cuda);

#endif
