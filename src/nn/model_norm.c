/* Batch and layer normalization: what their configs say, in Keras's words and in PyTorch's. */
#include "nn/model_layer.h"
#include "nn/model_training.h"

bool model_read_axes(const struct layer_reading *reading)
{
    struct model_layer *layer = reading->layer;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(reading->config, "axis");
    const int count = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : 1;
    char found[JSON_EXCERPT];
    if (!item) {
        layer->axes[0] = -1;
        layer->axis_count = reading->keras ? 1 : 0;
        return true;
    }
    bool ok = count >= 1 && count <= 3;
    for (int i = 0; ok && i < count; i++) {
        const cJSON *axis = cJSON_IsArray(item) ? cJSON_GetArrayItem(item, i) : item;
        ok = cJSON_IsNumber(axis) && axis->valuedouble >= -4 && axis->valuedouble <= 3;
        layer->axes[i] = ok ? axis->valueint : 0;
        ok = ok && !(layer->axes[i] < axis->valuedouble || layer->axes[i] > axis->valuedouble);
    }
    layer->axis_count = count;
    return ok ||
           json_fail(reading->place, "\"axis\": expected a number from -4 to 3, or a list of them, found %s",
                     json_excerpt(item, found));
}

/* γ, β, epsilon and axis, which both have. */
static bool read_norm(const struct layer_reading *reading)
{
    const struct json_place *place = reading->place;
    struct model_layer *layer = reading->layer;
    layer->has_weight = layer->has_bias = true;
    layer->weight_start = (struct initializer){.kind = INITIALIZER_CONSTANT, .a = 1.0f};
    layer->bias_start = (struct initializer){.kind = INITIALIZER_CONSTANT};
    layer->epsilon = reading->keras ? 1e-3f : 1e-5f;
    return model_read_axes(reading) &&
           json_read_real(place, reading->config, "epsilon", 1e-30, 1e6, &layer->epsilon) &&
           json_read_bool(place, reading->config, "scale", &layer->has_weight) &&
           json_read_bool(place, reading->config, "center", &layer->has_bias) &&
           model_read_initializer(place, reading->config, "gamma_initializer", &layer->weight_start) &&
           model_read_initializer(place, reading->config, "beta_initializer", &layer->bias_start);
}

/* Keras's momentum is the share of the old statistics, PyTorch's and ours that of the new. */
bool model_read_batch_norm(const struct layer_reading *reading)
{
    const struct json_place *place = reading->place;
    struct model_layer *layer = reading->layer;
    const cJSON *momentum = cJSON_GetObjectItemCaseSensitive(reading->config, "momentum");
    layer->momentum = reading->keras ? 0.01f : 0.1f;
    layer->unbiased = !reading->keras;
    layer->mean_start = (struct initializer){.kind = INITIALIZER_CONSTANT};
    layer->variance_start = (struct initializer){.kind = INITIALIZER_CONSTANT, .a = 1.0f};
    if (!json_read_real(place, reading->config, "momentum", 0.0, 1.0, &layer->momentum))
        return false;
    if (momentum && reading->keras)
        layer->momentum = (float)(1.0 - momentum->valuedouble);
    return json_read_bool(place, reading->config, "unbiased", &layer->unbiased) && read_norm(reading) &&
           model_read_initializer(place, reading->config, "moving_mean_initializer", &layer->mean_start) &&
           model_read_variance_start(place, reading->config, "moving_variance_initializer",
                                     &layer->variance_start);
}

bool model_read_layer_norm(const struct layer_reading *reading) { return read_norm(reading); }
