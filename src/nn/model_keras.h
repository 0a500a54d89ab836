/* What Keras's model.to_json() writes, of Keras 2 and 3, becomes a model file of ours. Private to nn/.
 * The form: keras/src/saving/serialization_lib.py and keras/src/models/functional.py of Keras 3.3,
 * keras/engine/functional.py of Keras 2.11. */
#ifndef LS_NN_MODEL_KERAS_H
#define LS_NN_MODEL_KERAS_H

#include "nn/model.h"
#include "nn/model_json.h"

/* Does the file say which class of Keras's models it is? Ours do not. */
bool keras_is_model(const cJSON *root);

/* The same model in our form, to be read like any other; free with cJSON_Delete. Fills model->recipe's marks
 * of Keras, the declared input and model->reorders. NULL with an error that names layer and field where Keras
 * would compute something else than we do. */
cJSON *keras_translate(const struct json_place *place, const cJSON *root, struct model *model);

struct keras_layer {
    const cJSON *item, *config;
    const char *class_name, *name;
    char label[NETWORK_NAME + 2]; /* for errors */
    int input;                    /* the layer that it reads; −1 of an input */
};

/* Fills `input` of each and `order` (count), inputs before their readers. Refuses branches that meet, shared
 * layers, cycles, several inputs or outputs. `config` is the functional model's. */
bool keras_order_graph(const struct json_place *place, const cJSON *config, struct keras_layer *layers,
                       int count, int *order);

/* The members of a list, also of one that Keras wrapped as {"class_name": "__tuple__", "items": […]}. */
const cJSON *keras_list(const cJSON *item);

#endif
