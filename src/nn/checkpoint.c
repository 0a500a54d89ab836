/* Checkpoints in and out of safetensors files. */
#include "nn/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/base64.h"
#include "nn/checkpoint_private.h"
#include "nn/model_json.h"
#include "nn/optimizer.h"

static const char moments_help[] =
    "save it again, or remove the key \"training\" to load the parameters alone";

/* ---- writing ---- */

static void add_counter(struct safetensors *file, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    safetensors_add_metadata(file, key, text);
}

static void add_tensor(struct safetensors *file, const struct layer *layer, const struct parameter *parameter,
                       const void *values, size_t size)
{
    char name[96];
    uint64_t dims[4];
    for (int d = 0; d < parameter->rank; d++)
        dims[d] = (uint64_t)parameter->dims[d];
    snprintf(name, sizeof name, "%s.%s", layer->name, parameter->name);
    safetensors_add(file, name, size == sizeof(double) ? TENSOR_F64 : TENSOR_F32, parameter->rank, dims,
                    (const char *)values + parameter->offset * size);
}

/* What PyTorch counts beside running statistics, and wants to find there. Before all else, because it needs
 * its place in the file at a multiple of 8. */
static void add_counters(struct safetensors *file, const struct network *network, const int64_t *steps)
{
    for (int i = 0; i < network->layer_count; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s" CHECKPOINT_BATCHES, network->layers[i].name);
        if (network->layers[i].buffer_count > 0)
            safetensors_add(file, name, TENSOR_I64, 0, NULL, steps);
    }
}

static void add_parameters(struct safetensors *file, const struct network *network,
                           const struct checkpoint_values *values)
{
    for (int i = 0; i < network->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        for (int p = 0; p < layer->parameter_count; p++)
            add_tensor(file, layer, &layer->parameters[p], values->parameters, values->size);
        for (int b = 0; b < layer->buffer_count; b++)
            add_tensor(file, layer, &layer->buffers[b], values->buffers, values->size);
    }
}

static int moment_count(const struct optimizer *optimizer)
{
    int count = 0;
    while (count < OPTIMIZER_MOST_MOMENTS && optimizer_moment_name(optimizer->kind, count))
        count++;
    return count;
}

static void moment_key(char key[64], const struct optimizer *optimizer, int moment)
{
    snprintf(key, 64, CHECKPOINT_MOMENT "%s", optimizer_moment_name(optimizer->kind, moment));
}

static void add_training(struct safetensors *file, size_t parameter_count,
                         const struct checkpoint_values *values, const struct checkpoint_training *given)
{
    struct checkpoint_training training = *given;
    training.value_size = values->size;
    char *text = checkpoint_print_training(&training);
    safetensors_add_metadata(file, "training", text);
    free(text);
    const int moments = training.update > 0 ? moment_count(&training.optimizer) : 0;
    const uint64_t count = parameter_count;
    const bool in_header = (size_t)moments * parameter_count * values->size / 3 * 4 <= CHECKPOINT_IN_HEADER;
    for (int m = 0; m < moments; m++) {
        char key[64];
        moment_key(key, &training.optimizer, m);
        if (!in_header) {
            safetensors_add(file, key, values->size == sizeof(double) ? TENSOR_F64 : TENSOR_F32, 1, &count,
                            values->moments[m]);
            continue;
        }
        char *moment = base64_encode(values->moments[m], parameter_count * values->size);
        safetensors_add_metadata(file, key, moment);
        free(moment);
    }
}

bool checkpoint_save_to(struct atomic_file *out, const struct network *network,
                        const struct checkpoint_values *values, const struct checkpoint_info *info,
                        struct error *err)
{
    struct safetensors file = {0};
    LS_ASSERT(values->size == sizeof(float) || values->size == sizeof(double));
    safetensors_add_metadata(&file, "format", "pt");
    safetensors_add_metadata(&file, "model", network->name);
    add_counter(&file, "step", info->step);
    add_counter(&file, "seed", info->seed);
    if (info->data)
        safetensors_add_metadata(&file, "data", info->data);
    if (info->model)
        safetensors_add_metadata(&file, "model_json", info->model);
    const int64_t steps = (int64_t)info->step;
    add_counters(&file, network, &steps);
    add_parameters(&file, network, values);
    if (info->has_training)
        add_training(&file, network->program.parameter_count, values, &info->training);
    const bool ok = safetensors_write_to(&file, out, err);
    safetensors_deinit(&file);
    return ok;
}

bool checkpoint_save(const char *path, const struct network *network, const struct checkpoint_values *values,
                     const struct checkpoint_info *info, bool overwrite, struct error *err)
{
    struct atomic_file out;
    return atomic_file_open(&out, path, overwrite, err) &&
           checkpoint_save_to(&out, network, values, info, err);
}

/* ---- reading ---- */

/* A counter from a decimal text; 0 when it is not one. */
static uint64_t counter(const char *text) { return text ? strtoull(text, NULL, 10) : 0; }

/* Of other programs' files the counters may mean anything. */
static bool check_counter(const struct safetensors *file, const char *key, struct error *err)
{
    const char *text = safetensors_metadata(file, key);
    char *end = NULL, found[JSON_EXCERPT];
    errno = 0;
    if (text && *text >= '0' && *text <= '9')
        strtoull(text, &end, 10);
    return (end && !*end && errno == 0) ||
           error_set(err, "metadata \"%s\": expected a whole number, found %s; %s", key,
                     text ? json_excerpt_text(text, found) : "nothing", moments_help);
}

static bool read_info(struct checkpoint *checkpoint, struct error *err)
{
    const struct safetensors *file = &checkpoint->file;
    struct checkpoint_info *info = &checkpoint->info;
    info->step = counter(safetensors_metadata(file, "step"));
    info->seed = counter(safetensors_metadata(file, "seed"));
    info->model = safetensors_metadata(file, "model_json");
    info->data = safetensors_metadata(file, "data");
    const char *training = safetensors_metadata(file, "training");
    info->has_training = training != NULL;
    return !training || (check_counter(file, "step", err) && check_counter(file, "seed", err) &&
                         checkpoint_parse_training(training, &info->training, err));
}

static bool accept(struct checkpoint *checkpoint, const char *origin, struct error *err)
{
    checkpoint->origin = ls_strdup(origin);
    if (read_info(checkpoint, err))
        return true;
    error_prefix(err, "%s", origin);
    checkpoint_close(checkpoint);
    return false;
}

bool checkpoint_parse(struct checkpoint *checkpoint, const char *bytes, size_t size, const char *origin,
                      struct error *err)
{
    memset(checkpoint, 0, sizeof *checkpoint);
    return safetensors_parse(&checkpoint->file, bytes, size, origin, err) && accept(checkpoint, origin, err);
}

bool checkpoint_open(struct checkpoint *checkpoint, const char *path, struct error *err)
{
    memset(checkpoint, 0, sizeof *checkpoint);
    return safetensors_read(&checkpoint->file, path, err) && accept(checkpoint, path, err);
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    safetensors_deinit(&checkpoint->file);
    free(checkpoint->origin);
    memset(checkpoint, 0, sizeof *checkpoint);
}

static double read_number(const char *from, size_t size)
{
    float single;
    double number;
    if (size == sizeof number) {
        memcpy(&number, from, sizeof number);
        return number;
    }
    memcpy(&single, from, sizeof single);
    return single;
}

static void convert(void *to, size_t to_size, const void *from, size_t from_size, size_t count)
{
    if (to_size == from_size) {
        memcpy(to, from, count * to_size);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const double number = read_number((const char *)from + i * from_size, from_size);
        if (to_size == sizeof(double))
            ((double *)to)[i] = number;
        else
            ((float *)to)[i] = (float)number;
    }
}

bool checkpoint_read_parameters(const struct checkpoint *checkpoint, const struct network *network,
                                void *parameters, void *buffers, size_t size, struct error *err)
{
    int count = 0, at = 0;
    for (int i = 0; i < network->layer_count; i++)
        count += checkpoint_tensor_count(&network->layers[i]);
    const struct tensor **found = ls_calloc((size_t)count + 1, sizeof *found);
    const bool ok = checkpoint_match(checkpoint, network, found, err);
    if (!ok)
        error_prefix(err, "%s", checkpoint->origin);
    for (int i = 0; i < network->layer_count && ok; i++) {
        const struct layer *layer = &network->layers[i];
        for (int t = 0; t < checkpoint_tensor_count(layer); t++, at++) {
            const struct parameter *parameter = checkpoint_tensor(layer, t);
            char *to = t < layer->parameter_count ? parameters : buffers;
            const size_t from_size = found[at]->type == TENSOR_F64 ? sizeof(double) : sizeof(float);
            convert(to + parameter->offset * size, size, found[at]->values, from_size, parameter->count);
        }
    }
    free(found);
    return ok;
}

static bool decode_moment(const struct checkpoint *checkpoint, const char *key, void *values, size_t count,
                          size_t size, struct error *err)
{
    const size_t from_size = checkpoint->info.training.value_size;
    const char *text = safetensors_metadata(&checkpoint->file, key), *type = from_size == 8 ? "F64" : "F32";
    const struct tensor *tensor = safetensors_find(&checkpoint->file, key);
    void *bytes = NULL;
    const void *from = NULL;
    if (text) {
        from = bytes = ls_calloc(count + 1, from_size);
        if (!base64_decode(text, bytes, count * from_size))
            error_set(err, "metadata \"%s\": expected %zu %s values in base64, found %zu characters; %s", key,
                      count, type, strlen(text), moments_help);
    } else if (tensor) {
        from = tensor->values;
        if (tensor->size != count * from_size || strcmp(tensor->type_name, type) != 0)
            error_set(err, "tensor \"%s\": expected %zu %s values, found %zu bytes of %s; %s", key, count,
                      type, tensor->size, tensor->type_name, moments_help);
    } else {
        error_set(err, "metadata \"%s\" is missing; expected the state of %s after %" PRIu64 " updates; %s",
                  key, optimizer_name(checkpoint->info.training.optimizer.kind),
                  checkpoint->info.training.update, moments_help);
    }
    const bool ok = !err->message[0];
    if (ok)
        convert(values, size, from, from_size, count);
    free(bytes);
    return ok;
}

bool checkpoint_read_moment(const struct checkpoint *checkpoint, int moment, void *values, size_t count,
                            size_t size, struct error *err)
{
    const struct checkpoint_training *training = &checkpoint->info.training;
    LS_ASSERT(checkpoint->info.has_training);
    if (moment >= moment_count(&training->optimizer) || training->update == 0) {
        memset(values, 0, count * size);
        return true;
    }
    char key[64];
    struct error own = {0};
    moment_key(key, &training->optimizer, moment);
    return decode_moment(checkpoint, key, values, count, size, &own) ||
           error_set(err, "%s: %s", checkpoint->origin, own.message);
}
