/* Samples as pictures, for people. */
#ifndef LS_DATA_PICTURE_H
#define LS_DATA_PICTURE_H

#include "data/dataset.h"

/* Whether a sample has more than one place in height or width; others are plain numbers. */
bool dataset_has_picture(const struct dataset *set);
/* One sample as (height, width, 3): the first three channels, or the first one as grey. Bytes are shown as
 * they are; numbers from 0 to 1 from black to white, and when one lies outside of that, from the sample's
 * least to its largest. `stride`: bytes from row to row. */
void dataset_picture(const struct dataset *set, uint32_t sample, uint8_t *rgb, size_t stride);

#endif
