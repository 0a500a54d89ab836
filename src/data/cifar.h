/* CIFAR-10's binary version: records of one byte for the class and three planes (red, green, blue) of 32 × 32
 * bytes. Source: A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version". */
#ifndef LS_DATA_CIFAR_H
#define LS_DATA_CIFAR_H

#include "data/dataset.h"

enum { CIFAR_SIDE = 32, CIFAR_CLASSES = 10, CIFAR_RECORD = 1 + 3 * CIFAR_SIDE * CIFAR_SIDE };

/* "data_batch_1.bin" … "data_batch_5.bin", "test_batch.bin". */
bool cifar_is_batch_name(const char *name);
/* Appends the records to `set`, which is empty or holds others; `origin` stands in errors. */
bool cifar_parse(struct dataset *set, const uint8_t *bytes, size_t size, const char *origin,
                 struct error *err);

#endif
