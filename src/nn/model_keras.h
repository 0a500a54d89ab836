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

/* One layer of the file, or a model in it that is used as a layer. */
struct keras_layer {
    const cJSON *item, *config;
    const char *class_name;
    const char *local_name;       /* within its model; "" when it has none */
    char name[NETWORK_NAME];      /* with the names of the models that it lies in: "block.conv" */
    char label[NETWORK_NAME + 2]; /* for errors */
    int scope;                    /* the model that it lies in */
    bool passes;                  /* an InputLayer or a model: passes on what it reads */
    int exit; /* the layer with its output: itself, or of a model the one inside that has the model's */
    int inputs[NETWORK_MAX_INPUTS];
    int input_count; /* 0 of the network's input */
};

struct keras_graph {
    struct keras_layer *layers; /* (MODEL_MAX_LAYERS) */
    int count;
    int scope_count;
    int exit; /* the layer with the network's output */
};

/* All layers of the model with that class and config, those of models in it too. Refuses shared layers and
 * several inputs or outputs. */
bool keras_open_graph(const struct json_place *place, const char *class_name, const cJSON *config,
                      struct keras_graph *graph);
/* Fills `order` (graph->count): inputs before their readers, the output last. Refuses cycles. */
bool keras_order_graph(const struct json_place *place, const struct keras_graph *graph, int *order);
/* The layer that computes what `layer` passes on, or −1 for the network's input. */
int keras_source(const struct keras_graph *graph, int layer);

/* Is this an object with a known class and "layers" of a right number? */
bool keras_check_model(const struct json_place *place, const cJSON *class_name, const cJSON *config);
bool keras_is_float32(const cJSON *item);
/* The members of a list, also of one that Keras wrapped as {"class_name": "__tuple__", "items": […]}. */
const cJSON *keras_list(const cJSON *item);

#endif
