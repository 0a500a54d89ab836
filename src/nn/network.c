/* Networks as values: loading by name or path, lookup, destruction. */
#include "nn/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "compute/program.h"
#include "nn/model.h"
#include "nn/network_build.h"

static const char *const built_in_names[] = {"lenet5", "mlp", "mlp-linear"};

static bool is_built_in(const char *name)
{
    for (size_t i = 0; i < sizeof built_in_names / sizeof *built_in_names; i++)
        if (strcmp(name, built_in_names[i]) == 0)
            return true;
    return false;
}

struct network *network_parse(const char *json, const char *origin, struct shape input, int classes,
                              struct error *err)
{
    struct model model;
    struct network *network = NULL;
    if (model_parse(&model, json, origin, err))
        network = network_build(&model, origin, input, classes, err);
    model_deinit(&model);
    if (network)
        network->source = ls_strdup(json);
    return network;
}

struct network *network_load(const char *name_or_path, struct shape input, int classes, struct error *err)
{
    char *path = NULL;
    if (is_built_in(name_or_path)) {
        char *relative = ls_sprintf("models/%s.json", name_or_path);
        path = file_resource(relative);
        free(relative);
    } else {
        path = ls_strdup(name_or_path);
    }
    struct network *network = NULL;
    size_t size = 0;
    char *json = NULL;
    if (!is_built_in(name_or_path) && !strpbrk(name_or_path, "/."))
        error_set(err,
                  "model \"%s\": expected lenet5, mlp, mlp-linear or a .json file; give a path for a file",
                  name_or_path);
    else
        json = file_read(path, &size, err);
    if (json && strlen(json) != size)
        error_set(err, "%s: expected JSON, found a byte of value 0", path);
    else if (json)
        network = network_parse(json, path, input, classes, err);
    free(json);
    free(path);
    return network;
}

void network_destroy(struct network *network)
{
    if (!network)
        return;
    program_deinit(&network->program);
    free(network->layers);
    free(network->source);
    free(network);
}

size_t network_output_count(const struct network *network)
{
    return shape_count(network->layers[network->layer_count - 1].output);
}

int network_find_layer(const struct network *network, const char *name)
{
    for (int i = 0; i < network->layer_count; i++)
        if (strcmp(network->layers[i].name, name) == 0)
            return i;
    return -1;
}

const char *layer_kind_name(const struct layer *layer)
{
    switch (layer->kind) {
    case LAYER_INPUT:
        return "Input";
    case LAYER_DENSE:
        return "Dense";
    case LAYER_CONV2D:
        return "Conv2D";
    case LAYER_MAX_POOL2D:
        return "MaxPooling2D";
    case LAYER_AVERAGE_POOL2D:
        return "AveragePooling2D";
    case LAYER_FLATTEN:
        return "Flatten";
    case LAYER_ACTIVATION:
        return layer->softmax ? "Softmax" : "Activation";
    }
    return "?";
}
