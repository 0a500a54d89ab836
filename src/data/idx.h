/* The IDX format of MNIST and its relatives: big-endian magic (0, 0, type, rank), one 32-bit size per
 * dimension, then the values. Only bytes (type 0x08) are read. Plain or gzip-compressed.
 * Source: http://yann.lecun.com/exdb/mnist, "THE IDX FILE FORMAT". */
#ifndef LS_DATA_IDX_H
#define LS_DATA_IDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { IDX_MAX_RANK = 4 };

struct idx {
    int rank;
    uint32_t dims[IDX_MAX_RANK];
    uint8_t *values; /* (dims[0], dims[1], …) */
};

/* Looks at rank and sizes before the values are read; false with an error refuses them. */
typedef bool idx_accept(const struct idx *idx, const char *path, const void *context, struct error *err);
/* Reads a regular file; free with idx_deinit. Errors name the file, what was expected and what was found. No
 * more is read than the header says. `accept` may be NULL. */
bool idx_read(struct idx *idx, const char *path, idx_accept *accept, const void *context, struct error *err);
/* The same from memory, uncompressed; `origin` stands in errors. */
bool idx_parse(struct idx *idx, const uint8_t *bytes, size_t size, const char *origin, struct error *err);
void idx_deinit(struct idx *idx);

#endif
