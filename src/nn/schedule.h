/* Learning rates over a run. The rate of the step that follows `steps` others is, with b the rate that was
 * given and t counted from the end of the warm-up in steps, or in whole epochs, as PyTorch's users call
 * scheduler.step() after each epoch:
 *
 * constant     b
 * step         b·factor^⌊t / length⌋            torch.optim.lr_scheduler.StepLR (step_size, gamma)
 * exponential  b·factor^(t / length)            ExponentialLR (gamma) where length is 1 epoch
 * cosine       min + (b − min)·(1 + cos(π·t / length)) / 2      CosineAnnealingLR (T_max, eta_min),
 * Loshchilov & Hutter 2017; like it, it rises again after `length`, unless it is held there, as Keras does
 * piecewise    b·factor of the last place that t has reached, b before      MultiStepLR with free factors
 * plateau      ReduceLROnPlateau (mode "min", threshold_mode "rel"): the loss of the test split is taken
 * every `length`; when more than `patience` in a row are not below best·(1 − threshold), the rate is
 *              multiplied by `factor`, not below `min`, and for `cooldown` more none counts as bad
 *
 * warm-up      before t begins: b·(from + (1 − from)·s / warmup), s from 0      LinearLR (start_factor,
 *              total_iters) followed by the others as by SequentialLR; Goyal et al. 2017. A plateau, which
 *              counts no time, is multiplied with it.
 */
#ifndef LS_NN_SCHEDULE_H
#define LS_NN_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum schedule_kind {
    SCHEDULE_CONSTANT,
    SCHEDULE_STEP,
    SCHEDULE_EXPONENTIAL,
    SCHEDULE_COSINE,
    SCHEDULE_PIECEWISE,
    SCHEDULE_PLATEAU
};

/* A length of 0 is not given yet. */
struct schedule_length {
    uint32_t count;
    bool epochs; /* else steps */
};

enum { SCHEDULE_PIECES = 8, SCHEDULE_TEXT = 512 };

/* All 0: constant. */
struct schedule {
    enum schedule_kind kind;
    struct schedule_length length;
    double factor;
    double min;
    bool held; /* cosine: it stays at `min` */
    int patience, cooldown;
    double threshold;
    int pieces;
    uint32_t places[SCHEDULE_PIECES]; /* in the unit of `length` */
    double factors[SCHEDULE_PIECES];
    struct schedule_length warmup; /* 0: none */
    double warmup_from;
};

/* What a plateau remembers. */
struct schedule_state {
    bool seen; /* a loss; else `best` is 0 */
    float best;
    int bad, cooling;
    double scale; /* of the rate: 1 at first */
};

/* What --schedule takes: NAME or NAME:key=value,…, after a warm-up and a plus sign if there is one:
 * "cosine", "step:epochs=3,factor=0.5", "warmup:steps=500+cosine:epochs=10". Numbers that are left out are
 * PyTorch's defaults, or, where PyTorch has none, those of schedule_help. `schedule` is changed only on
 * success. The error has no class. */
bool schedule_parse(struct schedule *schedule, const char *text, struct error *err);
/* The same text again, all numbers in it; reading it gives the same schedule. Returns `text`. */
const char *schedule_print(const struct schedule *schedule, char text[SCHEDULE_TEXT]);
/* Gives a cosine without a length what is left of a run of `steps` after the warm-up, of an unknown one, 0,
 * 10 epochs. */
void schedule_complete(struct schedule *schedule, uint64_t steps, uint32_t steps_per_epoch);

void schedule_begin(struct schedule_state *state);
/* The rate of the step after `steps` others. */
float schedule_rate(const struct schedule *schedule, const struct schedule_state *state, float base,
                    uint64_t steps, uint32_t steps_per_epoch);
/* Does a plateau want the test loss after `steps` steps? */
bool schedule_watches(const struct schedule *schedule, uint64_t steps, uint32_t steps_per_epoch);
/* One such loss. True when the rate went down. */
bool schedule_note_loss(const struct schedule *schedule, struct schedule_state *state, float base,
                        float loss);

/* "constant", "step", … */
const char *schedule_name(enum schedule_kind kind);

#endif
