/* `info` prints a model as Keras's summary() does, with its counts, and every setting that holds. */
#include "test.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "workplace.h"

static const char branches[] = "$LAYERSCOPE info --backend reference --model $MODELS/keras3_branches.json";

static int set_up(void **state)
{
    setenv("MODELS", MODELS, 1);
    return workplace_set_up(state);
}

static void the_table_is_keras_summary(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "Model: \"dense_net\"\n"
        "Layer (type)                              Output Shape        Param #  Connected to\n",
        "input (InputLayer)                        (None, 1, 28, 28)         0  -\n",
        "norm_1 (BatchNormalization)               (None, 8, 28, 28)        32  stem\n",
        "concatenate_1 (Concatenate)               (None, 24, 28, 28)        0  stem, concatenate, grow_2\n",
        "layer_normalization (LayerNormalization)  (None, 24, 14, 14)       48  average_pooling2d\n",
        "dense (Dense)                             (None, 32)          150,560  dropout\n",
        "Total params: 151,770 (592.85 KB)\n"
        "Trainable params: 151,754 (592.79 KB)\n"
        "Non-trainable params: 16 (64.00 B)\n",
    };
    const struct program_result result = workplace_expect(0, "Model: ", branches);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(result.out, lines[i]))
            fail_msg("no %s in\n%s", lines[i], result.out);
    workplace_expect(
        0, "Total params: 3,066 (11.98 KB)\nTrainable params: 2,874 (11.23 KB)\nNon-trainable params: 192",
        "$LAYERSCOPE info --backend reference --model $MODELS/keras2_residual.json");
}

static void every_setting_is_printed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "epsilon 0.002, momentum 0.1 of the new statistics, Keras's 0.9 of the old, running variance biased, "
        "gamma ones, "
        "beta zeros, running mean zeros, running variance ones\n",
        "activation leaky_relu, slope 0.3 below 0\n",
        "kernel 3x3, strides 1x1, padding 2x2, dilation 2x2, activation linear, weights glorot_uniform, "
        "biases zeros\n",
        "activation elu, alpha 1\n",
        "pool 3x3, strides 2x2, padding top 0, bottom 1, left 0, right 1, which does not count in the mean\n",
        "over the channels at each place, epsilon 0.001, gamma ones, beta zeros\n",
        "rate 0.25\n",
        "activation gelu, exact, weights glorot_uniform, biases zeros\n",
        "epsilon 1e-7",
    };
    const struct program_result result = workplace_expect(0, "Model: ", branches);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strstr(result.out, texts[i]))
            fail_msg("no %s in\n%s", texts[i], result.out);
}

static const cJSON *layer_of(const cJSON *root, const char *name)
{
    const cJSON *layer;
    cJSON_ArrayForEach(layer, cJSON_GetObjectItem(root, "layers"))
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(layer, "name")), name) == 0)
            return layer;
    }
    fail_msg("no layer %s", name);
    return NULL;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void the_report_has_them_too(void **state)
{
    (void)state;
    workplace_expect(
        0, NULL,
        "$LAYERSCOPE info --backend reference --model $MODELS/keras3_branches.json --json info.json");
    char *text = workplace_read("info.json");
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    assert_float_equal(number(root, "parameters"), 151770, 0);
    assert_float_equal(number(root, "trainable_parameters"), 151754, 0);
    assert_float_equal(number(root, "non_trainable_parameters"), 16, 0);
    assert_float_equal(number(layer_of(root, "norm_1"), "momentum"), 0.1, 1e-7);
    assert_float_equal(number(layer_of(root, "leaky_re_lu"), "negative_slope"), 0.3, 1e-7);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(layer_of(root, "dense"), "approximate")));
    const cJSON *padding = cJSON_GetObjectItem(layer_of(root, "average_pooling2d"), "padding");
    assert_int_equal(padding->child->child->valueint, 0);
    assert_int_equal(padding->child->child->next->valueint, 1);
    cJSON_Delete(root);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_keras_summary),
        cmocka_unit_test(every_setting_is_printed),
        cmocka_unit_test(the_report_has_them_too),
    };
    return cmocka_run_group_tests(tests, set_up, workplace_tear_down);
}
