/* The one decision whether what stands for the answers are classes or numbers to be predicted, for every
 * format that leaves it open. Private to data/. */
#ifndef LS_DATA_LABELS_H
#define LS_DATA_LABELS_H

#include "data/dataset.h"
#include "data/spec.h"

/* The answers of one split as they were read: one of both, or neither for a split that is not there. */
struct answers {
    char *const *texts;
    const double *numbers;
};

/* Where they are from and what else may be meant, for errors. */
struct answers_origin {
    const char *where;    /* "iris.csv: column 5, \"species\"" */
    const char *proposal; /* "if the labels are in column 1, say label=1"; "": none */
};

/* Fills labels and classes, or targets (one a sample), of both splits:
 * - text: classes, in the order of their bytes;
 * - whole numbers: classes, ascending; what is numerically equal is the same class;
 * - a fraction among them: targets.
 * `task` wins over that. Classes of about one sample each are refused, unless `task` asks for classes: they
 * are measurements, or the wrong column. */
bool labels_decide(struct data *data, enum data_task task, struct answers train, struct answers test,
                   const struct answers_origin *origin, struct error *err);

#endif
