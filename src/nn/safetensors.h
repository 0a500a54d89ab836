/* The safetensors format: 8 bytes of header length (little endian), a JSON header that maps each name to
 * dtype, shape and byte range, then the data. Source: https://github.com/huggingface/safetensors, "Format".
 */
#ifndef LS_NN_SAFETENSORS_H
#define LS_NN_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic_file.h"

enum { SAFETENSORS_MAX_RANK = 8, SAFETENSORS_MAX_METADATA = 16 };
/* Bytes of tensors in a file to be read: more than the largest network of double precision needs with two
 * moments. */
#define SAFETENSORS_MAX_DATA (UINT64_C(4) << 30)

enum tensor_type { TENSOR_F32, TENSOR_F64, TENSOR_I64, TENSOR_OTHER };

struct tensor {
    char name[160];
    enum tensor_type type;
    char type_name[8]; /* "F32" */
    int rank;
    uint64_t dims[SAFETENSORS_MAX_RANK];
    const void *values; /* not necessarily aligned in a file that was read */
    size_t size;        /* bytes */
    size_t place;       /* of a file that was read: the first byte in its data */
};

struct safetensors {
    struct tensor *tensors;
    int count;
    char *metadata[SAFETENSORS_MAX_METADATA][2]; /* key, value */
    int metadata_count;
    char *bytes; /* the file that the tensors point into; NULL while writing */
};

/* Reads and checks a whole file: every tensor lies inside it, has its shape's size and shares no byte
 * with another; no bytes are left over. All this is known before there is memory for the tensors. */
bool safetensors_read(struct safetensors *file, const char *path, struct error *err);
/* The same from memory, which `file` does not take over. */
bool safetensors_parse(struct safetensors *file, const char *bytes, size_t size, const char *origin,
                       struct error *err);
void safetensors_deinit(struct safetensors *file);

/* Adds a tensor to be written; `values` must live until then. A rank of 0 is a single value. */
void safetensors_add(struct safetensors *file, const char *name, enum tensor_type type, int rank,
                     const uint64_t *dims, const void *values);
void safetensors_add_metadata(struct safetensors *file, const char *key, const char *value);
/* Into an open file, which is closed: complete or discarded. Refuses two tensors of one name. */
bool safetensors_write_to(const struct safetensors *file, struct atomic_file *out, struct error *err);
bool safetensors_write(const struct safetensors *file, const char *path, bool overwrite, struct error *err);

const struct tensor *safetensors_find(const struct safetensors *file, const char *name);
/* NULL when the file has no such key. */
const char *safetensors_metadata(const struct safetensors *file, const char *key);

#endif
