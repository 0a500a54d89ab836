/* A trainer's fields, for the files trainer*.c. */
#ifndef LS_NN_TRAINER_PRIVATE_H
#define LS_NN_TRAINER_PRIVATE_H

#include "base/rng.h"
#include "nn/trainer.h"

struct trainer {
    struct trainer_desc desc; /* complete: no 0 stands for a default */
    struct compute *compute;
    struct metrics *metrics;
    struct snapshot_layout layout;
    int train_data, test_data; /* handles of the two splits */

    uint64_t step;              /* steps taken, those before a load included */
    uint64_t update;            /* steps taken since the optimizer's state was zero */
    struct rng_shuffle shuffle; /* of `shuffle_epoch`; UINT64_MAX: none yet */
    uint64_t shuffle_epoch;
    uint32_t *indices; /* (batch) of trainer_next_batch */
    double step_seconds;
    bool live_started; /* the evaluation before the first step was made */

    uint32_t probe;
    float *scratch; /* one region or the parameter vector, on its way into a snapshot */

    struct predictions answers; /* of the last evaluation */
    float *outputs;             /* (test.count, classes) of the last evaluation */
    float *searched; /* (search_batch, values of the largest layer that is searched for dead units) */
    int search_batch;
};

/* trainer_evaluate.c; `trainer` is complete but for this. */
void trainer_evaluate_init(struct trainer *trainer);
void trainer_evaluate_deinit(struct trainer *trainer);

#endif
