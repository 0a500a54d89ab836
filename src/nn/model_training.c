/* Loss, optimizer, batch, data and initializers of a model file, in Keras's words. */
#include "nn/model_training.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MEMBER_NAME = 48 };

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* What Keras writes as "he_uniform" or as {"class_name": "HeUniform", "config": {…}}. */
struct named {
    char name[MEMBER_NAME]; /* "heuniform": small letters and digits only */
    const cJSON *config;    /* an object, or NULL */
};

static bool read_named(const cJSON *item, struct named *named)
{
    const char *text = cJSON_GetStringValue(cJSON_IsObject(item) ? member(item, "class_name") : item);
    named->config = cJSON_IsObject(item) ? member(item, "config") : NULL;
    size_t used = 0;
    for (; text && *text && used + 1 < sizeof named->name; text++)
        if (isalnum((unsigned char)*text))
            named->name[used++] = (char)tolower((unsigned char)*text);
    named->name[used] = '\0';
    return used > 0 && !*text && (!named->config || cJSON_IsObject(named->config));
}

/* What was found in place of a known name. */
static const char *excerpt_name(const cJSON *item, char text[JSON_EXCERPT])
{
    const cJSON *name = cJSON_IsObject(item) ? member(item, "class_name") : NULL;
    return json_excerpt(name ? name : item, text);
}

bool model_read_loss(const struct json_place *place, const cJSON *item, enum loss_kind *loss)
{
    static const struct {
        const char *name;
        enum loss_kind loss;
    } names[] = {
        {"categoricalcrossentropy", LOSS_CROSS_ENTROPY},
        {"sparsecategoricalcrossentropy", LOSS_CROSS_ENTROPY},
        {"meansquarederror", LOSS_MSE},
        {"mse", LOSS_MSE},
        {"binarycrossentropy", LOSS_BINARY_CROSS_ENTROPY},
    };
    char found[JSON_EXCERPT];
    struct named named;
    if (!item)
        return true;
    if (read_named(item, &named)) {
        const cJSON *from_logits = member(named.config, "from_logits");
        const cJSON *smoothing = member(named.config, "label_smoothing");
        if (from_logits && !cJSON_IsFalse(from_logits))
            return json_fail(
                place,
                "\"loss\": \"from_logits\": expected false and a softmax or sigmoid at the end, found %s",
                json_excerpt(from_logits, found));
        if (cJSON_IsNumber(smoothing) && (smoothing->valuedouble < 0 || smoothing->valuedouble > 0))
            return json_fail(place, "\"loss\": \"label_smoothing\": expected 0, found %s",
                             json_excerpt(smoothing, found));
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strcmp(named.name, names[i].name) == 0) {
                *loss = names[i].loss;
                return true;
            }
    }
    return json_fail(place,
                     "\"loss\": expected \"categorical_crossentropy\", \"binary_crossentropy\" or "
                     "\"mean_squared_error\", found %s",
                     excerpt_name(item, found));
}

/* Members of Keras's optimizers that change the result unless they are null, false or 0. */
static bool check_inert(const struct json_place *place, const cJSON *config, const char *const *used)
{
    static const char *const harmless[] = {"name",
                                           "is_legacy_optimizer",
                                           "jit_compile",
                                           "ema_momentum",
                                           "ema_overwrite_frequency",
                                           "foreach",
                                           "loss_scale_factor",
                                           "gradient_accumulation_steps",
                                           NULL};
    static const char *const inert[] = {"nesterov",     "amsgrad",  "decay",
                                        "weight_decay", "clipnorm", "global_clipnorm",
                                        "clipvalue",    "use_ema",  NULL};
    const char *const *const lists[] = {used, harmless, inert};
    for (const cJSON *m = config ? config->child : NULL; m; m = m->next) {
        int list = 0, k = 0;
        for (; list < 3; list++) {
            for (k = 0; lists[list][k] && strcmp(lists[list][k], m->string) != 0; k++)
                continue;
            if (lists[list][k])
                break;
        }
        char found[JSON_EXCERPT];
        if (list == 3) {
            char known[128];
            json_list_keys(used, known, sizeof known);
            return json_fail(place, "\"optimizer\": expected the keys %s, found \"%s\"", known,
                             json_excerpt_text(m->string, found));
        }
        if (member(config, m->string) != m)
            return json_fail(place, "\"optimizer\": \"%s\" is there twice; keep one", m->string);
        const bool does_nothing = cJSON_IsNull(m) || cJSON_IsFalse(m) ||
                                  (cJSON_IsNumber(m) && m->valuedouble >= 0 && m->valuedouble <= 0);
        if (list == 2 && !does_nothing)
            return json_fail(place, "\"optimizer\": \"%s\": expected null, false or 0, found %s", m->string,
                             json_excerpt(m, found));
    }
    const cJSON *scale = member(config, "loss_scale_factor");
    const cJSON *accumulate = member(config, "gradient_accumulation_steps");
    return ((!scale || cJSON_IsNull(scale)) && (!accumulate || cJSON_IsNull(accumulate))) ||
           json_fail(place, "\"optimizer\": expected \"%s\" to be null",
                     scale && !cJSON_IsNull(scale) ? "loss_scale_factor" : "gradient_accumulation_steps");
}

static bool read_sgd(const struct json_place *place, const cJSON *config, struct recipe *recipe)
{
    static const char *const keys[] = {"learning_rate", "momentum", NULL};
    if (!check_inert(place, config, keys) ||
        !json_read_real(place, config, "learning_rate", 1e-30, 1e6, &recipe->learning_rate))
        return false;
    const cJSON *momentum = member(config, "momentum");
    const bool none = cJSON_IsNumber(momentum) && momentum->valuedouble >= 0 && momentum->valuedouble <= 0;
    if (momentum && !none) {
        if (!json_read_real(place, config, "momentum", 1e-6, 0.999999, &recipe->optimizer.momentum))
            return false;
        recipe->optimizer.kind = OPTIMIZER_MOMENTUM;
    } else if (none) {
        recipe->optimizer.kind = OPTIMIZER_SGD;
    }
    return true;
}

static bool read_adam(const struct json_place *place, const cJSON *config, struct recipe *recipe)
{
    static const char *const keys[] = {"learning_rate", "beta_1", "beta_2", "epsilon", NULL};
    return check_inert(place, config, keys) &&
           json_read_real(place, config, "learning_rate", 1e-30, 1e6, &recipe->learning_rate) &&
           json_read_real(place, config, "beta_1", 1e-6, 0.999999, &recipe->optimizer.beta1) &&
           json_read_real(place, config, "beta_2", 1e-6, 0.9999999, &recipe->optimizer.beta2) &&
           json_read_real(place, config, "epsilon", 1e-30, 1.0, &recipe->optimizer.epsilon);
}

bool model_read_optimizer(const struct json_place *place, const cJSON *item, struct recipe *recipe)
{
    static const char *const names[] = {
        [OPTIMIZER_SGD] = "sgd", [OPTIMIZER_MOMENTUM] = "momentum", [OPTIMIZER_ADAM] = "adam"};
    char found[JSON_EXCERPT];
    struct named named;
    if (!item)
        return true;
    int kind = -1;
    if (read_named(item, &named))
        for (kind = OPTIMIZER_ADAM; kind >= 0 && (!names[kind] || strcmp(named.name, names[kind]) != 0);
             kind--)
            continue;
    if (kind < 0)
        return json_fail(
            place,
            "\"optimizer\": expected \"sgd\", \"momentum\", \"adam\" or {\"class_name\": one of them, "
            "\"config\": {...}}, found %s",
            excerpt_name(item, found));
    recipe->has_optimizer = true;
    recipe->learning_rate = 0.0f;
    recipe->optimizer = (struct optimizer){.kind = (enum optimizer_kind)kind};
    return kind == OPTIMIZER_ADAM ? read_adam(place, named.config, recipe)
                                  : read_sgd(place, named.config, recipe);
}

bool model_read_recipe(const struct json_place *place, const cJSON *root, struct recipe *recipe)
{
    char found[JSON_EXCERPT];
    const cJSON *schedule = member(root, "schedule");
    struct error why = {0};
    if (!model_read_optimizer(place, member(root, "optimizer"), recipe) ||
        !json_read_size(place, root, "batch_size", &recipe->batch))
        return false;
    if (schedule && !cJSON_IsNull(schedule) && !cJSON_IsString(schedule))
        return json_fail(place, "\"schedule\": expected a name, such as \"cosine\", found %s",
                         json_excerpt(schedule, found));
    if (cJSON_IsString(schedule) && !schedule_parse(&recipe->schedule, schedule->valuestring, &why))
        return json_fail(place, "\"schedule\": %s", why.message);
    if (recipe->batch > 65536)
        return json_fail(place, "\"batch_size\": expected a whole number from 1 to 65536, found %d",
                         recipe->batch);
    return json_read_name(place, root, "data", recipe->data, sizeof recipe->data);
}

static bool read_variance_scaling(const struct json_place *place, const cJSON *config,
                                  struct initializer *initializer)
{
    static const char *const fans[] = {[FAN_IN] = "fan_in", [FAN_OUT] = "fan_out", [FAN_AVERAGE] = "fan_avg"};
    static const struct {
        const char *name;
        enum initializer_kind kind;
    } shapes[] = {{"uniform", INITIALIZER_UNIFORM},
                  {"normal", INITIALIZER_TRUNCATED_NORMAL},
                  {"truncated_normal", INITIALIZER_TRUNCATED_NORMAL},
                  {"untruncated_normal", INITIALIZER_NORMAL}};
    char found[JSON_EXCERPT];
    const cJSON *mode = member(config, "mode"), *shape = member(config, "distribution");
    initializer->scale = 1.0f;
    initializer->fan = FAN_IN;
    initializer->kind = INITIALIZER_TRUNCATED_NORMAL;
    if (mode) {
        int fan = FAN_AVERAGE;
        while (fan >= FAN_IN && !(cJSON_IsString(mode) && strcmp(mode->valuestring, fans[fan]) == 0))
            fan--;
        if (fan < FAN_IN)
            return json_fail(place, "\"mode\": expected \"fan_in\", \"fan_out\" or \"fan_avg\", found %s",
                             json_excerpt(mode, found));
        initializer->fan = (enum initializer_fan)fan;
    }
    if (shape) {
        size_t s = 0;
        while (s < 4 && !(cJSON_IsString(shape) && strcmp(shape->valuestring, shapes[s].name) == 0))
            s++;
        if (s == 4)
            return json_fail(place,
                             "\"distribution\": expected \"uniform\", \"truncated_normal\" or "
                             "\"untruncated_normal\", found %s",
                             json_excerpt(shape, found));
        initializer->kind = shapes[s].kind;
    }
    return json_read_real(place, config, "scale", 1e-12, 1e12, &initializer->scale);
}

static const struct {
    const char *name;
    struct initializer value;   /* before its config is read */
    const char *first, *second; /* the config's keys for a and b; a variance scaling has "scale" */
} initializers[] = {
    {"glorotuniform", {INITIALIZER_UNIFORM, FAN_AVERAGE, 1, 0, 0}, NULL, NULL},
    {"glorotnormal", {INITIALIZER_TRUNCATED_NORMAL, FAN_AVERAGE, 1, 0, 0}, NULL, NULL},
    {"heuniform", {INITIALIZER_UNIFORM, FAN_IN, 2, 0, 0}, NULL, NULL},
    {"henormal", {INITIALIZER_TRUNCATED_NORMAL, FAN_IN, 2, 0, 0}, NULL, NULL},
    {"lecununiform", {INITIALIZER_UNIFORM, FAN_IN, 1, 0, 0}, NULL, NULL},
    {"lecunnormal", {INITIALIZER_TRUNCATED_NORMAL, FAN_IN, 1, 0, 0}, NULL, NULL},
    {"zeros", {INITIALIZER_CONSTANT, FAN_NONE, 0, 0, 0}, NULL, NULL},
    {"ones", {INITIALIZER_CONSTANT, FAN_NONE, 0, 1, 0}, NULL, NULL},
    {"constant", {INITIALIZER_CONSTANT, FAN_NONE, 0, 0, 0}, "value", NULL},
    {"randomuniform", {INITIALIZER_UNIFORM, FAN_NONE, 0, -0.05f, 0.05f}, "minval", "maxval"},
    {"randomnormal", {INITIALIZER_NORMAL, FAN_NONE, 0, 0, 0.05f}, "mean", "stddev"},
    {"truncatednormal", {INITIALIZER_TRUNCATED_NORMAL, FAN_NONE, 0, 0, 0.05f}, "mean", "stddev"},
    {"variancescaling", {INITIALIZER_TRUNCATED_NORMAL, FAN_IN, 1, 0, 0}, "scale", NULL},
};
enum { INITIALIZER_COUNT = sizeof initializers / sizeof *initializers };

bool model_read_initializer(const struct json_place *place, const cJSON *config, const char *key,
                            struct initializer *initializer)
{
    const cJSON *item = member(config, key);
    struct named named;
    char found[JSON_EXCERPT];
    if (!item)
        return true;
    int i = INITIALIZER_COUNT;
    if (read_named(item, &named))
        for (i = 0; i < INITIALIZER_COUNT && strcmp(named.name, initializers[i].name) != 0; i++)
            continue;
    if (i == INITIALIZER_COUNT)
        return json_fail(
            place,
            "\"%s\": expected glorot_, he_ or lecun_ with uniform or normal, zeros, ones, constant, "
            "random_uniform, random_normal, truncated_normal or variance_scaling, found %s",
            key, excerpt_name(item, found));
    *initializer = initializers[i].value;
    if (strcmp(named.name, "variancescaling") == 0)
        return read_variance_scaling(place, named.config, initializer);
    return (!initializers[i].first ||
            json_read_real(place, named.config, initializers[i].first, -1e6, 1e6, &initializer->a)) &&
           (!initializers[i].second ||
            json_read_real(place, named.config, initializers[i].second, -1e6, 1e6, &initializer->b));
}
