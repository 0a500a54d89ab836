/* Parts of results in JSON that several commands have. */
#ifndef LS_APP_REPORT_H
#define LS_APP_REPORT_H

#include <stdbool.h>

struct cJSON;
struct data;
struct trainer;

enum { REPORT_REASON = 192 };

/* Adds "data_set": what was read, and what was chosen of it. */
void report_add_data(struct cJSON *root, const struct data *data);
/* Adds "traffic": bytes between host and device so far, by purpose and direction. */
void report_add_traffic(struct cJSON *root);
/* Adds "sharing": how what is drawn reaches OpenGL ("interop", "fallback" or "cpu"), and `reason` (or NULL).
 */
void report_add_sharing(struct cJSON *root, const char *way, const char *reason);
/* Adds the optimizer's name, `learning_rate`, `schedule` and the hyperparameters that it reads. */
void report_add_training(struct cJSON *root, const struct trainer *trainer);

/* Why a loss may be no finite number, and what to do. Returns `text`. */
const char *report_explain_loss(const struct trainer *trainer, char text[REPORT_REASON]);
/* Adds "warning" with that where the test loss is no finite number, or `told` says that the log has a line
 * about another loss; without that the log gets one. */
void report_warn_of_loss(struct cJSON *root, const struct trainer *trainer, float test_loss, bool told);

#endif
