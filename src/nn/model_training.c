/* Loss, schedule, batch and data of a model file, in Keras's words. */
#include "nn/model_training.h"

#include <string.h>

#include "nn/model_named.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
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
    struct model_named named;
    if (!item)
        return true;
    if (model_read_named(item, &named)) {
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
                     model_excerpt_name(item, found));
}

bool model_read_recipe(const struct json_place *place, const cJSON *root, struct recipe *recipe)
{
    char found[JSON_EXCERPT];
    const cJSON *schedule = member(root, "schedule");
    struct error why = {0};
    if (!model_read_optimizer(place, member(root, "optimizer"), recipe) ||
        !json_read_whole(place, root, "batch_size", 1, RECIPE_MOST_BATCH, &recipe->batch))
        return false;
    if (schedule && !cJSON_IsNull(schedule) && !cJSON_IsString(schedule))
        return json_fail(place, "\"schedule\": expected a name, such as \"cosine\", found %s",
                         json_excerpt(schedule, found));
    if (cJSON_IsString(schedule) && !schedule_parse(&recipe->schedule, schedule->valuestring, &why))
        return json_fail(place, "\"schedule\": %s", why.message);
    return json_read_name(place, root, "data", recipe->data, sizeof recipe->data);
}
