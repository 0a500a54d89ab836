/* Trains one network on one data set, step by step, on the caller's thread. */
#ifndef LS_NN_TRAINER_H
#define LS_NN_TRAINER_H

#include "compute/compute.h"
#include "data/dataset.h"
#include "nn/metrics.h"
#include "nn/network.h"
#include "nn/snapshot.h"

struct trainer_desc {
    const struct network *network; /* kept alive by the caller */
    const struct data *data;       /* kept alive by the caller */
    enum backend_kind backend;     /* BACKEND_AUTO too */
    int batch;                     /* 64 when 0; at most the training split */
    int threads;                   /* 0: one per core */
    int device;                    /* of CUDA's, by its number */
    bool background; /* someone draws meanwhile: threads that train stand back (base/thread.h) */
    uint64_t seed;
    float learning_rate; /* optimizer_usual_learning_rate when 0 */
    const char
        *data_spec; /* how --data names the data, for checkpoints; kept alive by the caller; may be NULL */
    /* Hyperparameters that are 0 take the values named in op.h, but weight_decay is meant as it stands:
     * optimizer_usual (nn/optimizer.h) has AdamW's. */
    struct optimizer optimizer;
    struct schedule schedule; /* of the learning rate; all 0: constant */
    float l1, l2;             /* what --l1 and --l2 put into the network, for checkpoints */
    bool penalised;
    bool input_gradients; /* training batches too have the gradient of their input (dump) */
    bool evaluate_live;   /* trainer_step evaluates before the first step, after steps 50, 100, 200 and 400,
                           * and then every half epoch (at least 200 steps apart) */
};

struct atomic_file;
struct checkpoint;
struct trainer;

struct trainer *trainer_create(const struct trainer_desc *desc, struct error *err);
void trainer_destroy(struct trainer *trainer);

/* Saves or loads all that training goes on from; see nn/checkpoint.h. With the same batch, seed, learning
 * rate and optimizer as the saved run had, training goes on with the same bits on the same backend, CPU kind
 * and number of threads. From a file without optimizer state, or with another optimizer's, the optimizer
 * starts without a past, as the log says. After a failure everything is as it was. */
bool trainer_load(struct trainer *trainer, const char *path, struct error *err);
bool trainer_restore(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *err);
/* Back to the first step: the parameters that the seed gives, an optimizer without a past, new metrics.
 * Learning rate and probe stay. */
void trainer_restart(struct trainer *trainer);
bool trainer_save(struct trainer *trainer, const char *path, bool overwrite, struct error *err);
/* Into an open file, which is closed: complete or discarded. */
bool trainer_save_to(struct trainer *trainer, struct atomic_file *out, struct error *err);
/* Memory that saving takes, at most: worth setting aside (memory_keep_spare). Without it saving fails with an
 * error. */
size_t trainer_save_size(const struct trainer *trainer);
/* False in the middle of steps, where there is nothing to be saved. On any thread. */
bool trainer_is_whole(const struct trainer *trainer);
void trainer_read_parameters(struct trainer *trainer, float *parameters);

/* Steps, each with the next batch of the shuffled epoch (its last batch may be smaller): at least one and at
 * most `most`, none beyond the next evaluation that is due, which it makes: those of `evaluate_live` and
 * those that a plateau watches. Appends to the metrics; the samples go to `out` (most) too unless it is NULL.
 * Returns how many steps it took; 0 only when the device is lost (trainer_problem). Many at a time is what a
 * GPU likes. */
int trainer_train(struct trainer *trainer, int most, struct step_sample *out);
/* One step. */
void trainer_step(struct trainer *trainer, struct step_sample *out);
/* How many steps trainer_train makes in about `seconds`, by the last ones; at least 1. */
int trainer_steps_within(const struct trainer *trainer, double seconds);
/* Why the device no longer answers, in words; NULL while it does. */
const char *trainer_problem(const struct trainer *trainer);
/* The whole test split with the present parameters. Appends to the metrics and publishes its predictions
 * there, if the samples have labels. After a step at which the schedule watched the test loss, gives what
 * that evaluation found. */
void trainer_evaluate(struct trainer *trainer, struct evaluation_sample *out);

uint64_t trainer_steps_taken(const struct trainer *trainer);
uint32_t trainer_steps_per_epoch(const struct trainer *trainer);
/* What the schedule begins with, and what the next step takes. */
float trainer_learning_rate(const struct trainer *trainer);
float trainer_rate(const struct trainer *trainer);
const struct schedule *trainer_schedule(const struct trainer *trainer);
const struct optimizer *trainer_optimizer(const struct trainer *trainer);
void trainer_set_learning_rate(struct trainer *trainer, float learning_rate);
bool trainer_in_background(const struct trainer *trainer); /* as described when it was created */
int trainer_batch(const struct trainer *trainer);
uint64_t trainer_seed(const struct trainer *trainer);
/* Wall time of a step, the mean of the last call that made some, without evaluations; 0 before the first. */
double trainer_step_seconds(const struct trainer *trainer);

/* The shown sample of the test split (index modulo its size). */
void trainer_set_probe(struct trainer *trainer, uint32_t test_index);
uint32_t trainer_probe(const struct trainer *trainer);
/* Runs the probe forward and backward and writes one snapshot; false when no slot was free. Parameter
 * gradients are those of the last step, 0 before the first. */
bool trainer_publish(struct trainer *trainer, const struct publisher *publisher);
/* Evaluates the network over the plane or line of its samples with the present parameters and publishes the
 * surface in the metrics. False, with nothing done, when it has done so already, or when samples have more
 * than two values. */
bool trainer_survey(struct trainer *trainer);
/* For drawing without the host: opened on the OpenGL thread before training begins, closed after it ended.
 * While it is open and works, trainer_publish leaves its snapshots to it. NULL when the backend works in the
 * host's memory. Owned by the trainer. */
const struct snapshot_device_source *trainer_snapshot_device(struct trainer *trainer);
const struct snapshot_layout *trainer_snapshot_layout(const struct trainer *trainer);

const struct metrics *trainer_metrics(const struct trainer *trainer);
const struct network *trainer_network(const struct trainer *trainer);
const struct data *trainer_data(const struct trainer *trainer);
struct compute *trainer_compute(struct trainer *trainer);
/* The indices of the batch that the next step trains on; returns their count. */
int trainer_next_batch(struct trainer *trainer, const uint32_t **indices);
/* Forward and backward of that batch without taking the step; read the results from COMPUTE_TRAIN. */
void trainer_run_next_batch(struct trainer *trainer, struct batch_metrics *out);
/* Forward and backward of the probe; read the results from COMPUTE_PROBE. */
void trainer_run_probe(struct trainer *trainer, struct batch_metrics *out);

#endif
