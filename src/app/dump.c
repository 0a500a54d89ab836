/* `layerscope dump`: every number of one batch, to be compared with other programs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/commands.h"
#include "app/progress.h"
#include "app/report.h"
#include "app/session.h"
#include "base/atomic_file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "nn/optimizer.h"
#include "nn/safetensors.h"

static const double at_once_seconds = 0.05; /* of training before anyone who interrupts is heard */

/* The tensors being collected, with the memory they point into. */
struct dump {
    struct safetensors file;
    void **blocks;
    size_t block_count;
    const struct network *network;
    struct compute *compute;
    enum compute_slot slot;
    int batch;
};

static void *block(struct dump *dump, size_t count, size_t size)
{
    dump->blocks = ls_realloc(dump->blocks, (dump->block_count + 1) * sizeof *dump->blocks);
    return dump->blocks[dump->block_count++] = ls_calloc(count, size);
}

/* Images and feature maps are (batch, channels, height, width), even of 1 × 1; vectors (batch, values). */
static int tensor_rank(const struct network *network, int layer)
{
    switch (network->layers[layer].kind) {
    case LAYER_INPUT:
    case LAYER_CONV2D:
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return 4;
    case LAYER_DENSE:
    case LAYER_FLATTEN:
        return 2;
    default:
        break;
    }
    return tensor_rank(network, network->layers[layer].inputs[0]);
}

/* A tensor of the program, of the layer that it belongs to. */
static void add_tensor(struct dump *dump, const char *name, int layer, int tensor, bool gradient)
{
    const struct shape shape = dump->network->program.tensors[tensor];
    const uint64_t dims[] = {(uint64_t)dump->batch, (uint64_t)shape.channels, (uint64_t)shape.height,
                             (uint64_t)shape.width};
    float *values = block(dump, (size_t)dump->batch * shape_count(shape), sizeof *values);
    if (gradient)
        compute_read_tensor_gradient(dump->compute, dump->slot, tensor, values);
    else
        compute_read_tensor(dump->compute, dump->slot, tensor, values);
    safetensors_add(&dump->file, name, TENSOR_F32, tensor_rank(dump->network, layer), dims, values);
}

static void add_layers(struct dump *dump)
{
    for (int i = 0; i < dump->network->layer_count; i++) {
        const struct layer *layer = &dump->network->layers[i];
        char name[128];
        if (i > 0) {
            snprintf(name, sizeof name, "activation.%s", layer->name);
            add_tensor(dump, name, i, layer->tensor, false);
        }
        snprintf(name, sizeof name, "grad.activation.%s", layer->name);
        add_tensor(dump, name, i, layer->tensor, true);
    }
    const int last = dump->network->layer_count - 1;
    const int logits = dump->network->layers[last].logits_tensor;
    if (logits >= 0) {
        add_tensor(dump, "logits", last, logits, false);
        add_tensor(dump, "grad.logits", last, logits, true);
    }
}

static void add_parameters(struct dump *dump, const char *prefix, const float *values)
{
    for (int i = 0; i < dump->network->layer_count; i++) {
        const struct layer *layer = &dump->network->layers[i];
        for (int p = 0; p < layer->parameter_count; p++) {
            const struct parameter *parameter = &layer->parameters[p];
            char name[128];
            uint64_t dims[4];
            for (int d = 0; d < parameter->rank; d++)
                dims[d] = (uint64_t)parameter->dims[d];
            snprintf(name, sizeof name, "%s.%s.%s", prefix, layer->name, parameter->name);
            safetensors_add(&dump->file, name, TENSOR_F32, parameter->rank, dims, values + parameter->offset);
        }
    }
}

/* The running statistics of batch norms. */
static void add_buffers(struct dump *dump)
{
    float *values = block(dump, dump->network->program.buffer_count, sizeof *values);
    compute_read_buffers(dump->compute, values);
    for (int i = 0; i < dump->network->layer_count; i++) {
        const struct layer *layer = &dump->network->layers[i];
        for (int b = 0; b < layer->buffer_count; b++) {
            const struct parameter *buffer = &layer->buffers[b];
            const uint64_t dims[] = {(uint64_t)buffer->dims[0]};
            char name[128];
            snprintf(name, sizeof name, "buffer.%s.%s", layer->name, buffer->name);
            safetensors_add(&dump->file, name, TENSOR_F32, 1, dims, values + buffer->offset);
        }
    }
}

/* The gradient of a parameter is grad.LAYER.PARAMETER, that of an output grad.activation.LAYER: a layer
 * called activation with the parameter weight, and one called weight. Known before any work. */
static bool check_names(const struct network *network, const char *path, struct error *err)
{
    static const char prefix[] = "activation.";
    for (int i = 0; i < network->layer_count; i++)
        for (int p = 0; p < network->layers[i].parameter_count; p++) {
            char name[128];
            snprintf(name, sizeof name, "%s.%s", network->layers[i].name,
                     network->layers[i].parameters[p].name);
            if (strncmp(name, prefix, strlen(prefix)) == 0 &&
                network_find_layer(network, name + strlen(prefix)) >= 0)
                return error_set(
                    err,
                    "%s: the layers \"%s\" and \"%s\" would both have a tensor \"grad.%s\"; give "
                    "one another name",
                    path, network->layers[i].name, name + strlen(prefix), name);
        }
    return true;
}

static const char *loss_name(enum loss_kind loss)
{
    switch (loss) {
    case LOSS_MSE:
        return "mean_squared_error";
    case LOSS_BINARY_CROSS_ENTROPY:
        return "binary_crossentropy";
    case LOSS_CROSS_ENTROPY:
        break;
    }
    return "categorical_crossentropy";
}

static void add_batch(struct dump *dump, const struct dataset *split, const uint32_t *indices, double loss)
{
    add_tensor(dump, "input", 0, dump->network->layers[0].tensor, false);
    const size_t outputs = network_output_count(dump->network);
    const uint64_t dims[] = {(uint64_t)dump->batch, outputs};
    if (split->labels) {
        int64_t *labels = block(dump, (size_t)dump->batch, sizeof *labels);
        for (int i = 0; i < dump->batch; i++)
            labels[i] = split->labels[indices[i]];
        safetensors_add(&dump->file, "target", TENSOR_I64, 1, dims, labels);
    } else {
        float *targets = block(dump, (size_t)dump->batch * outputs, sizeof *targets);
        for (int i = 0; i < dump->batch; i++)
            memcpy(targets + (size_t)i * outputs, split->targets + indices[i] * outputs,
                   outputs * sizeof *targets);
        safetensors_add(&dump->file, "target", TENSOR_F32, 2, dims, targets);
    }
    float *value = block(dump, 1, sizeof *value);
    *value = (float)loss;
    safetensors_add(&dump->file, "loss", TENSOR_F32, 0, NULL, value);
}

static void collect(struct dump *dump, struct session *session, const struct options *options)
{
    const size_t count = dump->network->program.parameter_count;
    float *parameters = block(dump, count, sizeof *parameters);
    float *gradients = block(dump, count, sizeof *gradients);
    trainer_read_parameters(session->trainer, parameters);
    struct batch_metrics metrics;
    char text[32];
    if (options->probe >= 0) {
        /* The gradients shown beside the probe are those of the last training step. */
        if (options->steps > 0)
            compute_read_parameter_gradients(dump->compute, COMPUTE_TRAIN, gradients);
        const uint32_t index = (uint32_t)options->probe;
        dump->slot = COMPUTE_PROBE;
        dump->batch = 1;
        trainer_set_probe(session->trainer, index);
        trainer_run_probe(session->trainer, &metrics);
        add_batch(dump, &session->data->test, &index, metrics.loss);
        snprintf(text, sizeof text, "%" PRIu32, index);
        safetensors_add_metadata(&dump->file, "probe", text);
    } else {
        const uint32_t *indices;
        dump->slot = COMPUTE_TRAIN;
        dump->batch = trainer_next_batch(session->trainer, &indices);
        trainer_run_next_batch(session->trainer, &metrics);
        compute_read_parameter_gradients(dump->compute, COMPUTE_TRAIN, gradients);
        add_batch(dump, &session->data->train, indices, metrics.loss);
    }
    char reason[REPORT_REASON];
    if (!isfinite(metrics.loss))
        log_warning("the loss of this batch is not a finite number; %s",
                    report_explain_loss(session->trainer, reason));
    add_layers(dump);
    add_parameters(dump, "param", parameters);
    add_parameters(dump, "grad", gradients);
    add_buffers(dump);
    compute_sync(dump->compute);

    snprintf(text, sizeof text, "%" PRIu64, trainer_steps_taken(session->trainer));
    safetensors_add_metadata(&dump->file, "step", text);
    snprintf(text, sizeof text, "%" PRIu64, trainer_seed(session->trainer));
    safetensors_add_metadata(&dump->file, "seed", text);
    safetensors_add_metadata(&dump->file, "optimizer",
                             optimizer_name(trainer_optimizer(session->trainer)->kind));
    safetensors_add_metadata(&dump->file, "model", dump->network->name);
    safetensors_add_metadata(&dump->file, "data", session->data->name);
    safetensors_add_metadata(&dump->file, "loss", loss_name(dump->network->program.loss));
}

static bool train(struct trainer *trainer, const struct options *options, struct error *err)
{
    struct progress progress;
    progress_begin(&progress, "steps", options->steps > 0 ? (uint64_t)options->steps : 0, options->quiet);
    for (int64_t step = 0; step < options->steps && !trainer_problem(trainer);) {
        const int soon = trainer_steps_within(trainer, at_once_seconds);
        const int64_t left = options->steps - step;
        step += trainer_train(trainer, left < soon ? (int)left : soon, NULL);
        progress_update(&progress, (uint64_t)step, "");
        if (session_interrupted()) {
            error_set(err, "interrupted while training; nothing was written");
            err->class_ = ERROR_INTERRUPTED;
            return false;
        }
    }
    return true;
}

bool command_dump(const struct options *options, struct error *err)
{
    struct session session;
    if (!file_check_writable(options->output, options->overwrite, err) ||
        !session_init(&session, options, false, err))
        return false;
    if (!check_names(session.network, options->output, err)) {
        session_deinit(&session);
        return false;
    }
    session_catch_interrupts();
    struct atomic_file out = {0};
    bool ok = atomic_file_open(&out, options->output, options->overwrite, err) &&
              train(session.trainer, options, err);
    struct dump dump = {.network = session.network, .compute = trainer_compute(session.trainer)};
    if (ok)
        collect(&dump, &session, options);
    ok = ok && session_check_device(&session, err) && safetensors_write_to(&dump.file, &out, err);
    atomic_file_discard(&out);
    if (ok && !options->quiet)
        terminal_print(stdout, "%s: %d tensors\n", options->output, dump.file.count);
    safetensors_deinit(&dump.file);
    for (size_t i = 0; i < dump.block_count; i++)
        free(dump.blocks[i]);
    free(dump.blocks);
    session_deinit(&session);
    return ok;
}
