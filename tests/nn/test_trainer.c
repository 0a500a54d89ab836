/* The trainer on a small data set: which samples it takes, what repeats, what it notes and publishes. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "fake_publisher.h"
#include "nn/checkpoint.h"
#include "nn/optimizer.h"
#include "nn/trainer.h"
#include "synthetic.h"

enum { TRAIN_COUNT = 100, TEST_COUNT = 50, CLASSES = 4, SIZE = 8, BATCH = 32 };

static const char small_model[] =
    "{\"name\":\"small\",\"layers\":["
    "{\"class_name\":\"Conv2D\",\"config\":{\"filters\":3,\"kernel_size\":3,\"activation\":\"relu\"}},"
    "{\"class_name\":\"MaxPooling2D\"},{\"class_name\":\"Flatten\"},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";

static const char average_tanh_model[] =
    "{\"layers\":["
    "{\"class_name\":\"Conv2D\",\"config\":{\"filters\":4,\"kernel_size\":3,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"AveragePooling2D\"},{\"class_name\":\"Flatten\"},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":16,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null}},{\"class_name\":\"Softmax\"}]}";

static const char sigmoid_squared_error_model[] =
    "{\"loss\":\"mean_squared_error\",\"layers\":[{\"class_name\":\"Flatten\"},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":16}},"
    "{\"class_name\":\"Activation\",\"config\":{\"activation\":\"relu\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"sigmoid\"}}]}";

struct fixture {
    struct data *data;
    struct network *network;
};

static void fixture_init(struct fixture *f, const char *model)
{
    struct error err = {0};
    f->data = synthetic_create(SIZE, CLASSES, TRAIN_COUNT, TEST_COUNT);
    f->network = network_parse(model, "test", (struct shape){1, SIZE, SIZE}, CLASSES, &err);
    if (!f->network)
        fail_msg("%s", err.message);
}

static void fixture_deinit(struct fixture *f)
{
    network_destroy(f->network);
    synthetic_destroy(f->data);
}

static struct trainer_desc usual(const struct fixture *f)
{
    return (struct trainer_desc){.network = f->network,
                                 .data = f->data,
                                 .backend = BACKEND_CPU,
                                 .batch = BATCH,
                                 .threads = 2,
                                 .seed = 1,
                                 .optimizer = {.kind = OPTIMIZER_ADAM}};
}

static struct trainer *create(const struct trainer_desc *desc)
{
    struct error err = {0};
    struct trainer *trainer = trainer_create(desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    return trainer;
}

static void train(struct trainer *trainer, float *losses, int steps)
{
    for (int i = 0; i < steps; i++) {
        struct step_sample sample;
        trainer_step(trainer, &sample);
        losses[i] = sample.loss;
    }
}

static void an_epoch_takes_every_sample_once(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    const struct trainer_desc desc = usual(&f);
    struct trainer *trainer = create(&desc);
    assert_int_equal(trainer_steps_per_epoch(trainer), 4);
    uint32_t first_of_epoch[2];
    for (int epoch = 0; epoch < 2; epoch++) {
        int seen[TRAIN_COUNT] = {0};
        for (int step = 0; step < 4; step++) {
            const uint32_t *indices;
            const int count = trainer_next_batch(trainer, &indices);
            assert_int_equal(count, step < 3 ? BATCH : TRAIN_COUNT - 3 * BATCH);
            if (step == 0)
                first_of_epoch[epoch] = indices[0] * TRAIN_COUNT + indices[1];
            for (int i = 0; i < count; i++)
                seen[indices[i]]++;
            struct step_sample sample;
            trainer_step(trainer, &sample);
            assert_true(sample.accuracy * (float)count == roundf(sample.accuracy * (float)count));
        }
        for (int i = 0; i < TRAIN_COUNT; i++)
            assert_int_equal(seen[i], 1);
    }
    assert_int_not_equal(first_of_epoch[0], first_of_epoch[1]);
    assert_int_equal(trainer_steps_taken(trainer), 8);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

static void the_same_seed_repeats_bit_for_bit(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    for (int backend = BACKEND_REFERENCE; backend <= BACKEND_CUDA; backend++) {
        if (!compute_backend_available((enum backend_kind)backend))
            continue;
        float losses[3][20];
        for (int run = 0; run < 3; run++) {
            struct trainer_desc desc = usual(&f);
            desc.backend = (enum backend_kind)backend;
            desc.seed = run < 2 ? 1 : 2;
            struct trainer *trainer = create(&desc);
            train(trainer, losses[run], 20);
            trainer_destroy(trainer);
        }
        assert_memory_equal(losses[0], losses[1], sizeof losses[0]);
        assert_memory_not_equal(losses[0], losses[2], sizeof losses[0]);
    }
    fixture_deinit(&f);
}

static void looking_does_not_disturb_training(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    struct trainer_desc desc = usual(&f);
    float undisturbed[60], watched[60];
    struct trainer *trainer = create(&desc);
    train(trainer, undisturbed, 60);
    trainer_destroy(trainer);

    desc.evaluate_live = true;
    trainer = create(&desc);
    struct fake_publisher fake;
    fake_publisher_init(&fake, trainer_snapshot_layout(trainer), FAKE_SLOTS);
    for (int i = 0; i < 60; i++) {
        fake_publisher_free_slots(&fake);
        trainer_set_probe(trainer, (uint32_t)i);
        assert_true(trainer_publish(trainer, &fake.publisher));
        train(trainer, &watched[i], 1);
    }
    assert_memory_equal(undisturbed, watched, sizeof undisturbed);
    fake_publisher_deinit(&fake);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

static void check_learns(const char *model, struct optimizer optimizer)
{
    struct fixture f;
    fixture_init(&f, model);
    struct trainer_desc desc = usual(&f);
    desc.optimizer = optimizer;
    desc.seed = 3; /* momentum kills all three filters of small_model with some seeds, 1 among them */
    if (optimizer.kind >= OPTIMIZER_RMSPROP)
        desc.learning_rate = 0.01f;
    struct trainer *trainer = create(&desc);
    struct evaluation_sample before, after;
    trainer_evaluate(trainer, &before);
    float losses[800];
    train(trainer, losses, 800);
    trainer_evaluate(trainer, &after);
    assert_true(after.loss < before.loss / 2.0f);
    assert_true(after.accuracy > 0.9f);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

static void losses_fall(void **state)
{
    (void)state;
    for (int kind = 0; kind < OPTIMIZER_COUNT; kind++)
        check_learns(small_model, optimizer_usual((enum optimizer_kind)kind));
    check_learns(average_tanh_model, (struct optimizer){.kind = OPTIMIZER_ADAM});
    check_learns(sigmoid_squared_error_model, (struct optimizer){.kind = OPTIMIZER_ADAM});
}

static void weight_decay_shrinks_parameters(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    const size_t count = f.network->program.parameter_count;
    float *parameters = ls_calloc(count, sizeof *parameters);
    for (int kind = 0; kind < OPTIMIZER_COUNT; kind++) {
        double norms[2] = {0.0, 0.0};
        for (int decays = 0; decays < 2; decays++) {
            struct trainer_desc desc = usual(&f);
            desc.optimizer = optimizer_usual((enum optimizer_kind)kind);
            desc.optimizer.weight_decay = decays ? 0.1f : 0.0f;
            struct trainer *trainer = create(&desc);
            assert_true(trainer_optimizer(trainer)->weight_decay == desc.optimizer.weight_decay);
            float losses[100];
            train(trainer, losses, 100);
            trainer_read_parameters(trainer, parameters);
            for (size_t i = 0; i < count; i++)
                norms[decays] += (double)parameters[i] * (double)parameters[i];
            trainer_destroy(trainer);
        }
        assert_true(norms[1] < norms[0]);
    }
    free(parameters);
    fixture_deinit(&f);
}

static void metrics_tell_what_happened(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    struct trainer_desc desc = usual(&f);
    desc.evaluate_live = true;
    struct trainer *trainer = create(&desc);
    float losses[1000];
    train(trainer, losses, 1000);
    struct step_sample steps[1000];
    assert_int_equal(metrics_read_steps(trainer_metrics(trainer), 0, steps, 1000), 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(steps[i].step, i + 1);
        assert_true(steps[i].loss == losses[i] && steps[i].gradient_norm > 0.0f);
        assert_true(steps[i].learning_rate == 1e-3f);
    }
    static const uint32_t expected[] = {0, 50, 100, 200, 400, 600, 800, 1000};
    struct evaluation_sample evaluations[16];
    assert_int_equal(metrics_read_evaluations(trainer_metrics(trainer), 0, evaluations, 16), 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(evaluations[i].step, expected[i]);
    assert_true(evaluations[7].loss < evaluations[0].loss);
    assert_true(trainer_step_seconds(trainer) > 0.0);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

static void defaults_stand_for_zeros(void **state)
{
    (void)state;
    static const float usual_rates[] = {
        [OPTIMIZER_SGD] = 0.1f,      [OPTIMIZER_MOMENTUM] = 0.05f, [OPTIMIZER_NESTEROV] = 0.05f,
        [OPTIMIZER_RMSPROP] = 1e-3f, [OPTIMIZER_ADAM] = 1e-3f,     [OPTIMIZER_ADAMW] = 1e-3f};
    struct fixture f;
    fixture_init(&f, small_model);
    for (int kind = 0; kind < OPTIMIZER_COUNT; kind++) {
        struct trainer_desc desc = {.network = f.network,
                                    .data = f.data,
                                    .backend = BACKEND_CPU,
                                    .optimizer = {.kind = (enum optimizer_kind)kind}};
        struct trainer *trainer = create(&desc);
        assert_true(trainer_learning_rate(trainer) == usual_rates[kind]);
        assert_int_equal(trainer_batch(trainer), 64);
        trainer_destroy(trainer);
    }
    struct trainer_desc desc = usual(&f);
    desc.batch = 1000;
    struct trainer *trainer = create(&desc);
    assert_int_equal(trainer_batch(trainer), TRAIN_COUNT);
    assert_int_equal(trainer_steps_per_epoch(trainer), 1);
    trainer_set_probe(trainer, 3 * TEST_COUNT + 7);
    assert_int_equal(trainer_probe(trainer), 7);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

static void data_of_another_shape_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    const struct trainer_desc desc = usual(&f);
    struct error err = {0};
    f.data->test.height = 9;
    assert_null(trainer_create(&desc, &err));
    assert_string_equal(err.message,
                        "synthetic: expected test samples of 1x8x8, as the network reads, found 1x9x8");
    f.data->test.height = SIZE;
    f.data->test.count = 0;
    struct error empty = {0};
    assert_null(trainer_create(&desc, &empty));
    assert_string_equal(empty.message, "synthetic: expected samples in its test split, found none");
    f.data->test.count = TEST_COUNT;
    fixture_deinit(&f);
}

/* One step of SGD moves every parameter by −learning rate × gradient. */
static void check_gradients(struct trainer *trainer, const struct fake_publisher *fake, const float *before)
{
    const struct snapshot_layout *layout = trainer_snapshot_layout(trainer);
    for (int l = 0; l < trainer_network(trainer)->layer_count; l++) {
        const struct layer *layer = &trainer_network(trainer)->layers[l];
        for (int p = 0; p < layer->parameter_count; p++) {
            const float *now = fake_publisher_region(fake, layout, REGION_PARAMETER, l, p);
            const float *gradient = fake_publisher_region(fake, layout, REGION_PARAMETER_GRADIENT, l, p);
            const float *then = before + layer->parameters[p].offset;
            for (size_t i = 0; i < layer->parameters[p].count; i++)
                assert_true(fabsf(then[i] - 0.1f * gradient[i] - now[i]) < 1e-6f);
        }
    }
}

static void check_probe(struct trainer *trainer, const struct fake_publisher *fake)
{
    const struct snapshot_layout *layout = trainer_snapshot_layout(trainer);
    const struct dataset *test = &trainer_data(trainer)->test;
    const struct snapshot_info *info = &fake->slots[fake->last].info;
    const float *input = fake_publisher_region(fake, layout, REGION_ACTIVATION, 0, 0);
    for (int i = 0; i < SIZE * SIZE; i++)
        assert_true(fabsf(input[i] - (float)test->pixels[7 * SIZE * SIZE + i] / 255.0f) < 1e-6f);
    const int last = trainer_network(trainer)->layer_count - 1;
    const float *output = fake_publisher_region(fake, layout, REGION_ACTIVATION, last, 0);
    float sum = 0.0f;
    for (int i = 0; i < CLASSES; i++) {
        assert_true(info->output[i] == output[i]);
        sum += output[i];
    }
    assert_true(fabsf(sum - 1.0f) < 1e-5f);
    assert_int_equal(info->probe_index, 7);
    assert_int_equal(info->probe_label, test->labels[7]);
    assert_int_equal(info->output_count, CLASSES);
    assert_true(fabsf(info->probe_loss + logf(output[info->probe_label])) < 1e-5f);
}

/* Every value of every region is written, and nothing between the regions. */
static void check_written(const struct trainer *trainer, const struct fake_publisher *fake)
{
    const struct snapshot_layout *layout = trainer_snapshot_layout(trainer);
    const float *memory = fake->slots[fake->last].memory;
    size_t next = 0;
    for (int r = 0; r < layout->region_count; r++) {
        const size_t begin = layout->regions[r].offset / sizeof(float);
        for (; next < begin; next++)
            assert_true(isnan(memory[next]));
        for (; next < begin + layout->regions[r].count; next++)
            assert_true(isfinite(memory[next]));
    }
}

static void a_snapshot_holds_what_the_network_has(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    struct trainer_desc desc = usual(&f);
    desc.optimizer.kind = OPTIMIZER_SGD;
    struct trainer *trainer = create(&desc);
    const struct snapshot_layout *layout = trainer_snapshot_layout(trainer);
    struct fake_publisher fake;
    fake_publisher_init(&fake, layout, 2);
    trainer_set_probe(trainer, 7);

    assert_true(trainer_publish(trainer, &fake.publisher));
    check_written(trainer, &fake);
    check_probe(trainer, &fake);
    const struct snapshot_info *info = &fake.slots[fake.last].info;
    assert_true(!info->has_gradients && info->step == 0 && info->epoch == 0.0 && info->train_ms == 0.0);
    const float *gradient = fake_publisher_region(&fake, layout, REGION_PARAMETER_GRADIENT, 1, 0);
    for (int i = 0; i < 27; i++)
        assert_true(gradient[i] == 0.0f);

    float *before = ls_calloc(f.network->program.parameter_count, sizeof *before);
    float losses[5];
    train(trainer, losses, 4);
    trainer_read_parameters(trainer, before);
    train(trainer, losses, 1);
    assert_true(trainer_publish(trainer, &fake.publisher));
    info = &fake.slots[fake.last].info;
    assert_true(info->has_gradients && info->step == 5 && info->batch == BATCH && info->train_ms > 0.0);
    assert_true(fabs(info->epoch - 1.32) < 1e-9);
    check_written(trainer, &fake);
    check_probe(trainer, &fake);
    check_gradients(trainer, &fake, before);
    free(before);

    assert_false(trainer_publish(trainer, &fake.publisher));
    fake_publisher_deinit(&fake);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

/* From a file without Adam's moments these are zero, so that bias correction must count from there: Adam's
 * first update moves each parameter by at most about the learning rate. */
static void check_gentle_start(bool other_optimizer)
{
    struct fixture f;
    fixture_init(&f, small_model);
    const struct trainer_desc desc = usual(&f);
    struct trainer_desc saved = desc;
    saved.optimizer.kind = other_optimizer ? OPTIMIZER_MOMENTUM : OPTIMIZER_ADAM;
    char folder[] = "/tmp/layerscope-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = ls_sprintf("%s/run.safetensors", folder);
    const size_t count = f.network->program.parameter_count;
    float *before = ls_calloc(count, sizeof *before), *after = ls_calloc(count, sizeof *after);

    float losses[100];
    struct error err = {0};
    struct trainer *trainer = create(&saved);
    train(trainer, losses, 100);
    trainer_read_parameters(trainer, before);
    const struct checkpoint_values values = {.size = sizeof(float), .parameters = before};
    const struct checkpoint_info alone = {.step = 100};
    assert_true(other_optimizer ? trainer_save(trainer, path, false, &err)
                                : checkpoint_save(path, f.network, &values, &alone, false, &err));
    trainer_destroy(trainer);
    trainer = create(&desc);
    train(trainer, losses, 5);
    assert_true(trainer_load(trainer, path, &err));
    assert_int_equal(trainer_steps_taken(trainer), 100);
    train(trainer, losses, 1);
    trainer_read_parameters(trainer, after);
    float largest = 0.0f;
    for (size_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(after[i] - before[i]));
    assert_true(largest > 0.9e-3f && largest < 1.1e-3f);

    unlink(path);
    rmdir(folder);
    free(path);
    free(before);
    free(after);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static void allow_no_more_memory(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu", &pages) != 1)
        _exit(4);
    fclose(file);
    const struct rlimit limit = {pages * 4096, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
}

/* With what was set aside for it a run is saved where nothing else can be had; without, that is an error. */
static void saving_needs_no_more_memory(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    const struct trainer_desc desc = usual(&f);
    struct trainer *trainer = create(&desc);
    char folder[] = "/tmp/layerscope-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = ls_sprintf("%s/run.safetensors", folder);
    const pid_t child = fork();
    if (child == 0) {
        struct error err = {0};
        memory_keep_spare(trainer_save_size(trainer));
        allow_no_more_memory();
        if (!trainer_save(trainer, path, false, &err))
            _exit(2);
        memory_use_spare();
        allow_no_more_memory();
        _exit(!trainer_save(trainer, path, true, &err) && strstr(err.message, "out of memory") ? 0 : 3);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(unlink(path), 0);
    rmdir(folder);
    free(path);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}
#endif

/* Adam's moments too are as they were at first. */
static void a_restart_repeats_the_run(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, small_model);
    const struct trainer_desc desc = usual(&f);
    struct trainer *trainer = create(&desc);
    float first[9], again[9];
    train(trainer, first, 9);
    trainer_restart(trainer);
    assert_int_equal(trainer_steps_taken(trainer), 0);
    assert_int_equal(metrics_step_count(trainer_metrics(trainer)), 0);
    assert_int_equal(metrics_run(trainer_metrics(trainer)), 1);
    train(trainer, again, 9);
    assert_memory_equal(first, again, sizeof first);
    trainer_destroy(trainer);
    fixture_deinit(&f);
}

static void a_loaded_adam_starts_gently(void **state)
{
    (void)state;
    check_gentle_start(false);
    check_gentle_start(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(saving_needs_no_more_memory),
#endif
        cmocka_unit_test(a_restart_repeats_the_run),
        cmocka_unit_test(an_epoch_takes_every_sample_once),
        cmocka_unit_test(the_same_seed_repeats_bit_for_bit),
        cmocka_unit_test(looking_does_not_disturb_training),
        cmocka_unit_test(losses_fall),
        cmocka_unit_test(weight_decay_shrinks_parameters),
        cmocka_unit_test(metrics_tell_what_happened),
        cmocka_unit_test(defaults_stand_for_zeros),
        cmocka_unit_test(data_of_another_shape_is_refused),
        cmocka_unit_test(a_snapshot_holds_what_the_network_has),
        cmocka_unit_test(a_loaded_adam_starts_gently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
