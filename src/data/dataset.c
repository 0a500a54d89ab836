/* From what stands after --data to samples that can be trained on. */
#include "data/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/bytes.h"
#include "data/finish.h"
#include "data/source.h"
#include "data/summary.h"

/* The last part of the path, without the ending of a file's name. */
static void name_after_path(struct data *data, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    size_t begin = length;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    const char *dot = memchr(path + begin + 1, '.', length > begin + 1 ? length - begin - 1 : 0);
    if (dot && path_is_file(path))
        length = (size_t)(dot - path);
    snprintf(data->name, sizeof data->name, "%.*s", (int)(length - begin), path + begin);
}

const char *data_built_in_names(void) { return "mnist, circle, xor, gaussians, spiral, plane, random"; }

static bool load(struct data *data, struct data_spec *spec, struct error *err)
{
    const bool built_in = strcmp(spec->path, "mnist") == 0 && !path_is_folder(spec->path);
    if (built_in) {
        free(spec->path);
        spec->path = file_resource("data/mnist");
        snprintf(data->name, sizeof data->name, "MNIST");
    } else {
        name_after_path(data, spec->path);
    }
    enum data_format format;
    if (!source_detect(spec->path, &format, err))
        return false;
    snprintf(data->format, sizeof data->format, "%s", data_format_name(format));
    if (!data_spec_check(spec, (int)format, data->format, err) || !source_read(data, spec, format, err) ||
        !data_finish(data, spec, spec->path, err))
        return false;
    if (!built_in && format != FORMAT_GENERATED)
        data->summary = summary_make(data, spec->path);
    return true;
}

struct data *data_load(const char *text, struct error *err)
{
    struct data *data = ls_calloc(1, sizeof *data);
    struct data_spec spec;
    struct error local = {0};
    const bool ok = data_spec_parse(&spec, text, &local) && load(data, &spec, &local);
    data_spec_deinit(&spec);
    if (ok)
        return data;
    data_destroy(data);
    if (local.class_ == ERROR_USAGE)
        error_set_usage(err, "--data %s", local.message);
    else
        error_set(err, "%s", local.message);
    return NULL;
}
