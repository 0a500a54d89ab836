/* What a model file says about its training, and what holds where it says nothing. */
#ifndef LS_NN_RECIPE_H
#define LS_NN_RECIPE_H

#include "base/error.h"
#include "compute/op.h"
#include "nn/schedule.h"

enum { RECIPE_DATA = 256, RECIPE_MOST_BATCH = 65536 };

/* What the file leaves out is 0 or empty. */
struct recipe {
    bool keras;             /* a Keras file: Keras's defaults hold */
    bool channels_last;     /* its images are (height, width, channels); ours stay channels first */
    char data[RECIPE_DATA]; /* as --data takes it */
    int batch;
    bool has_optimizer;
    struct optimizer optimizer;
    float learning_rate;
    struct schedule schedule;
    bool penalised; /* all weights alike, with what follows; else as the layers say */
    float l1, l2;
};

/* Only the recipe of a built-in model or a file; the rest of the file is checked too. */
bool recipe_load(const char *name_or_path, struct recipe *recipe, struct error *err);

/* Another optimizer: the hyperparameters and the learning rate of the file's go with it, but clipping and
 * noise stay. */
void recipe_set_optimizer(struct recipe *recipe, enum optimizer_kind kind);
/* Fills what is still 0, but a weight decay stays 0. Ours is what nn/optimizer.h names, with batches of 64.
 * Keras's differ in SGD with and without momentum, 0.01, epsilon 1e-7, RMSprop's alpha 0.9, AdamW's weight
 * decay 0.004 and batches of 32. Without an optimizer in the file it is Adam. */
void recipe_complete(struct recipe *recipe);

#endif
