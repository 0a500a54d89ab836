/* Functional models of Keras with branches, and models in models: what they become, and what is refused.
 * Parameters are counted by hand as Keras counts them, running statistics among them. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "compute/program.h"
#include "nn/network.h"

static const struct shape mnist = {1, 28, 28};

static char *read_text(const char *name)
{
    struct error err = {0};
    char *relative = ls_sprintf("tests/nn/models/%s.json", name);
    char *path = file_resource(relative);
    size_t size;
    char *text = file_read(path, SIZE_MAX, &size, &err);
    if (!text)
        fail_msg("%s", err.message);
    free(path);
    free(relative);
    return text;
}

static struct network *parse(const char *text)
{
    struct error err = {0};
    struct network *network = network_parse(text, "k.json", mnist, 10, &err);
    if (!network)
        fail_msg("%s", err.message);
    program_check(&network->program);
    return network;
}

static struct network *load(const char *name)
{
    char *text = read_text(name);
    struct network *network = parse(text);
    free(text);
    return network;
}

static const struct layer *layer_of(const struct network *network, const char *name)
{
    const int index = network_find_layer(network, name);
    if (index < 0)
        fail_msg("no layer %s", name);
    return &network->layers[index];
}

static const struct op *op_of(const struct network *network, const char *name)
{
    return &network->program.ops[layer_of(network, name)->op];
}

static void assert_inputs(const struct network *network, const char *name, const char *first,
                          const char *second, const char *third)
{
    const char *const inputs[] = {first, second, third};
    const struct layer *layer = layer_of(network, name);
    assert_int_equal(layer->input_count, third ? 3 : second ? 2 : 1);
    for (int i = 0; i < layer->input_count; i++)
        assert_string_equal(network->layers[layer->inputs[i]].name, inputs[i]);
}

static void assert_counts(const struct network *network, size_t total, size_t fixed)
{
    assert_int_equal(network->program.parameter_count + network->program.buffer_count, total);
    assert_int_equal(network->program.buffer_count, fixed);
}

static void a_residual_network_of_keras_2(void **state)
{
    (void)state;
    struct network *network = load("keras2_residual");
    assert_counts(network, 3066, 192);
    assert_inputs(network, "conv1_conv", "input", NULL, NULL);
    assert_inputs(network, "block1_add", "block1_0_bn", "block1_3_bn", NULL);
    assert_inputs(network, "block1_1_conv", "pool1_pool", NULL, NULL);
    assert_int_equal(op_of(network, "conv1_conv")->padding_h, 3);
    assert_int_equal(op_of(network, "conv1_conv")->padding_end_w, 3);
    assert_int_equal(op_of(network, "pool1_pool")->padding_h, 1);
    assert_int_equal(layer_of(network, "conv1_conv")->output.height, 14);
    assert_int_equal(layer_of(network, "pool1_pool")->output.height, 7);
    assert_float_equal(op_of(network, "conv1_bn")->epsilon, 1e-3f, 0);
    assert_float_equal(op_of(network, "conv1_bn")->momentum, 0.01f, 0);
    assert_false(op_of(network, "conv1_bn")->unbiased);
    assert_int_equal(network->program.loss, LOSS_CROSS_ENTROPY);
    network_destroy(network);
}

static void branches_of_keras_3(void **state)
{
    (void)state;
    struct network *network = load("keras3_branches");
    assert_counts(network, 151770, 16);
    assert_inputs(network, "stem", "input", NULL, NULL);
    assert_inputs(network, "concatenate_1", "stem", "concatenate", "grow_2");
    assert_int_equal(layer_of(network, "concatenate_1")->output.channels, 24);
    assert_float_equal(op_of(network, "norm_1")->epsilon, 2e-3f, 0);
    assert_float_equal(op_of(network, "norm_1")->momentum, 0.1f, 0);
    assert_float_equal(op_of(network, "leaky_re_lu")->alpha, 0.3f, 0);
    assert_int_equal(op_of(network, "grow_2")->dilation_h, 2);
    assert_int_equal(op_of(network, "grow_2")->padding_end_h, 2);
    /* 28 by 2 with a pool of 3: one zero, at the end, which the mean leaves out. */
    assert_int_equal(op_of(network, "average_pooling2d")->padding_h, 0);
    assert_int_equal(op_of(network, "average_pooling2d")->padding_end_h, 1);
    assert_false(op_of(network, "average_pooling2d")->counts_padding);
    assert_true(op_of(network, "layer_normalization")->over_channels);
    assert_float_equal(op_of(network, "dropout")->rate, 0.25f, 0);
    assert_int_equal(layer_of(network, "dense")->activation, ACTIVATION_GELU);
    assert_string_equal(layer_kind_name(layer_of(network, "re_lu")), "ReLU");
    network_destroy(network);
}

static void models_in_a_model(void **state)
{
    (void)state;
    struct network *network = load("keras3_nested");
    assert_counts(network, 114, 8);
    assert_inputs(network, "body.conv", "input", NULL, NULL);
    assert_inputs(network, "body.side", "input", NULL, NULL);
    assert_inputs(network, "body.add", "body.conv", "body.side", NULL);
    assert_inputs(network, "norm", "body.add", NULL, NULL);
    assert_inputs(network, "head.pool", "norm", NULL, NULL);
    assert_inputs(network, "head.conv", "head.pool", NULL, NULL);
    assert_int_equal(network_find_layer(network, "head.conv"), network->layer_count - 1);
    network_destroy(network);
}

/* https://keras.io/examples/vision/mnist_convnet/ prints 34,826. */
static void the_convnet_of_keras_example(void **state)
{
    (void)state;
    struct network *network = load("keras3_convnet");
    assert_counts(network, 34826, 0);
    network_destroy(network);
}

static const struct {
    const char *file, *from, *to, *message;
} wrong[] = {
    {"keras2_residual", "\"filters\": 32", "\"filters\": 24",
     "layer \"block1_add\": \"inputs\": expected inputs of one shape, found \"block1_0_bn\" of 24x7x7 and "
     "\"block1_3_bn\" of 32x7x7"},
    {"keras2_residual", "[[[\"block1_0_bn\", 0, 0, {}], [\"block1_3_bn\"",
     "[[[\"block1_0_bn\", 1, 0, {}], [\"block1_3_bn\"",
     "layer \"block1_add\": \"inbound_nodes\": expected the first output of a layer that is used once, found "
     "[\"block1_0_bn\",1,0,{}]"},
    {"keras2_residual", "[[[\"conv1_pad\", 0, 0, {}]]]",
     "[[[\"conv1_pad\", 0, 0, {}]], [[\"conv1_pad\", 0, 0, {}]]]",
     "layer \"conv1_conv\": \"inbound_nodes\": expected one use of the layer, found 2, which would share its "
     "weights"},
    {"keras2_residual", "[[[\"conv1_conv\", 0, 0, {}]]]", "[[[\"conv1_conv\", 0, 0, {\"training\": false}]]]",
     "layer \"conv1_bn\": \"training\": expected null, found false"},
    {"keras2_residual", "[[[\"conv1_bn\", 0, 0, {}]]]", "[[[\"block1_out\", 0, 0, {}]]]",
     "layer \"conv1_relu\": \"inbound_nodes\": expected a graph without cycles, found one that leads from "
     "\"block1_out\" back here or above it"},
    {"keras2_residual", "[[[\"block1_add\", 0, 0, {}]]]", "[[[\"block1_0_bn\", 0, 0, {}]]]",
     "layer \"block1_add\": expected a layer that reads its output, found none"},
    {"keras2_residual", "\"output_layers\": [[\"predictions\"", "\"output_layers\": [[\"block1_add\"",
     "\"output_layers\": expected the layer that nothing reads, \"predictions\", found \"block1_add\""},
    {"keras2_residual", "\"axis\": [3]", "\"axis\": [1]",
     "layer \"conv1_bn\": \"axis\": expected 3, the channels, found 1"},
    {"keras2_residual", "\"class_name\": \"Activation\"", "\"class_name\": \"TFOpLambda\"",
     "layer \"conv1_relu\": \"class_name\": expected one of InputLayer, Dense, Conv2D, MaxPooling2D, "
     "AveragePooling2D, GlobalAveragePooling2D, ZeroPadding2D, Flatten, Dropout, BatchNormalization, "
     "LayerNormalization, Add, Concatenate, Activation, ReLU, LeakyReLU, ELU, Softmax, Reshape, Rescaling, "
     "Sequential, "
     "Functional, Model, found \"TFOpLambda\""},
    {"keras3_branches", "\"axis\": 3", "\"axis\": 1",
     "layer \"concatenate_1\": \"axis\": expected 3, the channels, found 1"},
    {"keras3_branches", "\"max_value\": null", "\"max_value\": 6.0",
     "layer \"re_lu\": \"max_value\": expected null, because it is not computed here, found 6"},
    {"keras3_branches", "\"threshold\": 0.0", "\"threshold\": 0.5",
     "layer \"re_lu\": \"threshold\": expected 0, because nothing else is computed here, found 0.5"},
    {"keras3_branches", "\"noise_shape\": null", "\"noise_shape\": [null, 1]",
     "layer \"dropout\": \"noise_shape\": expected null, because it is not computed here, found [null,1]"},
    {"keras3_branches", "\"scale\": 0.00392156862745098", "\"scale\": 2",
     "layer \"rescaling\": Rescaling: expected \"scale\" 1/255 and \"offset\" 0, which a network sees of "
     "bytes anyway, "
     "found 2 and 0"},
    {"keras3_nested", "\"input_layers\": [[\"body_input\"", "\"input_layers\": [[\"conv\"",
     "layer \"body.body_input\": expected one InputLayer, \"conv\", found this one too"},
    {"keras3_nested", "\"name\": \"side\"", "\"name\": \"conv\"",
     "layer \"body.conv\": \"name\": expected a name of its own, found another layer with it"},
    {"keras3_nested", "\"trainable\": true", "\"trainable\": false",
     "\"trainable\": expected true, found false"},
};

static void what_would_differ_is_refused(void **state)
{
    (void)state;
    int differ = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *text = read_text(wrong[i].file);
        const char *at = strstr(text, wrong[i].from);
        if (!at)
            fail_msg("no %s in %s", wrong[i].from, wrong[i].file);
        char *bad = ls_sprintf("%.*s%s%s", (int)(at - text), text, wrong[i].to, at + strlen(wrong[i].from));
        struct error err = {0};
        struct network *network = network_parse(bad, "k.json", mnist, 10, &err);
        if (network)
            fail_msg("accepted with %s", wrong[i].to);
        if (strcmp(err.message + 8, wrong[i].message) != 0) {
            print_error("expected %s\nfound    %s\n", wrong[i].message, err.message + 8);
            differ++;
        }
        free(bad);
        free(text);
    }
    assert_int_equal(differ, 0);
}

/* Values after a Flatten change places against Keras's; what is summed with them has not. */
static void sums_need_one_order_of_values(void **state)
{
    (void)state;
    static const char text[] =
        "{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":["
        "{\"class_name\":\"InputLayer\",\"config\":{\"name\":\"i\",\"batch_input_shape\":[null,28,28,1]},"
        "\"inbound_nodes\":[]},"
        "{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"c\",\"filters\":3,\"kernel_size\":27,"
        "\"activation\":\"relu\"},"
        "\"inbound_nodes\":[[[\"i\",0,0,{}]]]},"
        "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"f\"},\"inbound_nodes\":[[[\"c\",0,0,{}]]]},"
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":12},\"inbound_nodes\":[[[\"f\",0,0,{}"
        "]]]},"
        "{\"class_name\":\"Add\",\"config\":{\"name\":\"a\"},\"inbound_nodes\":[[[\"%s\",0,0,{}],[\"f\",0,0,{"
        "}]]]},"
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"o\",\"units\":10,\"activation\":\"softmax\"},"
        "\"inbound_nodes\":[[[\"a\",0,0,{}]]]}],"
        "\"input_layers\":[[\"i\",0,0]],\"output_layers\":[[\"o\",0,0]]}}";
    struct error err = {0};
    char *json = ls_sprintf(text, "d");
    assert_null(network_parse(json, "k.json", mnist, 10, &err));
    assert_string_equal(err.message,
                        "k.json: layer \"a\": expected inputs whose values have one order, found \"f\" "
                        "with Keras's of a Flatten and \"d\" without; put a Dense after the Flatten");
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_residual_network_of_keras_2),
        cmocka_unit_test(branches_of_keras_3),
        cmocka_unit_test(models_in_a_model),
        cmocka_unit_test(the_convnet_of_keras_example),
        cmocka_unit_test(what_would_differ_is_refused),
        cmocka_unit_test(sums_need_one_order_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
