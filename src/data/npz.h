/* NumPy's archives: zip files with one .npy member for each array. */
#ifndef LS_DATA_NPZ_H
#define LS_DATA_NPZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct npz;

/* NULL for a file that cannot be read or is no zip file. */
struct npz *npz_open(const char *path, struct error *err);
/* The same of a file in memory, which must outlive it; `origin` stands in errors. */
struct npz *npz_open_bytes(const uint8_t *bytes, size_t size, const char *origin, struct error *err);
void npz_close(struct npz *npz);
int npz_count(const struct npz *npz);
/* A member's name, without ".npy"; owned by npz until the next call. */
const char *npz_name(struct npz *npz, int member);
/* Inflates a member, which must be an array as long as its header says (data/npy.h), and compares its check
 * sum; the caller frees. */
bool npz_read(struct npz *npz, int member, uint8_t **bytes, size_t *size, struct error *err);

#endif
