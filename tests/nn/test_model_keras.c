/* Files in the form of Keras's model.to_json(), of both generations, and what is refused of them. */
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

/* The text with `to` in place of the first `from`. */
static char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("no %s in the file", from);
    return ls_sprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static struct network *parse(const char *text, struct shape input)
{
    struct error err = {0};
    struct network *network = network_parse(text, "k.json", input, 10, &err);
    if (!network)
        fail_msg("%s", err.message);
    program_check(&network->program);
    return network;
}

static struct network *load(const char *name)
{
    char *text = read_text(name);
    struct network *network = parse(text, mnist);
    free(text);
    return network;
}

static size_t layer_parameters(const struct layer *layer)
{
    size_t count = 0;
    for (int p = 0; p < layer->parameter_count; p++)
        count += layer->parameters[p].count;
    return count;
}

static void check_layer(const struct network *network, int index, const char *name, const char *kind,
                        size_t parameters)
{
    const struct layer *layer = &network->layers[index];
    assert_string_equal(layer->name, name);
    assert_string_equal(layer_kind_name(layer), kind);
    assert_int_equal(layer_parameters(layer), parameters);
    assert_int_equal(layer->inputs[0], index - 1);
}

static void sequential_models_load(void **state)
{
    (void)state;
    struct network *network = load("keras3_sequential");
    assert_string_equal(network->name, "sequential");
    assert_int_equal(network->layer_count, 5);
    check_layer(network, 1, "conv2d", "Conv2D", 6 * 25 + 6);
    check_layer(network, 2, "max_pooling2d", "MaxPooling2D", 0);
    check_layer(network, 3, "flatten", "Flatten", 0);
    check_layer(network, 4, "dense", "Dense", 864 * 10 + 10);
    assert_int_equal(network->layers[1].output.channels, 6);
    assert_int_equal(network->layers[1].output.height, 24);
    network_destroy(network);

    network = load("keras2_sequential");
    check_layer(network, 1, "conv2d", "Conv2D", 40);
    check_layer(network, 2, "average_pooling2d", "AveragePooling2D", 0);
    check_layer(network, 4, "dense", "Dense", 676 * 16 + 16);
    check_layer(network, 6, "softmax", "Softmax", 0);
    assert_int_equal(network->program.loss, LOSS_CROSS_ENTROPY);
    network_destroy(network);
}

static void functional_models_load(void **state)
{
    (void)state;
    /* A vector of 784 values is declared: images are flattened. */
    struct network *network = load("keras2_functional");
    assert_string_equal(network->name, "model");
    assert_int_equal(network->layer_count, 5);
    check_layer(network, 1, "flatten", "Flatten", 0);
    check_layer(network, 2, "dense", "Dense", 784 * 32 + 32);
    check_layer(network, 3, "dense_1", "Dense", 330);
    check_layer(network, 4, "activation", "Activation", 0);
    network_destroy(network);

    char *text = read_text("keras2_functional");
    network = parse(text, (struct shape){784, 1, 1});
    assert_int_equal(network->layer_count, 4);
    check_layer(network, 1, "dense", "Dense", 784 * 32 + 32);
    network_destroy(network);
    free(text);

    /* Its layers stand out of order; images are channels first; nothing ends in a softmax. */
    network = load("keras3_functional");
    assert_int_equal(network->layer_count, 5);
    check_layer(network, 1, "conv2d", "Conv2D", 78);
    check_layer(network, 2, "max_pooling2d", "MaxPooling2D", 0);
    check_layer(network, 4, "dense", "Dense", 432 * 10 + 10);
    assert_int_equal(network->program.loss, LOSS_MSE);
    assert_false(network->recipe.channels_last);
    network_destroy(network);
}

static void keras_settings_hold(void **state)
{
    (void)state;
    struct network *network = load("keras3_sequential");
    char text[64];
    struct initializer start = network_parameter_start(network, 1, 0);
    initializer_describe(&start, text, sizeof text);
    assert_string_equal(text, "glorot_uniform");
    start = network_parameter_start(network, 4, 0);
    initializer_describe(&start, text, sizeof text);
    assert_string_equal(text, "he_normal");
    struct recipe recipe = network->recipe;
    recipe_complete(&recipe);
    assert_int_equal(recipe.optimizer.kind, OPTIMIZER_MOMENTUM);
    assert_float_equal(recipe.optimizer.momentum, 0.5f, 0);
    assert_float_equal(recipe.learning_rate, 0.05f, 0);
    assert_int_equal(recipe.batch, 32);
    network_destroy(network);

    network = load("keras2_functional");
    recipe = network->recipe;
    recipe_complete(&recipe);
    assert_int_equal(recipe.optimizer.kind, OPTIMIZER_ADAM);
    assert_float_equal(recipe.optimizer.epsilon, 1e-7f, 0);
    recipe_set_optimizer(&recipe, OPTIMIZER_SGD);
    recipe_complete(&recipe);
    assert_float_equal(recipe.learning_rate, 0.01f, 0);
    network_destroy(network);
}

static void own_keys_win(void **state)
{
    (void)state;
    char *text = read_text("keras3_sequential");
    char *with = changed(text, "{", "{\"optimizer\": \"sgd\", \"batch_size\": 16, \"data\": \"mnist\",");
    struct network *network = parse(with, mnist);
    assert_int_equal(network->recipe.optimizer.kind, OPTIMIZER_SGD);
    assert_int_equal(network->recipe.batch, 16);
    assert_string_equal(network->recipe.data, "mnist");
    network_destroy(network);
    free(with);
    free(text);
}

/* Tutorials declare images without channels, or as vectors, and reshape them. */
static void a_reshape_declares_the_input(void **state)
{
    (void)state;
    static const char form[] =
        "{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Reshape\",\"config\":{\"name\":\"r\","
        "\"target_shape\":[%s],\"batch_input_shape\":[null,%s]}},{\"class_name\":\"Conv2D\",\"config\":{"
        "\"name\":"
        "\"c\",\"filters\":10,\"kernel_size\":28}},{\"class_name\":\"Flatten\",\"config\":{\"name\":\"f\"}},"
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":10,\"activation\":\"softmax\"}}]}";
    static const char *const declared[] = {"28,28", "784", "28,28,1"};
    struct error err = {0};
    for (int i = 0; i < 3; i++) {
        char *text = ls_sprintf(form, "28,28,1", declared[i]);
        struct network *network = parse(text, mnist);
        assert_int_equal(network->layer_count, 4);
        check_layer(network, 1, "c", "Conv2D", 7850);
        network_destroy(network);
        assert_null(network_parse(text, "k.json", (struct shape){784, 1, 1}, 10, &err));
        assert_string_equal(err.message,
                            "k.json: the input: expected samples of 1x28x28 (channels, height, width; "
                            "0 is any), found data of 784x1x1");
        err = (struct error){0};
        free(text);
    }
    char *text = ls_sprintf(form, "28,14,1", "784");
    assert_null(network_parse(text, "k.json", mnist, 10, &err));
    assert_string_equal(err.message,
                        "k.json: layer \"r\": Reshape: expected as many values as in 784x1x1, found 1x28x14");
    free(text);
}

static const struct {
    const char *file, *from, *to, *message;
} wrong[] = {
    {"keras3_sequential", "\"Sequential\"", "\"Subclass\"",
     "\"class_name\": expected \"Sequential\", \"Functional\" or \"Model\", found \"Subclass\""},
    {"keras3_sequential", "\"class_name\": \"Flatten\"", "\"class_name\": \"LSTM\"",
     "layer \"flatten\": \"class_name\": expected one of InputLayer, Dense, Conv2D, MaxPooling2D, "
     "AveragePooling2D, GlobalAveragePooling2D, ZeroPadding2D, Flatten, Dropout, BatchNormalization, "
     "LayerNormalization, Add, Concatenate, Activation, ReLU, LeakyReLU, ELU, Softmax, Reshape, Rescaling, "
     "Sequential, "
     "Functional, Model, found \"LSTM\""},
    {"keras3_functional", "\"class_name\": \"Flatten\"", "\"class_name\": \"Add\"",
     "layer \"flatten\": \"inbound_nodes\": expected 2 to 16 layers that it reads, found 1"},
    {"keras3_sequential", "\"module\": \"keras.layers\"", "\"module\": \"mine\"",
     "layer \"input_layer\": \"module\": expected one of Keras, found \"mine\""},
    {"keras2_sequential", "\"kernel_regularizer\": null",
     "\"kernel_regularizer\": {\"class_name\": \"Orthogonal\"}",
     "layer \"conv2d\": \"kernel_regularizer\": expected null, \"l1\", \"l2\" or \"l1_l2\", found "
     "\"Orthogonal\""},
    {"keras2_sequential", "\"activity_regularizer\": null",
     "\"activity_regularizer\": {\"class_name\": \"L2\"}",
     "layer \"conv2d\": \"activity_regularizer\": expected null, because it is not computed here, found "
     "{\"class_name\":\"L2\"}"},
    {"keras2_sequential", "\"trainable\": true", "\"trainable\": false",
     "layer \"conv2d\": \"trainable\": expected true, found false"},
    {"keras2_sequential", "\"dtype\": \"float32\"", "\"dtype\": \"float16\"",
     "layer \"conv2d\": \"dtype\": expected \"float32\", found \"float16\""},
    {"keras2_sequential", "\"groups\": 1", "\"groups\": 2",
     "layer \"conv2d\": \"groups\": expected 1, because nothing else is computed here, found 2"},
    {"keras2_sequential", "\"axis\": -1", "\"axis\": 0",
     "layer \"softmax\": \"axis\": expected 1, the channels, found 0"},
    {"keras2_sequential", "\"data_format\": \"channels_last\"", "\"data_format\": \"channels_first\"",
     "layer \"average_pooling2d\": \"data_format\": expected \"channels_first\", as in the layers before, "
     "found "
     "\"channels_last\""},
    {"keras2_sequential", "\"units\": 16", "\"units\": -16",
     "layer \"dense\": \"units\": expected a whole number from 1 to 131072, found -16"},
    {"keras2_sequential", "\"units\": 16", "\"units\": null",
     "layer \"dense\": \"units\": expected a number, found null"},
    {"keras2_sequential", "\"units\": 10", "\"units\": 7",
     "layer \"softmax\": expected 10 outputs, one per class of the data, found 7"},
    {"keras2_sequential", "\"use_bias\": true", "\"beta\": true",
     "layer \"conv2d\": Conv2D: expected a key that Keras gives it, found \"beta\""},
    {"keras2_sequential", "\"GlorotUniform\"", "\"Orthogonal\"",
     "layer \"conv2d\": \"kernel_initializer\": expected glorot_, he_ or lecun_ with uniform or normal, "
     "zeros, "
     "ones, constant, random_uniform, random_normal, truncated_normal, variance_scaling or pytorch, found "
     "\"Orthogonal\""},
    {"keras3_sequential", "\"SGD\"", "\"RMSprop\"",
     "\"optimizer\": \"momentum\": expected null, false or 0, found 0.5"},
    {"keras3_sequential", "\"SGD\"", "\"Lion\"",
     "\"optimizer\": expected \"sgd\", \"momentum\", \"nesterov\", \"rmsprop\", \"adam\", \"adamw\" or "
     "{\"class_name\": one of them, \"config\": {...}}, found \"Lion\""},
    {"keras3_sequential", "28,\n      1\n", "28,\n      3\n",
     "the input: expected samples of 3x28x28 (channels, height, width; 0 is any), found data of 1x28x28"},
    {"keras2_functional", "784", "100",
     "the input: expected samples of 100 values, found 1x28x28, which are 784"},
    {"keras2_functional", "\"input_1\",\n       0", "\"input_9\",\n       0",
     "layer \"dense\": \"inbound_nodes\": expected the name of a layer of the model, found \"input_9\""},
    {"keras2_functional", "\"input_1\",\n       0,\n       0,\n       {}", "\"activation\",\n 0,\n 0,\n {}",
     "layer \"dense\": \"inbound_nodes\": expected a graph without cycles, found one that leads from "
     "\"activation\" back here or above it"},
    {"keras2_functional", "[\n      [\n       \"dense\",",
     "[\n [\"input_1\", 0, 0, {}], [\n       \"dense\",",
     "layer \"dense_1\": \"inbound_nodes\": expected one layer that it reads, found 2"},
    {"keras2_functional", "[\n     [\n      [\n       \"dense\",",
     "[[[\"dense\", 0, 0, {}]], [[\n       \"dense\",",
     "layer \"dense_1\": \"inbound_nodes\": expected one use of the layer, found 2, which would share its "
     "weights"},
    {"keras2_functional", "\"output_layers\": [", "\"output_layers\": [[\"dense\", 0, 0],",
     "\"output_layers\": expected one layer, found [[\"dense\",0,0],[\"activation\",0,0]]"},
    {"keras2_functional", "\"input_layers\": [", "\"input_layer\": [",
     "\"input_layers\": expected one layer, found nothing"},
};

static void what_would_differ_is_refused(void **state)
{
    (void)state;
    int differ = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *text = read_text(wrong[i].file);
        char *bad = changed(text, wrong[i].from, wrong[i].to);
        struct error err = {0};
        struct network *network = network_parse(bad, "k.json", mnist, 10, &err);
        if (network)
            fail_msg("accepted with %s", wrong[i].to);
        assert_int_equal(strncmp(err.message, "k.json: ", 8), 0);
        if (strcmp(err.message + 8, wrong[i].message) != 0) {
            print_error("expected %s\nfound    %s\n", wrong[i].message, err.message + 8);
            differ++;
        }
        free(bad);
        free(text);
    }
    assert_int_equal(differ, 0);
}

/* Keras flattens channels last: without a Dense behind it the outputs would change places. */
static void order_of_flatten_matters_only_without_dense(void **state)
{
    (void)state;
    static const char form[] =
        "{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"c\","
        "\"filters\":%s,\"kernel_size\":%s,\"batch_input_shape\":[null,28,28,1]}},{\"class_name\":"
        "\"Flatten\","
        "\"config\":{\"name\":\"f\"}},{\"class_name\":\"Softmax\",\"config\":{\"name\":\"s\"}}]}";
    char *text = ls_sprintf(form, "5", "[27, 28]");
    struct error err = {0};
    assert_null(network_parse(text, "k.json", mnist, 10, &err));
    assert_string_equal(
        err.message, "k.json: layer \"f\": expected a Dense after it, because Keras's order of the values of "
                     "5x2x1 differs from ours, found none");
    free(text);
    text = ls_sprintf(form, "10", "28");
    network_destroy(parse(text, mnist));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequential_models_load),
        cmocka_unit_test(functional_models_load),
        cmocka_unit_test(keras_settings_hold),
        cmocka_unit_test(own_keys_win),
        cmocka_unit_test(a_reshape_declares_the_input),
        cmocka_unit_test(what_would_differ_is_refused),
        cmocka_unit_test(order_of_flatten_matters_only_without_dense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
