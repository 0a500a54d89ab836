/* What an evaluation says about every sample of the test split: answers, confusion, ROC curves, and
 * which units never woke. Sizes follow from the network and the split alone.
 *
 * An answer is the first largest output, of a single one what nn/answer.h says. A sample with an output that
 * is no number has none: it counts as wrong, and scores −∞ for every class. */
#ifndef LS_NN_PREDICTIONS_H
#define LS_NN_PREDICTIONS_H

#include "nn/answer.h"
#include "nn/network.h"
#include "nn/roc.h"

enum { PREDICTIONS_NO_ANSWER = ANSWER_NONE };

struct predictions {
    uint64_t version; /* counts evaluations; 0: none of this run yet */
    uint64_t step;    /* made with the parameters after this many training steps */
    uint32_t samples;
    int classes;
    int outputs; /* of the network: as many, or one of two classes */
    uint32_t correct;
    uint32_t unanswered;

    int32_t *predicted;  /* (samples) a class, or PREDICTIONS_NO_ANSWER */
    float *confidence;   /* (samples) that class's score: its probability after a softmax; 0 without */
    uint32_t *confusion; /* (true class, predicted class) answered samples */

    struct roc_curve *curves; /* (classes) one class against the rest; of one output the
                               * positive class's alone, the other's would be the same turned round */
    double
        mean_auc; /* unweighted, over the classes that have an AUC; NaN when none has (Fawcett 2006, § 9) */
    int worst_class; /* the smallest AUC; −1 when none has one */

    /* Of samples with targets, which have no classes (`classes` is 0, and so is all of the above): */
    float *values; /* (samples) the first output */
    /* 1 − Σ (target − output)² / Σ (target − its mean over the samples)², over all targets: the coefficient
     * of determination. NaN when the targets are all alike, or an output is no number. */
    double r2;
    double mean_absolute_error; /* over samples and targets */

    /* A unit is a neuron of a dense layer or a channel of a feature map. It is dead when it was 0 for each
     * of the first `dead_samples` samples; only ReLU can die like that. */
    uint32_t dead_samples;
    int layers;
    int *dead_offsets; /* (layers) where a layer's bits begin in `dead`; −1: no ReLU */
    int *units;        /* (layers) how many units it has; 0: no ReLU */
    uint32_t *dead;    /* unit u of a layer is bit u % 32 of its word u / 32 */

    void *memory; /* of all arrays */
    size_t memory_size;
};

/* All zero but the sizes; deinit frees. A zeroed struct may be deinitialised, and copied into. */
void predictions_init(struct predictions *predictions, const struct network *network, uint32_t samples);
/* The same of samples with targets. */
void predictions_init_targets(struct predictions *predictions, const struct network *network,
                              uint32_t samples);
void predictions_deinit(struct predictions *predictions);
/* Makes `to`, zeroed or used before, equal to `from`. */
void predictions_copy(struct predictions *to, const struct predictions *from);

/* Answers, confusion and curves from `outputs` (samples, outputs) and `labels` (samples). Leaves version,
 * step and the dead units alone. */
void predictions_compute(struct predictions *predictions, const float *outputs, const int32_t *labels);

/* Values and scores from `outputs` and `targets`, both (samples, outputs). */
void predictions_compute_targets(struct predictions *predictions, const float *outputs, const float *targets);

bool predictions_is_dead(const struct predictions *predictions, int layer, int unit);
/* −1 for a layer without ReLU. */
int predictions_dead_count(const struct predictions *predictions, int layer);

#endif
