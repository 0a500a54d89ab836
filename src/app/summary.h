/* The model as text, as Keras's model.summary() prints it, and all that holds by default. */
#ifndef LS_APP_SUMMARY_H
#define LS_APP_SUMMARY_H

#include <cjson/cJSON.h>

#include "app/session.h"

/* Layers with types, output shapes, parameters and what they read; the totals; then each layer's settings and
 * the training's. */
void summary_print(const struct session *session);
/* The same in the root of a JSON report: "layers", the totals, "training". */
void summary_add_json(cJSON *root, const struct session *session);

#endif
