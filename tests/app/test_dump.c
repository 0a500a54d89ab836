/* `dump`: the file holds the batch that it says, and every tensor is what the reference backend computes
 * from the file's own inputs and parameters. (tests/bench/compare_pytorch.py asks PyTorch.) */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "compute/compute.h"
#include "data/dataset.h"
#include "nn/network.h"
#include "nn/safetensors.h"
#include "workplace.h"

static const double tolerance = 1e-4;

static struct safetensors read_dump(const char *name)
{
    char *path = ls_sprintf("%s/%s", workplace_path(), name);
    struct safetensors file;
    struct error err = {0};
    if (!safetensors_read(&file, path, &err))
        fail_msg("%s", err.message);
    free(path);
    return file;
}

static const struct tensor *find(const struct safetensors *file, const char *format, const char *a,
                                 const char *b)
{
    char *name = ls_sprintf("%s%s%s", format, a, b);
    const struct tensor *tensor = safetensors_find(file, name);
    if (!tensor)
        fail_msg("tensor \"%s\" is missing", name);
    free(name);
    return tensor;
}

/* Largest difference over largest value. */
static void expect_close(const struct tensor *tensor, const float *expected)
{
    double difference = 0, scale = 1e-30;
    const size_t count = tensor->size / sizeof(float);
    for (size_t i = 0; i < count; i++) {
        float value;
        memcpy(&value, (const char *)tensor->values + i * sizeof value, sizeof value);
        if (!isfinite(value))
            fail_msg("%s[%zu] is not a finite number", tensor->name, i);
        difference = fmax(difference, fabs((double)value - (double)expected[i]));
        scale = fmax(scale, fabs((double)expected[i]));
    }
    if (difference > tolerance * scale)
        fail_msg("%s: error %g of %g", tensor->name, difference, scale);
}

struct check {
    struct safetensors file;
    struct network *network;
    struct compute *compute;
    int batch;
    float *input, *work;
    int32_t *labels;
};

/* Runs the dump's batch with the dump's parameters on the reference backend. */
static void check_init(struct check *c, const char *name, const char *model)
{
    struct error err = {0};
    memset(c, 0, sizeof *c);
    c->file = read_dump(name);
    c->network = network_load(model, (struct shape){1, 28, 28}, 10, &err);
    assert_non_null(c->network);
    const struct tensor *input = find(&c->file, "input", "", ""), *target = find(&c->file, "target", "", "");
    assert_int_equal(input->rank, 4);
    c->batch = (int)input->dims[0];
    assert_true(target->rank == 1 && target->dims[0] == input->dims[0] && target->type == TENSOR_I64);
    c->input = ls_calloc(input->size, 1);
    memcpy(c->input, input->values, input->size);
    c->labels = ls_calloc((size_t)c->batch, sizeof *c->labels);
    for (int i = 0; i < c->batch; i++) {
        int64_t label;
        memcpy(&label, (const char *)target->values + 8 * i, sizeof label);
        c->labels[i] = (int32_t)label;
    }
    const struct compute_desc desc = {.program = &c->network->program,
                                      .backend = BACKEND_REFERENCE,
                                      .max_batch = c->batch,
                                      .input_gradients = true,
                                      .optimizer = {OPTIMIZER_SGD, 0.9f, 0.9f, 0.999f, 1e-8f, 0.99f, 0.0f}};
    c->compute = compute_create(&desc, &err);
    assert_non_null(c->compute);
    c->work = ls_calloc(c->network->program.parameter_count + (size_t)c->batch * 16384, sizeof *c->work);
    for (int i = 0; i < c->network->layer_count; i++) {
        const struct layer *layer = &c->network->layers[i];
        for (int p = 0; p < layer->parameter_count; p++) {
            char *rest = ls_sprintf(".%s", layer->parameters[p].name);
            const struct tensor *tensor = find(&c->file, "param.", layer->name, rest);
            assert_int_equal(tensor->size, layer->parameters[p].count * sizeof(float));
            memcpy(c->work + layer->parameters[p].offset, tensor->values, tensor->size);
            free(rest);
        }
    }
    compute_write_parameters(c->compute, c->work);
    const struct compute_data data = {.count = (uint32_t)c->batch, .values = c->input, .labels = c->labels};
    const struct compute_batch batch = {.data = compute_bind_data(c->compute, &data), .count = c->batch};
    struct batch_metrics metrics;
    compute_run(c->compute, COMPUTE_TRAIN, &batch, true, &metrics);
    compute_sync(c->compute);
    const float loss = (float)metrics.loss;
    const struct tensor *dumped = find(&c->file, "loss", "", "");
    assert_int_equal(dumped->rank, 0);
    expect_close(dumped, &loss);
}

static void check_deinit(struct check *c)
{
    compute_destroy(c->compute);
    network_destroy(c->network);
    safetensors_deinit(&c->file);
    free(c->input);
    free(c->labels);
    free(c->work);
}

static void compare_tensor(struct check *c, const struct tensor *found, int tensor, bool gradient)
{
    if (gradient)
        compute_read_tensor_gradient(c->compute, COMPUTE_TRAIN, tensor, c->work);
    else
        compute_read_tensor(c->compute, COMPUTE_TRAIN, tensor, c->work);
    compute_sync(c->compute);
    const size_t count = (size_t)c->batch * shape_count(c->network->program.tensors[tensor]);
    assert_int_equal(found->size, count * sizeof(float));
    expect_close(found, c->work);
}

static void compare_layers(struct check *c)
{
    for (int i = 0; i < c->network->layer_count; i++) {
        const struct layer *layer = &c->network->layers[i];
        if (i > 0)
            compare_tensor(c, find(&c->file, "activation.", layer->name, ""), layer->tensor, false);
        compare_tensor(c, find(&c->file, "grad.activation.", layer->name, ""), layer->tensor, true);
    }
    const struct layer *last = &c->network->layers[c->network->layer_count - 1];
    compare_tensor(c, find(&c->file, "logits", "", ""), last->logits_tensor, false);
    compare_tensor(c, find(&c->file, "grad.logits", "", ""), last->logits_tensor, true);
}

static void compare_parameter_gradients(struct check *c)
{
    compute_read_parameter_gradients(c->compute, COMPUTE_TRAIN, c->work);
    compute_sync(c->compute);
    for (int i = 0; i < c->network->layer_count; i++) {
        const struct layer *layer = &c->network->layers[i];
        for (int p = 0; p < layer->parameter_count; p++) {
            char *rest = ls_sprintf(".%s", layer->parameters[p].name);
            const struct tensor *tensor = find(&c->file, "grad.", layer->name, rest);
            assert_int_equal(tensor->rank, layer->parameters[p].rank);
            expect_close(tensor, c->work + layer->parameters[p].offset);
            free(rest);
        }
    }
}

static void a_name_is_of_one_tensor(void **state)
{
    (void)state;
    workplace_expect(0, NULL,
                     "printf '{\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"name\": "
                     "\"activation\", \"units\": 3}}, {\"class_name\": \"Dense\", \"config\": {\"name\": "
                     "\"weight\", \"units\": null, \"activation\": \"softmax\"}}]}' > twice.json");
    workplace_expect(1,
                     "twice.st: the layers \"activation\" and \"weight\" would both have a tensor "
                     "\"grad.activation.weight\"; give one another name",
                     "$LAYERSCOPE dump twice.st --model twice.json --data circle:samples=20");
    assert_false(workplace_has("twice.st"));
    workplace_expect(0, NULL,
                     "$LAYERSCOPE train --model twice.json --data circle:samples=20 --steps 1 --quiet");
}

static void a_batch_agrees_with_the_reference(void **state)
{
    (void)state;
    static const char *const models[] = {"lenet5", "mlp"};
    for (int m = 0; m < 2; m++) {
        char *command = ls_sprintf("$LAYERSCOPE dump %s.st --model %s --steps 12 --batch 9 --quiet",
                                   models[m], models[m]);
        char *name = ls_sprintf("%s.st", models[m]);
        workplace_expect(0, NULL, command);
        struct check c;
        check_init(&c, name, models[m]);
        assert_int_equal(c.batch, 9);
        compare_layers(&c);
        compare_parameter_gradients(&c);
        assert_string_equal(safetensors_metadata(&c.file, "step"), "12");
        check_deinit(&c);
        free(command);
        free(name);
    }
}

static void the_batch_is_the_next_one(void **state)
{
    (void)state;
    workplace_expect(0, NULL, "$LAYERSCOPE dump next.st --model mlp --steps 3 --batch 16 --seed 9 --quiet");
    struct error err = {0};
    struct data *data = data_load("mnist", &err);
    assert_non_null(data);
    const struct rng_shuffle shuffle = rng_shuffle_init(9, 0, data->train.count);
    struct check c;
    check_init(&c, "next.st", "mlp");
    for (int i = 0; i < 16; i++) {
        const uint32_t sample = rng_permute(&shuffle, 3 * 16 + (uint32_t)i);
        assert_int_equal(c.labels[i], data->train.labels[sample]);
        for (int p = 0; p < 784; p++)
            assert_float_equal(c.input[i * 784 + p],
                               (float)data->train.pixels[sample * 784 + (uint32_t)p] / 255.0f, 1e-7);
    }
    check_deinit(&c);
    data_destroy(data);
}

static bool all_zero(const struct tensor *tensor)
{
    for (size_t i = 0; i < tensor->size; i++)
        if (((const char *)tensor->values)[i])
            return false;
    return true;
}

static void a_probe_is_a_test_sample(void **state)
{
    (void)state;
    workplace_expect(0, NULL, "$LAYERSCOPE dump start.st --probe 7 --quiet");
    workplace_expect(0, NULL, "$LAYERSCOPE dump later.st --probe 7 --steps 5 --quiet");
    struct check c;
    check_init(&c, "start.st", "lenet5");
    assert_int_equal(c.batch, 1);
    assert_int_equal(c.labels[0], 9);
    compare_layers(&c);
    assert_true(all_zero(find(&c.file, "grad.conv1.weight", "", "")));
    assert_string_equal(safetensors_metadata(&c.file, "probe"), "7");
    check_deinit(&c);
    check_init(&c, "later.st", "lenet5");
    compare_layers(&c);
    assert_false(all_zero(find(&c.file, "grad.conv1.weight", "", "")));
    check_deinit(&c);
}

static void a_checkpoint_can_be_dumped(void **state)
{
    (void)state;
    workplace_expect(0, NULL, "$LAYERSCOPE train --model mlp --steps 4 --quiet --save m.st");
    workplace_expect(0, NULL, "$LAYERSCOPE dump loaded.st --model mlp --load m.st --quiet");
    workplace_expect(0, NULL, "$LAYERSCOPE dump trained.st --model mlp --steps 4 --quiet");
    struct safetensors a = read_dump("loaded.st"), b = read_dump("trained.st");
    assert_int_equal(a.count, b.count);
    for (int i = 0; i < a.count; i++) {
        assert_string_equal(a.tensors[i].name, b.tensors[i].name);
        assert_memory_equal(a.tensors[i].values, b.tensors[i].values, a.tensors[i].size);
    }
    safetensors_deinit(&a);
    safetensors_deinit(&b);
    workplace_expect(0, NULL, "$LAYERSCOPE dump probe.st --model mlp --load m.st --probe 0 --quiet");
    struct safetensors probe = read_dump("probe.st");
    assert_true(all_zero(find(&probe, "grad.dense1.weight", "", "")));
    safetensors_deinit(&probe);
}

static void an_existing_dump_is_kept(void **state)
{
    (void)state;
    workplace_expect(1, "kept.st: exists already",
                     "echo old > kept.st && $LAYERSCOPE dump kept.st --steps 100000");
    workplace_expect(0, "old", "cat kept.st");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_of_one_tensor),    cmocka_unit_test(a_batch_agrees_with_the_reference),
        cmocka_unit_test(the_batch_is_the_next_one),  cmocka_unit_test(a_probe_is_a_test_sample),
        cmocka_unit_test(a_checkpoint_can_be_dumped), cmocka_unit_test(an_existing_dump_is_kept),
    };
    return cmocka_run_group_tests(tests, workplace_set_up, workplace_tear_down);
}
