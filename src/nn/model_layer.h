/* Reading one layer of a model file. Private to nn/. */
#ifndef LS_NN_MODEL_LAYER_H
#define LS_NN_MODEL_LAYER_H

#include "nn/model.h"
#include "nn/model_json.h"

/* A layer's config under way. */
struct layer_reading {
    const struct json_place *place;
    const cJSON *config;
    bool keras; /* Keras's defaults and meanings hold, else PyTorch's */
    bool channels_last;
    struct model_layer *layer;
};

struct layer_class {
    const char *name;   /* Keras's */
    const char *prefix; /* of a layer without a name, as Keras names it */
    enum layer_kind kind;
    bool (*read)(const struct layer_reading *reading); /* NULL: its config holds nothing but a name */
    const char *keys[14];                              /* of its config */
};

/* The class that `item` names, or NULL with an error that lists them all. */
const struct layer_class *model_find_class(const struct json_place *place, const cJSON *item);
/* Fills `layer` but for its name and inputs from the config, an object; `recipe` says whether of a Keras
 * file. */
bool model_read_layer(const struct json_place *place, const struct layer_class *class_, const cJSON *config,
                      const struct recipe *recipe, struct model_layer *layer);

/* ---- model_activation.c ---- */

/* The key "activation": a name, or {"class_name": …, "config": {…}} of one of the classes below. */
bool model_read_activation(const struct layer_reading *reading);
/* Layers that are nothing but an activation. */
bool model_read_relu(const struct layer_reading *reading);
bool model_read_leaky_relu(const struct layer_reading *reading);
bool model_read_elu(const struct layer_reading *reading);
bool model_read_gelu(const struct layer_reading *reading);
bool model_read_softmax(const struct layer_reading *reading);

/* ---- model_norm.c ---- */

bool model_read_batch_norm(const struct layer_reading *reading);
bool model_read_layer_norm(const struct layer_reading *reading);
/* The key "axis": a number, or a list of up to three; Keras's default is −1. */
bool model_read_axes(const struct layer_reading *reading);

#endif
