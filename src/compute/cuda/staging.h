/* Pinned memory between the caller's and the device's: copies run on while the host goes on, and what was
 * read reaches the caller at the next drain. */
#ifndef LS_COMPUTE_CUDA_STAGING_H
#define LS_COMPUTE_CUDA_STAGING_H

#include "compute/compute.h"
#include "kernels/kernels.h"

struct cuda_compute;

/* Something to be handed over once the copies are through. */
struct cuda_delivery {
    const void *from; /* pinned */
    void *to;         /* the caller's memory, or NULL for metrics */
    size_t bytes;
    struct batch_metrics *metrics;
    int entries; /* of the ring, at `from` */
    int samples; /* 0: an entry each; else all entries are the mean over so many samples … */
    bool first;  /* … and these are the first of them */
};

struct cuda_staging {
    char *memory; /* pinned */
    size_t size, used;
    struct cuda_delivery *deliveries;
    int delivery_count, delivery_capacity;
};

bool cuda_staging_init(struct cuda_compute *cuda);
void cuda_staging_deinit(struct cuda_compute *cuda);

/* `from` may change as soon as this returns; large blocks wait for room. */
void cuda_upload(struct cuda_compute *cuda, void *to, const void *from, size_t bytes);
/* `to` is written by the next drain at the latest. */
void cuda_download(struct cuda_compute *cuda, void *to, const void *from, size_t bytes);
/* Entries first … first+count−1 of `ring` into `out` (count). */
void cuda_download_metrics(struct cuda_compute *cuda, struct batch_metrics *out,
                           const struct kernel_metrics *ring, int first, int count);
/* The same entries as parts of one mean over `samples` samples in `out`, which the first call sets to 0. */
void cuda_download_mean(struct cuda_compute *cuda, struct batch_metrics *out,
                        const struct kernel_metrics *ring, int count, int samples, bool is_first);
/* Waits for the stream and hands over. */
void cuda_drain(struct cuda_compute *cuda);

#endif
