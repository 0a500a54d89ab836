/* Results as JSON, to a file or to standard output. */
#ifndef LS_APP_REPORT_H
#define LS_APP_REPORT_H

#include <stdbool.h>

#include "base/error.h"

struct cJSON;
struct trainer;

/* Fails early when `path` cannot be written; NULL and "-" are fine. */
bool report_check(const char *path, bool overwrite, struct error *err);
/* Adds "traffic": bytes between host and device so far, by purpose and direction. */
void report_add_traffic(struct cJSON *root);
/* Adds "sharing": how what is drawn reaches OpenGL ("interop", "fallback" or "cpu"), and `reason` (or NULL).
 */
void report_add_sharing(struct cJSON *root, const char *way, const char *reason);
/* Adds the optimizer's name, `learning_rate`, `schedule` and the hyperparameters that it reads. */
void report_add_training(struct cJSON *root, const struct trainer *trainer);
/* Writes and frees `root`; `path` NULL writes nothing. Atomic. */
bool report_write(struct cJSON *root, const char *path, bool overwrite, struct error *err);

#endif
