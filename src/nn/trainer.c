/* Steps: which samples, when, and what is noted about them. */
#include "nn/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/number_text.h"
#include "nn/trainer_private.h"

/* Puts the default where a 0 stands for it. */
static struct trainer_desc complete(const struct trainer_desc *desc)
{
    struct trainer_desc d = *desc;
    struct recipe recipe = {
        .batch = d.batch, .has_optimizer = true, .optimizer = d.optimizer, .learning_rate = d.learning_rate};
    recipe_complete(&recipe);
    d.batch = recipe.batch;
    if ((uint32_t)d.batch > d.data->train.count)
        d.batch = (int)d.data->train.count;
    d.learning_rate = recipe.learning_rate;
    d.optimizer = recipe.optimizer;
    schedule_complete(&d.schedule, 0, 1);
    return d;
}

static bool check_split(const struct trainer_desc *desc, const struct dataset *split, const char *name,
                        struct error *err)
{
    const struct shape s = desc->network->layers[0].output;
    if (split->count == 0)
        return error_set(err, "%s: expected samples in its %s split, found none", desc->data->name, name);
    if (split->channels != s.channels || split->height != s.height || split->width != s.width)
        return error_set(err, "%s: expected %s samples of %dx%dx%d, as the network reads, found %dx%dx%d",
                         desc->data->name, name, s.channels, s.height, s.width, split->channels,
                         split->height, split->width);
    return true;
}

/* Cross-entropy compares with a class; targets are numbers, and of a binary cross-entropy probabilities. */
static bool check_loss(const struct trainer_desc *desc, struct error *err)
{
    const enum loss_kind loss = desc->network->program.loss;
    const struct data *data = desc->data;
    if (data->targets == 0 || loss == LOSS_MSE)
        return true;
    if (loss == LOSS_CROSS_ENTROPY)
        return error_set(err,
                         "%s: has targets to be predicted instead of classes; expected a model with loss "
                         "mean_squared_error, found %s with categorical_crossentropy",
                         data->name, desc->network->name);
    for (size_t i = 0; i < (size_t)data->train.count * (size_t)data->targets; i++)
        if (!(data->train.targets[i] >= 0.0f && data->train.targets[i] <= 1.0f))
            return error_set(err,
                             "%s: expected targets from 0 to 1, because the loss of %s is "
                             "binary_crossentropy, found %s",
                             data->name, desc->network->name, LS_NUMBER_GIVEN(data->train.targets[i]));
    return true;
}

/* Two classes may have an output each or share one. */
static bool check_outputs(const struct trainer_desc *desc, struct error *err)
{
    const size_t outputs = network_output_count(desc->network);
    const size_t expected = (size_t)data_outputs(desc->data);
    LS_ASSERT(outputs == expected || (outputs == 1 && expected == 2));
    return outputs == expected || desc->data->targets == 0 ||
           error_set(err, "%s: expected a model with %zu outputs, one per target, found %s with %zu",
                     desc->data->name, expected, desc->network->name, outputs);
}

static int bind(struct compute *compute, const struct dataset *split)
{
    const struct compute_data data = {.count = split->count,
                                      .bytes = split->pixels,
                                      .values = split->values,
                                      .labels = split->labels,
                                      .targets = split->targets};
    return compute_bind_data(compute, &data);
}

static size_t scratch_count(const struct trainer *trainer)
{
    const struct program *program = &trainer->desc.network->program;
    size_t count =
        program->parameter_count > program->buffer_count ? program->parameter_count : program->buffer_count;
    for (int i = 0; i < trainer->layout.region_count; i++)
        if (trainer->layout.regions[i].count > count)
            count = trainer->layout.regions[i].count;
    return count;
}

void trainer_initialize(struct trainer *trainer)
{
    const struct network *network = trainer->desc.network;
    network_initialize(network, trainer->desc.seed, trainer->scratch);
    compute_write_parameters(trainer->compute, trainer->scratch);
    if (network->program.buffer_count == 0)
        return;
    network_initialize_buffers(network, trainer->desc.seed, trainer->scratch);
    compute_write_buffers(trainer->compute, trainer->scratch);
}

struct trainer *trainer_create(const struct trainer_desc *desc, struct error *err)
{
    LS_ASSERT(desc->network && desc->data && desc->batch >= 0 && desc->threads >= 0);
    if (!check_outputs(desc, err) || !check_loss(desc, err) ||
        !check_split(desc, &desc->data->train, "training", err) ||
        !check_split(desc, &desc->data->test, "test", err))
        return NULL;

    struct trainer *trainer = ls_calloc(1, sizeof *trainer);
    trainer->desc = complete(desc);
    schedule_begin(&trainer->schedule_state);
    const struct compute_desc compute = {
        .program = &desc->network->program,
        .backend = compute_choose_backend(desc->backend, desc->device),
        .max_batch = trainer->desc.batch,
        .threads = desc->threads,
        .device = desc->device,
        .background = desc->background,
        .input_gradients = desc->input_gradients,
        .optimizer = trainer->desc.optimizer,
    };
    trainer->compute = compute_create(&compute, err);
    if (!trainer->compute) {
        free(trainer);
        return NULL;
    }
    trainer->train_data = bind(trainer->compute, &desc->data->train);
    trainer->test_data = bind(trainer->compute, &desc->data->test);
    trainer->metrics = metrics_create();
    snapshot_layout_init(&trainer->layout, desc->network);
    trainer->indices = ls_calloc((size_t)trainer->desc.batch, sizeof *trainer->indices);
    trainer->taken = ls_calloc(TRAINER_STEPS_MOST, sizeof *trainer->taken);
    trainer->rates = ls_calloc(TRAINER_STEPS_MOST, sizeof *trainer->rates);
    trainer->scratch = ls_calloc_aligned(scratch_count(trainer), sizeof *trainer->scratch);
    trainer_evaluate_init(trainer);
    trainer_survey_init(trainer);
    trainer_initialize(trainer);
    trainer_set_schedule(trainer);
    compute_sync(trainer->compute);
    return trainer;
}

void trainer_destroy(struct trainer *trainer)
{
    if (!trainer)
        return;
    compute_destroy(trainer->compute);
    metrics_destroy(trainer->metrics);
    trainer_evaluate_deinit(trainer);
    trainer_survey_deinit(trainer);
    snapshot_layout_deinit(&trainer->layout);
    free(trainer->indices);
    free(trainer->taken);
    free(trainer->rates);
    free(trainer->scratch);
    free(trainer);
}

void trainer_set_schedule(struct trainer *trainer)
{
    const struct compute_schedule schedule = {.data = trainer->train_data,
                                              .batch = trainer->desc.batch,
                                              .seed = trainer->desc.seed,
                                              .step = trainer->step,
                                              .update = trainer->update};
    compute_set_schedule(trainer->compute, &schedule);
    trainer->surveyed = false;
}

int trainer_next_batch(struct trainer *trainer, const uint32_t **indices)
{
    *indices = trainer->indices;
    return compute_next_batch(trainer->compute, trainer->indices);
}

void trainer_run_next_batch(struct trainer *trainer, struct batch_metrics *out)
{
    struct compute_batch batch = {.data = trainer->train_data};
    batch.count = trainer_next_batch(trainer, &batch.indices);
    compute_run(trainer->compute, COMPUTE_TRAIN, &batch, true, out);
    compute_sync(trainer->compute);
}

/* Early on a network changes with every few steps, later it does not. */
static bool evaluation_due(const struct trainer *trainer, uint64_t step)
{
    if (step <= 400)
        return step == 50 || step == 100 || step == 200 || step == 400;
    const uint32_t half_epoch = (trainer_steps_per_epoch(trainer) + 1) / 2;
    /* A tiny training split must not make every step an evaluation. */
    return step % (half_epoch < 200 ? 200 : half_epoch) == 0;
}

static bool watch_due(const struct trainer *trainer, uint64_t step)
{
    return schedule_watches(&trainer->desc.schedule, step, trainer_steps_per_epoch(trainer));
}

/* At most `most`, and none beyond the next evaluation. */
static int steps_to_take(const struct trainer *trainer, int most)
{
    int steps = 1;
    while (steps < most && steps < TRAINER_STEPS_MOST &&
           !(trainer->desc.evaluate_live && evaluation_due(trainer, trainer->step + (uint64_t)steps)) &&
           !watch_due(trainer, trainer->step + (uint64_t)steps))
        steps++;
    return steps;
}

static float rate_after(const struct trainer *trainer, uint64_t steps)
{
    return schedule_rate(&trainer->desc.schedule, &trainer->schedule_state, trainer->desc.learning_rate,
                         steps, trainer_steps_per_epoch(trainer));
}

/* A plateau takes the test loss at its own steps, wherever else there are evaluations. */
static void watch(struct trainer *trainer)
{
    if (!watch_due(trainer, trainer->step))
        return;
    trainer_evaluate(trainer, &trainer->watched);
    trainer->watched_is_fresh = true;
    if (schedule_note_loss(&trainer->desc.schedule, &trainer->schedule_state, trainer->desc.learning_rate,
                           trainer->watched.loss))
        log_info("step %" PRIu64 ": the test loss is on a plateau; the learning rate becomes %s",
                 trainer->step, LS_NUMBER(trainer_rate(trainer)));
}

/* `past`: steps taken before this one. */
static struct step_sample note_step(struct trainer *trainer, uint64_t past,
                                    const struct batch_metrics *metrics, float learning_rate)
{
    const uint32_t samples = trainer->desc.data->train.count, batch = (uint32_t)trainer->desc.batch;
    const uint32_t first = (uint32_t)(past % trainer_steps_per_epoch(trainer)) * batch;
    const uint32_t count = samples - first < batch ? samples - first : batch;
    const struct step_sample sample = {
        .step = (uint32_t)(past + 1),
        .loss = (float)metrics->loss,
        .accuracy = trainer->desc.data->train.labels ? (float)metrics->correct / (float)count : NAN,
        .learning_rate = learning_rate,
        .gradient_norm = (float)metrics->gradient_norm,
        .r2 = trainer->variance > 0.0 ? (float)(1.0 - metrics->loss / trainer->variance) : NAN,
    };
    metrics_append_step(trainer->metrics, &sample);
    return sample;
}

int trainer_train(struct trainer *trainer, int most, struct step_sample *out)
{
    struct evaluation_sample evaluation;
    if (trainer->desc.evaluate_live && !trainer->live_started)
        trainer_evaluate(trainer, &evaluation);
    trainer->live_started = true;

    const int steps = steps_to_take(trainer, most);
    const double begin = clock_seconds();
    for (int i = 0; i < steps; i++)
        trainer->rates[i] = rate_after(trainer, trainer->step + (uint64_t)i);
    trainer->watched_is_fresh = false;
    atomic_store(&trainer->stepping, true);
    compute_train(trainer->compute, steps, trainer->rates, trainer->taken);
    compute_sync(trainer->compute);
    if (trainer_problem(trainer))
        return 0;
    trainer->step_seconds = (clock_seconds() - begin) / steps;
    /* Before anything that takes memory: a run that ends for lack of it is whole here. */
    const uint64_t past = trainer->step;
    trainer->step += (uint64_t)steps;
    trainer->update += (uint64_t)steps;
    trainer->has_gradients = true;
    atomic_store(&trainer->stepping, false);
    for (int i = 0; i < steps; i++) {
        const struct step_sample sample =
            note_step(trainer, past + (uint64_t)i, &trainer->taken[i], trainer->rates[i]);
        if (out)
            out[i] = sample;
    }
    watch(trainer);
    if (trainer->desc.evaluate_live && evaluation_due(trainer, trainer->step))
        trainer_evaluate(trainer, &evaluation);
    return steps;
}

void trainer_step(struct trainer *trainer, struct step_sample *out)
{
    if (trainer_train(trainer, 1, out) == 0)
        *out = (struct step_sample){.step = (uint32_t)trainer->step};
}

int trainer_steps_within(const struct trainer *trainer, double seconds)
{
    if (!(trainer->step_seconds > 0.0))
        return 1;
    const double steps = seconds / trainer->step_seconds;
    return steps < 1.0 ? 1 : steps > TRAINER_STEPS_MOST ? TRAINER_STEPS_MOST : (int)steps;
}

const char *trainer_problem(const struct trainer *trainer) { return compute_problem(trainer->compute); }

void trainer_read_parameters(struct trainer *trainer, float *parameters)
{
    compute_read_parameters(trainer->compute, parameters);
    compute_sync(trainer->compute);
}

uint64_t trainer_steps_taken(const struct trainer *trainer) { return trainer->step; }

uint32_t trainer_steps_per_epoch(const struct trainer *trainer)
{
    const uint32_t samples = trainer->desc.data->train.count, batch = (uint32_t)trainer->desc.batch;
    return samples / batch + (samples % batch != 0);
}

float trainer_learning_rate(const struct trainer *trainer) { return trainer->desc.learning_rate; }
float trainer_rate(const struct trainer *trainer) { return rate_after(trainer, trainer->step); }
const struct schedule *trainer_schedule(const struct trainer *trainer) { return &trainer->desc.schedule; }

const struct optimizer *trainer_optimizer(const struct trainer *trainer) { return &trainer->desc.optimizer; }

void trainer_set_learning_rate(struct trainer *trainer, float learning_rate)
{
    trainer->desc.learning_rate = learning_rate;
}

bool trainer_in_background(const struct trainer *trainer) { return trainer->desc.background; }

int trainer_batch(const struct trainer *trainer) { return trainer->desc.batch; }
uint64_t trainer_seed(const struct trainer *trainer) { return trainer->desc.seed; }
double trainer_step_seconds(const struct trainer *trainer) { return trainer->step_seconds; }

void trainer_set_probe(struct trainer *trainer, uint32_t test_index)
{
    trainer->probe = test_index % trainer->desc.data->test.count;
}

uint32_t trainer_probe(const struct trainer *trainer) { return trainer->probe; }

const struct snapshot_layout *trainer_snapshot_layout(const struct trainer *trainer)
{
    return &trainer->layout;
}
const struct metrics *trainer_metrics(const struct trainer *trainer) { return trainer->metrics; }
const struct network *trainer_network(const struct trainer *trainer) { return trainer->desc.network; }
const struct data *trainer_data(const struct trainer *trainer) { return trainer->desc.data; }
struct compute *trainer_compute(struct trainer *trainer) { return trainer->compute; }
