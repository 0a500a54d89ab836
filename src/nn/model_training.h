/* Reading what a model file says about its training and its fresh weights. Private to nn/. */
#ifndef LS_NN_MODEL_TRAINING_H
#define LS_NN_MODEL_TRAINING_H

#include "nn/initializer.h"
#include "nn/model_json.h"
#include "nn/recipe.h"

/* "sgd", or {"class_name": "SGD", "config": {…}} with Keras's keys. Those that Keras writes and nothing here
 * computes must have the value that does nothing. recipe->keras says whose meaning weight_decay has. */
bool model_read_optimizer(const struct json_place *place, const cJSON *item, struct recipe *recipe);
/* One of Keras's schedules: learning rate and schedule. */
bool model_read_keras_schedule(const struct json_place *place, const cJSON *item, struct recipe *recipe);
/* A loss by name, or Keras's object of it. */
bool model_read_loss(const struct json_place *place, const cJSON *item, enum loss_kind *loss);
/* `optimizer`, `schedule`, `batch_size` and `data` of the model. */
bool model_read_recipe(const struct json_place *place, const cJSON *root, struct recipe *recipe);
/* "l1", "l2", "l1_l2" or Keras's object of one; a missing key or null leaves both numbers alone. */
bool model_read_regularizer(const struct json_place *place, const cJSON *config, const char *key, float *l1,
                            float *l2);
/* An initializer by name, or Keras's object of it; a missing key leaves `initializer` alone. */
bool model_read_initializer(const struct json_place *place, const cJSON *config, const char *key,
                            struct initializer *initializer);
/* The same for variances, none of which is below 0. */
bool model_read_variance_start(const struct json_place *place, const cJSON *config, const char *key,
                               struct initializer *initializer);

#endif
