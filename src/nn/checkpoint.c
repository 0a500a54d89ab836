/* Parameters in and out of safetensors files. */
#include "nn/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/safetensors.h"

/* A counter from a decimal text; 0 when it is not one. */
static uint64_t counter(const char *text) { return text ? strtoull(text, NULL, 10) : 0; }

static void print_shape(char *out, size_t capacity, int rank, const uint64_t *dims)
{
    int used = snprintf(out, capacity, "(");
    for (int d = 0; d < rank && used >= 0 && (size_t)used < capacity; d++)
        used += snprintf(out + used, capacity - (size_t)used, "%s%" PRIu64, d ? ", " : "", dims[d]);
    if (used >= 0 && (size_t)used < capacity)
        snprintf(out + used, capacity - (size_t)used, ")");
}

static void tensor_name(char *out, size_t capacity, const struct layer *layer,
                        const struct parameter *parameter)
{
    snprintf(out, capacity, "%s.%s", layer->name, parameter->name);
}

bool checkpoint_save(const char *path, const struct network *network, const float *parameters,
                     const struct checkpoint_info *info, bool overwrite, struct error *err)
{
    struct safetensors file = {0};
    char text[32];
    safetensors_add_metadata(&file, "format", "pt");
    safetensors_add_metadata(&file, "model", network->name);
    snprintf(text, sizeof text, "%" PRIu64, info->step);
    safetensors_add_metadata(&file, "step", text);
    snprintf(text, sizeof text, "%" PRIu64, info->seed);
    safetensors_add_metadata(&file, "seed", text);
    for (int i = 0; i < network->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        for (int p = 0; p < layer->parameter_count; p++) {
            const struct parameter *parameter = &layer->parameters[p];
            char name[96];
            uint64_t dims[4];
            for (int d = 0; d < parameter->rank; d++)
                dims[d] = (uint64_t)parameter->dims[d];
            tensor_name(name, sizeof name, layer, parameter);
            safetensors_add(&file, name, TENSOR_F32, parameter->rank, dims, parameters + parameter->offset);
        }
    }
    const bool ok = safetensors_write(&file, path, overwrite, err);
    safetensors_deinit(&file);
    return ok;
}

static bool check_tensor(const struct tensor *tensor, const struct parameter *parameter, struct error *err)
{
    uint64_t dims[4];
    bool same = tensor->rank == parameter->rank;
    for (int d = 0; d < parameter->rank; d++) {
        dims[d] = (uint64_t)parameter->dims[d];
        same = same && tensor->dims[d] == dims[d];
    }
    if (!same) {
        char expected[96], found[96];
        print_shape(expected, sizeof expected, parameter->rank, dims);
        print_shape(found, sizeof found, tensor->rank, tensor->dims);
        return error_set(err,
                         "tensor \"%s\": expected shape %s, found %s; is it the checkpoint of another model?",
                         tensor->name, expected, found);
    }
    if (tensor->type != TENSOR_F32 && tensor->type != TENSOR_F64)
        return error_set(err, "tensor \"%s\": expected F32 or F64 values, found %s; convert it to float32",
                         tensor->name, tensor->type_name);
    return true;
}

/* A tensor's bytes need not be aligned. */
static void copy_values(float *out, const struct tensor *tensor)
{
    if (tensor->type == TENSOR_F32) {
        memcpy(out, tensor->values, tensor->size);
        return;
    }
    const char *bytes = tensor->values;
    for (size_t i = 0; i < tensor->size / sizeof(double); i++) {
        double value;
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        out[i] = (float)value;
    }
}

static bool read_tensors(const struct safetensors *file, const struct network *network, float *parameters,
                         struct error *err)
{
    int used = 0;
    for (int i = 0; i < network->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        for (int p = 0; p < layer->parameter_count; p++) {
            const struct parameter *parameter = &layer->parameters[p];
            char name[96];
            tensor_name(name, sizeof name, layer, parameter);
            const struct tensor *tensor = safetensors_find(file, name);
            if (!tensor)
                return error_set(err, "tensor \"%s\" is missing; expected every parameter of %s", name,
                                 network->name);
            if (!check_tensor(tensor, parameter, err))
                return false;
            copy_values(parameters + parameter->offset, tensor);
            used++;
        }
    }
    for (int t = 0; used < file->count && t < file->count; t++) {
        const char *dot = strrchr(file->tensors[t].name, '.');
        char layer_name[sizeof file->tensors->name] = "";
        if (dot)
            memcpy(layer_name, file->tensors[t].name, (size_t)(dot - file->tensors[t].name));
        const int layer = network_find_layer(network, layer_name);
        bool known = false;
        for (int p = 0; layer >= 0 && p < network->layers[layer].parameter_count; p++)
            known = known || strcmp(dot + 1, network->layers[layer].parameters[p].name) == 0;
        if (!known)
            return error_set(
                err, "tensor \"%s\" belongs to no parameter of %s; is it the checkpoint of another model?",
                file->tensors[t].name, network->name);
    }
    return true;
}

bool checkpoint_load(const char *path, const struct network *network, float *parameters,
                     struct checkpoint_info *info, struct error *err)
{
    struct safetensors file;
    if (!safetensors_read(&file, path, err))
        return false;
    float *fresh = ls_calloc(network->program.parameter_count, sizeof *fresh);
    const bool ok = read_tensors(&file, network, fresh, err);
    if (!ok)
        error_prefix(err, "%s", path);
    else
        memcpy(parameters, fresh, network->program.parameter_count * sizeof *fresh);
    if (ok && info) {
        info->step = counter(safetensors_metadata(&file, "step"));
        info->seed = counter(safetensors_metadata(&file, "seed"));
    }
    free(fresh);
    safetensors_deinit(&file);
    return ok;
}
