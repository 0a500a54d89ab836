/* A small data set made on the spot: each class is a bright bar at its own place, with noise. */
#ifndef LS_TESTS_SYNTHETIC_H
#define LS_TESTS_SYNTHETIC_H

#include "data/dataset.h"

/* Images of 1 × size × size in `classes` classes; `size` is at least `classes`. Free with synthetic_destroy.
 */
struct data *synthetic_create(int size, int classes, uint32_t train_count, uint32_t test_count);
void synthetic_destroy(struct data *data);

#endif
