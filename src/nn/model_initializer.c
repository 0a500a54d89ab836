/* Initializers of a model file and of --init, by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_text.h"
#include "nn/model_named.h"
#include "nn/model_training.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
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
    {"xavieruniform", {INITIALIZER_UNIFORM, FAN_AVERAGE, 1, 0, 0}, NULL, NULL},
    {"xaviernormal", {INITIALIZER_NORMAL, FAN_AVERAGE, 1, 0, 0}, NULL, NULL},
    {"kaiminguniform", {INITIALIZER_UNIFORM, FAN_IN, 2, 0, 0}, NULL, NULL},
    {"kaimingnormal", {INITIALIZER_NORMAL, FAN_IN, 2, 0, 0}, NULL, NULL},
    {"pytorch", {INITIALIZER_UNIFORM, FAN_WEIGHT_IN, 1.0f / 3.0f, 0, 0}, NULL, NULL},
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
    struct model_named named;
    char found[JSON_EXCERPT];
    if (!item)
        return true;
    int i = INITIALIZER_COUNT;
    if (model_read_named(item, &named))
        for (i = 0; i < INITIALIZER_COUNT && strcmp(named.name, initializers[i].name) != 0; i++)
            continue;
    if (i == INITIALIZER_COUNT)
        return json_fail(
            place,
            "\"%s\": expected glorot_, he_ or lecun_ with uniform or normal, zeros, ones, constant, "
            "random_uniform, random_normal, truncated_normal, variance_scaling or pytorch, found %s",
            key, model_excerpt_name(item, found));
    *initializer = initializers[i].value;
    const char *first = initializers[i].first, *second = initializers[i].second;
    const bool scales = strcmp(named.name, "variancescaling") == 0;
    const bool deviates = second && strcmp(second, "stddev") == 0;
    /* Keras writes a seed and a type; draws come of the run's seed, and all values are float32. */
    const char *const scaling[] = {"seed", "dtype", "scale", "mode", "distribution", NULL};
    const char *keys[5] = {"seed", "dtype"};
    for (int k = 2, n = 0; n < 2; n++)
        if ((n ? second : first) != NULL)
            keys[k++] = n ? second : first;
    if (named.config && !json_check_object(place, named.config, key, scales ? scaling : keys))
        return false;
    if (scales)
        return read_variance_scaling(place, named.config, initializer);
    if ((first && !json_read_real(place, named.config, first, -1e6, 1e6, &initializer->a)) ||
        (second && !json_read_real(place, named.config, second, deviates ? 0 : -1e6, 1e6, &initializer->b)))
        return false;
    return !second || deviates || initializer->a <= initializer->b ||
           json_fail(place, "\"%s\": expected \"minval\" up to \"maxval\", found %s and %s", key,
                     LS_NUMBER_GIVEN(initializer->a), LS_NUMBER_GIVEN(initializer->b));
}

bool model_read_variance_start(const struct json_place *place, const cJSON *config, const char *key,
                               struct initializer *initializer)
{
    if (!model_read_initializer(place, config, key, initializer))
        return false;
    const bool has_low = initializer->fan == FAN_NONE && (initializer->kind == INITIALIZER_CONSTANT ||
                                                          initializer->kind == INITIALIZER_UNIFORM);
    return (has_low && initializer->a >= 0.0f) ||
           json_fail(place,
                     "\"%s\": expected what draws no variance below 0: ones, zeros, constant or "
                     "random_uniform from 0 on",
                     key);
}

/* As a model file would say it. */
bool initializer_parse(const char *text, struct initializer *initializer, struct error *err)
{
    char copy[160];
    if (strlen(text) >= sizeof copy)
        return error_set(err, "expected at most %zu characters, found %zu", sizeof copy - 1, strlen(text));
    strcpy(copy, text);
    struct error own = {0};
    const struct json_place place = {"initializer", NULL, &own};
    cJSON *root = cJSON_CreateObject(), *item = cJSON_AddObjectToObject(root, "init");
    cJSON *config = cJSON_AddObjectToObject(item, "config");
    char *keys = strchr(copy, ':');
    if (keys)
        *keys++ = '\0';
    cJSON_AddStringToObject(item, "class_name", copy);
    for (char *next; keys; keys = next) {
        next = strchr(keys, ',');
        if (next)
            *next++ = '\0';
        char *value = strchr(keys, '='), *end = NULL;
        if (value)
            *value++ = '\0';
        if (strcmp(keys, "seed") == 0 || strcmp(keys, "dtype") == 0)
            json_fail(&place, "\"%s\": expected a key that changes the values; --seed is of all draws", keys);
        const double number = value ? strtod(value, &end) : 0.0;
        if (value && end > value && !*end)
            cJSON_AddNumberToObject(config, keys, number);
        else
            cJSON_AddStringToObject(config, keys, value ? value : "");
    }
    const bool ok = model_read_initializer(&place, root, "init", initializer) && own.class_ == ERROR_NONE;
    cJSON_Delete(root);
    static const char prefix[] = "initializer: ", name[] = "\"init\": ";
    const char *message = own.message + (ok ? 0 : strlen(prefix));
    return ok ||
           error_set(err, "%s", message + (strncmp(message, name, strlen(name)) == 0 ? strlen(name) : 0));
}
