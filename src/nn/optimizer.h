/* Names of optimizers and of what they remember, and their usual hyperparameters. */
#ifndef LS_NN_OPTIMIZER_H
#define LS_NN_OPTIMIZER_H

#include "compute/op.h"

enum { OPTIMIZER_MOST_MOMENTS = 2 };
/* Learning rates that a model, an option or a key may give, and a checkpoint may hold. */
#define OPTIMIZER_LEAST_RATE 1e-30
#define OPTIMIZER_MOST_RATE 1e6

/* What optimizer_from_name knows, for messages. */
#define OPTIMIZER_CHOICES "sgd, momentum, nesterov, rmsprop, adam or adamw"

const char *optimizer_name(enum optimizer_kind kind); /* "sgd" */
bool optimizer_from_name(const char *name, enum optimizer_kind *kind);
/* What the optimizer calls its `moment`, 0 or 1, in PyTorch: "exp_avg". NULL: it has none. */
const char *optimizer_moment_name(enum optimizer_kind kind, int moment);

/* All fields as op.h names them, also those that the kind does not read. */
struct optimizer optimizer_usual(enum optimizer_kind kind);
float optimizer_usual_learning_rate(enum optimizer_kind kind);

/* The numbers that an optimizer has beside its learning rate, by PyTorch's names. */
struct optimizer_hyperparameter {
    const char *name;
    unsigned kinds; /* those that read it, a bit each: 1 << kind */
    size_t offset;  /* of the float in struct optimizer */
    bool optional;  /* 0: off, and then not worth a word */
};
enum { OPTIMIZER_HYPERPARAMETERS = 10 };
extern const struct optimizer_hyperparameter optimizer_hyperparameters[OPTIMIZER_HYPERPARAMETERS];
/* Does the optimizer read the hyperparameter with that index, and is it not off? */
bool optimizer_reads(const struct optimizer *optimizer, int index);
/* Of the hyperparameter with that index. */
float optimizer_value(const struct optimizer *optimizer, int index);
void optimizer_set_value(struct optimizer *optimizer, int index, float value);

#endif
