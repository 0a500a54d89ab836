/* What all formats share once the samples are read: classes, the split for testing, scaling. */
#ifndef LS_DATA_FINISH_H
#define LS_DATA_FINISH_H

#include "data/dataset.h"
#include "data/spec.h"

/* Checks that both splits agree, keeps a share of the samples for testing where the source named none, and
 * scales the values. `data->split` and `data->scaling` say what was done. `origin` stands in errors. */
bool data_finish(struct data *data, const struct data_spec *spec, const char *origin, struct error *err);

/* Numbers as labels. Each different number of both splits becomes a class, in ascending order, named after
 * it. `train` and `test` (NULL without) hold as many numbers as the splits have samples; the labels are set.
 */
bool classes_from_numbers(struct data *data, const int64_t *train, const int64_t *test, const char *origin,
                          struct error *err);
/* The same of texts, in the order of their bytes. */
bool classes_from_texts(struct data *data, char *const *train, char *const *test, const char *origin,
                        struct error *err);

#endif
