/* Keras's learning rate schedules, which stand in place of an optimizer's learning rate. Formulas:
 * keras/src/optimizers/schedules/learning_rate_schedule.py of Keras 3.3. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/number_text.h"
#include "nn/model_keras.h"
#include "nn/model_named.h"
#include "nn/model_training.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static struct schedule_length in_steps(int count) { return (struct schedule_length){(uint32_t)count, false}; }

static bool read_steps(const struct json_place *place, const cJSON *config, const char *key, int *steps)
{
    char found[JSON_EXCERPT];
    const cJSON *item = member(config, key);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1 && item->valuedouble <= 1e9) ||
        item->valuedouble != floor(item->valuedouble))
        return json_fail(place, "\"%s\": expected a whole number from 1 to 1000000000, found %s", key,
                         json_excerpt(item, found));
    *steps = (int)item->valuedouble;
    return true;
}

static bool read_rate(const struct json_place *place, const cJSON *config, const char *key, float *rate)
{
    char found[JSON_EXCERPT];
    return member(config, key)
               ? json_read_real(place, config, key, 1e-30, 1e6, rate)
               : json_fail(place, "\"%s\": expected a number, found %s", key, json_excerpt(NULL, found));
}

/* rate · decay_rate^(step / decay_steps), with whole quotients where it is a staircase. */
static bool read_exponential(const struct json_place *place, const cJSON *config, struct recipe *recipe)
{
    static const char *const keys[] = {
        "initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name", NULL};
    bool staircase = false;
    int steps = 1;
    float factor = 0;
    if (!json_check_object(place, config, "ExponentialDecay", keys) ||
        !read_rate(place, config, "initial_learning_rate", &recipe->learning_rate) ||
        !read_steps(place, config, "decay_steps", &steps) ||
        !json_read_real(place, config, "decay_rate", 0, 10, &factor) ||
        !json_read_bool(place, config, "staircase", &staircase))
        return false;
    recipe->schedule = (struct schedule){.kind = staircase ? SCHEDULE_STEP : SCHEDULE_EXPONENTIAL,
                                         .length = in_steps(steps),
                                         .factor = cJSON_GetNumberValue(member(config, "decay_rate"))};
    return true;
}

/* A warm-up from the initial rate to its target, then down to alpha of that, and there it stays. */
static bool read_cosine(const struct json_place *place, const cJSON *config, struct recipe *recipe)
{
    static const char *const keys[] = {"initial_learning_rate", "decay_steps",  "alpha", "name",
                                       "warmup_target",         "warmup_steps", NULL};
    int steps = 1, warmup = 0;
    float alpha = 0, initial = 0, target = 0;
    const cJSON *warmup_target = member(config, "warmup_target"), *length = member(config, "warmup_steps");
    const bool warms = warmup_target && !cJSON_IsNull(warmup_target) && length &&
                       !(cJSON_IsNumber(length) && length->valuedouble >= 0 && length->valuedouble <= 0);
    if (!json_check_object(place, config, "CosineDecay", keys) ||
        !json_read_real(place, config, "initial_learning_rate", 0, 1e6, &initial) ||
        !read_steps(place, config, "decay_steps", &steps) ||
        !json_read_real(place, config, "alpha", 0, 1, &alpha) ||
        (warms && (!read_rate(place, config, "warmup_target", &target) ||
                   !read_steps(place, config, "warmup_steps", &warmup))) ||
        (!warms && !read_rate(place, config, "initial_learning_rate", &target)))
        return false;
    if (initial > target)
        return json_fail(place, "\"warmup_target\": expected at least the initial_learning_rate %s, found %s",
                         LS_NUMBER_GIVEN(initial), LS_NUMBER_GIVEN(target));
    /* Once more as they stand, without rounding. */
    const double from = cJSON_GetNumberValue(member(config, "initial_learning_rate"));
    const double to = warms ? cJSON_GetNumberValue(warmup_target) : from;
    recipe->learning_rate = target;
    recipe->schedule = (struct schedule){
        .kind = SCHEDULE_COSINE,
        .length = in_steps(steps),
        .min = member(config, "alpha") ? cJSON_GetNumberValue(member(config, "alpha")) * to : 0.0,
        .held = true,
        .warmup = in_steps(warmup),
        .warmup_from = from < to ? from / to : 1.0}; /* as floats they may be equal */
    return true;
}

/* values[i] up to and with step boundaries[i]. */
static bool read_piecewise(const struct json_place *place, const cJSON *config, struct recipe *recipe)
{
    static const char *const keys[] = {"boundaries", "values", "name", NULL};
    char found[JSON_EXCERPT];
    struct schedule schedule = {.kind = SCHEDULE_PIECEWISE, .length = {1, false}};
    if (!json_check_object(place, config, "PiecewiseConstantDecay", keys))
        return false;
    const cJSON *places = keras_list(member(config, "boundaries")),
                *values = keras_list(member(config, "values"));
    const int count = places ? cJSON_GetArraySize(places) : 0;
    if (count < 1 || count > SCHEDULE_PIECES || !values || cJSON_GetArraySize(values) != count + 1)
        return json_fail(
            place, "PiecewiseConstantDecay: expected 1 to %d boundaries and one value more, found %d and %d",
            SCHEDULE_PIECES, count, values ? cJSON_GetArraySize(values) : 0);
    double first = 0, before = -1;
    for (const cJSON *item = values->child; item; item = item->next)
        if (!cJSON_IsNumber(item) || !(item->valuedouble >= (item == values->child ? 1e-30 : 0)) ||
            item->valuedouble > 1e6)
            return json_fail(place, "\"values\": expected numbers up to 1e6, the first above 0, found %s",
                             json_excerpt(item, found));
    first = values->child->valuedouble;
    const cJSON *value = values->child->next;
    for (const cJSON *item = places->child; item; item = item->next, value = value->next) {
        if (!cJSON_IsNumber(item) || !(item->valuedouble > before) || !(item->valuedouble < 1e9))
            return json_fail(place, "\"boundaries\": expected growing numbers from 0 to 1e9, found %s",
                             json_excerpt(item, found));
        before = floor(item->valuedouble) + 0.999999; /* the next must lie behind another step */
        schedule.places[schedule.pieces] = (uint32_t)before + 1;
        schedule.factors[schedule.pieces] = value->valuedouble / first;
        if (schedule.factors[schedule.pieces++] > 1e6)
            return json_fail(place, "\"values\": expected at most a million times the first, found %s",
                             json_excerpt(value, found));
    }
    recipe->learning_rate = (float)first;
    recipe->schedule = schedule;
    return true;
}

bool model_read_keras_schedule(const struct json_place *place, const cJSON *item, struct recipe *recipe)
{
    char found[JSON_EXCERPT];
    struct model_named named;
    if (model_read_named(item, &named) && named.config) {
        if (strcmp(named.name, "exponentialdecay") == 0)
            return read_exponential(place, named.config, recipe);
        if (strcmp(named.name, "cosinedecay") == 0)
            return read_cosine(place, named.config, recipe);
        if (strcmp(named.name, "piecewiseconstantdecay") == 0)
            return read_piecewise(place, named.config, recipe);
    }
    return json_fail(place,
                     "\"learning_rate\": expected a number, ExponentialDecay, CosineDecay or "
                     "PiecewiseConstantDecay with its config, found %s",
                     model_excerpt_name(item, found));
}
