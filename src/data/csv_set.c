/* One CSV file, or train.csv and test.csv of a folder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/csv.h"
#include "data/finish.h"
#include "data/readers.h"

enum { MAX_FEATURES = 1 << 24 }; /* the most values that a network takes */

static bool read_table(struct csv_table *table, const char *path, const struct data_spec *spec,
                       struct error *err)
{
    uint8_t *bytes;
    size_t size;
    if (!bytes_read_text(path, &bytes, &size, err))
        return false;
    const bool ok = csv_table_parse(table, bytes, size, path, spec, err);
    free(bytes);
    return ok;
}

/* The numbers that the labels spell, in fresh memory; NULL when one of them is a word. */
static int64_t *as_numbers(const struct csv_table *table)
{
    int64_t *numbers = ls_calloc((size_t)table->rows + 1, sizeof *numbers);
    for (uint32_t i = 0; i < table->rows; i++) {
        char *end;
        errno = 0;
        numbers[i] = strtoll(table->labels[i], &end, 10);
        if (*end || errno) {
            free(numbers);
            return NULL;
        }
    }
    return numbers;
}

static bool take_labels(struct data *data, const struct csv_table *train, const struct csv_table *test,
                        const char *origin, struct error *err)
{
    int64_t *a = as_numbers(train), *b = as_numbers(test);
    const bool ok = a && b ? classes_from_numbers(data, a, b, origin, err)
                           : classes_from_texts(data, train->labels, test->labels, origin, err);
    free(a);
    free(b);
    return ok;
}

/* Moves the table's values and targets into the split. */
static bool take_values(struct dataset *set, struct csv_table *table, const struct data_spec *spec,
                        const char *origin, struct error *err)
{
    if (table->features > MAX_FEATURES)
        return error_set(err, "%s: expected at most %d columns of values, found %d", origin, MAX_FEATURES,
                         table->features);
    *set = (struct dataset){.count = table->rows, .channels = table->features, .height = 1, .width = 1};
    int shape[3] = {table->features, 1, 1};
    if (!data_spec_fit(spec, (size_t)table->features, shape, origin, err))
        return false;
    set->channels = shape[0];
    set->height = shape[1];
    set->width = shape[2];
    set->values = table->values;
    set->targets = table->targets;
    table->values = table->targets = NULL;
    return true;
}

static bool take_tables(struct data *data, struct csv_table *train, struct csv_table *test,
                        const struct data_spec *spec, const char *path, struct error *err)
{
    if (!take_values(&data->train, train, spec, path, err) ||
        (test->rows && !take_values(&data->test, test, spec, path, err)))
        return false;
    data->targets = spec->task == TASK_REGRESS;
    return data->targets || take_labels(data, train, test, path, err);
}

bool csv_set_read(struct data *data, const struct data_spec *spec, struct error *err)
{
    struct csv_table train = {0}, test = {0};
    bool ok;
    if (path_is_folder(spec->path)) {
        char *train_path = ls_sprintf("%s/train.csv", spec->path),
             *test_path = path_find(spec->path, "test.csv");
        ok = read_table(&train, train_path, spec, err) &&
             (!test_path || read_table(&test, test_path, spec, err));
        free(train_path);
        free(test_path);
    } else {
        ok = read_table(&train, spec->path, spec, err);
    }
    ok = ok && take_tables(data, &train, &test, spec, spec->path, err);
    csv_table_deinit(&train);
    csv_table_deinit(&test);
    return ok;
}
