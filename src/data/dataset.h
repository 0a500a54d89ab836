/* Labelled samples in host memory. */
#ifndef LS_DATA_DATASET_H
#define LS_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One split: `count` samples of shape (channels, height, width), stored as bytes; the value that a
 * network sees is byte / 255. */
struct dataset {
    uint32_t count;
    int channels, height, width;
    uint8_t *pixels; /* (count, channels, height, width) */
    int32_t *labels; /* (count), each in 0 … classes-1 */
};

struct data {
    char name[64]; /* "MNIST", or the folder's name */
    struct dataset train, test;
    int classes;
    char **class_names; /* (classes) */
};

/* Loads a data set by name ("mnist") or from a folder that holds the four IDX files
 * {train,t10k}-{images-idx3,labels-idx1}-ubyte, each plain or with .gz. Errors name the file, what
 * was expected and what was found. Destroy with data_destroy. */
struct data *data_load(const char *name_or_path, struct error *err);
void data_destroy(struct data *data);

#endif
