/* Files that name classes, one a line. Private to data/. */
#ifndef LS_DATA_NAMES_H
#define LS_DATA_NAMES_H

#include <stdbool.h>

#include "base/error.h"

/* Reads at most `most` names; empty lines are passed over. `*names` has room for `most`, and `*count` of them
 * are set, also after a failure; the caller frees each and the array. */
bool names_read(const char *path, int most, char ***names, int *count, struct error *err);

#endif
