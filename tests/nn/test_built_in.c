/* Built-in models: sizes counted by hand, what they train with, and what the deep ones are there to show. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/trainer.h"
#include "synthetic.h"

static const struct {
    const char *name;
    struct shape input;
    int outputs;
    size_t parameters;
    const char *data;
    enum optimizer_kind optimizer;
    float learning_rate;
    int batch;
} models[] = {
    {"lenet5", {1, 28, 28}, 10, 156 + 2416 + 48120 + 10164 + 850, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
    {"lenet", {1, 28, 28}, 10, 61706, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
    {"cnn32", {1, 28, 28}, 10, 32 * 9 + 32 + 13 * 13 * 32 * 10 + 10, "mnist", OPTIMIZER_ADAM, 1e-3f, 32},
    {"mlp", {1, 28, 28}, 10, 784 * 128 + 128 + 128 * 64 + 64 + 650, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
    {"mlp-64-64", {1, 28, 28}, 10, 784 * 64 + 64 + 64 * 64 + 64 + 650, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
    {"mlp-64-32", {1, 28, 28}, 10, 784 * 64 + 64 + 64 * 32 + 32 + 330, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
    {"mlp-linear", {10, 1, 1}, 1, 10 * 64 + 64 + 64 * 64 + 64 + 65, "", OPTIMIZER_ADAM, 1e-3f, 64},
    {"points", {2, 1, 1}, 2, 2 * 64 + 64 + 64 * 64 + 64 + 65, "spiral:noise=0.02", OPTIMIZER_ADAM, 0.01f, 32},
    {"resnet", {1, 28, 28}, 10, 38266, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
    {"densenet", {1, 28, 28}, 10, 23346, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
    {"regression", {10, 1, 1}, 1, 55 + 6, "random", OPTIMIZER_SGD, 0.01f, 32},
    {"deep-sigmoid", {1, 28, 28}, 10, 50240 + 9 * 4160 + 650, "mnist", OPTIMIZER_SGD, 0.1f, 64},
    {"deep-exploding", {1, 28, 28}, 10, 50240 + 9 * 4160 + 650, "mnist", OPTIMIZER_ADAM, 1e-3f, 64},
};
enum { MODEL_COUNT = sizeof models / sizeof *models };

static struct network *load(const char *name, struct shape input, int outputs)
{
    struct error err = {0};
    struct network *network = network_load(name, input, outputs, &err);
    if (!network)
        fail_msg("%s", err.message);
    return network;
}

static void they_have_their_sizes_and_recipes(void **state)
{
    (void)state;
    for (int i = 0; i < MODEL_COUNT; i++) {
        struct error err = {0};
        struct network *network = load(models[i].name, models[i].input, models[i].outputs);
        struct recipe recipe;
        assert_int_equal(network->program.parameter_count, models[i].parameters);
        assert_true(recipe_load(models[i].name, &recipe, &err));
        assert_string_equal(recipe.data, models[i].data);
        assert_int_equal(recipe.optimizer.kind, models[i].optimizer);
        assert_float_equal(recipe.learning_rate, models[i].learning_rate, 0);
        assert_int_equal(recipe.batch, models[i].batch);
        assert_float_equal(recipe.optimizer.noise, strcmp(models[i].name, "regression") == 0 ? 0.01f : 0.0f,
                           0);
        assert_non_null(strstr(network_built_in_names(), models[i].name));
        network_destroy(network);
    }
}

/* Root of the mean square of the first batch's gradient of a layer's weights. */
static double weight_gradient(const struct network *network, const float *gradients, const char *layer)
{
    const struct parameter *weight = &network->layers[network_find_layer(network, layer)].parameters[0];
    double sum = 0.0;
    for (size_t i = 0; i < weight->count; i++)
        sum += pow((double)gradients[weight->offset + i], 2.0);
    return sqrt(sum / (double)weight->count);
}

/* Of the second layer over that of the tenth, which are of the same size. */
static double gradient_ratio(const char *name, double *front)
{
    struct error err = {0};
    struct data *data = synthetic_create(28, 10, 64, 16);
    struct network *network = load(name, (struct shape){1, 28, 28}, 10);
    const struct trainer_desc desc = {
        .network = network, .data = data, .backend = BACKEND_REFERENCE, .batch = 64, .seed = 1};
    struct trainer *trainer = trainer_create(&desc, &err);
    assert_non_null(trainer);
    struct batch_metrics metrics;
    trainer_run_next_batch(trainer, &metrics);
    float *gradients = ls_calloc_aligned(network->program.parameter_count, sizeof *gradients);
    compute_read_parameter_gradients(trainer_compute(trainer), COMPUTE_TRAIN, gradients);
    compute_sync(trainer_compute(trainer));
    *front = weight_gradient(network, gradients, "dense2");
    const double ratio = *front / weight_gradient(network, gradients, "dense10");
    free(gradients);
    trainer_destroy(trainer);
    network_destroy(network);
    synthetic_destroy(data);
    return ratio;
}

static void gradients_vanish_and_explode(void **state)
{
    (void)state;
    double vanishing, exploding;
    const double ratio = gradient_ratio("deep-sigmoid", &vanishing);
    assert_true(ratio > 0.0 && ratio < 1e-3);
    gradient_ratio("deep-exploding", &exploding);
    assert_true(isfinite(exploding) && exploding > 100.0);
}

static void initializers_have_their_moments(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    const struct {
        struct initializer initializer;
        double mean, deviation, largest;
    } cases[] = {
        {{INITIALIZER_CONSTANT, FAN_NONE, 0, 0.5f, 0}, 0.5, 0, 0.5},
        {{INITIALIZER_UNIFORM, FAN_NONE, 0, -1, 3}, 1, 4 / sqrt(12), 3},
        {{INITIALIZER_UNIFORM, FAN_AVERAGE, 1, 0, 0}, 0, sqrt(1 / 75.0), sqrt(3 / 75.0)},
        {{INITIALIZER_UNIFORM, FAN_IN, 2, 0, 0}, 0, sqrt(2 / 50.0), sqrt(6 / 50.0)},
        {{INITIALIZER_NORMAL, FAN_OUT, 1, 0, 0}, 0, 0.1, 1},
        {{INITIALIZER_TRUNCATED_NORMAL, FAN_IN, 2, 0, 0}, 0, 0.2, 0.4 / 0.8796},
        {{INITIALIZER_NORMAL, FAN_NONE, 0, 2, 0.5f}, 2, 0.5, 5},
    };
    float *values = ls_calloc(COUNT, sizeof *values);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        initializer_fill(&cases[c].initializer, 50, 100, 3, 1, values, COUNT);
        double sum = 0.0, squares = 0.0, largest = -1e9;
        for (int i = 0; i < COUNT; i++) {
            sum += (double)values[i];
            largest = (double)values[i] > largest ? (double)values[i] : largest;
        }
        for (int i = 0; i < COUNT; i++)
            squares += pow((double)values[i] - sum / COUNT, 2.0);
        assert_true(fabs(sum / COUNT - cases[c].mean) <= 0.02 * (1e-6 + cases[c].deviation));
        assert_true(fabs(sqrt(squares / COUNT) - cases[c].deviation) <= 0.02 * (1e-6 + cases[c].deviation));
        assert_true(largest <= cases[c].largest + 1e-6);
    }
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_have_their_sizes_and_recipes),
        cmocka_unit_test(gradients_vanish_and_explode),
        cmocka_unit_test(initializers_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
