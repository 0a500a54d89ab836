/* Receiver operating characteristics: how many of a class's samples are found (true positives) against
 * how many others are taken for it (false positives), as the threshold on its score falls. After T. Fawcett,
 * "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006) 861–874. */
#ifndef LS_NN_ROC_H
#define LS_NN_ROC_H

#include <stdint.h>

enum { ROC_POINTS = 256 };

struct roc_point {
    float false_positive, true_positive; /* rates, 0 … 1 */
};

/* From (0, 0) to (1, 1), never falling. Samples of equal score are passed together, which makes a slanted
 * piece. Every point is one of the exact curve; where that has more than ROC_POINTS corners, those are left
 * out whose absence is seen least in a linear plot and in one with a logarithmic axis from 10⁻⁴. */
struct roc_curve {
    int count; /* 0: the class has no samples, or all of them */
    /* The probability that a sample of the class scores higher than another one, ties counted half: the
     * Mann–Whitney U statistic over the number of pairs (Fawcett 2006, § 7). Exact; NaN when count is 0. */
    double auc;
    struct roc_point points[ROC_POINTS];
};

/* `positives` and `negatives` are the scores of the class's own samples and of the others; both are left
 * sorted, in falling order. No score is NaN. */
void roc_curve_compute(struct roc_curve *curve, float *positives, uint32_t positive_count, float *negatives,
                       uint32_t negative_count);

#endif
