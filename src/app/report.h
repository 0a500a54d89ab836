/* Results as JSON, to a file or to standard output. */
#ifndef LS_APP_REPORT_H
#define LS_APP_REPORT_H

#include <stdbool.h>

#include "base/error.h"

struct cJSON;

/* Fails early when `path` cannot be written; NULL and "-" are fine. */
bool report_check(const char *path, bool overwrite, struct error *err);
/* Writes and frees `root`; `path` NULL writes nothing. Atomic. */
bool report_write(struct cJSON *root, const char *path, bool overwrite, struct error *err);

#endif
