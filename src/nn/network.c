/* Networks as values: loading by name or path, lookup, destruction. */
#include "nn/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "compute/program.h"
#include "nn/model.h"
#include "nn/network_build.h"

static const struct {
    const char *name, *file;
} built_in[] = {
    {"lenet5", "lenet5"},
    {"lenet", "lenet5"},
    {"cnn32", "cnn32"},
    {"mlp", "mlp"},
    {"mlp-64-64", "mlp-64-64"},
    {"mlp-64-32", "mlp-64-32"},
    {"mlp-linear", "mlp-linear"},
    {"points", "points"},
    {"regression", "regression"},
    {"resnet", "resnet"},
    {"densenet", "densenet"},
    {"deep-sigmoid", "deep-sigmoid"},
    {"deep-exploding", "deep-exploding"},
};

const char *network_built_in_names(void)
{
    return "lenet5, lenet, cnn32, mlp, mlp-64-64, mlp-64-32, mlp-linear, points, regression, resnet, "
           "densenet, "
           "deep-sigmoid, deep-exploding";
}

static const char *built_in_file(const char *name)
{
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
        if (strcmp(name, built_in[i].name) == 0)
            return built_in[i].file;
    return NULL;
}

struct network *network_parse(const char *json, const char *origin, struct shape input, int classes,
                              struct error *err)
{
    struct model model;
    struct network *network = NULL;
    if (model_parse(&model, json, origin, err) && model_fit_input(&model, input, origin, err))
        network = network_build(&model, origin, input, classes, err);
    model_deinit(&model);
    if (network)
        network->source = ls_strdup(json);
    return network;
}

/* The text of a built-in model or a file, and its path; the caller frees both, also after a failure. */
static char *read_model_file(const char *name_or_path, char **path, struct error *err)
{
    const char *file = built_in_file(name_or_path);
    *path = NULL;
    if (file) {
        char *relative = ls_sprintf("models/%s.json", file);
        *path = file_resource(relative);
        free(relative);
    } else if (strpbrk(name_or_path, "/.")) {
        *path = ls_strdup(name_or_path);
    } else {
        error_set(err, "model \"%s\": expected %s or a .json file; give a path for a file", name_or_path,
                  network_built_in_names());
        return NULL;
    }
    size_t size = 0;
    char *json = file_read(*path, MODEL_MAX_FILE, &size, err);
    if (json && strlen(json) != size) {
        error_set(err, "%s: expected JSON, found a byte of value 0", *path);
        free(json);
        json = NULL;
    }
    return json;
}

struct network *network_load(const char *name_or_path, struct shape input, int classes, struct error *err)
{
    char *path;
    char *json = read_model_file(name_or_path, &path, err);
    struct network *network = json ? network_parse(json, path, input, classes, err) : NULL;
    free(json);
    free(path);
    return network;
}

bool recipe_load(const char *name_or_path, struct recipe *recipe, struct error *err)
{
    char *path;
    char *json = read_model_file(name_or_path, &path, err);
    struct model model = {0};
    const bool ok = json && model_parse(&model, json, path, err);
    *recipe = model.recipe;
    model_deinit(&model);
    free(json);
    free(path);
    return ok;
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

bool network_has_probabilities(const struct network *network)
{
    const struct layer *last = &network->layers[network->layer_count - 1];
    return last->softmax || (last->activation == ACTIVATION_SIGMOID && network_output_count(network) == 1);
}

int network_find_layer(const struct network *network, const char *name)
{
    for (int i = 0; i < network->layer_count; i++)
        if (strcmp(network->layers[i].name, name) == 0)
            return i;
    return -1;
}

const char *layer_kind_name(const struct layer *layer) { return layer->class_name; }
