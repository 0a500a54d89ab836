/* What a wrong model file is answered with, word by word. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "nn/network.h"

static const struct shape mnist = {1, 28, 28};

#define CLASSES                                                                                              \
    "Dense, Conv2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, ZeroPadding2D, Flatten, "        \
    "Dropout, BatchNormalization, LayerNormalization, Add, Concatenate, Activation, ReLU, LeakyReLU, ELU, "  \
    "GELU, Softmax, Reshape, Rescaling"

struct wrong_model {
    const char *json;
    const char *message; /* after "m.json: " */
};

#define DENSE_OUTPUT                                                                                         \
    "{\"class_name\":\"Dense\",\"config\":{\"name\":\"out\",\"units\":null,\"activation\":\"softmax\"}}"
#define FLATTEN "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"flat\"}},"
#define LAYERS(text) "{\"layers\":[" text "]}"
#define CONV(text)                                                                                           \
    LAYERS("{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"c\"," text "}}," FLATTEN DENSE_OUTPUT)

#define FLAT(class_name, text)                                                                               \
    LAYERS(FLATTEN "{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"l\"," text "}}," DENSE_OUTPUT)
#define PADDED(class_name, text)                                                                             \
    LAYERS("{\"class_name\":\"ZeroPadding2D\",\"config\":{\"name\":\"zero\"}},{\"class_name\":\"" class_name \
           "\",\"config\":{\"name\":\"l\"," text "}}," FLATTEN DENSE_OUTPUT)

static const struct wrong_model wrong_models[] = {
    {"", "line 1: expected JSON, found the end of the file"},
    {"{\n\"layers\": [\n}", "line 3: expected JSON, found }"},
    {"{\"layers\":[]} x", "line 1: expected JSON, found x"},
    {"[1]", "the model: expected an object, found [1]"},
    {"{}", "\"layers\": expected a list of 1 to 255 layers, found nothing"},
    {"{\"layers\":[]}", "\"layers\": expected a list of 1 to 255 layers, found []"},
    {"{\"layers\":{}}", "\"layers\": expected a list of 1 to 255 layers, found {}"},
    {"{\"loss\":\"hinge\",\"layers\":[]}",
     "\"loss\": expected \"categorical_crossentropy\", \"binary_crossentropy\" or \"mean_squared_error\", "
     "found \"hinge\""},
    {"{\"name\":7,\"layers\":[]}", "\"name\": expected 1 to 63 printable ASCII characters, found 7"},
    {"{\"name\":\"a\\nb\",\"layers\":[]}",
     "\"name\": expected 1 to 63 printable ASCII characters, found \"a\\nb\""},
    {"{\"metrics\":[]}",
     "the model: expected the keys name, loss, optimizer, schedule, batch_size, data, layers, "
     "found \"metrics\""},
    {"{\"optimizer\":\"lion\"}",
     "\"optimizer\": expected \"sgd\", \"momentum\", \"nesterov\", \"rmsprop\", \"adam\", \"adamw\" or "
     "{\"class_name\": one of them, \"config\": {...}}, found \"lion\""},
    {"{\"optimizer\":{\"class_name\":\"Adam\",\"config\":{\"clipnorm\":1}}}",
     "\"optimizer\": \"clipnorm\" clips each variable by itself, which is not computed here; expected null "
     "or "
     "\"global_clipnorm\", found 1"},
    {"{\"optimizer\":{\"class_name\":\"Adam\",\"config\":{\"amsgrad\":true}}}",
     "\"optimizer\": \"amsgrad\": expected null, false or 0, found true"},
    {"{\"optimizer\":{\"class_name\":\"RMSprop\",\"config\":{\"momentum\":0.5}}}",
     "\"optimizer\": \"momentum\": expected null, false or 0, found 0.5"},
    {"{\"optimizer\":{\"class_name\":\"SGD\",\"config\":{\"learning_rate\":{\"class_name\":"
     "\"PolynomialDecay\","
     "\"config\":{}}}}}",
     "\"learning_rate\": expected a number, ExponentialDecay, CosineDecay or PiecewiseConstantDecay with its "
     "config, found \"PolynomialDecay\""},
    {"{\"optimizer\":{\"class_name\":\"SGD\",\"config\":{\"learning_rate\":{\"class_name\":\"CosineDecay\","
     "\"config\":{\"initial_learning_rate\":0.1}}}}}",
     "\"decay_steps\": expected a whole number from 1 to 1000000000, found nothing"},
    {"{\"optimizer\":{\"class_name\":\"Adam\",\"config\":{\"rho\":1}}}",
     "\"optimizer\": expected the keys learning_rate, beta_1, beta_2, epsilon, weight_decay, clipvalue, "
     "global_clipnorm, gradient_noise, noise_decay, found \"rho\""},
    {"{\"optimizer\":{\"class_name\":\"SGD\",\"config\":{\"learning_rate\":-1}}}",
     "\"learning_rate\": expected a number from 1e-30 to 1e6, found -1"},
    {"{\"schedule\":\"cosin\"}", "\"schedule\": expected constant, step, exponential, cosine, piecewise or "
                                 "plateau, alone or after \"warmup+\", "
                                 "found \"cosin\""},
    {"{\"schedule\":\"step:factor=x\"}",
     "\"schedule\": step: factor: expected a number from 0 to 10, found \"x\""},
    {"{\"schedule\":3}", "\"schedule\": expected a name, such as \"cosine\", found 3"},
    {"{\"batch_size\":0}", "\"batch_size\": expected a whole number from 1 to 65536, found 0"},
    {"{\"name\":\"a\\u0000b\",\"layers\":[]}",
     "expected JSON, found a text with \\u0000, which would end there"},
    {"{\"layers\":[],\"layers\\u0000\":1}",
     "expected JSON, found a text with \\u0000, which would end there"},
    {FLAT("Dense", "\"units\":3,\"kernel_initializer\":{\"class_name\":\"RandomNormal\",\"config\":"
                   "{\"stddev\":-1}}"),
     "layer \"l\": \"stddev\": expected a number from 0 to 1e6, found -1"},
    {FLAT("Dense", "\"units\":3,\"kernel_initializer\":{\"class_name\":\"RandomUniform\",\"config\":"
                   "{\"minval\":1,\"maxval\":0.5}}"),
     "layer \"l\": \"kernel_initializer\": expected \"minval\" up to \"maxval\", found 1 and 0.5"},
    {FLAT("Dense", "\"units\":3,\"kernel_initializer\":{\"class_name\":\"HeNormal\",\"config\":"
                   "{\"stddev\":1}}"),
     "layer \"l\": kernel_initializer: expected the keys seed, dtype, found \"stddev\""},
    {LAYERS("{\"class_name\":\"BatchNormalization\",\"config\":{\"name\":\"l\","
            "\"moving_variance_initializer\":{\"class_name\":\"Constant\",\"config\":{\"value\":-1}}}}"),
     "layer \"l\": \"moving_variance_initializer\": expected what draws no variance below 0: ones, zeros, "
     "constant or random_uniform from 0 on"},
    {LAYERS("{\"class_name\":\"Reshape\",\"config\":{\"name\":\"l\",\"target_shape\":[28.5,28]}}"),
     "layer \"l\": \"target_shape\": expected rows and columns, or these and channels, each from 1 to "
     "131072, "
     "found [28.5,28]"},
    {"{\"batch_size\":65537}", "\"batch_size\": expected a whole number from 1 to 65536, found 65537"},
    {"{\"data\":3}", "\"data\": expected 1 to 255 printable ASCII characters, found 3"},
    {"{\"name\":\"a\",\"name\":\"b\"}", "the model: \"name\" is there twice; keep one"},
    {LAYERS("3"), "layer 1: the layer: expected an object, found 3"},
    {LAYERS("{\"config\":{}}"), "layer 1: \"class_name\": expected one of " CLASSES ", found nothing"},
    {LAYERS("{\"class_name\":\"LSTM\"}"),
     "layer 1: \"class_name\": expected one of " CLASSES ", found \"LSTM\""},
    {LAYERS("{\"class_name\":\"Flatten\",\"config\":[]}"), "layer 1: Flatten: expected an object, found []"},
    {LAYERS("{\"class_name\":\"Flatten\",\"config\":{\"Name\":\"f\"}}"),
     "layer \"flatten\": Flatten: expected the keys name, found \"Name\""},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"unit\":3}}"),
     "layer \"d\": Dense: expected the keys name, units, activation, use_bias, kernel_initializer, "
     "bias_initializer, kernel_regularizer, "
     "bias_regularizer, found \"unit\""},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\"}}"),
     "layer \"d\": \"units\": expected a value, found nothing"},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":0}}"),
     "layer \"d\": \"units\": expected a whole number from 1 to 131072, found 0"},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":2.5}}"),
     "layer \"d\": \"units\": expected a whole number from 1 to 131072, found 2.5"},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":1e300}}"),
     "layer \"d\": \"units\": expected a whole number from 1 to 131072, found 1e+300"},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":3,\"activation\":\"swish\"}}"),
     "layer \"d\": \"activation\": expected \"linear\", \"sigmoid\", \"tanh\", \"relu\", \"leaky_relu\", "
     "\"elu\", \"gelu\" or \"softmax\", found \"swish\""},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":3,\"use_bias\":1}}"),
     "layer \"d\": \"use_bias\": expected true or false, found 1"},
    {LAYERS("{\"class_name\":\"Activation\",\"config\":{\"name\":\"a\"}}"),
     "layer \"a\": \"activation\": expected a value, found nothing"},
    {CONV("\"kernel_size\":3"), "layer \"c\": \"filters\": expected a value, found nothing"},
    {CONV("\"filters\":2"), "layer \"c\": \"kernel_size\": expected a value, found nothing"},
    {CONV("\"filters\":2,\"kernel_size\":[3]"),
     "layer \"c\": \"kernel_size\": expected [height, width] or one number for both, each from 1 to 131072, "
     "found [3]"},
    {CONV("\"filters\":2,\"kernel_size\":3,\"strides\":0"),
     "layer \"c\": \"strides\": expected [height, width] or one number for both, each from 1 to 131072, "
     "found "
     "0"},
    {CONV("\"filters\":2,\"kernel_size\":3,\"padding\":\"full\""),
     "layer \"c\": \"padding\": expected \"valid\", \"same\" or numbers, found \"full\""},
    {CONV("\"filters\":2,\"kernel_size\":3,\"padding\":-1"),
     "layer \"c\": \"padding\": expected one number, [height, width] or [[top, bottom], [left, right]], each "
     "from 0 to 131072, found -1"},
    {CONV("\"filters\":2,\"kernel_size\":3,\"activation\":\"softmax\""),
     "layer \"c\": \"activation\": expected \"linear\", \"sigmoid\", \"tanh\", \"relu\", \"leaky_relu\", "
     "\"elu\" or \"gelu\", found \"softmax\""},
    {CONV("\"filters\":2,\"kernel_size\":[29,3]"),
     "layer \"c\": expected a kernel of at most 28 rows (input 1x28x28, padding 0), found 29x3"},
    {CONV("\"filters\":2,\"kernel_size\":[3,35],\"padding\":3"),
     "layer \"c\": expected a kernel of at most 34 columns (input 1x28x28, padding 3), found 3x35"},
    {CONV("\"filters\":2,\"kernel_size\":[3,5],\"dilation_rate\":[14,1]"),
     "layer \"c\": expected a kernel of at most 28 rows (input 1x28x28, padding 0), found 3x5, which "
     "dilation "
     "14x1 makes 29 rows"},
    {CONV("\"filters\":2,\"kernel_size\":131072,\"dilation_rate\":131072,\"padding\":\"same\""),
     "layer \"c\": expected a kernel of at most 16777216 rows with its dilation, found 17179738113"},
    {CONV("\"filters\":2,\"kernel_size\":[3,33],\"padding\":[[1,1],[1,2]]"),
     "layer \"c\": expected a kernel of at most 31 columns (input 1x28x28, padding 1 and 2), found 3x33"},
    {CONV("\"filters\":2,\"kernel_size\":3,\"padding\":[[1,1],2]"),
     "layer \"c\": \"padding\": expected one number, [height, width] or [[top, bottom], [left, right]], each "
     "from 0 to 131072, found [[1,1],2]"},
    {CONV("\"filters\":2,\"kernel_size\":3,\"dilation_rate\":0"),
     "layer \"c\": \"dilation_rate\": expected [height, width] or one number for both, each from 1 to "
     "131072, "
     "found 0"},
    {CONV("\"filters\":65536,\"kernel_size\":1"),
     "layer \"c\": expected at most 16777216 activations in the network, found 51381008 up to here"},
    {LAYERS(FLATTEN "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":65536}},"
                    "{\"class_name\":\"Dense\",\"config\":{\"name\":\"e\",\"units\":65536}}," DENSE_OUTPUT),
     "layer \"e\": weight: expected at most 134217728 values, found 4294967296 (16.0 GiB); make the layer "
     "smaller"},
    {LAYERS(
         "{\"class_name\":\"MaxPooling2D\",\"config\":{\"name\":\"p\",\"padding\":2}}," FLATTEN DENSE_OUTPUT),
     "layer \"p\": expected padding smaller than the pool (2, 2), found (2, 2)"},
    {LAYERS("{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":3}}," DENSE_OUTPUT),
     "layer \"d\": Dense: expected a vector as its input, found 1x28x28; put a Flatten before it"},
    {LAYERS("{\"class_name\":\"Softmax\",\"config\":{\"name\":\"s\"}}"),
     "layer \"s\": softmax: expected a vector as its input, found 1x28x28; put a Flatten before it"},
    {LAYERS(FLATTEN "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":null}}," DENSE_OUTPUT),
     "layer \"d\": \"units\": expected a number, found null, which only the last Dense may have"},
    {LAYERS(FLATTEN "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":null}}"),
     "layer \"d\": expected a softmax at the end, because the loss is cross-entropy, found none"},
    {LAYERS(FLATTEN
            "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":9,\"activation\":\"softmax\"}}"),
     "layer \"d\": expected 10 outputs, one per class of the data, found 9"},
    {LAYERS(FLATTEN FLATTEN DENSE_OUTPUT),
     "layer 2: \"name\": expected a name of its own, found \"flat\", which another layer has already"},
    {LAYERS("{\"class_name\":\"Flatten\",\"config\":{\"name\":\"input\"}}," DENSE_OUTPUT),
     "layer 1: \"name\": expected a name of its own, found \"input\", which the input has already"},
    {LAYERS("{\"class_name\":\"Flatten\",\"inputs\":[\"out\"]}," DENSE_OUTPUT),
     "layer \"flatten\": \"inputs\": expected \"input\" or the name of a layer before it, found \"out\", "
     "which does not stand before it; a network has no cycles"},
    {LAYERS("{\"class_name\":\"Flatten\",\"inputs\":[\"none\"]}," DENSE_OUTPUT),
     "layer \"flatten\": \"inputs\": expected \"input\" or the name of a layer before it, found \"none\""},
    {LAYERS("{\"class_name\":\"Flatten\",\"inputs\":[]}," DENSE_OUTPUT),
     "layer \"flatten\": \"inputs\": expected a list of one layer name, found []"},
    {LAYERS(
         FLATTEN
         "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"two\"},\"inputs\":[\"input\"]}," DENSE_OUTPUT),
     "layer \"flat\": expected a layer that reads its output, found none"},
    {FLAT("Dropout", "\"rate\":1"), "layer \"l\": \"rate\": expected a number from 0 to below 1, found 1"},
    {FLAT("Dropout", "\"rate\":-0.1"),
     "layer \"l\": \"rate\": expected a number from 0 to below 1, found -0.1"},
    {FLAT("BatchNormalization", "\"momentum\":2"),
     "layer \"l\": \"momentum\": expected a number from 0 to 1, found 2"},
    {FLAT("BatchNormalization", "\"epsilon\":0"),
     "layer \"l\": \"epsilon\": expected a number from 1e-30 to 1e6, found 0"},
    {FLAT("BatchNormalization", "\"axis\":2"), "layer \"l\": \"axis\": expected 1, the channels, found 2"},
    {FLAT("BatchNormalization", "\"axis\":\"c\""),
     "layer \"l\": \"axis\": expected a number from -4 to 3, or a list of them, found \"c\""},
    {LAYERS("{\"class_name\":\"LayerNormalization\",\"config\":{\"name\":\"l\",\"axis\":[2,3]}}," FLATTEN
                DENSE_OUTPUT),
     "layer \"l\": \"axis\": expected 1, the channels, or all of them, found 2"},
    {FLAT("LeakyReLU", "\"alpha\":-1"), "layer \"l\": \"alpha\": expected a number from 0 to 1e6, found -1"},
    {FLAT("LeakyReLU", "\"alpha\":0.1,\"negative_slope\":0.1"),
     "layer \"l\": expected one of \"alpha\" and \"negative_slope\", which mean the same, found both"},
    {FLAT("ELU", "\"alpha\":null"), "layer \"l\": \"alpha\": expected a number from 0 to 1e6, found null"},
    {FLAT("GELU", "\"approximate\":\"erf\""),
     "layer \"l\": \"approximate\": expected true, false, \"tanh\" or \"none\", found \"erf\""},
    {FLAT("Activation", "\"activation\":{\"class_name\":\"ELU\",\"config\":{\"beta\":1}}"),
     "layer \"l\": ELU: expected the keys name, alpha, found \"beta\""},
    {FLAT("Activation", "\"activation\":{\"class_name\":\"PReLU\"}"),
     "layer \"l\": \"activation\": expected \"linear\", \"sigmoid\", \"tanh\", \"relu\", \"leaky_relu\", "
     "\"elu\", \"gelu\" or \"softmax\", found {\"class_name\":\"PReLU\"}"},
    {FLAT("Rescaling", "\"scale\":0.5"), "layer \"l\": Rescaling: expected \"scale\" 1/255 and \"offset\" 0, "
                                         "which a network sees of bytes anyway, "
                                         "found 0.5 and 0"},
    {FLAT("Rescaling", "\"scale\":0.00392156862745098") /* after the Flatten */,
     "layer \"l\": Rescaling: expected the network's input before it, found \"flat\""},
    {FLAT("ZeroPadding2D", "\"padding\":1"), "layer \"out\": Dense: expected only Conv2D, MaxPooling2D and "
                                             "AveragePooling2D to read the ZeroPadding2D "
                                             "\"l\", whose zeros they take over"},
    {PADDED("MaxPooling2D", "\"pool_size\":3"), "layer \"l\": MaxPooling2D: expected outputs of a ReLU "
                                                "inside of the ZeroPadding2D \"zero\", because padding "
                                                "is no maximum here"},
    {PADDED("AveragePooling2D", "\"pool_size\":3,\"padding\":\"same\""),
     "layer \"l\": AveragePooling2D: expected \"padding\" \"valid\" after the ZeroPadding2D \"zero\", whose "
     "zeros "
     "count in the mean"},
    {PADDED("AveragePooling2D", "\"pool_size\":[1,2]"),
     "layer \"l\": expected padding smaller than the pool (1, 2), found (1, 1)"},
    {LAYERS(FLATTEN "{\"class_name\":\"ZeroPadding2D\",\"config\":{\"name\":\"zero\"}}"),
     "layer \"zero\": expected a layer that reads its output, found none"},
    {LAYERS("{\"class_name\":\"Rescaling\",\"config\":{\"scale\":0.00392156862745098}}"),
     "\"layers\": expected a layer that computes something, found none"},
    {LAYERS(FLATTEN "{\"class_name\":\"Add\",\"config\":{\"name\":\"a\"}}," DENSE_OUTPUT),
     "layer \"a\": \"inputs\": expected a list of 2 to 16 layer names, found nothing"},
    {LAYERS(
         FLATTEN
         "{\"class_name\":\"Concatenate\",\"config\":{\"name\":\"a\"},\"inputs\":[\"flat\"]}," DENSE_OUTPUT),
     "layer \"a\": \"inputs\": expected a list of 2 to 16 layer names, found [\"flat\"]"},
    {LAYERS(FLATTEN "{\"class_name\":\"Add\",\"config\":{\"name\":\"a\"},\"inputs\":[\"flat\",\"input\"]}"
                    "," DENSE_OUTPUT),
     "layer \"a\": \"inputs\": expected inputs of one shape, found \"flat\" of 784x1x1 and \"input\" of "
     "1x28x28"},
    {LAYERS(
         "{\"class_name\":\"MaxPooling2D\",\"config\":{\"name\":\"p\"}},"
         "{\"class_name\":\"Concatenate\",\"config\":{\"name\":\"a\"},\"inputs\":[\"p\",\"input\"]}," FLATTEN
             DENSE_OUTPUT),
     "layer \"a\": \"inputs\": expected inputs of the same height and width, found \"p\" of 1x14x14 and "
     "\"input\" of 1x28x28"},
    {LAYERS("{\"class_name\":\"Concatenate\",\"config\":{\"name\":\"a\",\"axis\":-1},\"inputs\":[\"input\","
            "\"input\"]}," FLATTEN DENSE_OUTPUT),
     "layer \"a\": \"axis\": expected 1, the channels, found -1"},
    {LAYERS(
         FLATTEN
         "{\"class_name\":\"Add\",\"config\":{\"name\":\"a\"},\"inputs\":[\"flat\",\"out\"]}," DENSE_OUTPUT),
     "layer \"a\": \"inputs\": expected \"input\" or the name of a layer before it, found \"out\", which "
     "does not "
     "stand before it; a network has no cycles"},
    {"{\"loss\":\"binary_crossentropy\",\"layers\":[" FLATTEN DENSE_OUTPUT "]}",
     "layer \"out\": expected a sigmoid at the end, because the loss is binary cross-entropy, found none"},
};

static void each_mistake_is_named(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof wrong_models / sizeof *wrong_models; i++) {
        struct error err = {0};
        struct network *network = network_parse(wrong_models[i].json, "m.json", mnist, 10, &err);
        if (network)
            fail_msg("accepted: %s", wrong_models[i].json);
        assert_int_equal(err.class_, ERROR_FAILED);
        assert_int_equal(strncmp(err.message, "m.json: ", 8), 0);
        if (strcmp(err.message + 8, wrong_models[i].message) != 0) {
            print_error("expected %s\nfound    %s\n", wrong_models[i].message, err.message + 8);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void long_and_dirty_text_stays_one_short_line(void **state)
{
    (void)state;
    char json[8192];
    memset(json, 'x', sizeof json);
    memcpy(json, "{\"a\x01\n", 5);
    json[sizeof json - 1] = '\0';
    memcpy(json + sizeof json - 5, "\":1}", 4);
    struct error err = {0};
    assert_null(network_parse(json, "m.json", mnist, 10, &err));
    assert_true(strlen(err.message) < 200);
    assert_null(strpbrk(err.message, "\n\x01"));
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *json = ls_calloc(DEPTH + 1, 1);
    memset(json, '[', DEPTH);
    struct error err = {0};
    assert_null(network_parse(json, "m.json", mnist, 10, &err));
    free(json);
}

/* With room for no more than a few MiB, models of many GiB are still answered with their error. */
static void huge_layers_allocate_nothing(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    static const char *const huge[] = {
        LAYERS(FLATTEN "{\"class_name\":\"Dense\",\"config\":{\"units\":131072}},"
                       "{\"class_name\":\"Dense\",\"config\":{\"units\":131072}}," DENSE_OUTPUT),
        CONV("\"filters\":131072,\"kernel_size\":28,\"padding\":3"),
        CONV("\"filters\":20,\"kernel_size\":131072,\"padding\":131072"),
        LAYERS("{\"class_name\":\"ZeroPadding2D\",\"config\":{\"padding\":131072}},{\"class_name\":"
               "\"Conv2D\",\"config\":{"
               "\"filters\":131072,\"kernel_size\":1}}," FLATTEN DENSE_OUTPUT),
        LAYERS("{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"c\",\"filters\":20000,\"kernel_size\":1}},{"
               "\"class_name\":"
               "\"Concatenate\",\"inputs\":[\"c\",\"c\",\"c\"]}," FLATTEN DENSE_OUTPUT),
        "{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Dense\",\"config\":{\"units\":131072,"
        "\"batch_input_shape\":[null,784]}},{\"class_name\":\"Dense\",\"config\":{\"units\":131072}}]}",
    };
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%lu", &pages), 1);
    fclose(statm);
    const struct rlimit tight = {pages * (rlim_t)sysconf(_SC_PAGESIZE) + (8u << 20), before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    struct error errors[sizeof huge / sizeof *huge] = {{0}};
    bool refused = true;
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++)
        refused = !network_parse(huge[i], "m.json", mnist, 10, &errors[i]) && refused;
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_true(refused);
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++)
        assert_non_null(strstr(errors[i].message, "expected at most"));
}

static void missing_models_are_named(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(network_load("vgg", mnist, 10, &err));
    assert_string_equal(
        err.message,
        "model \"vgg\": expected lenet5, lenet, cnn32, mlp, mlp-64-64, mlp-64-32, mlp-linear, points, "
        "regression, resnet, densenet, deep-sigmoid, deep-exploding or a .json file; give a path for "
        "a file");
    struct error missing = {0};
    assert_null(network_load("/nowhere/m.json", mnist, 10, &missing));
    assert_non_null(strstr(missing.message, "/nowhere/m.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(long_and_dirty_text_stays_one_short_line),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(huge_layers_allocate_nothing),
        cmocka_unit_test(missing_models_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
