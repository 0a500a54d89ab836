/* The one place that knows every format: how each is recognised and which reader takes it. */
#ifndef LS_DATA_SOURCE_H
#define LS_DATA_SOURCE_H

#include "data/dataset.h"
#include "data/spec.h"

enum data_format {
    FORMAT_IDX,       /* a folder of four IDX files */
    FORMAT_NPY,       /* X.npy with y.npy, or a folder of them */
    FORMAT_NPZ,       /* a zip file of .npy members */
    FORMAT_CSV,       /* a file, or a folder with train.csv and test.csv */
    FORMAT_CIFAR,     /* a folder of CIFAR-10's binary batches, or one of them */
    FORMAT_IMAGES,    /* a folder with a folder of PNG and JPEG files for each class */
    FORMAT_GENERATED, /* made on the spot, by name */
    FORMAT_COUNT
};

/* "an IDX folder", …, for messages. */
const char *data_format_name(enum data_format format);

/* By name first, then by what a file begins with or a folder holds; an error says what was found. */
bool source_detect(const char *path, enum data_format *format, struct error *err);
/* Fills samples, labels or targets, classes and name; `test` stays empty where the source names no test
 * samples. */
bool source_read(struct data *data, const struct data_spec *spec, enum data_format format, struct error *err);

#endif
