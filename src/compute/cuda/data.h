/* Bound samples: on the device as they are, bytes as bytes, or, when they exceed what is set aside for data
 * sets or what the device has left, on the host, a batch at a time sent ahead of its kernels. */
#ifndef LS_COMPUTE_CUDA_DATA_H
#define LS_COMPUTE_CUDA_DATA_H

#include "compute/compute.h"
#include "kernels/kernels.h"

struct cuda_compute;
struct cuda_work;

struct cuda_source {
    struct kernel_data data; /* device memory, when resident */
    void *memory;
    bool resident, float_targets;
};

/* Sets the budget: LAYERSCOPE_CUDA_DATA_MIB, or half of the memory that is free now. */
void cuda_data_init(struct cuda_compute *cuda);
void cuda_data_deinit(struct cuda_compute *cuda);
void cuda_data_bind(struct cuda_compute *cuda, int handle, const struct compute_data *data);

/* The kernel that fills work's input, labels and targets with the batch that work->step names. `count`
 * samples; of resident data those at `device_indices`, or without in the order of `schedule`, or without from
 * step->first on; `batch` says the same to the host and is read for data that is not resident. */
void cuda_data_gather(struct cuda_compute *cuda, const struct cuda_work *work,
                      const struct compute_batch *batch, const struct kernel_schedule *schedule,
                      const uint32_t *device_indices);

#endif
