/* Optimizers of a model file: ours with PyTorch's meanings, Keras's objects with Keras's. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/number_text.h"
#include "nn/model_named.h"
#include "nn/model_training.h"
#include "nn/optimizer.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool does_nothing(const cJSON *item)
{
    return !item || cJSON_IsNull(item) || cJSON_IsFalse(item) ||
           (cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= 0);
}

enum {
    SGD = 1 << OPTIMIZER_SGD,
    WITH_MOMENTUM = 1 << OPTIMIZER_MOMENTUM | 1 << OPTIMIZER_NESTEROV,
    RMSPROP = 1 << OPTIMIZER_RMSPROP,
    ADAMS = 1 << OPTIMIZER_ADAM | 1 << OPTIMIZER_ADAMW,
    ALL = (1 << OPTIMIZER_COUNT) - 1
};

/* Numbers by the keys of a config. Where 0 stands for the default, it is none of the values. */
static const struct number_row {
    const char *key;
    unsigned kinds;
    size_t offset;
    double low, high;
} numbers[] = {
    {"momentum", SGD | WITH_MOMENTUM, offsetof(struct optimizer, momentum), 0, 0.999999},
    {"rho", RMSPROP, offsetof(struct optimizer, alpha), 1e-6, 0.9999999},
    {"alpha", RMSPROP, offsetof(struct optimizer, alpha), 1e-6, 0.9999999},
    {"beta_1", ADAMS, offsetof(struct optimizer, beta1), 1e-6, 0.999999},
    {"beta_2", ADAMS, offsetof(struct optimizer, beta2), 1e-6, 0.9999999},
    {"epsilon", RMSPROP | ADAMS, offsetof(struct optimizer, epsilon), 1e-30, 1.0},
    {"weight_decay", ALL, offsetof(struct optimizer, weight_decay), 0, 1},
    {"clipvalue", ALL, offsetof(struct optimizer, clip_value), 0, 1e6},
    {"global_clipnorm", ALL, offsetof(struct optimizer, clip_norm), 0, 1e6},
    {"gradient_noise", ALL, offsetof(struct optimizer, noise), 0, 1e6},
    {"noise_decay", ALL, offsetof(struct optimizer, noise_decay), 1e-6, 10},
};
enum { NUMBER_COUNT = sizeof numbers / sizeof *numbers };

/* Beside the numbers: members that Keras writes and that change nothing here … */
static const char *const harmless[] = {
    "name", "is_legacy_optimizer", "jit_compile", "ema_momentum", "ema_overwrite_frequency", "foreach", NULL};
/* … and those that do not, while they are null, false or 0. */
static const char *const inert[] = {
    "amsgrad",  "decay",    "clipnorm",     "use_ema",           "centered",
    "nesterov", "momentum", "weight_decay", "loss_scale_factor", "gradient_accumulation_steps",
    NULL};

static bool is_listed(const char *const *list, const char *key)
{
    while (*list && strcmp(*list, key) != 0)
        list++;
    return *list != NULL;
}

static const struct number_row *find_number(const char *key, unsigned kind)
{
    for (int i = 0; i < NUMBER_COUNT; i++)
        if (strcmp(numbers[i].key, key) == 0 && (numbers[i].kinds & kind))
            return &numbers[i];
    return NULL;
}

static bool fail_unknown(const struct json_place *place, const char *key, unsigned kind)
{
    char known[256] = "learning_rate", found[JSON_EXCERPT];
    size_t used = strlen(known);
    for (int i = 0; i < NUMBER_COUNT; i++)
        if (numbers[i].kinds & kind)
            used += (size_t)snprintf(known + used, sizeof known - used, ", %s", numbers[i].key);
    if (kind & (SGD | WITH_MOMENTUM))
        snprintf(known + used, sizeof known - used, ", nesterov");
    return json_fail(place, "\"optimizer\": expected the keys %s, found \"%s\"", known,
                     json_excerpt_text(key, found));
}

static bool check_inert(const struct json_place *place, const cJSON *item)
{
    char found[JSON_EXCERPT];
    if (does_nothing(item))
        return true;
    if (strcmp(item->string, "clipnorm") == 0)
        return json_fail(place,
                         "\"optimizer\": \"clipnorm\" clips each variable by itself, which is not computed "
                         "here; expected null or \"global_clipnorm\", found %s",
                         json_excerpt(item, found));
    return json_fail(place, "\"optimizer\": \"%s\": expected null, false or 0, found %s", item->string,
                     json_excerpt(item, found));
}

static bool read_member(const struct json_place *place, const cJSON *config, const cJSON *item,
                        struct optimizer *optimizer)
{
    const unsigned kind = 1u << optimizer->kind;
    const struct number_row *row = find_number(item->string, kind);
    float value = 0;
    if (member(config, item->string) != item)
        return json_fail(place, "\"optimizer\": \"%s\" is there twice; keep one", item->string);
    if (is_listed(harmless, item->string) || strcmp(item->string, "learning_rate") == 0)
        return true;
    if (strcmp(item->string, "nesterov") == 0 && (kind & (SGD | WITH_MOMENTUM)) && cJSON_IsTrue(item))
        return true;
    if (!row)
        return is_listed(inert, item->string) ? check_inert(place, item)
                                              : fail_unknown(place, item->string, kind);
    if (cJSON_IsNull(item))
        return true;
    if (!json_read_real(place, config, item->string, row->low, row->high, &value))
        return false;
    memcpy((char *)optimizer + row->offset, &value, sizeof value);
    return true;
}

/* SGD with a momentum is another kind here, and so it is with Nesterov's. */
static void choose_momentum(const cJSON *config, struct optimizer *optimizer)
{
    const bool given = cJSON_IsNumber(member(config, "momentum"));
    if (optimizer->kind > OPTIMIZER_NESTEROV)
        return;
    if (given && !(optimizer->momentum > 0.0f))
        optimizer->kind = OPTIMIZER_SGD;
    else if (given && optimizer->kind == OPTIMIZER_SGD)
        optimizer->kind = OPTIMIZER_MOMENTUM;
    if (optimizer->kind == OPTIMIZER_MOMENTUM && cJSON_IsTrue(member(config, "nesterov")))
        optimizer->kind = OPTIMIZER_NESTEROV;
}

/* Keras takes weight_decay · rate · w off each weight, whatever the optimizer: of plain SGD that is the L2
 * penalty, of Adam it is AdamW. */
static bool choose_decay(const struct json_place *place, const struct recipe *recipe,
                         struct optimizer *optimizer)
{
    if (!recipe->keras || !(optimizer->weight_decay > 0.0f) || optimizer->kind == OPTIMIZER_SGD ||
        optimizer->kind == OPTIMIZER_ADAMW)
        return true;
    if (optimizer->kind != OPTIMIZER_ADAM)
        return json_fail(
            place,
            "\"optimizer\": \"weight_decay\": expected null or 0, because Keras takes it off the "
            "weights, which is computed here for SGD without momentum, Adam and AdamW, found %s",
            LS_NUMBER_GIVEN(optimizer->weight_decay));
    optimizer->kind = OPTIMIZER_ADAMW;
    return true;
}

static bool read_config(const struct json_place *place, const cJSON *config, struct recipe *recipe)
{
    struct optimizer *optimizer = &recipe->optimizer;
    for (const cJSON *item = config ? config->child : NULL; item; item = item->next)
        if (!read_member(place, config, item, optimizer))
            return false;
    choose_momentum(config, optimizer);
    const cJSON *rate = member(config, "learning_rate");
    return choose_decay(place, recipe, optimizer) &&
           (cJSON_IsObject(rate)
                ? model_read_keras_schedule(place, rate, recipe)
                : json_read_real(place, config, "learning_rate", 1e-30, 1e6, &recipe->learning_rate));
}

bool model_read_optimizer(const struct json_place *place, const cJSON *item, struct recipe *recipe)
{
    char found[JSON_EXCERPT];
    struct model_named named;
    enum optimizer_kind kind;
    if (!item)
        return true;
    if (!model_read_named(item, &named) || !optimizer_from_name(named.name, &kind))
        return json_fail(place,
                         "\"optimizer\": expected \"sgd\", \"momentum\", \"nesterov\", \"rmsprop\", "
                         "\"adam\", \"adamw\" or {\"class_name\": one of them, \"config\": {...}}, found %s",
                         model_excerpt_name(item, found));
    recipe_set_optimizer(recipe, kind);
    return read_config(place, named.config, recipe);
}
