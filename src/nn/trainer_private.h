/* A trainer's fields, for the files trainer*.c. */
#ifndef LS_NN_TRAINER_PRIVATE_H
#define LS_NN_TRAINER_PRIVATE_H

#include <stdatomic.h>

#include "compute/mirror.h"
#include "nn/trainer.h"

enum { TRAINER_STEPS_MOST = 1024 }; /* of one call */

/* Snapshots that the device writes by itself (trainer_device.c). */
struct trainer_mirror {
    struct compute_mirror *mirror;
    struct snapshot_info infos[MIRROR_PLACES]; /* of the copies */
    int written;                               /* place of the copy written last */
};

struct trainer {
    struct trainer_desc desc; /* complete: no 0 stands for a default */
    struct compute *compute;
    struct metrics *metrics;
    struct snapshot_layout layout;
    int train_data, test_data; /* handles of the two splits */

    uint64_t step;               /* steps taken, those before a load included */
    uint64_t update;             /* steps taken since the optimizer's state was zero */
    bool has_gradients;          /* of a step; false at first and after a load */
    uint32_t *indices;           /* (batch) of trainer_next_batch */
    struct batch_metrics *taken; /* (TRAINER_STEPS_MOST) of the steps of one call */
    float *rates;                /* (TRAINER_STEPS_MOST) their learning rates */
    struct schedule_state schedule_state;
    struct evaluation_sample watched; /* the evaluation that the schedule made last */
    bool watched_is_fresh;            /* no step was made since */
    double step_seconds;
    atomic_bool stepping; /* in the middle of a step: the parameters are of none */
    bool live_started; /* the evaluation before the first step was made */

    uint32_t probe;
    float *scratch; /* one region or the parameter vector, on its way into a snapshot */

    struct trainer_mirror *mirror; /* NULL: everything that is shown goes through the host */
    struct snapshot_device_source device_source;

    struct predictions answers; /* of the last evaluation */
    float *outputs;             /* (test.count, outputs) of the last evaluation */
    float *searched; /* (search_batch, values of the largest layer that is searched for dead units) */
    int search_batch;
    double variance; /* of the training targets, over samples and targets; 0: labels, or another loss */

    struct surface surface; /* of the last survey */
    bool surveyed;          /* `surface` is that of its step */
    float *places;          /* (places of the surface, its inputs) */
    float *place_targets;
    int32_t *place_labels;
    int place_data; /* their handle */
};

/* Tells the backend where training stands; after every change of trainer->step or update but by steps. */
void trainer_set_schedule(struct trainer *trainer);

/* Gives the backend the parameters and running statistics that the seed gives. */
void trainer_initialize(struct trainer *trainer);

/* How many of the network's outputs a snapshot's description has. */
int trainer_printed_outputs(const struct trainer *trainer);
/* The sample on display. */
struct compute_batch trainer_probe_batch(const struct trainer *trainer);
/* All that the host knows of a snapshot made now; the network's answer and its loss stay 0. */
void trainer_describe(const struct trainer *trainer, struct snapshot_info *info);
/* trainer_device.c: false when no place is free. */
bool trainer_publish_on_device(struct trainer *trainer);

/* trainer_evaluate.c; `trainer` is complete but for this. */
void trainer_evaluate_init(struct trainer *trainer);
void trainer_evaluate_deinit(struct trainer *trainer);
/* trainer_survey.c, the same. */
void trainer_survey_init(struct trainer *trainer);
void trainer_survey_deinit(struct trainer *trainer);

#endif
