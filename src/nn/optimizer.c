/* One row an optimizer. */
#include "nn/optimizer.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *moments[OPTIMIZER_MOST_MOMENTS];
    float learning_rate;
} rows[OPTIMIZER_COUNT] = {
    [OPTIMIZER_SGD] = {"sgd", {NULL, NULL}, 0.1f},
    [OPTIMIZER_MOMENTUM] = {"momentum", {"momentum_buffer", NULL}, 0.05f},
    [OPTIMIZER_NESTEROV] = {"nesterov", {"momentum_buffer", NULL}, 0.05f},
    [OPTIMIZER_RMSPROP] = {"rmsprop", {"square_avg", NULL}, 1e-3f},
    [OPTIMIZER_ADAM] = {"adam", {"exp_avg", "exp_avg_sq"}, 1e-3f},
    [OPTIMIZER_ADAMW] = {"adamw", {"exp_avg", "exp_avg_sq"}, 1e-3f},
};

enum {
    WITH_MOMENTUM = 1 << OPTIMIZER_MOMENTUM | 1 << OPTIMIZER_NESTEROV,
    WITH_RMSPROP = 1 << OPTIMIZER_RMSPROP,
    WITH_ADAM = 1 << OPTIMIZER_ADAM | 1 << OPTIMIZER_ADAMW,
    WITH_ALL = (1 << OPTIMIZER_COUNT) - 1
};

const struct optimizer_hyperparameter optimizer_hyperparameters[OPTIMIZER_HYPERPARAMETERS] = {
    {"momentum", WITH_MOMENTUM, offsetof(struct optimizer, momentum), false},
    {"alpha", WITH_RMSPROP, offsetof(struct optimizer, alpha), false},
    {"beta1", WITH_ADAM, offsetof(struct optimizer, beta1), false},
    {"beta2", WITH_ADAM, offsetof(struct optimizer, beta2), false},
    {"epsilon", WITH_RMSPROP | WITH_ADAM, offsetof(struct optimizer, epsilon), false},
    {"weight_decay", WITH_ALL, offsetof(struct optimizer, weight_decay), false},
    {"clip_value", WITH_ALL, offsetof(struct optimizer, clip_value), true},
    {"clip_norm", WITH_ALL, offsetof(struct optimizer, clip_norm), true},
    {"noise", WITH_ALL, offsetof(struct optimizer, noise), true},
    {"noise_decay", WITH_ALL, offsetof(struct optimizer, noise_decay), true},
};

const char *optimizer_name(enum optimizer_kind kind) { return rows[kind].name; }

bool optimizer_from_name(const char *name, enum optimizer_kind *kind)
{
    for (int i = 0; i < OPTIMIZER_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0) {
            *kind = (enum optimizer_kind)i;
            return true;
        }
    return false;
}

const char *optimizer_moment_name(enum optimizer_kind kind, int moment) { return rows[kind].moments[moment]; }

struct optimizer optimizer_usual(enum optimizer_kind kind)
{
    return (struct optimizer){.kind = kind,
                              .momentum = 0.9f,
                              .beta1 = 0.9f,
                              .beta2 = 0.999f,
                              .epsilon = 1e-8f,
                              .alpha = 0.99f,
                              .noise_decay = 0.55f,
                              .weight_decay = kind == OPTIMIZER_ADAMW ? 0.01f : 0.0f};
}

float optimizer_usual_learning_rate(enum optimizer_kind kind) { return rows[kind].learning_rate; }

float optimizer_value(const struct optimizer *optimizer, int index)
{
    float value;
    memcpy(&value, (const char *)optimizer + optimizer_hyperparameters[index].offset, sizeof value);
    return value;
}

void optimizer_set_value(struct optimizer *optimizer, int index, float value)
{
    memcpy((char *)optimizer + optimizer_hyperparameters[index].offset, &value, sizeof value);
}

bool optimizer_reads(const struct optimizer *optimizer, int index)
{
    const struct optimizer_hyperparameter *row = &optimizer_hyperparameters[index];
    const bool of_noise = row->offset == offsetof(struct optimizer, noise_decay);
    return (row->kinds & 1u << optimizer->kind) &&
           (!row->optional || (of_noise ? optimizer->noise : optimizer_value(optimizer, index)) > 0.0f);
}
