/* The history of a run: what the trainer appends and anyone reads, from any thread. */
#ifndef LS_NN_METRICS_H
#define LS_NN_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "nn/predictions.h"
#include "nn/surface.h"

/* After one training step; step 1 is the first. */
struct step_sample {
    uint32_t step;
    float loss;     /* mean over the batch */
    float accuracy; /* of the batch, 0 … 1; NaN for samples with targets, here and below */
    float learning_rate;
    float gradient_norm;
    float r2; /* of samples with targets and a mean squared error: 1 − loss / variance of the training
               * targets, which is R² of the batch against the mean of all; NaN otherwise */
};

/* An evaluation on the test split, made with the parameters after `step` steps. */
struct evaluation_sample {
    uint32_t step;
    float loss;
    float accuracy; /* 0 … 1 */
    float r2;       /* of samples with targets: struct predictions has its formula; NaN otherwise */
};

struct metrics;
struct metrics *metrics_create(void);
void metrics_destroy(struct metrics *metrics);

void metrics_append_step(struct metrics *metrics, const struct step_sample *sample);
void metrics_append_evaluation(struct metrics *metrics, const struct evaluation_sample *sample);

/* Begins a new run: samples, predictions and surface are gone. */
void metrics_restart(struct metrics *metrics);
/* Which run it is, from 0 on: a reader's cursor belongs to one. */
uint64_t metrics_run(const struct metrics *metrics);

/* Copies up to `capacity` samples from number `first` on; returns how many. Within a run samples
 * never change once appended, so a reader keeps a cursor and asks for what is new. */
size_t metrics_read_steps(const struct metrics *metrics, size_t first, struct step_sample *out,
                          size_t capacity);
size_t metrics_read_evaluations(const struct metrics *metrics, size_t first, struct evaluation_sample *out,
                                size_t capacity);
size_t metrics_step_count(const struct metrics *metrics);
size_t metrics_evaluation_count(const struct metrics *metrics);

/* The newest evaluation's answers. Publishing gives `predictions` the next version, 1 being the first, and
 * copies it. Reading copies it into `out`, zeroed or read before, when its version is newer than out's; when
 * out's are those of a run that is over and there are no new ones yet, out's version becomes 0. False when
 * nothing changed. Either waits at most for one such copy. */
void metrics_publish_predictions(struct metrics *metrics, struct predictions *predictions);
bool metrics_read_predictions(const struct metrics *metrics, struct predictions *out);
/* The newest surface, in the same way. */
void metrics_publish_surface(struct metrics *metrics, struct surface *surface);
bool metrics_read_surface(const struct metrics *metrics, struct surface *out);

#endif
