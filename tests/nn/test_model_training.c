/* What model files say about training: optimizers, schedules, penalties, starts; in our words and in Keras's.
 */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/network.h"
#include "nn/optimizer.h"

static const struct shape image = {1, 4, 4};

static struct network *parse(const char *json)
{
    struct error err = {0};
    struct network *network = network_parse(json, "test", image, 3, &err);
    if (!network)
        fail_msg("%s: %s", json, err.message);
    return network;
}

#define LAYERS                                                                                               \
    "\"layers\":[{\"class_name\":\"Flatten\"},{\"class_name\":\"Dense\",\"config\":{\"units\":null,"         \
    "\"activation\":\"softmax\"}}]"
#define KERAS(optimizer)                                                                                     \
    "{\"class_name\":\"Sequential\",\"keras_version\":\"3.3.3\",\"config\":{\"name\":\"s\",\"layers\":["     \
    "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"f\"}},{\"class_name\":\"Dense\",\"config\":{"        \
    "\"name\":\"d\",\"units\":3,\"activation\":\"softmax\"}}]},\"compile_config\":{\"optimizer\":" optimizer \
    ",\"loss\":\"categorical_crossentropy\"}}"

/* "adamw 0.001 beta1=0.9 …": all that is in force. */
static void check_recipe(const char *json, const char *expected)
{
    struct network *network = parse(json);
    struct recipe recipe = network->recipe;
    char found[400];
    recipe_complete(&recipe);
    int used = snprintf(found, sizeof found, "%s %g", optimizer_name(recipe.optimizer.kind),
                        (double)recipe.learning_rate);
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
        if (optimizer_reads(&recipe.optimizer, i))
            used +=
                snprintf(found + used, sizeof found - (size_t)used, " %s=%g",
                         optimizer_hyperparameters[i].name, (double)optimizer_value(&recipe.optimizer, i));
    if (strcmp(found, expected) != 0)
        fail_msg("%s:\nexpected %s\nfound    %s", json, expected, found);
    network_destroy(network);
}

#define OURS(optimizer) "{\"optimizer\":" optimizer "," LAYERS "}"
#define OBJECT(name, config) "{\"class_name\":\"" name "\",\"config\":{" config "}}"

static void our_optimizers_have_pytorchs_defaults(void **state)
{
    (void)state;
    check_recipe(OURS("\"sgd\""), "sgd 0.1 weight_decay=0");
    check_recipe(OURS("\"nesterov\""), "nesterov 0.05 momentum=0.9 weight_decay=0");
    check_recipe(OURS("\"rmsprop\""), "rmsprop 0.001 alpha=0.99 epsilon=1e-08 weight_decay=0");
    check_recipe(OURS("\"adamw\""), "adamw 0.001 beta1=0.9 beta2=0.999 epsilon=1e-08 weight_decay=0.01");
    check_recipe(OURS(OBJECT("SGD", "\"momentum\":0.5,\"nesterov\":true,\"weight_decay\":0.25")),
                 "nesterov 0.05 momentum=0.5 weight_decay=0.25");
    check_recipe(OURS(OBJECT("RMSprop", "\"alpha\":0.5,\"learning_rate\":0.25")),
                 "rmsprop 0.25 alpha=0.5 epsilon=1e-08 weight_decay=0");
    check_recipe(OURS(OBJECT("Adam", "\"weight_decay\":0.5,\"clipvalue\":2,\"global_clipnorm\":3,"
                                     "\"gradient_noise\":0.25")),
                 "adam 0.001 beta1=0.9 beta2=0.999 epsilon=1e-08 weight_decay=0.5 clip_value=2 clip_norm=3 "
                 "noise=0.25 noise_decay=0.55");
}

static void keras_optimizers_have_keras_defaults(void **state)
{
    (void)state;
    check_recipe(KERAS("\"sgd\""), "sgd 0.01 weight_decay=0");
    check_recipe(KERAS("\"rmsprop\""), "rmsprop 0.001 alpha=0.9 epsilon=1e-07 weight_decay=0");
    check_recipe(KERAS("\"adam\""), "adam 0.001 beta1=0.9 beta2=0.999 epsilon=1e-07 weight_decay=0");
    check_recipe(KERAS(OBJECT("AdamW", "\"name\":\"adamw\",\"amsgrad\":false")),
                 "adamw 0.001 beta1=0.9 beta2=0.999 epsilon=1e-07 weight_decay=0.004");
    check_recipe(KERAS(OBJECT("RMSprop", "\"rho\":0.5,\"momentum\":0.0,\"centered\":false,\"use_ema\":false,"
                                         "\"clipnorm\":null,\"global_clipnorm\":1.5,\"weight_decay\":null")),
                 "rmsprop 0.001 alpha=0.5 epsilon=1e-07 weight_decay=0 clip_norm=1.5");
    /* Keras takes the decay off the weights: that is AdamW. */
    check_recipe(KERAS(OBJECT("Adam", "\"weight_decay\":0.25")),
                 "adamw 0.001 beta1=0.9 beta2=0.999 epsilon=1e-07 weight_decay=0.25");
}

static void check_schedule(const char *config, const char *expected, double rate)
{
    char text[SCHEDULE_TEXT], json[1600];
    snprintf(json, sizeof json, KERAS("{\"class_name\":\"Adam\",\"config\":{\"learning_rate\":%s}}"), config);
    struct network *network = parse(json);
    assert_string_equal(schedule_print(&network->recipe.schedule, text), expected);
    assert_true(fabs((double)network->recipe.learning_rate - rate) < 1e-6 * rate);
    network_destroy(network);
}

static void keras_schedules_are_ours(void **state)
{
    (void)state;
    check_schedule(OBJECT("ExponentialDecay", "\"initial_learning_rate\":0.1,\"decay_steps\":100000,"
                                              "\"decay_rate\":0.96,\"staircase\":true,\"name\":\"x\""),
                   "step:steps=100000,factor=0.96", 0.1);
    check_schedule(OBJECT("ExponentialDecay", "\"initial_learning_rate\":0.1,\"decay_steps\":50,"
                                              "\"decay_rate\":0.5"),
                   "exponential:steps=50,factor=0.5", 0.1);
    check_schedule(OBJECT("CosineDecay", "\"initial_learning_rate\":0.1,\"decay_steps\":1000,\"alpha\":0.5,"
                                         "\"warmup_target\":null,\"warmup_steps\":0"),
                   "cosine:steps=1000,min=0.05,held=1", 0.1);
    check_schedule(OBJECT("CosineDecay", "\"initial_learning_rate\":0.0,\"decay_steps\":1000,"
                                         "\"warmup_target\":0.25,\"warmup_steps\":100"),
                   "warmup:steps=100,from=0+cosine:steps=1000,held=1", 0.25);
    check_schedule(OBJECT("PiecewiseConstantDecay", "\"boundaries\":[100,200],\"values\":[1.0,0.5,0.125]"),
                   "piecewise:steps=101/201,factor=0.5/0.125", 1.0);
}

static void regularizers_become_penalties(void **state)
{
    (void)state;
    struct network *network = parse(
        "{\"layers\":[{\"class_name\":\"Flatten\"},"
        "{\"class_name\":\"Dense\",\"config\":{\"units\":5,\"kernel_regularizer\":\"l2\"}},"
        "{\"class_name\":\"Dense\",\"config\":{\"units\":4,\"bias_regularizer\":{\"class_name\":\"L1L2\","
        "\"config\":{\"l1\":0.25}},\"kernel_regularizer\":null}},"
        "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\","
        "\"kernel_regularizer\":{\"module\":\"keras.regularizers\",\"class_name\":\"L1\",\"config\":{"
        "\"l1\":0.5},\"registered_name\":null}}}]}");
    const struct program *program = &network->program;
    const struct penalty expected[] = {
        {0, 80, 0.0f, 0.01f}, {80 + 5 + 20, 4, 0.25f, 0.0f}, {80 + 5 + 20 + 4, 12, 0.5f, 0.0f}};
    assert_int_equal(program->penalty_count, 3);
    for (int i = 0; i < 3; i++) {
        const struct penalty *p = &program->penalties[i];
        assert_int_equal(p->offset, expected[i].offset);
        assert_int_equal(p->count, expected[i].count);
        assert_true(p->l1 == expected[i].l1 && p->l2 == expected[i].l2);
    }
    network_penalise(network, 0.125f, 0.5f);
    assert_int_equal(program->penalty_count, 3);
    assert_true(program->penalties[1].offset == 85 && program->penalties[1].count == 20);
    assert_true(program->penalties[2].l1 == 0.125f && program->penalties[2].l2 == 0.5f);
    network_penalise(network, 0.0f, 0.0f);
    assert_int_equal(program->penalty_count, 0);
    network_destroy(network);
}

static void check_start(const char *text, double low, double high, double deviation)
{
    struct error err = {0};
    struct initializer start;
    struct network *network = parse("{\"layers\":[{\"class_name\":\"Flatten\"},{\"class_name\":\"Dense\","
                                    "\"config\":{\"units\":1000}},{\"class_name\":\"Dense\",\"config\":{"
                                    "\"units\":null,\"activation\":\"softmax\"}}]}");
    if (!initializer_parse(text, &start, &err))
        fail_msg("%s: %s", text, err.message);
    network_start_with(network, &start);
    float *values = ls_calloc(network->program.parameter_count, sizeof *values);
    network_initialize(network, 5, values);
    const size_t count = network->layers[2].parameters[0].count;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        if (!((double)values[i] >= low - 1e-7 && (double)values[i] <= high + 1e-7))
            fail_msg("%s: expected %g to %g, found %g", text, low, high, (double)values[i]);
        squares += (double)values[i] * (double)values[i];
    }
    if (!(fabs(sqrt(squares / (double)count) - deviation) <= 0.02 * deviation))
        fail_msg("%s: expected a deviation of %g, found %g", text, deviation, sqrt(squares / (double)count));
    /* Biases stay 0, but PyTorch's, which follow the weight's 16 inputs. */
    const float *bias = values + network->layers[2].parameters[1].offset;
    const bool drawn = strcmp(text, "pytorch") == 0;
    for (int i = 0; i < 1000; i++)
        assert_true(drawn ? bias[i] != 0.0f && fabsf(bias[i]) <= 0.25f : bias[i] == 0.0f);
    free(values);
    network_destroy(network);
}

/* 16 inputs, 1000 outputs. */
static void starts_have_names(void **state)
{
    (void)state;
    const double pair = 1016, third = 1.0 / sqrt(3.0), cut = 2.0 / 0.87962566103423978;
    check_start("pytorch", -0.25, 0.25, 0.25 * third);
    check_start("glorot_uniform", -sqrt(6.0 / pair), sqrt(6.0 / pair), sqrt(2.0 / pair));
    check_start("xavier_uniform", -sqrt(6.0 / pair), sqrt(6.0 / pair), sqrt(2.0 / pair));
    check_start("xavier_normal", -1, 1, sqrt(2.0 / pair));
    check_start("glorot_normal", -cut * sqrt(2.0 / pair), cut * sqrt(2.0 / pair), sqrt(2.0 / pair));
    check_start("he_uniform", -sqrt(6.0 / 16), sqrt(6.0 / 16), sqrt(2.0 / 16));
    check_start("kaiming_uniform", -sqrt(6.0 / 16), sqrt(6.0 / 16), sqrt(2.0 / 16));
    check_start("kaiming_normal", -3, 3, sqrt(2.0 / 16));
    check_start("he_normal", -cut * sqrt(2.0 / 16), cut * sqrt(2.0 / 16), sqrt(2.0 / 16));
    check_start("lecun_uniform", -sqrt(3.0 / 16), sqrt(3.0 / 16), sqrt(1.0 / 16));
    check_start("lecun_normal", -cut * 0.25, cut * 0.25, 0.25);
    check_start("random_uniform:minval=-0.5,maxval=0.5", -0.5, 0.5, 0.5 * third);
    check_start("random_normal:stddev=0.5", -5, 5, 0.5);
    check_start("truncated_normal:stddev=0.5", -1, 1, 0.5 * 0.87962566103423978);
    check_start("constant:value=0.25", 0.25, 0.25, 0.25);
    check_start("zeros", 0, 0, 0);
    check_start("ones", 1, 1, 1);
}

static void wrong_starts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "magic",
                                        "constant:value=x",
                                        "random_normal:stddev",
                                        "a:b:c",
                                        "random_normal:stddev=-1",
                                        "random_uniform:minval=1,maxval=0",
                                        "he_normal:scale=2",
                                        "he_normal:seed=3",
                                        "random_normal:mean=1,mean=2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct initializer start;
        struct error err = {0};
        if (initializer_parse(texts[i], &start, &err))
            fail_msg("accepted \"%s\"", texts[i]);
        assert_true(strstr(err.message, "expected") || strstr(err.message, "twice"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_optimizers_have_pytorchs_defaults),
        cmocka_unit_test(keras_optimizers_have_keras_defaults),
        cmocka_unit_test(keras_schedules_are_ours),
        cmocka_unit_test(regularizers_become_penalties),
        cmocka_unit_test(starts_have_names),
        cmocka_unit_test(wrong_starts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
