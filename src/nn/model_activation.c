/* Activations, by name and as layers of their own. */
#include <string.h>

#include "nn/model_layer.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* The slope below 0 by whichever of its names is there; Keras 2 says alpha. */
static bool read_slope(const struct layer_reading *reading, float usual)
{
    struct model_layer *layer = reading->layer;
    layer->activation = ACTIVATION_LEAKY_RELU;
    layer->alpha = usual;
    if (json_has_key(reading->config, "alpha") && json_has_key(reading->config, "negative_slope"))
        return json_fail(reading->place,
                         "expected one of \"alpha\" and \"negative_slope\", which mean the same, found both");
    return json_read_real(reading->place, reading->config, "alpha", 0.0, 1e6, &layer->alpha) &&
           json_read_real(reading->place, reading->config, "negative_slope", 0.0, 1e6, &layer->alpha);
}

bool model_read_leaky_relu(const struct layer_reading *reading)
{
    return read_slope(reading, reading->keras ? 0.3f : 0.01f);
}

bool model_read_relu(const struct layer_reading *reading)
{
    if (!read_slope(reading, 0.0f))
        return false;
    if (!(reading->layer->alpha > 0.0f))
        reading->layer->activation = ACTIVATION_RELU;
    return true;
}

bool model_read_elu(const struct layer_reading *reading)
{
    reading->layer->activation = ACTIVATION_ELU;
    reading->layer->alpha = 1.0f;
    return json_read_real(reading->place, reading->config, "alpha", 0.0, 1e6, &reading->layer->alpha);
}

bool model_read_gelu(const struct layer_reading *reading)
{
    const cJSON *item = member(reading->config, "approximate");
    const char *form = cJSON_GetStringValue(item);
    const bool tanh_form = cJSON_IsTrue(item) || (form && strcmp(form, "tanh") == 0);
    char found[JSON_EXCERPT];
    reading->layer->activation = tanh_form ? ACTIVATION_GELU_TANH : ACTIVATION_GELU;
    return !item || tanh_form || cJSON_IsFalse(item) || (form && strcmp(form, "none") == 0) ||
           json_fail(reading->place, "\"approximate\": expected true, false, \"tanh\" or \"none\", found %s",
                     json_excerpt(item, found));
}

bool model_read_softmax(const struct layer_reading *reading)
{
    reading->layer->softmax = true;
    return model_read_axes(reading);
}

/* As names in Keras 3 and functions in PyTorch have them. */
static const struct {
    const char *name;
    enum activation activation;
    float alpha, keras_alpha;
} names[] = {
    {"linear", ACTIVATION_LINEAR, 0.0f, 0.0f},
    {"sigmoid", ACTIVATION_SIGMOID, 0.0f, 0.0f},
    {"tanh", ACTIVATION_TANH, 0.0f, 0.0f},
    {"relu", ACTIVATION_RELU, 0.0f, 0.0f},
    {"leaky_relu", ACTIVATION_LEAKY_RELU, 0.01f, 0.2f},
    {"elu", ACTIVATION_ELU, 1.0f, 1.0f},
    {"gelu", ACTIVATION_GELU, 0.0f, 0.0f},
};

static bool read_object(const struct layer_reading *reading, const cJSON *item, bool *known)
{
    static const struct {
        const char *name;
        bool (*read)(const struct layer_reading *);
        const char *keys[5];
    } classes[] = {
        {"ReLU", model_read_relu, {"name", "negative_slope"}},
        {"LeakyReLU", model_read_leaky_relu, {"name", "alpha", "negative_slope"}},
        {"ELU", model_read_elu, {"name", "alpha"}},
        {"GELU", model_read_gelu, {"name", "approximate"}},
        {"Softmax", model_read_softmax, {"name", "axis"}},
    };
    static const cJSON empty = {.type = cJSON_Object};
    static const char *const keys[] = {"class_name", "config", NULL};
    const char *name = cJSON_GetStringValue(member(item, "class_name"));
    for (size_t i = 0; name && i < sizeof classes / sizeof *classes; i++) {
        if (strcmp(name, classes[i].name) != 0)
            continue;
        *known = true;
        struct layer_reading inner = *reading;
        inner.config = member(item, "config") ? member(item, "config") : &empty;
        return json_check_object(reading->place, item, "\"activation\"", keys) &&
               json_check_object(reading->place, inner.config, name, classes[i].keys) &&
               classes[i].read(&inner);
    }
    *known = false;
    return false;
}

bool model_read_activation(const struct layer_reading *reading)
{
    struct model_layer *layer = reading->layer;
    const cJSON *item = member(reading->config, "activation");
    const char *name = cJSON_GetStringValue(item);
    const bool map = layer->kind == LAYER_CONV2D;
    if (!item || cJSON_IsNull(item))
        return true;
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i].name) == 0) {
            layer->activation = names[i].activation;
            layer->alpha = reading->keras ? names[i].keras_alpha : names[i].alpha;
            return true;
        }
    if (name && strcmp(name, "softmax") == 0 && !map)
        return model_read_softmax(reading);
    bool known = false;
    if (cJSON_IsObject(item)) {
        const bool ok = read_object(reading, item, &known);
        if (known && !(layer->softmax && map))
            return ok;
    }
    char found[JSON_EXCERPT];
    return json_fail(reading->place,
                     "\"activation\": expected \"linear\", \"sigmoid\", \"tanh\", \"relu\", \"leaky_relu\", "
                     "\"elu\"%s, found %s",
                     map ? " or \"gelu\"" : ", \"gelu\" or \"softmax\"", json_excerpt(item, found));
}
