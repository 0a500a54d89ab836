/* What a backend implements; private to compute/. Each function has the contract of the public one
 * of its name in compute.h, whose arguments compute.c has checked. A backend's own struct begins with
 * `struct compute`. */
#ifndef LS_COMPUTE_BACKEND_H
#define LS_COMPUTE_BACKEND_H

#include "base/rng.h"
#include "compute/compute.h"
#include "compute/mirror.h"

struct compute_ops {
    size_t value_size; /* of a parameter as it is trained */
    /* Frees everything but the copied program, which is compute.c's. */
    void (*destroy)(struct compute *);
    void (*write_parameters)(struct compute *, const float *);
    void (*read_parameters)(struct compute *, float *);
    /* Also called by compute_create, with what buffers are at first. */
    void (*write_buffers)(struct compute *, const float *);
    void (*read_buffers)(struct compute *, float *);
    void (*write_state)(struct compute *, enum compute_state, const void *);
    void (*read_state)(struct compute *, enum compute_state, void *);
    void (*read_parameter_gradients)(struct compute *, enum compute_slot, float *);
    /* compute->data[handle] is `data` already. */
    void (*bind_data)(struct compute *, int handle, const struct compute_data *);
    void (*run)(struct compute *, enum compute_slot, const struct compute_batch *, bool,
                struct batch_metrics *);
    void (*step)(struct compute *, const struct compute_batch *, const struct compute_update *,
                 struct batch_metrics *);
    /* NULL: `step` in a loop. The schedule is compute->schedule, which compute.c moves on afterwards. */
    void (*train)(struct compute *, int, const float *, struct batch_metrics *);
    /* compute->schedule is new; NULL: nothing to do. */
    void (*set_schedule)(struct compute *);
    void (*evaluate)(struct compute *, const struct compute_batch *, struct batch_metrics *, float *);
    void (*read_tensor)(struct compute *, enum compute_slot, int, float *);
    void (*read_tensor_gradient)(struct compute *, enum compute_slot, int, float *);
    void (*set_optimizer)(struct compute *, const struct optimizer *);
    void (*sync)(struct compute *);
    const char *(*problem)(const struct compute *); /* NULL: there is never one */
    /* NULL: the backend works in the host's memory. */
    struct compute_mirror *(*mirror_create)(struct compute *, const struct mirror_desc *, struct error *);
};

/* A backend's own struct of a mirror begins with `struct compute_mirror`. */
struct mirror_ops {
    void (*destroy)(struct compute_mirror *);
    int (*take)(struct compute_mirror *, const struct compute_batch *, bool);
    void (*commit)(struct compute_mirror *, int);
    bool (*ready)(struct compute_mirror *, bool);
    int (*write)(struct compute_mirror *, int);
    bool (*finish)(struct compute_mirror *, bool, float *, float *);
    const char *(*problem)(const struct compute_mirror *);
};

struct compute_mirror {
    const struct mirror_ops *ops;
};

struct compute {
    const struct compute_ops *ops;
    enum backend_kind backend;
    int threads; /* the backend's own number; compute_base_init sets what was asked for */
    char device_name[128];
    int data_count;
    struct compute_data data[COMPUTE_MAX_DATA];
    struct program program;             /* owned copy */
    int slot_batch[COMPUTE_SLOT_COUNT]; /* the largest batch of each slot */
    bool input_gradients;
    enum traffic_purpose purpose;     /* of the copies that follow */
    struct compute_schedule schedule; /* of the next step; batch 0: none yet */
    struct rng_shuffle shuffle;       /* of `shuffle_epoch` */
    uint64_t shuffle_epoch;
    uint32_t *indices; /* (batch) for training by steps */
};

/* Of a schedule over `samples`: steps of an epoch, and the samples of the batch of step `step`, the first
 * being step 0. */
uint64_t compute_steps_per_epoch(const struct compute_schedule *schedule, uint32_t samples);
int compute_batch_count(const struct compute_schedule *schedule, uint32_t samples, uint64_t step);

/* What every create function calls first: fills `base` from `desc` and copies the program. `desc` is
 * complete: compute_create has replaced every 0 that stands for a default. */
void compute_base_init(struct compute *base, const struct compute_ops *ops, const struct compute_desc *desc);
/* Frees the copied program; for a create function that fails after compute_base_init. */
void compute_base_deinit(struct compute *base);

/* Number of cores that this process may use. */
int compute_core_count(void);

/* The data's sample number that is sample `i` of the batch. */
static inline uint32_t compute_batch_sample(const struct compute_batch *batch, int i)
{
    return batch->indices ? batch->indices[i] : batch->first + (uint32_t)i;
}

struct compute *reference_create(const struct compute_desc *desc, struct error *err);
struct compute *cpu_create(const struct compute_desc *desc, struct error *err);
struct compute *cuda_create(const struct compute_desc *desc, struct error *err);

#endif
