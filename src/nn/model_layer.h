/* Reading one layer of a model file. Private to nn/. */
#ifndef LS_NN_MODEL_LAYER_H
#define LS_NN_MODEL_LAYER_H

#include "nn/model.h"
#include "nn/model_json.h"

struct layer_class {
    const char *name;   /* Keras's */
    const char *prefix; /* of a layer without a name, as Keras names it */
    enum layer_kind kind;
    bool softmax;
    const char *keys[10]; /* of its config */
};

/* The class that `item` names, or NULL with an error that lists them all. */
const struct layer_class *model_find_class(const struct json_place *place, const cJSON *item);
/* Fills `layer` but for its name and inputs from the config, an object. */
bool model_read_layer(const struct json_place *place, const struct layer_class *class_, const cJSON *config,
                      struct model_layer *layer);

#endif
