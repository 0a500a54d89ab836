/* Snapshots of what a trainer has at a step boundary. */
#include <string.h>

#include "nn/trainer_private.h"

/* A snapshot's memory is write only, and a backend may work in place where it reads to: everything
 * goes through the scratch buffer. */
static void write_region(const struct region *region, struct snapshot_target *target, const float *values)
{
    memcpy((char *)target->memory + region->offset, values, region->count * sizeof *values);
}

static void write_tensors(struct trainer *trainer, struct snapshot_target *target)
{
    for (int i = 0; i < trainer->layout.region_count; i++) {
        const struct region *region = &trainer->layout.regions[i];
        const struct layer *layer = &trainer->desc.network->layers[region->layer];
        const int tensor = layer->tensor;
        if (region->kind == REGION_ACTIVATION)
            compute_read_tensor(trainer->compute, COMPUTE_PROBE, tensor, trainer->scratch);
        else if (region->kind == REGION_ACTIVATION_GRADIENT)
            compute_read_tensor_gradient(trainer->compute, COMPUTE_PROBE, tensor, trainer->scratch);
        else if (region->kind == REGION_SUM_GRADIENT)
            compute_read_tensor_gradient(trainer->compute, COMPUTE_PROBE, layer->logits_tensor,
                                         trainer->scratch);
        else
            continue;
        compute_sync(trainer->compute);
        write_region(region, target, trainer->scratch);
    }
}

/* Every region of `kind` from the flat vector of parameters or buffers in scratch. */
static void write_parameters(const struct trainer *trainer, struct snapshot_target *target,
                             enum region_kind kind)
{
    for (int i = 0; i < trainer->layout.region_count; i++) {
        const struct region *region = &trainer->layout.regions[i];
        if (region->kind != kind)
            continue;
        const struct layer *layer = &trainer->desc.network->layers[region->layer];
        const struct parameter *of = kind == REGION_BUFFER ? &layer->buffers[region->parameter]
                                                           : &layer->parameters[region->parameter];
        write_region(region, target, trainer->scratch + of->offset);
    }
}

static double epochs_taken(const struct trainer *trainer)
{
    const uint32_t per_epoch = trainer_steps_per_epoch(trainer);
    const double seen = (double)(trainer->step % per_epoch) * trainer->desc.batch;
    return (double)(trainer->step / per_epoch) + seen / trainer->desc.data->train.count;
}

int trainer_printed_outputs(const struct trainer *trainer)
{
    const size_t outputs = network_output_count(trainer->desc.network);
    return (int)(outputs < SNAPSHOT_MAX_OUTPUTS ? outputs : SNAPSHOT_MAX_OUTPUTS);
}

void trainer_describe(const struct trainer *trainer, struct snapshot_info *info)
{
    const int32_t *labels = trainer->desc.data->test.labels;
    *info = (struct snapshot_info){
        .step = trainer->step,
        .run = metrics_run(trainer->metrics),
        .seed = trainer->desc.seed,
        .epoch = epochs_taken(trainer),
        .batch = trainer->desc.batch,
        .learning_rate = trainer_rate(trainer),
        .probe_index = trainer->probe,
        .probe_label = labels ? labels[trainer->probe] : -1,
        .output_count = trainer_printed_outputs(trainer),
        .train_ms = trainer->step_seconds * 1e3,
        .has_gradients = trainer->has_gradients,
    };
}

static void fill_info(struct trainer *trainer, struct snapshot_info *info, float probe_loss)
{
    const struct network *network = trainer->desc.network;
    trainer_describe(trainer, info);
    info->probe_loss = probe_loss;
    compute_read_tensor(trainer->compute, COMPUTE_PROBE, network->layers[network->layer_count - 1].tensor,
                        trainer->scratch);
    compute_sync(trainer->compute);
    memcpy(info->output, trainer->scratch, (size_t)info->output_count * sizeof(float));
}

struct compute_batch trainer_probe_batch(const struct trainer *trainer)
{
    return (struct compute_batch){.data = trainer->test_data, .first = trainer->probe, .count = 1};
}

void trainer_run_probe(struct trainer *trainer, struct batch_metrics *out)
{
    const struct compute_batch batch = trainer_probe_batch(trainer);
    compute_run(trainer->compute, COMPUTE_PROBE, &batch, true, out);
    compute_sync(trainer->compute);
}

bool trainer_publish(struct trainer *trainer, const struct publisher *publisher)
{
    if (trainer->mirror && !compute_mirror_problem(trainer->mirror->mirror))
        return trainer_publish_on_device(trainer);
    struct snapshot_target *target = publisher->acquire(publisher->context);
    if (!target)
        return false;
    compute_account(trainer->compute, TRAFFIC_VIEW);
    struct batch_metrics metrics;
    trainer_run_probe(trainer, &metrics);
    write_tensors(trainer, target);

    if (trainer->desc.network->program.buffer_count > 0) {
        compute_read_buffers(trainer->compute, trainer->scratch);
        compute_sync(trainer->compute);
        write_parameters(trainer, target, REGION_BUFFER);
    }
    trainer_read_parameters(trainer, trainer->scratch);
    write_parameters(trainer, target, REGION_PARAMETER);
    const size_t parameters = trainer->desc.network->program.parameter_count;
    if (trainer->has_gradients)
        compute_read_parameter_gradients(trainer->compute, COMPUTE_TRAIN, trainer->scratch);
    else
        memset(trainer->scratch, 0, parameters * sizeof *trainer->scratch);
    compute_sync(trainer->compute);
    write_parameters(trainer, target, REGION_PARAMETER_GRADIENT);

    fill_info(trainer, &target->info, (float)metrics.loss);
    compute_account(trainer->compute, TRAFFIC_TRAINING);
    publisher->commit(publisher->context, target);
    return true;
}
