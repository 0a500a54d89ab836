/* Training on CUDA, step by step: the same seed gives the same bits again, in graphs and kernel by kernel,
 * with the data on the device and with data that is sent because it is larger than the budget. Runs over the
 * shim, and on a device with tests/gpu/real_device.c. */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/file.h"
#include "base/memory.h"
#include "compute/traffic.h"
#include "nn/trainer.h"
#include "synthetic.h"

enum { STEPS = 8, BATCH = 4, SAMPLES = 22 }; /* the last batch of an epoch has 2 */

struct run {
    float losses[STEPS], norms[STEPS];
    float *parameters;
    size_t parameter_count;
    uint64_t sent; /* bytes to the device while training */
};

static uint64_t sent(void)
{
    struct traffic traffic;
    traffic_read(&traffic);
    return traffic.to_device[TRAFFIC_TRAINING];
}

/* `variable` (or NULL) is set to `value` meanwhile. */
static struct run train(const char *model, const char *variable, const char *value)
{
    struct error err = {0};
    struct run run = {0};
    if (variable)
        setenv(variable, value, 1);
    struct data *data = synthetic_create(28, 10, SAMPLES, 16);
    struct network *network = network_load(model, (struct shape){1, 28, 28}, 10, &err);
    assert_non_null(network);
    const struct trainer_desc desc = {.network = network,
                                      .data = data,
                                      .backend = BACKEND_CUDA,
                                      .batch = BATCH,
                                      .seed = 11,
                                      .optimizer = {OPTIMIZER_ADAM, 0.9f, 0.9f, 0.999f, 1e-8f, 0.99f, 0.0f}};
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    const uint64_t before = sent();
    for (int done = 0; done < STEPS;) {
        struct step_sample samples[STEPS];
        const int steps = trainer_train(trainer, STEPS - done, samples);
        for (int i = 0; i < steps; i++) {
            run.losses[done + i] = samples[i].loss;
            run.norms[done + i] = samples[i].gradient_norm;
        }
        done += steps;
    }
    run.sent = sent() - before;
    assert_null(trainer_problem(trainer));
    run.parameter_count = network->program.parameter_count;
    run.parameters = ls_calloc(run.parameter_count, sizeof(float));
    trainer_read_parameters(trainer, run.parameters);
    trainer_destroy(trainer);
    network_destroy(network);
    synthetic_destroy(data);
    if (variable)
        unsetenv(variable);
    return run;
}

static void check_same(const struct run *one, struct run other)
{
    assert_memory_equal(one->losses, other.losses, sizeof one->losses);
    assert_memory_equal(one->norms, other.norms, sizeof one->norms);
    assert_memory_equal(one->parameters, other.parameters, one->parameter_count * sizeof(float));
    free(other.parameters);
}

static void check_model(const char *model)
{
    struct run first = train(model, NULL, NULL);
    for (int i = 0; i < STEPS; i++)
        assert_true(isfinite(first.losses[i]) && first.norms[i] > 0.0f);
    check_same(&first, train(model, NULL, NULL));
    check_same(&first, train(model, "LAYERSCOPE_CUDA_GRAPHS", "off"));
    const struct run streamed = train(model, "LAYERSCOPE_CUDA_DATA_MIB", "0");
    assert_true(streamed.sent >= first.sent + (uint64_t)STEPS * 2 * 28 * 28);
    check_same(&first, streamed);
    free(first.parameters);
}

static void the_mlp_repeats(void **state)
{
    (void)state;
    check_model("mlp");
}

static void lenet5_repeats(void **state)
{
    (void)state;
    check_model("lenet5");
}

/* With the masks of dropout and running statistics in the same graphs. */
static void a_graph_repeats(void **state)
{
    (void)state;
    char *path = file_resource("tests/nn/models/keras3_branches.json");
    check_model(path);
    free(path);
}

int main(void)
{
    log_set_level(LOG_WARNING);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mlp_repeats),
        cmocka_unit_test(lenet5_repeats),
        cmocka_unit_test(a_graph_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
