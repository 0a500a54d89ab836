/* Evaluations: loss and accuracy for the history, answers for the panels, and the search for dead units. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "nn/trainer_private.h"

enum {
    DEAD_SAMPLES = 512,        /* that a unit has to wake at one of */
    READ_VALUES_MOST = 1 << 20 /* of one layer at once */
};

static size_t largest_searched(const struct trainer *trainer)
{
    size_t most = 0;
    for (int i = 0; i < trainer->answers.layers; i++) {
        const size_t values = shape_count(trainer->desc.network->layers[i].output);
        if (trainer->answers.units[i] > 0 && values > most)
            most = values;
    }
    return most;
}

/* The mean squared error of always saying the mean. */
static double target_variance(const struct trainer *trainer)
{
    const struct data *data = trainer->desc.data;
    const size_t count = (size_t)data->targets, samples = data->train.count;
    double sum = 0.0;
    if (count == 0 || trainer->desc.network->program.loss != LOSS_MSE)
        return 0.0;
    for (size_t i = 0; i < count; i++) {
        double mean = 0.0;
        for (size_t n = 0; n < samples; n++)
            mean += (double)data->train.targets[n * count + i] / (double)samples;
        for (size_t n = 0; n < samples; n++) {
            const double off = (double)data->train.targets[n * count + i] - mean;
            sum += off * off;
        }
    }
    return sum / (double)(samples * count);
}

void trainer_evaluate_init(struct trainer *trainer)
{
    const struct trainer_desc *desc = &trainer->desc;
    const uint32_t samples = desc->data->test.count;
    if (desc->data->targets > 0)
        predictions_init_targets(&trainer->answers, desc->network, samples);
    else
        predictions_init(&trainer->answers, desc->network, samples);
    trainer->outputs =
        ls_calloc((size_t)samples * network_output_count(desc->network), sizeof *trainer->outputs);
    trainer->variance = target_variance(trainer);
    trainer->answers.dead_samples = samples < DEAD_SAMPLES ? samples : DEAD_SAMPLES;

    const size_t values = largest_searched(trainer);
    size_t batch = (size_t)desc->batch;
    if (values > 0 && batch > READ_VALUES_MOST / values)
        batch = READ_VALUES_MOST / values;
    if (batch > trainer->answers.dead_samples)
        batch = trainer->answers.dead_samples;
    trainer->search_batch = batch > 0 ? (int)batch : 1;
    trainer->searched = ls_calloc_aligned((size_t)trainer->search_batch * values + 1, sizeof(float));
}

void trainer_evaluate_deinit(struct trainer *trainer)
{
    predictions_deinit(&trainer->answers);
    free(trainer->outputs);
    free(trainer->searched);
}

static bool is_zero(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != 0.0f)
            return false;
    return true;
}

/* Takes the units that one of `samples` samples woke off the dead; returns how many stay. */
static int wake_units(struct predictions *answers, int layer, struct shape shape, const float *values,
                      int samples)
{
    uint32_t *dead = answers->dead + answers->dead_offsets[layer];
    const size_t plane = (size_t)shape.height * (size_t)shape.width;
    int left = 0;
    for (int unit = 0; unit < answers->units[layer]; unit++) {
        bool asleep = predictions_is_dead(answers, layer, unit);
        for (int n = 0; n < samples && asleep; n++) {
            const size_t at = (size_t)n * (size_t)shape.channels + (size_t)unit;
            asleep = is_zero(values + at * plane, plane);
        }
        if (!asleep)
            dead[unit / 32] &= ~(UINT32_C(1) << unit % 32);
        left += asleep;
    }
    return left;
}

static int fill_dead(struct predictions *answers)
{
    int units = 0;
    for (int layer = 0; layer < answers->layers; layer++) {
        for (int unit = 0; unit < answers->units[layer]; unit++)
            answers->dead[answers->dead_offsets[layer] + unit / 32] |= UINT32_C(1) << unit % 32;
        units += answers->units[layer];
    }
    return units;
}

/* Most units wake in the first batch, and a layer that is awake is not read again. */
static void find_dead_units(struct trainer *trainer)
{
    struct predictions *answers = &trainer->answers;
    int left = fill_dead(answers);
    for (uint32_t first = 0; first < answers->dead_samples && left > 0;) {
        const uint32_t rest = answers->dead_samples - first;
        const struct compute_batch batch = {
            .data = trainer->test_data,
            .first = first,
            .count = rest < (uint32_t)trainer->search_batch ? (int)rest : trainer->search_batch,
        };
        compute_run(trainer->compute, COMPUTE_TRAIN, &batch, false, NULL);
        left = 0;
        for (int i = 0; i < answers->layers; i++) {
            const struct layer *layer = &trainer->desc.network->layers[i];
            if (predictions_dead_count(answers, i) <= 0)
                continue;
            compute_read_tensor(trainer->compute, COMPUTE_TRAIN, layer->tensor, trainer->searched);
            compute_sync(trainer->compute);
            left += wake_units(answers, i, layer->output, trainer->searched, batch.count);
        }
        first += (uint32_t)batch.count;
    }
}

void trainer_evaluate(struct trainer *trainer, struct evaluation_sample *out)
{
    const struct dataset *test = &trainer->desc.data->test;
    const struct compute_batch batch = {.data = trainer->test_data, .count = (int)test->count};
    if (trainer->watched_is_fresh) {
        *out = trainer->watched;
        return;
    }
    find_dead_units(trainer);
    struct batch_metrics metrics;
    compute_evaluate(trainer->compute, &batch, &metrics, trainer->outputs);
    compute_sync(trainer->compute);
    if (test->labels)
        predictions_compute(&trainer->answers, trainer->outputs, test->labels);
    else
        predictions_compute_targets(&trainer->answers, trainer->outputs, test->targets);
    trainer->answers.step = trainer->step;
    *out = (struct evaluation_sample){
        .step = (uint32_t)trainer->step,
        .loss = (float)metrics.loss,
        .accuracy = test->labels ? (float)((double)trainer->answers.correct / test->count) : NAN,
        .r2 = (float)trainer->answers.r2,
    };
    metrics_publish_predictions(trainer->metrics, &trainer->answers);
    metrics_append_evaluation(trainer->metrics, out);
}
