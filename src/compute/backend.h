/* What a backend implements; private to compute/. Each function has the contract of the public one
 * of its name in compute.h. A backend's own struct begins with `struct compute`. */
#ifndef LS_COMPUTE_BACKEND_H
#define LS_COMPUTE_BACKEND_H

#include "compute/compute.h"

struct compute_ops {
    void (*destroy)(struct compute *);
    void (*write_parameters)(struct compute *, const float *);
    void (*read_parameters)(struct compute *, float *);
    void (*read_parameter_gradients)(struct compute *, enum compute_slot, float *);
    void (*bind_data)(struct compute *, int handle, const struct compute_data *);
    void (*run)(struct compute *, enum compute_slot, const struct compute_batch *, bool, struct batch_metrics *);
    void (*step)(struct compute *, const struct compute_batch *, const struct compute_update *,
                 struct batch_metrics *);
    void (*evaluate)(struct compute *, const struct compute_batch *, struct batch_metrics *, float *);
    void (*read_tensor)(struct compute *, enum compute_slot, int, float *);
    void (*read_tensor_gradient)(struct compute *, enum compute_slot, int, float *);
    void (*set_optimizer)(struct compute *, const struct optimizer *);
    void (*sync)(struct compute *);
};

struct compute {
    const struct compute_ops *ops;
    enum backend_kind backend;
    int threads;
    char device_name[128];
    int data_count;
    struct program program; /* owned copy */
};

struct compute *reference_create(const struct compute_desc *desc, struct error *err);
struct compute *cpu_create(const struct compute_desc *desc, struct error *err);

#endif
