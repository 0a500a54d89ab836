/* Every layer of a model file: shapes, parameters and the operations it becomes, sizes counted by hand. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/program.h"
#include "nn/network.h"

static const struct shape image = {3, 9, 8};

#define LAYER(class_name, name, text)                                                                        \
    "{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"" name "\"" text "}}"
#define JOIN(class_name, name, inputs)                                                                       \
    "{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"" name "\"},\"inputs\":[" inputs "]}"
#define FLATTEN LAYER("Flatten", "flat", "")
#define OUTPUT LAYER("Dense", "out", ",\"units\":null,\"activation\":\"softmax\"")
#define MODEL(layers) "{\"layers\":[" layers "]}"
/* The layer on the image, with what a network needs behind it. */
#define ONE(class_name, text) MODEL(LAYER(class_name, "l", text) "," FLATTEN "," OUTPUT)

static struct network *parse(const char *json, struct shape input, int classes)
{
    struct error err = {0};
    struct network *network = network_parse(json, "m.json", input, classes, &err);
    if (!network)
        fail_msg("%s", err.message);
    program_check(&network->program);
    return network;
}

static const struct layer *layer_of(const struct network *network, const char *name)
{
    const int index = network_find_layer(network, name);
    assert_true(index >= 0);
    return &network->layers[index];
}

static const struct op *op_of(const struct network *network, const char *name)
{
    return &network->program.ops[layer_of(network, name)->op];
}

static void assert_shape(const struct layer *layer, int channels, int height, int width)
{
    assert_int_equal(layer->output.channels, channels);
    assert_int_equal(layer->output.height, height);
    assert_int_equal(layer->output.width, width);
}

static void assert_padding(const struct op *op, int top, int bottom, int left, int right)
{
    assert_int_equal(op->padding_h, top);
    assert_int_equal(op->padding_end_h, bottom);
    assert_int_equal(op->padding_w, left);
    assert_int_equal(op->padding_end_w, right);
}

static void windows_have_keras_and_explicit_padding(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int height, width, padding[4];
    } cases[] = {
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":3"), 7, 6, {0, 0, 0, 0}},
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"padding\":\"same\""), 9, 8, {1, 1, 1, 1}},
        /* 9 rows by 2: 5 outputs, 2 zeros; 8 columns by 2: 4 outputs, 1 zero, at the end. */
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"strides\":2,\"padding\":\"same\""),
         5,
         4,
         {1, 1, 0, 1}},
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":[4,2],\"padding\":\"same\""), 9, 8, {1, 2, 0, 1}},
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"dilation_rate\":[2,3]"), 5, 2, {0, 0, 0, 0}},
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":[3,2],\"dilation_rate\":[2,3],\"padding\":\"same\""),
         9,
         8,
         {2, 2, 1, 2}},
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"padding\":2"), 11, 10, {2, 2, 2, 2}},
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"padding\":[0,1]"), 7, 8, {0, 0, 1, 1}},
        {ONE("Conv2D", ",\"filters\":2,\"kernel_size\":3,\"padding\":[[0,1],[2,3]]"), 8, 11, {0, 1, 2, 3}},
        {ONE("MaxPooling2D", ",\"pool_size\":2,\"padding\":\"same\""), 5, 4, {0, 1, 0, 0}},
        {ONE("MaxPooling2D", ",\"pool_size\":3,\"strides\":1,\"padding\":[[0,2],[1,0]]"), 9, 7, {0, 2, 1, 0}},
        {MODEL(LAYER("ZeroPadding2D", "z", ",\"padding\":[[1,0],[2,1]]") "," LAYER(
             "Conv2D", "l", ",\"filters\":2,\"kernel_size\":3") "," FLATTEN "," OUTPUT),
         8,
         9,
         {1, 0, 2, 1}},
        /* "same" sees 11 x 10: 6 and 5 outputs, one more zero for the rows' end. */
        {MODEL(LAYER("ZeroPadding2D", "z", "") "," LAYER("Conv2D", "l",
                                                         ",\"filters\":2,\"kernel_size\":3,\"strides\":2,"
                                                         "\"padding\":\"same\"") "," FLATTEN "," OUTPUT),
         6,
         5,
         {2, 2, 1, 2}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct network *network = parse(cases[i].json, image, 10);
        const struct layer *layer = layer_of(network, "l");
        assert_shape(layer, layer->kind == LAYER_CONV2D ? 2 : 3, cases[i].height, cases[i].width);
        const int *p = cases[i].padding;
        assert_padding(op_of(network, "l"), p[0], p[1], p[2], p[3]);
        assert_int_equal(layer->padding_end_h, p[1]);
        network_destroy(network);
    }
}

static void average_pools_count_padding_as_their_file_means(void **state)
{
    (void)state;
    struct network *network = parse(ONE("AveragePooling2D", ",\"padding\":\"same\""), image, 10);
    assert_true(op_of(network, "l")->counts_padding);
    network_destroy(network);
    network = parse(ONE("AveragePooling2D", ",\"padding\":\"same\",\"count_include_pad\":false"), image, 10);
    assert_false(op_of(network, "l")->counts_padding);
    network_destroy(network);
    network =
        parse("{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"AveragePooling2D\",\"config\":"
              "{\"name\":\"l\",\"padding\":\"same\",\"batch_input_shape\":[null,9,8,3]}},"
              "{\"class_name\":\"Flatten\",\"config\":{}},"
              "{\"class_name\":\"Dense\",\"config\":{\"units\":10,\"activation\":\"softmax\"}}]}",
              image, 10);
    assert_false(op_of(network, "l")->counts_padding);
    network_destroy(network);
    /* Zeros of a ZeroPadding2D are values. */
    network = parse(MODEL(LAYER("ZeroPadding2D", "z", "") "," LAYER(
                        "AveragePooling2D", "l", ",\"count_include_pad\":false") "," FLATTEN "," OUTPUT),
                    image, 10);
    assert_true(op_of(network, "l")->counts_padding);
    assert_padding(op_of(network, "l"), 1, 1, 1, 1);
    network_destroy(network);
}

static void a_global_pool_is_a_pool_of_the_image(void **state)
{
    (void)state;
    struct network *network = parse(MODEL(LAYER("GlobalAveragePooling2D", "l", "") "," OUTPUT), image, 10);
    assert_shape(layer_of(network, "l"), 3, 1, 1);
    assert_int_equal(op_of(network, "l")->kind, OP_AVERAGE_POOL2D);
    assert_int_equal(op_of(network, "l")->kernel_h, 9);
    assert_int_equal(op_of(network, "l")->kernel_w, 8);
    network_destroy(network);
}

static void norms_have_parameters_and_buffers(void **state)
{
    (void)state;
    struct network *network = parse(ONE("BatchNormalization", ""), image, 10);
    const struct layer *layer = layer_of(network, "l");
    const struct op *op = op_of(network, "l");
    assert_int_equal(op->kind, OP_BATCH_NORM);
    assert_int_equal(layer->parameter_count, 2);
    assert_int_equal(layer->buffer_count, 2);
    assert_string_equal(layer->parameters[0].name, "weight");
    assert_string_equal(layer->parameters[1].name, "bias");
    assert_string_equal(layer->buffers[0].name, "running_mean");
    assert_string_equal(layer->buffers[1].name, "running_var");
    assert_int_equal(layer->buffers[1].offset, 3);
    assert_int_equal(network->program.buffer_count, 6);
    assert_int_equal(network->program.parameter_count, 3 + 3 + 216 * 10 + 10);
    assert_float_equal(op->epsilon, 1e-5f, 0);
    assert_float_equal(op->momentum, 0.1f, 0);
    assert_true(op->unbiased && op->has_weight && op->has_bias);
    float *parameters = ls_calloc(network->program.parameter_count, sizeof *parameters), buffers[6];
    network_initialize(network, 1, parameters);
    network_initialize_buffers(network, 1, buffers);
    for (int c = 0; c < 3; c++) {
        assert_float_equal(parameters[c], 1, 0);
        assert_float_equal(parameters[3 + c], 0, 0);
        assert_float_equal(buffers[c], 0, 0);
        assert_float_equal(buffers[3 + c], 1, 0);
    }
    free(parameters);
    network_destroy(network);

    network = parse(ONE("BatchNormalization", ",\"scale\":false,\"moving_variance_initializer\":\"zeros\""),
                    image, 10);
    assert_int_equal(layer_of(network, "l")->parameter_count, 1);
    assert_string_equal(layer_of(network, "l")->parameters[0].name, "bias");
    assert_false(op_of(network, "l")->has_weight);
    assert_true(op_of(network, "l")->has_bias);
    network_initialize_buffers(network, 1, buffers);
    assert_float_equal(buffers[5], 0, 0);
    network_destroy(network);

    network = parse(ONE("LayerNormalization", ""), image, 10);
    assert_false(op_of(network, "l")->over_channels);
    assert_int_equal(layer_of(network, "l")->parameters[0].rank, 3);
    assert_int_equal(layer_of(network, "l")->parameters[0].count, 216);
    assert_int_equal(layer_of(network, "l")->parameters[1].dims[2], 8);
    assert_float_equal(op_of(network, "l")->epsilon, 1e-5f, 0);
    network_destroy(network);

    network = parse(ONE("LayerNormalization", ",\"axis\":1,\"center\":false"), image, 10);
    assert_true(op_of(network, "l")->over_channels);
    assert_int_equal(layer_of(network, "l")->parameter_count, 1);
    assert_int_equal(layer_of(network, "l")->parameters[0].count, 3);
    network_destroy(network);
}

static void activations_have_their_slopes(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum activation activation;
        float alpha;
    } cases[] = {
        {ONE("ReLU", ""), ACTIVATION_RELU, 0},
        {ONE("ReLU", ",\"negative_slope\":0.25"), ACTIVATION_LEAKY_RELU, 0.25f},
        {ONE("LeakyReLU", ""), ACTIVATION_LEAKY_RELU, 0.01f},
        {ONE("LeakyReLU", ",\"alpha\":0.5"), ACTIVATION_LEAKY_RELU, 0.5f},
        {ONE("ELU", ""), ACTIVATION_ELU, 1},
        {ONE("ELU", ",\"alpha\":2"), ACTIVATION_ELU, 2},
        {ONE("GELU", ""), ACTIVATION_GELU, 0},
        {ONE("GELU", ",\"approximate\":true"), ACTIVATION_GELU_TANH, 0},
        {ONE("GELU", ",\"approximate\":\"tanh\""), ACTIVATION_GELU_TANH, 0},
        {ONE("Activation", ",\"activation\":\"leaky_relu\""), ACTIVATION_LEAKY_RELU, 0.01f},
        {ONE("Activation", ",\"activation\":\"elu\""), ACTIVATION_ELU, 1},
        {ONE("Activation", ",\"activation\":\"gelu\""), ACTIVATION_GELU, 0},
        {ONE("Activation", ",\"activation\":{\"class_name\":\"LeakyReLU\",\"config\":{\"alpha\":0.125}}"),
         ACTIVATION_LEAKY_RELU, 0.125f},
        {ONE("Conv2D", ",\"filters\":3,\"kernel_size\":1,\"activation\":\"elu\""), ACTIVATION_ELU, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct network *network = parse(cases[i].json, image, 10);
        assert_int_equal(op_of(network, "l")->activation, cases[i].activation);
        assert_float_equal(op_of(network, "l")->alpha, cases[i].alpha, 0);
        assert_int_equal(layer_of(network, "l")->activation, cases[i].activation);
        network_destroy(network);
    }
}

/* What the operation itself cannot undo from its output alone stands after it. */
static void gelu_softmax_and_sigmoid_of_the_loss_stand_alone(void **state)
{
    (void)state;
    struct network *network = parse(
        "{\"loss\":\"binary_crossentropy\",\"layers\":[" LAYER(
            "Dense", "d", ",\"units\":4,\"activation\":\"gelu\"") "," LAYER("Dense", "out",
                                                                            ",\"units\":1,\"activation\":"
                                                                            "\"sigmoid\"") "]}",
        (struct shape){2, 1, 1}, 2);
    const struct program *program = &network->program;
    const struct layer *d = layer_of(network, "d"), *out = layer_of(network, "out");
    assert_int_equal(program->op_count, 4);
    assert_int_equal(program->loss, LOSS_BINARY_CROSS_ENTROPY);
    assert_int_equal(program->ops[0].activation, ACTIVATION_LINEAR);
    assert_int_equal(program->ops[1].kind, OP_ACTIVATION);
    assert_int_equal(program->ops[1].activation, ACTIVATION_GELU);
    assert_int_equal(d->op, 0);
    assert_int_equal(d->logits_tensor, program->ops[0].output);
    assert_int_equal(d->tensor, program->ops[1].output);
    assert_int_equal(d->activation, ACTIVATION_GELU);
    assert_int_equal(program->ops[2].activation, ACTIVATION_LINEAR);
    assert_int_equal(program->ops[3].activation, ACTIVATION_SIGMOID);
    assert_int_equal(out->logits_tensor, program->ops[2].output);
    assert_int_equal(out->tensor, program->ops[3].output);
    network_destroy(network);

    /* As layers of their own they read what they have for logits. */
    network = parse(MODEL(FLATTEN "," LAYER("GELU", "g", "") "," LAYER(
                        "Dense", "d", ",\"units\":null") "," LAYER("Softmax", "s", "")),
                    image, 10);
    assert_int_equal(network->program.op_count, 4);
    assert_int_equal(layer_of(network, "g")->logits_tensor, layer_of(network, "flat")->tensor);
    assert_int_equal(layer_of(network, "s")->logits_tensor, layer_of(network, "d")->tensor);
    assert_int_equal(op_of(network, "s")->kind, OP_SOFTMAX);
    network_destroy(network);
}

static void sums_and_concatenations_become_chains(void **state)
{
    (void)state;
    struct network *network = parse(
        MODEL(
            LAYER("Conv2D", "a", ",\"filters\":3,\"kernel_size\":1") "," LAYER("Conv2D", "b", ",\"filters\":3,\"kernel_size\":1,\"padding\":\"same\"") "," JOIN(
                "Add", "sum",
                "\"a\",\"b\",\"input\"") "," JOIN("Concatenate", "all",
                                                  "\"sum\",\"a\",\"sum\",\"input\"") "," FLATTEN "," OUTPUT),
        image, 10);
    const struct program *program = &network->program;
    const struct layer *sum = layer_of(network, "sum"), *all = layer_of(network, "all");
    assert_int_equal(sum->input_count, 3);
    assert_int_equal(program->op_count, 2 + 2 + 3 + 1 + 2);
    assert_int_equal(program->ops[2].kind, OP_ADD);
    assert_int_equal(program->ops[2].input, layer_of(network, "a")->tensor);
    assert_int_equal(program->ops[2].second, layer_of(network, "b")->tensor);
    assert_int_equal(program->ops[3].input, program->ops[2].output);
    assert_int_equal(program->ops[3].second, 0);
    assert_int_equal(sum->op, 3);
    assert_int_equal(sum->tensor, program->ops[3].output);
    assert_shape(all, 12, 9, 8);
    assert_int_equal(program->tensors[program->ops[4].output].channels, 6);
    assert_int_equal(program->tensors[program->ops[5].output].channels, 9);
    assert_int_equal(all->tensor, program->ops[6].output);
    assert_int_equal(all->logits_tensor, -1);
    network_destroy(network);
}

static void what_computes_nothing_is_left_out(void **state)
{
    (void)state;
    struct network *network =
        parse(MODEL(LAYER("Rescaling", "r", ",\"scale\":0.00392156862745098") "," LAYER(
                  "Conv2D", "c",
                  ",\"filters\":2,\"kernel_size\":2,\"activation\":"
                  "\"relu\"") "," LAYER("ZeroPadding2D", "z", "") "," LAYER("MaxPooling2"
                                                                            "D",
                                                                            "p",
                                                                            ",\"pool_"
                                                                            "size\":3,"
                                                                            "\"strides\":"
                                                                            "2") "," FLATTEN "," OUTPUT),
              image, 10);
    assert_int_equal(network->layer_count, 5);
    assert_int_equal(layer_of(network, "c")->inputs[0], 0);
    assert_int_equal(layer_of(network, "p")->inputs[0], 1);
    assert_padding(op_of(network, "p"), 1, 1, 1, 1);
    network_destroy(network);
}

static void dropout_has_its_rate(void **state)
{
    (void)state;
    struct network *network = parse(ONE("Dropout", ""), image, 10);
    assert_int_equal(op_of(network, "l")->kind, OP_DROPOUT);
    assert_float_equal(op_of(network, "l")->rate, 0.5f, 0);
    network_destroy(network);
    network = parse(ONE("Dropout", ",\"rate\":0.1"), image, 10);
    assert_float_equal(op_of(network, "l")->rate, 0.1f, 0);
    network_destroy(network);
}

static void one_output_tells_two_classes_apart(void **state)
{
    (void)state;
    static const char *const losses[] = {"mean_squared_error", "binary_crossentropy"};
    for (int i = 0; i < 2; i++) {
        char *json = ls_sprintf("{\"loss\":\"%s\",\"layers\":[%s]}", losses[i],
                                LAYER("Dense", "out", ",\"units\":1,\"activation\":\"sigmoid\""));
        struct network *network = parse(json, (struct shape){2, 1, 1}, 2);
        assert_int_equal(network_output_count(network), 1);
        network_destroy(network);
        struct error err = {0};
        assert_null(network_parse(json, "m.json", (struct shape){2, 1, 1}, 3, &err));
        assert_string_equal(err.message,
                            "m.json: layer \"out\": expected 3 outputs, one per class of the data, found 1");
        free(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_have_keras_and_explicit_padding),
        cmocka_unit_test(average_pools_count_padding_as_their_file_means),
        cmocka_unit_test(a_global_pool_is_a_pool_of_the_image),
        cmocka_unit_test(norms_have_parameters_and_buffers),
        cmocka_unit_test(activations_have_their_slopes),
        cmocka_unit_test(gelu_softmax_and_sigmoid_of_the_loss_stand_alone),
        cmocka_unit_test(sums_and_concatenations_become_chains),
        cmocka_unit_test(what_computes_nothing_is_left_out),
        cmocka_unit_test(dropout_has_its_rate),
        cmocka_unit_test(one_output_tells_two_classes_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
