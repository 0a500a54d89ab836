/* Samples and labels from NumPy's arrays, beside one another in a folder or in one archive. */
#include "data/npy_set.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/capacity.h"
#include "data/labels.h"
#include "data/npy.h"
#include "data/npz.h"
#include "data/readers.h"

enum role { TRAIN_X, TRAIN_Y, TEST_X, TEST_Y, ROLES };

/* The most telling first; NumPy's own names for nameless arrays last. */
static const char *const role_names[ROLES][10] = {
    {"x_train", "train_x", "train_images", "train_data", "x", "data", "images", "features", "arr_0", NULL},
    {"y_train", "train_y", "train_labels", "train_targets", "y", "labels", "target", "targets", "arr_1",
     NULL},
    {"x_test", "test_x", "test_images", "test_data", NULL},
    {"y_test", "test_y", "test_labels", "test_targets", NULL},
};

static const uint64_t max_sample = UINT64_C(1) << 24; /* the most values that a network takes */

struct array {
    struct npy npy;
    uint8_t *bytes; /* NULL: there is none */
    char *origin;
};

/* Where arrays are looked for: a folder, or an archive. */
struct place {
    const char *path;
    struct npz *npz;
};

/* NAME.npy with any capitals, in fresh memory, or NULL. */
static char *find_file(const char *folder, const char *name)
{
    char *wanted = ls_sprintf("%s.npy", name), *found = NULL;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && !found && (entry = readdir(entries));)
        if (strcasecmp(entry->d_name, wanted) == 0)
            found = path_find(folder, entry->d_name);
    if (entries)
        closedir(entries);
    free(wanted);
    return found;
}

static int find_member(struct npz *npz, const char *name)
{
    for (int i = 0; i < npz_count(npz); i++)
        if (strcasecmp(npz_name(npz, i), name) == 0)
            return i;
    return -1;
}

/* The header bounds what is read. */
static bool read_file(const char *path, uint8_t **bytes, size_t *size, struct error *err)
{
    uint8_t *head = ls_calloc(NPY_HEAD, 1);
    size_t got;
    uint64_t total;
    const bool ok =
        bytes_head(path, head, NPY_HEAD, &got, &total, err) && npy_check(head, got, total, path, err);
    free(head);
    return ok && bytes_read(path, total, bytes, size, err);
}

/* True, and no bytes, when the place has none of the role's names. */
static bool load(struct array *array, const struct place *place, enum role role, struct error *err)
{
    for (int i = 0; role_names[role][i]; i++) {
        const char *name = role_names[role][i];
        size_t size;
        if (place->npz) {
            const int member = find_member(place->npz, name);
            if (member < 0)
                continue;
            array->origin = ls_sprintf("%s: %s", place->path, npz_name(place->npz, member));
            if (!npz_read(place->npz, member, &array->bytes, &size, err))
                return false;
        } else {
            array->origin = find_file(place->path, name);
            if (!array->origin)
                continue;
            if (!read_file(array->origin, &array->bytes, &size, err))
                return false;
        }
        return npy_parse(&array->npy, array->bytes, size, array->origin, err);
    }
    return true;
}

static void array_deinit(struct array *array)
{
    free(array->bytes);
    free(array->origin);
    memset(array, 0, sizeof *array);
}

/* ---- samples ---- */

static bool few_channels(uint64_t size) { return size == 1 || size == 3 || size == 4; }

/* Four dimensions of a sample array and their strides, as (count, channels, height, width). */
struct view {
    uint64_t dims[4], strides[4];
};

static bool look(struct view *view, const struct array *x, const struct data_spec *spec, struct error *err)
{
    const struct npy *npy = &x->npy;
    char text[160];
    static const int places[5][4] = {{0}, {0, -1, -1, -1}, {0, 1, -1, -1}, {0, -1, 1, 2}, {0, 1, 2, 3}};
    if (npy->rank < 1 || npy->rank > 4)
        return error_set(err, "%s: expected samples of 1 to 4 dimensions, the first counting them, found %s",
                         x->origin, npy_describe(npy, text));
    bool last = spec->layout == LAYOUT_CHANNELS_LAST;
    if (npy->rank == 4 && spec->layout == LAYOUT_AUTO)
        last = few_channels(npy->dims[3]) && !few_channels(npy->dims[1]);
    static const int channels_last[4] = {0, 3, 1, 2};
    const int *place = npy->rank == 4 && last ? channels_last : places[npy->rank];
    uint64_t size = 1;
    for (int i = 0; i < 4; i++) {
        view->dims[i] = place[i] < 0 ? 1 : npy->dims[place[i]];
        view->strides[i] = place[i] < 0 ? 0 : npy->strides[place[i]];
        if (view->dims[i] == 0)
            return error_set(err, "%s: expected at least one sample of one value, found %s", x->origin,
                             npy_describe(npy, text));
        if (i > 0 && (size *= view->dims[i]) > max_sample)
            return error_set(err, "%s: expected at most %" PRIu64 " values a sample, found %s", x->origin,
                             max_sample, npy_describe(npy, text));
    }
    if (view->dims[0] > UINT32_MAX)
        return error_set(err, "%s: expected at most %u samples, found %" PRIu64, x->origin, UINT32_MAX,
                         view->dims[0]);
    return true;
}

static void fill(struct dataset *set, const struct npy *npy, const struct view *view)
{
    size_t at = 0;
    for (uint64_t n = 0; n < view->dims[0]; n++)
        for (uint64_t c = 0; c < view->dims[1]; c++)
            for (uint64_t h = 0; h < view->dims[2]; h++)
                for (uint64_t w = 0; w < view->dims[3]; w++, at++) {
                    const uint64_t place = n * view->strides[0] + c * view->strides[1] +
                                           h * view->strides[2] + w * view->strides[3];
                    if (set->pixels)
                        set->pixels[at] = npy->values[place];
                    else
                        set->values[at] = (float)npy_value(npy, place);
                }
}

static bool read_samples(struct dataset *set, const struct array *x, const struct data_spec *spec,
                         struct error *err)
{
    struct view view;
    if (!look(&view, x, spec, err))
        return false;
    *set = (struct dataset){.count = (uint32_t)view.dims[0],
                            .channels = (int)view.dims[1],
                            .height = (int)view.dims[2],
                            .width = (int)view.dims[3]};
    const size_t size = dataset_sample_size(set), total = set->count * size;
    const bool bytes = x->npy.kind == 'u' && x->npy.size == 1;
    if (!capacity_check(total, bytes ? 1 : sizeof(float), x->origin, err))
        return false;
    if (bytes)
        set->pixels = ls_calloc(total, 1);
    else
        set->values = ls_calloc(total, sizeof *set->values);
    fill(set, &x->npy, &view);
    int shape[3] = {set->channels, set->height, set->width};
    if (!data_spec_fit(spec, size, shape, x->origin, err))
        return false;
    set->channels = shape[0];
    set->height = shape[1];
    set->width = shape[2];
    return true;
}

/* ---- labels and targets ---- */

static bool check_answers(const struct array *y, uint32_t count, struct error *err)
{
    char text[160];
    if (y->npy.rank < 1 || y->npy.rank > 2)
        return error_set(err, "%s: expected labels of 1 or 2 dimensions, found %s", y->origin,
                         npy_describe(&y->npy, text));
    if (y->npy.dims[0] != count)
        return error_set(err, "%s: expected %u labels, one for each sample, found %" PRIu64, y->origin, count,
                         y->npy.dims[0]);
    const uint64_t width = y->npy.rank == 2 ? y->npy.dims[1] : 1;
    if (width < 1 || width > DATA_MAX_TARGETS)
        return error_set(err, "%s: expected 1 to %d values a sample, found %" PRIu64, y->origin,
                         DATA_MAX_TARGETS, width);
    return true;
}

static int answer_width(const struct array *y) { return y->npy.rank == 2 ? (int)y->npy.dims[1] : 1; }

static uint64_t answer_place(const struct npy *npy, uint32_t sample, int at)
{
    return sample * npy->strides[0] + (npy->rank == 2 ? (uint64_t)at * npy->strides[1] : 0);
}

/* The place of the 1 among zeros. */
static bool one_hot(const struct array *y, uint32_t sample, int64_t *label, struct error *err)
{
    int ones = 0, zeros = 0;
    for (int i = 0; i < answer_width(y); i++) {
        const double value = npy_value(&y->npy, answer_place(&y->npy, sample, i));
        ones += value == 1.0;
        zeros += value == 0.0;
        if (value == 1.0)
            *label = i;
    }
    if (ones == 1 && ones + zeros == answer_width(y))
        return true;
    return error_set(err,
                     "%s: row %u is not one-hot: expected one 1 among zeros; if these are targets, say "
                     "task=regress",
                     y->origin, sample);
}

/* Whether rows of several values hold a fraction: then they are targets, else one-hot. */
static bool has_fraction(const struct array *y, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++)
        for (int i = 0; i < answer_width(y); i++) {
            const double value = npy_value(&y->npy, answer_place(&y->npy, n, i));
            if (value != floor(value))
                return true;
        }
    return false;
}

/* One number a sample, in fresh memory: its value, or the place of the 1 in its row. */
static double *read_numbers(const struct array *y, uint32_t count, struct error *err)
{
    double *numbers = ls_calloc(count, sizeof *numbers);
    for (uint32_t n = 0; n < count; n++) {
        int64_t label = 0;
        if (answer_width(y) == 1) {
            numbers[n] = npy_value(&y->npy, answer_place(&y->npy, n, 0));
        } else if (one_hot(y, n, &label, err)) {
            numbers[n] = (double)label;
        } else {
            free(numbers);
            return NULL;
        }
    }
    return numbers;
}

static bool decide(struct data *data, enum data_task task, const struct array *train,
                   const struct array *test, struct error *err)
{
    double *a = read_numbers(train, data->train.count, err);
    double *b = a && test->bytes ? read_numbers(test, data->test.count, err) : NULL;
    const struct answers_origin origin = {train->origin, ""};
    const bool ok = a && (b || !test->bytes) &&
                    labels_decide(data, task, (struct answers){.numbers = a}, (struct answers){.numbers = b},
                                  &origin, err);
    free(a);
    free(b);
    return ok;
}

static float *read_targets(const struct array *y, uint32_t count)
{
    const size_t width = (size_t)answer_width(y);
    float *targets = ls_calloc(count * width, sizeof *targets);
    for (uint32_t n = 0; n < count; n++)
        for (size_t i = 0; i < width; i++)
            targets[n * width + i] = (float)npy_value(&y->npy, answer_place(&y->npy, n, (int)i));
    return targets;
}

static bool take_arrays(struct data *data, const struct data_spec *spec, const struct array *arrays,
                        const char *path, struct error *err)
{
    const struct array *y = &arrays[TRAIN_Y], *test_y = &arrays[TEST_Y];
    if (!arrays[TRAIN_X].bytes || !y->bytes)
        return error_set(err,
                         "%s: expected arrays X and y (or x_train and y_train, with or without x_test and "
                         "y_test), found no %s",
                         path, arrays[TRAIN_X].bytes ? "labels" : "samples");
    if (!arrays[TEST_X].bytes != !test_y->bytes)
        return error_set(err, "%s: expected x_test and y_test, found only %s", path,
                         arrays[TEST_X].bytes ? "x_test" : "y_test");
    if (!read_samples(&data->train, &arrays[TRAIN_X], spec, err) || !check_answers(y, data->train.count, err))
        return false;
    if (test_y->bytes && (!read_samples(&data->test, &arrays[TEST_X], spec, err) ||
                          !check_answers(test_y, data->test.count, err)))
        return false;
    if (test_y->bytes && answer_width(test_y) != answer_width(y))
        return error_set(err, "%s: expected %d values a sample as in training, found %d", test_y->origin,
                         answer_width(y), answer_width(test_y));
    if (test_y->bytes && !data->train.pixels != !data->test.pixels)
        return error_set(err, "%s: training samples are %s, test samples %s; expected one type", path,
                         data->train.pixels ? "bytes" : "numbers", data->test.pixels ? "bytes" : "numbers");
    const bool rows =
        answer_width(y) > 1 &&
        (spec->task == TASK_REGRESS ||
         (spec->task == TASK_AUTO &&
          (has_fraction(y, data->train.count) || (test_y->bytes && has_fraction(test_y, data->test.count)))));
    if (!rows)
        return decide(data, spec->task, y, test_y, err);
    data->targets = answer_width(y);
    data->train.targets = read_targets(y, data->train.count);
    if (test_y->bytes)
        data->test.targets = read_targets(test_y, data->test.count);
    return true;
}

static bool read_place(struct data *data, const struct data_spec *spec, const struct place *place,
                       struct error *err)
{
    struct array arrays[ROLES] = {0};
    bool ok = true;
    for (int role = 0; ok && role < ROLES; role++)
        ok = load(&arrays[role], place, (enum role)role, err);
    ok = ok && take_arrays(data, spec, arrays, place->path, err);
    for (int role = 0; role < ROLES; role++)
        array_deinit(&arrays[role]);
    return ok;
}

bool npy_set_is_name(const char *name)
{
    const size_t length = strlen(name);
    for (int role = 0; role < ROLES; role++)
        for (int i = 0; role_names[role][i]; i++)
            if (length == strlen(role_names[role][i]) + 4 &&
                strncasecmp(name, role_names[role][i], length - 4) == 0 &&
                strcasecmp(name + length - 4, ".npy") == 0)
                return true;
    return false;
}

bool npy_set_read(struct data *data, const struct data_spec *spec, struct error *err)
{
    struct place place = {spec->path, NULL};
    char *folder = NULL;
    if (!path_is_folder(spec->path)) {
        const char *slash = strrchr(spec->path, '/');
        const char *name = slash ? slash + 1 : spec->path;
        if (!npy_set_is_name(name))
            return error_set(err,
                             "%s: expected X.npy with y.npy beside it (or x_train, y_train, x_test, y_test); "
                             "rename the files",
                             spec->path);
        folder = slash ? ls_sprintf("%.*s", (int)(slash - spec->path + 1), spec->path) : ls_strdup(".");
        place.path = folder;
    }
    const bool ok = read_place(data, spec, &place, err);
    free(folder);
    return ok;
}

bool npz_set_read(struct data *data, const struct data_spec *spec, struct error *err)
{
    struct place place = {spec->path, npz_open(spec->path, err)};
    const bool ok = place.npz && read_place(data, spec, &place, err);
    npz_close(place.npz);
    return ok;
}
