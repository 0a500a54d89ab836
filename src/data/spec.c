/* The options of data: one table, each with the formats that take it. */
#include "data/spec.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/number_exact.h"
#include "data/dataset.h"
#include "data/source.h"

static bool number(const char *text, double low, double high, double *value, struct error *err)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end || !(parsed >= low) || !(parsed <= high))
        return error_set_usage(err, "expected a number from %s to %s, found \"%s\"", LS_NUMBER_LIMIT(low),
                               LS_NUMBER_LIMIT(high), text);
    *value = parsed;
    return true;
}

static bool whole(const char *text, int64_t low, int64_t high, int64_t *value, struct error *err)
{
    char *end;
    errno = 0;
    const long long parsed = strtoll(text, &end, 10);
    if (end == text || *end || errno || parsed < low || parsed > high)
        return error_set_usage(err, "expected a whole number from %lld to %lld, found \"%s\"", (long long)low,
                               (long long)high, text);
    *value = parsed;
    return true;
}

/* The place of `text` among `names`, which NULL ends; `allowed` says them for the error. */
static bool choice(const char *text, const char *const *names, const char *allowed, int *value,
                   struct error *err)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(text, names[i]) == 0) {
            *value = i;
            return true;
        }
    return error_set_usage(err, "expected %s, found \"%s\"", allowed, text);
}

static bool set_label(struct data_spec *spec, const char *value, struct error *err)
{
    if (strlen(value) >= sizeof spec->label)
        return error_set_usage(err, "expected at most %zu characters", sizeof spec->label - 1);
    snprintf(spec->label, sizeof spec->label, "%s", value);
    return true;
}

static bool set_list(char **list, const char *value)
{
    free(*list);
    *list = ls_strdup(value);
    return true;
}

static bool set_drop(struct data_spec *spec, const char *value, struct error *err)
{
    (void)err;
    return set_list(&spec->drop, value);
}

static bool set_features(struct data_spec *spec, const char *value, struct error *err)
{
    (void)err;
    return set_list(&spec->features, value);
}

static bool set_header(struct data_spec *spec, const char *value, struct error *err)
{
    static const char *const names[] = {"auto", "yes", "no", NULL};
    int found = 0;
    if (!choice(value, names, "auto, yes or no", &found, err))
        return false;
    spec->header = (enum data_header)found;
    return true;
}

static bool set_task(struct data_spec *spec, const char *value, struct error *err)
{
    static const char *const names[] = {"auto", "classify", "regress", NULL};
    int found = 0;
    if (!choice(value, names, "auto, classify or regress", &found, err))
        return false;
    spec->task = (enum data_task)found;
    return true;
}

static bool set_scale(struct data_spec *spec, const char *value, struct error *err)
{
    static const char *const names[] = {"auto", "none", "byte", "unit", "standard", NULL};
    int found = 0;
    if (!choice(value, names, "auto, none, byte, unit or standard", &found, err))
        return false;
    spec->scale = (enum data_scale)found;
    return true;
}

static bool set_layout(struct data_spec *spec, const char *value, struct error *err)
{
    static const char *const names[] = {"auto", "nchw", "nhwc", NULL};
    int found = 0;
    if (!choice(value, names, "auto, nchw or nhwc", &found, err))
        return false;
    spec->layout = (enum data_layout)found;
    return true;
}

static bool set_split(struct data_spec *spec, const char *value, struct error *err)
{
    double parsed = 0;
    if (!number(value, 0, 1e9, &parsed, err))
        return false;
    if (!(parsed > 0) || (parsed >= 1 && parsed != floor(parsed)))
        return error_set_usage(err, "expected a share such as 0.2 or a number of samples, found \"%s\"",
                               value);
    spec->split = parsed;
    spec->split_given = true;
    return true;
}

static bool set_seed(struct data_spec *spec, const char *value, struct error *err)
{
    int64_t parsed = 0;
    if (!whole(value, 0, INT64_MAX, &parsed, err))
        return false;
    spec->seed = (uint64_t)parsed;
    return true;
}

static bool set_noise(struct data_spec *spec, const char *value, struct error *err)
{
    return number(value, 0, 10, &spec->noise, err);
}

static bool set_samples(struct data_spec *spec, const char *value, struct error *err)
{
    int64_t parsed = 0;
    if (!whole(value, 2, 100000000, &parsed, err))
        return false;
    spec->samples = (uint32_t)parsed;
    return true;
}

static bool set_classes(struct data_spec *spec, const char *value, struct error *err)
{
    int64_t parsed = 0;
    if (!whole(value, 2, 10, &parsed, err))
        return false;
    spec->classes = (int)parsed;
    return true;
}

static bool set_shape(struct data_spec *spec, const char *value, struct error *err)
{
    int sizes[3], count = 0;
    const char *at = value;
    for (char *end; count < 3; at = end + 1) {
        const long size = strtol(at, &end, 10);
        if (end == at || size < 1 || size > DATA_MAX_SIDE)
            break;
        sizes[count++] = (int)size;
        at = end;
        if (*end != 'x')
            break;
    }
    if (count < 2 || *at)
        return error_set_usage(err,
                               "expected HEIGHTxWIDTH or CHANNELSxHEIGHTxWIDTH, each from 1 to %d, found "
                               "\"%s\"",
                               DATA_MAX_SIDE, value);
    spec->shape[0] = count == 3 ? sizes[0] : 0;
    spec->shape[1] = sizes[count - 2];
    spec->shape[2] = sizes[count - 1];
    return true;
}

#define ON(format) (1u << FORMAT_##format)
#define ON_ALL ((1u << FORMAT_COUNT) - 1)
#define ON_NUMPY (ON(NPY) | ON(NPZ))

const struct data_option_row data_option_rows[] = {
    {"label", "COLUMN", ON(CSV),
     "the column of the labels, by name or number from 1 (default: the first or last if it is named label, "
     "class, target or y; else the last)",
     set_label},
    {"drop", "COLUMN/COLUMN", ON(CSV), "columns to leave out beside ids and counters; none: keep these too",
     set_drop},
    {"features", "COLUMN/COLUMN", ON(CSV),
     "the columns to learn from (default: all but the label and those left out)", set_features},
    {"header", "yes|no", ON(CSV), "whether the first line names the columns (default: it has no number)",
     set_header},
    {"task", "classify|regress", ON_NUMPY | ON(CSV),
     "labels or targets (default: targets when there are fractions among them, else labels)", set_task},
    {"shape", "CxHxW", ON_NUMPY | ON(CSV) | ON(IMAGES), "the shape of a sample; image files are scaled to it",
     set_shape},
    {"layout", "nchw|nhwc", ON_NUMPY, "the order of four dimensions (default: 1, 3 or 4 channels tell)",
     set_layout},
    {"scale", "KIND", ON_ALL,
     "none, byte (x / 255), unit (0 to 1) or standard (mean 0, deviation 1); default: byte for bytes and "
     "for whole numbers from 0 to 255 that must be some, else none",
     set_scale},
    {"split", "X", ON_ALL & ~ON(IDX), "the share or number of samples to test with (default 0.2)", set_split},
    {"seed", "N", ON_ALL & ~ON(IDX), "of that choice and of generated data (default 1)", set_seed},
    {"noise", "X", ON(GENERATED), "the deviation of what is added to each coordinate (default 0)", set_noise},
    {"samples", "N", ON(GENERATED), "how many, those to test with included (default 1000)", set_samples},
    {"classes", "N", ON(GENERATED), "of gaussians and spiral, 2 to 10 (default 2)", set_classes},
};

const int data_option_row_count = sizeof data_option_rows / sizeof *data_option_rows;

static bool set_option(struct data_spec *spec, char *text, struct error *err)
{
    char *value = strchr(text, '=');
    if (!value)
        return error_set_usage(err, "\"%s\": expected NAME=VALUE", text);
    *value++ = 0;
    for (int i = 0; i < data_option_row_count; i++) {
        if (strcmp(text, data_option_rows[i].name) != 0)
            continue;
        if (spec->given & 1u << i)
            return error_set_usage(err, "%s is given twice", text);
        spec->given |= 1u << i;
        if (*value && data_option_rows[i].set(spec, value, err))
            return true;
        error_set_usage(err, "needs a value: %s=%s", text, data_option_rows[i].argument);
        return error_prefix(err, "%s", text);
    }
    char names[256] = "";
    for (int i = 0; i < data_option_row_count; i++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", data_option_rows[i].name);
    }
    return error_set_usage(err, "unknown option %s; expected one of: %s", text, names);
}

bool data_spec_parse(struct data_spec *spec, const char *text, struct error *err)
{
    memset(spec, 0, sizeof *spec);
    spec->split = 0.2;
    spec->seed = 1;
    spec->samples = 1000;
    spec->classes = 2;
    spec->path = ls_strdup(text);
    struct stat info;
    char *colon = strrchr(spec->path, ':');
    if (!colon || stat(text, &info) == 0)
        return true;
    *colon = 0;
    char *options = ls_strdup(colon + 1);
    bool ok = true;
    for (char *rest = options, *option; ok && (option = strsep(&rest, ","));)
        ok = set_option(spec, option, err);
    free(options);
    if (!ok)
        error_prefix(err, "%s", spec->path);
    return ok;
}

void data_spec_deinit(struct data_spec *spec)
{
    free(spec->path);
    free(spec->drop);
    free(spec->features);
    memset(spec, 0, sizeof *spec);
}

bool data_spec_fit(const struct data_spec *spec, size_t size, int shape[3], const char *origin,
                   struct error *err)
{
    const size_t plane = (size_t)spec->shape[1] * (size_t)spec->shape[2];
    if (plane == 0)
        return true;
    const size_t channels = spec->shape[0] ? (size_t)spec->shape[0] : size / plane;
    if (channels * plane != size && spec->shape[0])
        return error_set(err, "%s: has %zu values a sample; shape=%dx%dx%d has %zu", origin, size,
                         spec->shape[0], spec->shape[1], spec->shape[2], channels * plane);
    if (channels * plane != size)
        return error_set(err, "%s: has %zu values a sample, no multiple of the %zu of shape=%dx%d", origin,
                         size, plane, spec->shape[1], spec->shape[2]);
    shape[0] = (int)channels;
    shape[1] = spec->shape[1];
    shape[2] = spec->shape[2];
    return true;
}

bool data_spec_check(const struct data_spec *spec, int format, const char *format_name, struct error *err)
{
    for (int i = 0; i < data_option_row_count; i++) {
        const struct data_option_row *row = &data_option_rows[i];
        if (!(spec->given & 1u << i) || row->formats & 1u << format)
            continue;
        char takers[256] = "";
        for (int f = 0; f < FORMAT_COUNT; f++) {
            const size_t used = strlen(takers);
            if (row->formats & 1u << f)
                snprintf(takers + used, sizeof takers - used, "%s%s", used ? ", " : "",
                         data_format_name((enum data_format)f));
        }
        return error_set_usage(err, "%s: %s is no option of %s; it belongs to: %s", spec->path, row->name,
                               format_name, takers);
    }
    return true;
}
