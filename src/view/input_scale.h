/* How a data set's samples are coloured on the input's plate. Bytes, and numbers that all lie from 0 to 1,
 * are pictures: grey. Others are signed, on the weights' map. */
#ifndef LS_VIEW_INPUT_SCALE_H
#define LS_VIEW_INPUT_SCALE_H

#include "data/dataset.h"

/* 0: grey. Else S: the 99.5th percentile of |x| over both splits, at least up to 2²² values evenly spread
 * over each, rounded up to a rung. */
float input_scale(const struct data *data);

#endif
