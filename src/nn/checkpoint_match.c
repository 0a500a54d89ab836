/* Which tensor of a file is which parameter: by name, else by order and shape. A state_dict saved by PyTorch
 * is sorted by name in the file, "10.bias" before "2.weight", so that the order of the modules is that of
 * their names with numbers taken as numbers; one module's tensors stay together. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "nn/checkpoint_private.h"

static void print_shape(char *out, size_t capacity, int rank, const uint64_t *dims)
{
    int used = snprintf(out, capacity, "(");
    for (int d = 0; d < rank && used >= 0 && (size_t)used < capacity; d++)
        used += snprintf(out + used, capacity - (size_t)used, "%s%" PRIu64, d ? ", " : "", dims[d]);
    if (used >= 0 && (size_t)used < capacity)
        snprintf(out + used, capacity - (size_t)used, ")");
}

static void print_parameter_shape(char *out, size_t capacity, const struct parameter *parameter)
{
    uint64_t dims[4];
    for (int d = 0; d < parameter->rank; d++)
        dims[d] = (uint64_t)parameter->dims[d];
    print_shape(out, capacity, parameter->rank, dims);
}

static bool same_shape(const struct tensor *tensor, const struct parameter *parameter)
{
    bool same = tensor->rank == parameter->rank;
    for (int d = 0; same && d < parameter->rank; d++)
        same = tensor->dims[d] == (uint64_t)parameter->dims[d];
    return same;
}

static bool check_tensor(const struct tensor *tensor, const struct parameter *parameter, struct error *err)
{
    if (!same_shape(tensor, parameter)) {
        char expected[96], found[96];
        print_parameter_shape(expected, sizeof expected, parameter);
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

/* Moments, and what PyTorch counts batches with. */
static bool is_no_parameter(const struct tensor *tensor)
{
    static const char counter[] = CHECKPOINT_BATCHES;
    const size_t length = strlen(tensor->name);
    return strncmp(tensor->name, CHECKPOINT_MOMENT, strlen(CHECKPOINT_MOMENT)) == 0 ||
           (length >= sizeof counter && strcmp(tensor->name + length - (sizeof counter - 1), counter) == 0);
}

static const struct tensor *find_named(const struct safetensors *file, const struct layer *layer,
                                       const struct parameter *parameter, char name[96])
{
    snprintf(name, 96, "%s.%s", layer->name, parameter->name);
    return safetensors_find(file, name);
}

static bool check_all_used(const struct safetensors *file, const struct network *network,
                           const struct tensor *const *found, int count, struct error *err)
{
    for (int t = 0; t < file->count; t++) {
        bool used = is_no_parameter(&file->tensors[t]);
        for (int i = 0; i < count && !used; i++)
            used = found[i] == &file->tensors[t];
        if (!used)
            return error_set(
                err, "tensor \"%s\" belongs to no parameter of %s; is it the checkpoint of another model?",
                file->tensors[t].name, network->name);
    }
    return true;
}

static bool check_tensors(const struct network *network, const struct tensor *const *found, struct error *err)
{
    for (int i = 0; i < network->layer_count; i++)
        for (int t = 0; t < checkpoint_tensor_count(&network->layers[i]); t++)
            if (!check_tensor(*found++, checkpoint_tensor(&network->layers[i], t), err))
                return false;
    return true;
}

/* `named`, `missing`: how many names were found, and how many were not. */
static bool match_names(const struct safetensors *file, const struct network *network,
                        const struct tensor **found, int *named, int *missing, struct error *err)
{
    int count = 0;
    *named = *missing = 0;
    for (int i = 0; i < network->layer_count; i++)
        for (int t = 0; t < checkpoint_tensor_count(&network->layers[i]); t++) {
            const struct layer *layer = &network->layers[i];
            char name[96];
            found[count] = find_named(file, layer, checkpoint_tensor(layer, t), name);
            *named += found[count] != NULL;
            *missing += found[count] == NULL;
            if (!found[count])
                error_set(err, "tensor \"%s\" is missing; expected every parameter of %s", name,
                          network->name);
            count++;
        }
    return *missing == 0 && check_tensors(network, found, err) &&
           check_all_used(file, network, found, count, err);
}

/* ---- by order and shape ---- */

/* The tensors whose names agree up to the last dot. */
struct module {
    const char *name;
    size_t length; /* of the name, without the dot */
    bool used;
};

static size_t module_length(const struct tensor *tensor)
{
    const char *dot = strrchr(tensor->name, '.');
    return dot ? (size_t)(dot - tensor->name) : 0;
}

static bool is_of(const struct tensor *tensor, const struct module *module)
{
    return module_length(tensor) == module->length &&
           memcmp(tensor->name, module->name, module->length) == 0 && tensor->name[module->length] == '.';
}

static int compare_names(const void *a, const void *b)
{
    const struct module *x = a, *y = b;
    size_t i = 0, j = 0;
    while (i < x->length && j < y->length) {
        if (isdigit((unsigned char)x->name[i]) && isdigit((unsigned char)y->name[j])) {
            char *x_end, *y_end;
            const unsigned long long p = strtoull(x->name + i, &x_end, 10),
                                     q = strtoull(y->name + j, &y_end, 10);
            if (p != q)
                return p < q ? -1 : 1;
            i = (size_t)(x_end - x->name);
            j = (size_t)(y_end - y->name);
            continue;
        }
        if (x->name[i] != y->name[j])
            return (unsigned char)x->name[i] < (unsigned char)y->name[j] ? -1 : 1;
        i++;
        j++;
    }
    return (i < x->length) - (j < y->length);
}

/* In order; returns their number. */
static int find_modules(const struct safetensors *file, struct module *modules)
{
    int count = 0;
    for (int t = 0; t < file->count; t++) {
        const struct tensor *tensor = &file->tensors[t];
        bool known = is_no_parameter(tensor) || !strchr(tensor->name, '.');
        for (int m = 0; m < count && !known; m++)
            known = is_of(tensor, &modules[m]);
        if (!known)
            modules[count++] = (struct module){tensor->name, module_length(tensor), false};
    }
    qsort(modules, (size_t)count, sizeof *modules, compare_names);
    return count;
}

/* Does the module hold exactly the layer's tensors? */
static bool fits(const struct safetensors *file, const struct module *module, const struct layer *layer,
                 const struct tensor **found)
{
    int tensors = 0, fitting = 0;
    for (int t = 0; t < file->count; t++) {
        const struct tensor *tensor = &file->tensors[t];
        if (!is_of(tensor, module) || is_no_parameter(tensor))
            continue;
        tensors++;
        for (int i = 0; i < checkpoint_tensor_count(layer); i++) {
            const struct parameter *parameter = checkpoint_tensor(layer, i);
            if (strcmp(tensor->name + module->length + 1, parameter->name) == 0 &&
                same_shape(tensor, parameter)) {
                found[i] = tensor;
                fitting++;
            }
        }
    }
    return tensors == checkpoint_tensor_count(layer) && fitting == tensors;
}

static void append(char *text, size_t capacity, const char *separator, const struct module *module,
                   const struct layer *layer)
{
    const size_t used = strlen(text);
    snprintf(text + used, capacity - used, "%s%.*s as %s", separator, (int)module->length, module->name,
             layer->name);
}

/* The first unused module of the right shapes for each layer; `text` says which went where. */
static bool match_shapes(const struct safetensors *file, const struct network *network,
                         const struct tensor **found, char *text, size_t capacity, struct error *err)
{
    struct module *modules = ls_calloc((size_t)file->count + 1, sizeof *modules);
    const int module_count = find_modules(file, modules);
    int count = 0;
    bool ok = true;
    for (int i = 0; i < network->layer_count && ok; i++) {
        const struct layer *layer = &network->layers[i];
        if (checkpoint_tensor_count(layer) == 0)
            continue;
        int m = 0;
        while (m < module_count && (modules[m].used || !fits(file, &modules[m], layer, found + count)))
            m++;
        if (m == module_count) {
            char shape[96];
            print_parameter_shape(shape, sizeof shape, checkpoint_tensor(layer, 0));
            ok = error_set(
                err,
                "none of its tensors has a name of %s, and none that is left has the shapes of layer "
                "\"%s\": expected a %s of %s; is it the checkpoint of another model?",
                network->name, layer->name, checkpoint_tensor(layer, 0)->name, shape);
            break;
        }
        modules[m].used = true;
        append(text, capacity, count ? ", " : "", &modules[m], layer);
        count += checkpoint_tensor_count(layer);
    }
    ok = ok && check_tensors(network, found, err);
    ok = ok && check_all_used(file, network, found, count, err);
    free(modules);
    return ok;
}

bool checkpoint_match(const struct checkpoint *checkpoint, const struct network *network,
                      const struct tensor **found, struct error *err)
{
    struct error by_name = {0}, by_shape = {0};
    int named, missing;
    char text[512] = "";
    if (match_names(&checkpoint->file, network, found, &named, &missing, &by_name))
        return true;
    if (missing > 0 && match_shapes(&checkpoint->file, network, found, text, sizeof text, &by_shape)) {
        log_warning(
            "%s: its tensors have other names than %s's parameters and were taken by order and shape: %s",
            checkpoint->origin, network->name, text);
        return true;
    }
    return error_set(err, "%s", named > 0 ? by_name.message : by_shape.message);
}
