/* The contract of a backend: a program compiled for one device, its parameters, optimizer state,
 * data and work memory. The layout of batches is the backend's own; everything that crosses this
 * interface is (batch, channels, height, width) in row order.
 *
 * Calls enqueue; only `compute_sync` waits, and results named "out" are valid after it. One thread
 * uses a `struct compute` at a time. The same backend, CPU kind, thread count and call sequence
 * give bit-identical results. */
#ifndef LS_COMPUTE_COMPUTE_H
#define LS_COMPUTE_COMPUTE_H

#include <stdint.h>

#include "base/error.h"
#include "compute/op.h"
#include "compute/traffic.h"

enum backend_kind {
    BACKEND_REFERENCE, /* plain loops in double, one thread: what the others are compared with */
    BACKEND_CPU,       /* vectorised, threaded; picks code for the CPU at hand at run time */
    BACKEND_CUDA,
    BACKEND_AUTO /* not one of its own: see compute_choose_backend */
};

/* Two sets of work memory, so that looking at a sample never disturbs training. */
enum compute_slot {
    COMPUTE_TRAIN, /* batches up to max_batch */
    COMPUTE_PROBE, /* the shown sample, batches up to probe_batch */
    COMPUTE_SLOT_COUNT
};

struct compute_desc {
    const struct program *program; /* copied */
    enum backend_kind backend;
    int max_batch;        /* largest training batch */
    int probe_batch;      /* largest probe batch; 0 means 1 */
    int threads;          /* CPU threads; 0 means one per core */
    bool background;      /* its own CPU threads stand back (base/thread.h) */
    int device;           /* of CUDA's, by its number */
    bool input_gradients; /* also compute the gradient of tensor 0 (in COMPUTE_PROBE always) */
    struct optimizer optimizer;
};

/* Samples in host memory; the caller keeps them alive and unchanged while bound. Exactly one of
 * `bytes` and `values` is set. */
struct compute_data {
    uint32_t count;
    const uint8_t *bytes;  /* (count, channels, height, width); a value is byte / 255 */
    const float *values;   /* the same as floats */
    const int32_t *labels; /* (count); may be NULL when targets are given */
    const float *targets;  /* (count, outputs) for all but LOSS_CROSS_ENTROPY; NULL: one-hot labels */
};

enum { COMPUTE_MAX_DATA = 8 };

struct compute_batch {
    int data;                /* what compute_bind_data returned */
    const uint32_t *indices; /* (count) sample numbers; NULL: first … first+count-1 */
    uint32_t first;
    int count;
};

struct compute_update {
    float learning_rate;
    uint64_t step; /* 1 for the first update, for Adam's bias correction and gradient noise */
};

/* What compute_train goes through: the shuffled epochs of one data set, batch by batch. The order of an epoch
 * is rng.h's shuffle named by (seed, epoch); its last batch may be smaller. All other draws of training are
 * named by seed and step, too: the masks of dropout and the gradient's noise. Until a schedule is set both
 * are 0; compute_run and compute_step leave the step as it is. */
struct compute_schedule {
    int data;        /* all of its samples */
    int batch;       /* at most max_batch */
    uint64_t seed;   /* of the shuffles */
    uint64_t step;   /* steps taken before: the place in the epochs */
    uint64_t update; /* of them, those since the optimizer's state was zero */
};

/* What training goes on from: vectors as long as the parameters, in their order, and the buffers. */
enum compute_state {
    STATE_PARAMETERS,
    STATE_MOMENT1, /* what they are to each optimizer: struct optimizer in op.h */
    STATE_MOMENT2,
    STATE_BUFFERS, /* buffer_count long; at first running means 0 and variances 1 */
    STATE_COUNT
};

struct batch_metrics {
    double loss;          /* mean over the batch */
    int correct;          /* samples whose (first) largest output is the label; of a single output, but for
                           * LOSS_CROSS_ENTROPY, those where it is above 0.5 just when the label is 1. A sample
                           * with an output that is no number is wrong. 0 without labels */
    double gradient_norm; /* Euclidean norm of the parameter gradient; 0 after a forward alone */
};

struct compute;

struct compute *compute_create(const struct compute_desc *desc, struct error *err);
void compute_destroy(struct compute *compute);

/* Which backends this build and machine can run. */
bool compute_backend_available(enum backend_kind backend);
/* For BACKEND_AUTO CUDA where its device of that number runs our kernels, else the CPU, saying in the log why;
 * others as they are. */
enum backend_kind compute_choose_backend(enum backend_kind wanted, int device);
const char *compute_backend_name(enum backend_kind backend); /* "reference", "cpu", "cuda", "auto" */
bool compute_backend_from_name(const char *name, enum backend_kind *backend);
enum backend_kind compute_backend(const struct compute *compute);
/* CUDA's number of the device that drives the current OpenGL context: what trains there can be drawn without
 * a copy. 0 when none does. */
int compute_gl_device(void);
/* The device in words, e.g. "Intel Xeon, 2 threads, AVX-512"; owned by `compute`. */
const char *compute_device_name(const struct compute *compute);
int compute_threads(const struct compute *compute);

/* The flat parameter vector, in the program's order. */
void compute_write_parameters(struct compute *compute, const float *parameters);
void compute_read_parameters(struct compute *compute, float *parameters);
/* The flat buffer vector, in the program's order. */
void compute_write_buffers(struct compute *compute, const float *buffers);
void compute_read_buffers(struct compute *compute, float *buffers);
/* All of it without rounding: `values` has compute_state_count × compute_value_size bytes. An optimizer that
 * has no use for a moment leaves it as it is. */
size_t compute_state_count(const struct compute *compute, enum compute_state state);
void compute_write_state(struct compute *compute, enum compute_state state, const void *values);
void compute_read_state(struct compute *compute, enum compute_state state, void *values);
/* Bytes of one number as the backend trains it: 8, a double, of the reference, else 4, a float. */
size_t compute_value_size(const struct compute *compute);
/* Gradients of the last batch in `slot` that ran backward: mean over the batch. */
void compute_read_parameter_gradients(struct compute *compute, enum compute_slot slot, float *gradients);

/* Returns a number for compute_batch.data; asserts that no more than COMPUTE_MAX_DATA are bound. */
int compute_bind_data(struct compute *compute, const struct compute_data *data);

/* Forward of one batch; with `backward`, gradients too, and in COMPUTE_TRAIN in training mode (op.h), with
 * the draws of the schedule's next step. `out` may be NULL. */
void compute_run(struct compute *compute, enum compute_slot slot, const struct compute_batch *batch,
                 bool backward, struct batch_metrics *out);
/* One training step in COMPUTE_TRAIN: forward, backward, optimizer. */
void compute_step(struct compute *compute, const struct compute_batch *batch,
                  const struct compute_update *update, struct batch_metrics *out);
/* Where compute_train begins. A change of the optimizer leaves the schedule as it is. */
void compute_set_schedule(struct compute *compute, const struct compute_schedule *schedule);
/* The next `steps` training steps of the schedule, each like compute_step with the learning rate of its own
 * from `learning_rates` (steps); `out` (steps) may be NULL. A device makes many of them in one go.
 * compute_read_tensor and its gradient tell nothing of COMPUTE_TRAIN afterwards. */
void compute_train(struct compute *compute, int steps, const float *learning_rates,
                   struct batch_metrics *out);
/* The samples of the batch that the schedule's next step trains on, into `indices` (batch); returns how many.
 */
int compute_next_batch(struct compute *compute, uint32_t *indices);
/* Forward of any number of samples, in batches of the backend's choice, in COMPUTE_TRAIN's memory.
 * `outputs` (count, output count) may be NULL. */
void compute_evaluate(struct compute *compute, const struct compute_batch *batch, struct batch_metrics *out,
                      float *outputs);

/* A tensor of the last batch that ran in `slot`: (batch, channels, height, width). */
void compute_read_tensor(struct compute *compute, enum compute_slot slot, int tensor, float *values);
/* dLoss/dTensor of the last batch that ran backward in `slot`. COMPUTE_TRAIN without input_gradients has
 * none of tensor 0, and after compute_step none of any tensor that depends on no parameter. */
void compute_read_tensor_gradient(struct compute *compute, enum compute_slot slot, int tensor, float *values);

/* Changes optimizer hyperparameters; another kind starts with zero state. */
void compute_set_optimizer(struct compute *compute, const struct optimizer *optimizer);

void compute_sync(struct compute *compute);
/* Why the device no longer answers, in words; NULL while it does. Afterwards calls do nothing, and what they
 * read is 0. */
const char *compute_problem(const struct compute *compute);
/* What the copies that follow are for (traffic.h); TRAFFIC_TRAINING until told otherwise. */
void compute_account(struct compute *compute, enum traffic_purpose purpose);

#endif
