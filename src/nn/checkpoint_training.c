/* How a run was trained, as a JSON object in the metadata. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/number_exact.h"
#include "base/number_text.h"
#include "nn/checkpoint_private.h"
#include "nn/model_json.h"
#include "nn/optimizer.h"
#include "nn/recipe.h"

static const double largest_count = 9007199254740992.0; /* 2⁵³: beyond, a JSON number is not exact */
static const size_t longest_text = 65536;
static const double smallest = 1e-30;

/* cJSON would leave the last digits out. */
static void add_number(cJSON *object, const char *key, double value)
{
    char text[NUMBER_EXACT_SIZE];
    cJSON_AddRawToObject(object, key, number_exact(text, value));
}

/* A plateau alone remembers anything; `best` is null before the first loss. */
static void add_schedule(cJSON *root, const struct checkpoint_training *training)
{
    const struct schedule_state *state = &training->schedule_state;
    char text[SCHEDULE_TEXT];
    cJSON_AddStringToObject(root, "schedule", schedule_print(&training->schedule, text));
    if (training->schedule.kind != SCHEDULE_PLATEAU)
        return;
    cJSON *item = cJSON_AddObjectToObject(root, "schedule_state");
    if (state->seen)
        add_number(item, "best", (double)state->best);
    else
        cJSON_AddNullToObject(item, "best");
    add_number(item, "bad", state->bad);
    add_number(item, "cooling", state->cooling);
    add_number(item, "scale", state->scale);
}

char *checkpoint_print_training(const struct checkpoint_training *training)
{
    cJSON *root = cJSON_CreateObject();
    add_number(root, "version", CHECKPOINT_VERSION);
    cJSON_AddStringToObject(root, "optimizer", optimizer_name(training->optimizer.kind));
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
        if (optimizer_reads(&training->optimizer, i))
            add_number(root, optimizer_hyperparameters[i].name,
                       (double)optimizer_value(&training->optimizer, i));
    add_number(root, "learning_rate", (double)training->learning_rate);
    add_schedule(root, training);
    if (training->penalised) {
        add_number(root, "l1", (double)training->l1);
        add_number(root, "l2", (double)training->l2);
    }
    add_number(root, "updates", (double)training->update);
    add_number(root, "batch", training->batch);
    add_number(root, "samples", training->samples);
    cJSON_AddStringToObject(root, "values", training->value_size == sizeof(double) ? "F64" : "F32");
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    LS_ASSERT(text != NULL);
    return text;
}

static bool damaged(const char *key, const char *expected, const cJSON *found, struct error *err)
{
    char excerpt[JSON_EXCERPT];
    return error_set(err,
                     "metadata \"training\": \"%s\": expected %s, found %s; save it again, or remove the key "
                     "\"training\" to load the parameters alone",
                     key, expected, json_excerpt(found, excerpt));
}

static bool read_count(const cJSON *root, const char *key, double least, double most, double *value,
                       struct error *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least) || item->valuedouble > most ||
        item->valuedouble != floor(item->valuedouble)) {
        char expected[80];
        snprintf(expected, sizeof expected, "a whole number from %.0f to %.0f", least, most);
        return damaged(key, expected, item, err);
    }
    *value = item->valuedouble;
    return true;
}

static bool read_number(const cJSON *root, const char *key, double least, double most, float *value,
                        struct error *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least) || item->valuedouble > most) {
        char expected[80];
        snprintf(expected, sizeof expected, "a number from %s to %s", LS_NUMBER_LIMIT(least),
                 LS_NUMBER_LIMIT(most));
        return damaged(key, expected, item, err);
    }
    *value = (float)item->valuedouble;
    return true;
}

static bool read_version(const cJSON *root, struct error *err)
{
    double version = 0;
    if (!read_count(root, "version", 1, 1e6, &version, err))
        return false;
    return version <= CHECKPOINT_VERSION ||
           error_set(err,
                     "was saved by a newer Layerscope: expected version %d of a checkpoint or older, found "
                     "%.0f; load it with that Layerscope",
                     CHECKPOINT_VERSION, version);
}

static bool read_optimizer(const cJSON *root, struct optimizer *optimizer, struct error *err)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(root, "optimizer");
    if (!cJSON_IsString(name) || !optimizer_from_name(name->valuestring, &optimizer->kind))
        return damaged("optimizer", OPTIMIZER_CHOICES, name, err);
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++) {
        const struct optimizer_hyperparameter *parameter = &optimizer_hyperparameters[i];
        float value = 0;
        /* Files without a weight decay are older ones that had none. */
        const bool may_lack =
            parameter->optional || parameter->offset == offsetof(struct optimizer, weight_decay);
        const bool lacks = may_lack && !cJSON_GetObjectItemCaseSensitive(root, parameter->name);
        /* 0 would stand for a default. */
        const double least = may_lack ? 0.0 : smallest, most = parameter->optional ? 1e6 : 1.0;
        if (!(parameter->kinds & 1u << optimizer->kind))
            continue;
        if (!lacks && !read_number(root, parameter->name, least, most, &value, err))
            return false;
        memcpy((char *)optimizer + parameter->offset, &value, sizeof value);
    }
    return true;
}

/* Older files have neither schedule nor penalties. */
static bool read_schedule(const cJSON *root, struct checkpoint_training *training, struct error *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "schedule");
    struct schedule_state *state = &training->schedule_state;
    struct error own = {0};
    schedule_begin(state);
    if (item && !(cJSON_IsString(item) && schedule_parse(&training->schedule, item->valuestring, &own)))
        return damaged("schedule", "a schedule as --schedule takes it", item, err);
    if (training->schedule.kind != SCHEDULE_PLATEAU)
        return true;
    const cJSON *past = cJSON_GetObjectItemCaseSensitive(root, "schedule_state");
    const cJSON *best = cJSON_GetObjectItemCaseSensitive(past, "best");
    double bad = 0, cooling = 0;
    float scale = 0;
    if (!read_count(past, "bad", 0, 1e9, &bad, err) || !read_count(past, "cooling", 0, 1e9, &cooling, err) ||
        !read_number(past, "scale", 0, 1e9, &scale, err))
        return false;
    if (!cJSON_IsNull(best) && !(cJSON_IsNumber(best) && isfinite(best->valuedouble)))
        return damaged("best", "a number or null", best, err);
    state->seen = cJSON_IsNumber(best);
    state->best = state->seen ? (float)best->valuedouble : 0.0f;
    state->bad = (int)bad;
    state->cooling = (int)cooling;
    state->scale = cJSON_GetObjectItemCaseSensitive(past, "scale")->valuedouble;
    return true;
}

static bool read_penalties(const cJSON *root, struct checkpoint_training *training, struct error *err)
{
    training->penalised = cJSON_GetObjectItemCaseSensitive(root, "l1") != NULL;
    return !training->penalised || (read_number(root, "l1", 0, 1e6, &training->l1, err) &&
                                    read_number(root, "l2", 0, 1e6, &training->l2, err));
}

static bool read_training(const cJSON *root, struct checkpoint_training *training, struct error *err)
{
    double update = 0, batch = 0, samples = 0;
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(root, "values");
    if (!read_version(root, err) || !read_optimizer(root, &training->optimizer, err) ||
        !read_number(root, "learning_rate", OPTIMIZER_LEAST_RATE, OPTIMIZER_MOST_RATE,
                     &training->learning_rate, err) ||
        !read_schedule(root, training, err) || !read_penalties(root, training, err) ||
        !read_count(root, "updates", 0, largest_count, &update, err) ||
        !read_count(root, "batch", 1, RECIPE_MOST_BATCH, &batch, err) ||
        !read_count(root, "samples", 1, UINT32_MAX, &samples, err))
        return false;
    if (!cJSON_IsString(values) ||
        (strcmp(values->valuestring, "F32") != 0 && strcmp(values->valuestring, "F64") != 0))
        return damaged("values", "F32 or F64", values, err);
    training->update = (uint64_t)update;
    training->batch = (int)batch;
    training->samples = (uint32_t)samples;
    training->value_size = strcmp(values->valuestring, "F64") == 0 ? sizeof(double) : sizeof(float);
    return true;
}

bool checkpoint_parse_training(const char *json, struct checkpoint_training *training, struct error *err)
{
    const size_t length = strlen(json);
    cJSON *root = length > longest_text || json_text_has_zero(json, length) ? NULL : cJSON_Parse(json);
    char excerpt[JSON_EXCERPT];
    const bool ok =
        cJSON_IsObject(root)
            ? read_training(root, training, err)
            : error_set(err,
                        "metadata \"training\": expected a JSON object, found %s; save it again, or "
                        "remove that key to load the parameters alone",
                        json_excerpt_text(json, excerpt));
    cJSON_Delete(root);
    return ok;
}
