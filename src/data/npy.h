/* NumPy's array files: a magic, a header in the form of a Python dictionary, the values.
 * Source: numpy.lib.format, "Format Version 1.0" to "3.0",
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. */
#ifndef LS_DATA_NPY_H
#define LS_DATA_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    NPY_MAX_RANK = 8,
    NPY_HEAD = 1 << 16 /* the most bytes that are looked at for a header */
};

struct npy {
    char kind;    /* 'f' (4 or 8 bytes), 'i', 'u' (1, 2, 4 or 8), 'b' (1) */
    int size;     /* bytes of a value */
    bool swapped; /* the other byte order than this machine's */
    int rank;     /* 0: one value */
    uint64_t dims[NPY_MAX_RANK];
    uint64_t strides[NPY_MAX_RANK]; /* in values: C or Fortran order */
    uint64_t count;
    const uint8_t *values; /* inside what was parsed */
};

/* Looks at the first bytes (NPY_HEAD, or all) of a file of `total` bytes: whether it is one, and as long as
 * its header says. Nothing else needs to be read to refuse what is not. */
bool npy_check(const uint8_t *head, size_t got, uint64_t total, const char *origin, struct error *err);
/* Looks at a whole file in memory, which must outlive `npy`; `origin` stands in errors. */
bool npy_parse(struct npy *npy, const uint8_t *bytes, size_t size, const char *origin, struct error *err);
/* The value at `place` in the file's order (Σ index · stride). */
double npy_value(const struct npy *npy, uint64_t place);
/* The same of kinds that are no fractions; beyond int64 it wraps. */
int64_t npy_integer(const struct npy *npy, uint64_t place);
/* "float64 (150, 4)" */
const char *npy_describe(const struct npy *npy, char text[160]);

#endif
