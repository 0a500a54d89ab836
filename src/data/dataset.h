/* Samples in host memory, with labels or with targets: where they come from, what a network sees of them,
 * and which are kept for testing. docs/file-formats.md lists what can be read. */
#ifndef LS_DATA_DATASET_H
#define LS_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* One split: `count` samples of shape (channels, height, width). Exactly one of `pixels` and `values` is
 * set, and exactly one of `labels` and `targets`. A point in the plane has shape (2, 1, 1). */
struct dataset {
    uint32_t count;
    int channels, height, width;
    uint8_t *pixels; /* (count, channels, height, width); a network sees byte / 255 */
    int32_t *labels; /* (count), each in 0 … classes-1 */
    float *values;   /* (count, channels, height, width), as a network sees them */
    float *targets;  /* (count, targets of the data) */
};

enum { DATA_MAX_CLASSES = 256, DATA_MAX_TARGETS = 4096, DATA_MAX_SIDE = 4096 };

/* A column of a table that is neither learned from nor predicted. */
struct data_dropped {
    int column; /* from 1 */
    char *name; /* NULL: the table names none */
    const char *why;
};

struct data {
    char name[64]; /* "MNIST", or that of the file or folder */
    struct dataset train, test;
    int classes;        /* 0: the samples have targets */
    char **class_names; /* (classes) */
    const char *model;  /* the built-in network that suits generated data; NULL: they say nothing of it */
    int targets;        /* numbers to be predicted for a sample; 0: it has a label */
    /* What was read and how, in words, for people. `label`: the column of the labels or targets, where there
     * was a choice; `doubt`: what the choice of columns may have missed, `advice`: what else the values may
     * need, "" nothing. */
    char format[64], split[128], scaling[128], label[128], doubt[256], advice[128];
    const char *scale; /* "none", "byte", "unit" or "standard" */
    /* Of tables: names of columns (data_feature_name, data_target_name), and what was left out. */
    char **feature_names; /* (feature_count); NULL: nameless */
    size_t feature_count; /* values of a sample, where they have names */
    char *target_name;    /* of the column of the labels or targets; NULL: nameless */
    struct data_dropped *dropped;
    int dropped_count;
    char *summary; /* what was chosen, in one line; NULL of data that leave no choice */
};

/* Loads data by name ("mnist", "circle", …) or from a file or folder, with options after a colon:
 * "iris.csv:label=species,split=0.3" (data/spec.h). The format follows from what is found there
 * (data/source.h). Errors name the file, the place in it, what was expected and what was found. Data that do
 * not fit into free memory are refused before they are read. Destroy with data_destroy. */
struct data *data_load(const char *spec, struct error *err);
void data_destroy(struct data *data);
/* The names that data_load knows without a file, with commas between them. */
const char *data_built_in_names(void);

/* How many outputs a network for these data has: one per class, or one per target. */
int data_outputs(const struct data *data);
/* What the data call value `at` of a sample, and target `at`: the names of a table's columns. NULL where they
 * have none. The names live as long as the data. */
const char *data_feature_name(const struct data *data, size_t at);
const char *data_target_name(const struct data *data, int at);
/* Values in one sample. */
size_t dataset_sample_size(const struct dataset *set);
/* Value `at` of a sample, as a network sees it. */
float dataset_value(const struct dataset *set, uint32_t sample, size_t at);
void dataset_deinit(struct dataset *set);

#endif
