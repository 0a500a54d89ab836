/* Things that Keras writes as a name or as an object of a class. Private to nn/. */
#ifndef LS_NN_MODEL_NAMED_H
#define LS_NN_MODEL_NAMED_H

#include "nn/model_json.h"

enum { MODEL_NAMED = 48 };

/* "he_uniform", or {"class_name": "HeUniform", "config": {…}}. */
struct model_named {
    char name[MODEL_NAMED]; /* "heuniform": small letters and digits only */
    const cJSON *config;    /* an object, or NULL */
};

bool model_read_named(const cJSON *item, struct model_named *named);
/* What was found in place of a known name. */
const char *model_excerpt_name(const cJSON *item, char text[JSON_EXCERPT]);
/* A name's small letters and digits; false when there are none or too many. */
bool model_plain_name(const char *text, char name[MODEL_NAMED]);

#endif
