/* What all formats share once the samples are read: classes, the split for testing, scaling. */
#ifndef LS_DATA_FINISH_H
#define LS_DATA_FINISH_H

#include "data/dataset.h"
#include "data/spec.h"

/* Checks that both splits agree, keeps a share of the samples for testing where the source named none, and
 * scales the values: as asked; without, bytes / 255, and so what can only be bytes (data/ranges.h).
 * `data->split` and `data->scaling` say what was done. `origin` stands in errors. */
bool data_finish(struct data *data, const struct data_spec *spec, const char *origin, struct error *err);

#endif
