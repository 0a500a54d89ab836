/* What the ranges of the values tell of their scaling. Private to data/. */
#ifndef LS_DATA_RANGES_H
#define LS_DATA_RANGES_H

#include "data/dataset.h"

/* Whether values that are stored as numbers can only be bytes: whole numbers from 0 to 255 in both splits, of
 * pictures with a value above 32, or of samples of 16 values and more with one of at least 128. */
bool ranges_look_like_bytes(const struct data *data);
/* Makes them bytes. */
void ranges_narrow(struct data *data);
/* Sets data->advice where values that are left as they are make training hard: features whose ranges differ
 * by 10 times, or values beyond ±10. */
void ranges_advise(struct data *data);

#endif
