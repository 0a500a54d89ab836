/* Shapes, places of parameters, programs and fresh parameters of models. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/program.h"
#include "nn/network.h"

static const struct shape mnist = {1, 28, 28};

static struct network *load(const char *name, struct shape input, int classes)
{
    struct error err = {0};
    struct network *network = network_load(name, input, classes, &err);
    if (!network)
        fail_msg("%s", err.message);
    program_check(&network->program);
    return network;
}

static struct network *parse(const char *json, struct shape input, int classes)
{
    struct error err = {0};
    struct network *network = network_parse(json, "test.json", input, classes, &err);
    if (!network)
        fail_msg("%s", err.message);
    program_check(&network->program);
    return network;
}

struct expected_layer {
    const char *name, *kind;
    struct shape output;
    size_t parameters;
};

static void check_layers(const struct network *network, const struct expected_layer *expected, int count)
{
    assert_int_equal(network->layer_count, count);
    size_t offset = 0;
    for (int i = 0; i < count; i++) {
        const struct layer *layer = &network->layers[i];
        assert_string_equal(layer->name, expected[i].name);
        assert_string_equal(layer_kind_name(layer), expected[i].kind);
        assert_memory_equal(&layer->output, &expected[i].output, sizeof layer->output);
        assert_int_equal(network_find_layer(network, layer->name), i);
        size_t parameters = 0;
        for (int p = 0; p < layer->parameter_count; p++) {
            assert_int_equal(layer->parameters[p].offset, offset + parameters);
            parameters += layer->parameters[p].count;
        }
        assert_int_equal(parameters, expected[i].parameters);
        offset += parameters;
        const struct shape tensor = network->program.tensors[layer->tensor];
        assert_memory_equal(&tensor, &layer->output, sizeof tensor);
    }
    assert_int_equal(network->program.parameter_count, offset);
}

static void lenet5_has_its_shapes(void **state)
{
    (void)state;
    static const struct expected_layer expected[] = {
        {"input", "Input", {1, 28, 28}, 0},        {"conv1", "Conv2D", {6, 28, 28}, 156},
        {"pool1", "MaxPooling2D", {6, 14, 14}, 0}, {"conv2", "Conv2D", {16, 10, 10}, 2416},
        {"pool2", "MaxPooling2D", {16, 5, 5}, 0},  {"flatten", "Flatten", {400, 1, 1}, 0},
        {"dense1", "Dense", {120, 1, 1}, 48120},   {"dense2", "Dense", {84, 1, 1}, 10164},
        {"output", "Dense", {10, 1, 1}, 850},
    };
    struct network *network = load("lenet5", mnist, 10);
    assert_string_equal(network->name, "LeNet-5");
    check_layers(network, expected, 9);
    assert_int_equal(network->program.parameter_count, 61706);
    assert_int_equal(network_output_count(network), 10);

    const struct layer *conv2 = &network->layers[3], *output = &network->layers[8];
    const int dims[4] = {16, 6, 5, 5};
    assert_int_equal(conv2->parameters[0].rank, 4);
    assert_memory_equal(conv2->parameters[0].dims, dims, sizeof dims);
    assert_string_equal(conv2->parameters[1].name, "bias");
    assert_int_equal(conv2->logits_tensor, -1);
    assert_true(output->softmax);
    assert_int_equal(output->logits_tensor, output->tensor - 1);
    assert_int_equal(network->program.ops[network->program.op_count - 1].kind, OP_SOFTMAX);
    network_destroy(network);
}

static void mlp_has_its_shapes(void **state)
{
    (void)state;
    static const struct expected_layer expected[] = {
        {"input", "Input", {1, 28, 28}, 0},       {"flatten", "Flatten", {784, 1, 1}, 0},
        {"dense1", "Dense", {128, 1, 1}, 100480}, {"dense2", "Dense", {64, 1, 1}, 8256},
        {"output", "Dense", {10, 1, 1}, 650},
    };
    struct network *network = load("mlp", mnist, 10);
    assert_string_equal(network->name, "MLP");
    check_layers(network, expected, 5);
    assert_int_equal(network->program.parameter_count, 109386);
    network_destroy(network);
}

static void models_fit_other_data(void **state)
{
    (void)state;
    struct network *network = load("mlp", (struct shape){3, 7, 5}, 26);
    assert_int_equal(network->layers[1].output.channels, 105);
    assert_int_equal(network_output_count(network), 26);
    network_destroy(network);
}

static void keras_defaults_hold(void **state)
{
    (void)state;
    static const struct expected_layer expected[] = {
        {"input", "Input", {2, 9, 12}, 0},
        {"conv2d", "Conv2D", {3, 4, 10}, 3 * 2 * 9 + 3},
        {"average_pooling2d", "AveragePooling2D", {3, 2, 5}, 0},
        {"conv2d_1", "Conv2D", {4, 2, 5}, 4 * 3 * 9},
        {"max_pooling2d", "MaxPooling2D", {4, 1, 4}, 0},
        {"activation", "Activation", {4, 1, 4}, 0},
        {"flatten", "Flatten", {16, 1, 1}, 0},
        {"dense", "Dense", {5, 1, 1}, 85},
        {"softmax", "Softmax", {5, 1, 1}, 0},
    };
    struct network *network = parse(
        "{\"layers\":["
        "{\"class_name\":\"Conv2D\",\"config\":{\"filters\":3,\"kernel_size\":3,\"strides\":[2,1],"
        "\"activation\":\"tanh\"}},"
        "{\"class_name\":\"AveragePooling2D\",\"config\":{}},"
        "{\"class_name\":\"Conv2D\",\"config\":{\"filters\":4,\"kernel_size\":[3,3],\"padding\":\"same\","
        "\"use_bias\":false}},"
        "{\"class_name\":\"MaxPooling2D\",\"config\":{\"strides\":1}},"
        "{\"class_name\":\"Activation\",\"config\":{\"activation\":\"sigmoid\"}},"
        "{\"class_name\":\"Flatten\"},"
        "{\"class_name\":\"Dense\",\"config\":{\"units\":5}},"
        "{\"class_name\":\"Softmax\"}]}",
        (struct shape){2, 9, 12}, 5);
    check_layers(network, expected, 9);
    assert_int_equal(network->program.loss, LOSS_CROSS_ENTROPY);
    const struct op *same = &network->program.ops[2];
    assert_true(same->padding_h == 1 && same->padding_w == 1 && !same->has_bias);
    assert_int_equal(network->layers[8].logits_tensor, network->layers[7].tensor);
    network_destroy(network);
}

static void graph_form_and_squared_error(void **state)
{
    (void)state;
    struct network *network = parse(
        "{\"name\":\"g\",\"loss\":\"mse\",\"layers\":["
        "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"a\"},\"inputs\":[\"input\"]},"
        "{\"class_name\":\"Dense\",\"config\":{\"name\":\"b\",\"units\":null,\"activation\":\"sigmoid\"},"
        "\"inputs\":[\"a\"]}]}",
        mnist, 3);
    assert_int_equal(network->program.loss, LOSS_MSE);
    assert_int_equal(network->layers[2].inputs[0], 1);
    assert_int_equal(network->layers[2].logits_tensor, -1);
    assert_int_equal(network->program.op_count, 2);
    network_destroy(network);
}

static double limit_of(const float *values, const struct parameter *parameter)
{
    double largest = 0.0;
    for (size_t i = 0; i < parameter->count; i++)
        largest = fmax(largest, fabs((double)values[parameter->offset + i]));
    return largest;
}

static double mean_square(const float *values, const struct parameter *parameter)
{
    double sum = 0.0;
    for (size_t i = 0; i < parameter->count; i++)
        sum += (double)values[parameter->offset + i] * (double)values[parameter->offset + i];
    return sum / (double)parameter->count;
}

/* A uniform distribution in ±limit reaches nearly to its ends and has variance limit² / 3. */
static void check_uniform(const float *values, const struct parameter *parameter, double limit)
{
    assert_true(limit_of(values, parameter) <= limit * 1.000001);
    assert_true(limit_of(values, parameter) > limit * 0.98);
    assert_true(fabs(mean_square(values, parameter) / (limit * limit / 3.0) - 1.0) < 0.2);
}

static void fresh_parameters_follow_their_formula(void **state)
{
    (void)state;
    struct network *network = load("lenet5", mnist, 10);
    float *values = ls_calloc(network->program.parameter_count, sizeof *values);
    network_initialize(network, 1, values);
    check_uniform(values, &network->layers[1].parameters[0], sqrt(6.0 / 25.0));
    check_uniform(values, &network->layers[3].parameters[0], sqrt(6.0 / 150.0));
    check_uniform(values, &network->layers[6].parameters[0], sqrt(6.0 / 400.0));
    check_uniform(values, &network->layers[8].parameters[0], sqrt(6.0 / 94.0));
    for (int l = 0; l < network->layer_count; l++)
        if (network->layers[l].parameter_count > 1)
            assert_true(mean_square(values, &network->layers[l].parameters[1]) == 0.0);

    float *again = ls_calloc(network->program.parameter_count, sizeof *again);
    const size_t bytes = network->program.parameter_count * sizeof *values;
    network_initialize(network, 1, again);
    assert_memory_equal(values, again, bytes);
    network_initialize(network, 2, again);
    assert_memory_not_equal(values, again, bytes);
    free(values);
    free(again);
    network_destroy(network);
}

static void a_relu_layer_counts_as_relu(void **state)
{
    (void)state;
    struct network *network =
        parse("{\"layers\":[{\"class_name\":\"Flatten\"},"
              "{\"class_name\":\"Dense\",\"config\":{\"units\":100}},"
              "{\"class_name\":\"Activation\",\"config\":{\"activation\":\"relu\"}},"
              "{\"class_name\":\"Dense\",\"config\":{\"units\":100,\"activation\":\"tanh\"}},"
              "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}",
              mnist, 10);
    float *values = ls_calloc(network->program.parameter_count, sizeof *values);
    network_initialize(network, 3, values);
    check_uniform(values, &network->layers[2].parameters[0], sqrt(6.0 / 784.0));
    check_uniform(values, &network->layers[4].parameters[0], sqrt(6.0 / 200.0));
    free(values);
    network_destroy(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet5_has_its_shapes),
        cmocka_unit_test(mlp_has_its_shapes),
        cmocka_unit_test(models_fit_other_data),
        cmocka_unit_test(keras_defaults_hold),
        cmocka_unit_test(graph_form_and_squared_error),
        cmocka_unit_test(fresh_parameters_follow_their_formula),
        cmocka_unit_test(a_relu_layer_counts_as_relu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
