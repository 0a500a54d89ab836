/* Keras's regularizers, keras/src/regularizers/regularizers.py of Keras 3.3: l1·Σ|w| + l2·Σw². */
#include <stddef.h>
#include <string.h>

#include "nn/model_named.h"
#include "nn/model_training.h"

bool model_read_regularizer(const struct json_place *place, const cJSON *config, const char *key, float *l1,
                            float *l2)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(config, key);
    struct model_named named;
    char found[JSON_EXCERPT];
    if (!item || cJSON_IsNull(item))
        return true;
    const bool is_named = model_read_named(item, &named);
    const bool both = is_named && strcmp(named.name, "l1l2") == 0;
    const bool has_l1 = both || (is_named && strcmp(named.name, "l1") == 0);
    const bool has_l2 = both || (is_named && strcmp(named.name, "l2") == 0);
    if (!has_l1 && !has_l2)
        return json_fail(place, "\"%s\": expected null, \"l1\", \"l2\" or \"l1_l2\", found %s", key,
                         model_excerpt_name(item, found));
    static const char *const keys[] = {"l1", "l2", NULL};
    if (named.config && !json_check_object(place, named.config, key, keys))
        return false;
    /* Without numbers: 0.01 of a single one, and of both when they are only named; else 0. */
    const float usual = both && named.config ? 0.0f : 0.01f;
    *l1 = has_l1 ? usual : 0.0f;
    *l2 = has_l2 ? usual : 0.0f;
    return (!has_l1 || json_read_real(place, named.config, "l1", 0, 1e6, l1)) &&
           (!has_l2 || json_read_real(place, named.config, "l2", 0, 1e6, l2));
}
