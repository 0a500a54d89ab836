/* One CSV file, or train.csv and test.csv of a folder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/csv_table.h"
#include "data/labels.h"
#include "data/readers.h"

enum { MAX_FEATURES = 1 << 24 }; /* the most values that a network takes */

/* One of the files. */
struct part {
    char *path; /* NULL: there is none */
    struct csv_columns columns;
    struct csv_table table;
};

static void part_deinit(struct part *part)
{
    free(part->path);
    csv_columns_deinit(&part->columns);
    csv_table_deinit(&part->table);
}

/* `like` NULL: the columns are chosen here. */
static bool read_part(struct part *part, const struct part *like, const struct data_spec *spec,
                      struct error *err)
{
    uint8_t *bytes;
    size_t size;
    if (!bytes_read_text(part->path, &bytes, &size, err))
        return false;
    bool ok = csv_columns_read(&part->columns, bytes, size, part->path, spec, err) &&
              (like ? csv_columns_match(&part->columns, &like->columns, part->path, like->path, err)
                    : csv_columns_choose(&part->columns, part->path, spec, err));
    if (ok && part->columns.features > MAX_FEATURES)
        ok = error_set(err, "%s: expected at most %d columns of values, found %d", part->path, MAX_FEATURES,
                       part->columns.features);
    ok = ok && csv_table_read(&part->table, &part->columns, bytes, size, part->path, spec->task, err);
    free(bytes);
    return ok;
}

/* Moves the table's values into the split. */
static bool take_values(struct dataset *set, struct part *part, const struct data_spec *spec,
                        struct error *err)
{
    struct csv_table *table = &part->table;
    int shape[3] = {table->features, 1, 1};
    if (!data_spec_fit(spec, (size_t)table->features, shape, part->path, err))
        return false;
    *set =
        (struct dataset){.count = table->rows, .channels = shape[0], .height = shape[1], .width = shape[2]};
    set->values = table->values;
    table->values = NULL;
    return true;
}

static void take_names(struct data *data, const struct csv_columns *columns)
{
    char *label = csv_column_text(columns, columns->label);
    snprintf(data->label, sizeof data->label, "%s", label);
    free(label);
    if (columns->all[columns->label].name)
        data->target_name = ls_strdup(columns->all[columns->label].name);
    if (columns->header) {
        data->feature_count = (size_t)columns->features;
        data->feature_names = ls_calloc(data->feature_count, sizeof *data->feature_names);
    }
    data->dropped = ls_calloc((size_t)columns->count, sizeof *data->dropped);
    int feature = 0;
    for (int i = 0; i < columns->count; i++) {
        const struct csv_column *column = &columns->all[i];
        if (column->use == CSV_DROPPED)
            data->dropped[data->dropped_count++] = (struct data_dropped){
                .column = i + 1, .name = column->name ? ls_strdup(column->name) : NULL, .why = column->why};
        else if (column->use == CSV_FEATURE && columns->header)
            data->feature_names[feature++] =
                column->name ? ls_strdup(column->name) : ls_sprintf("column %d", i + 1);
    }
}

/* Few whole numbers, several samples of each: what the first column would be as the label. */
static bool looks_like_labels(const struct dataset *set)
{
    float different[DATA_MAX_CLASSES];
    uint32_t count = 0;
    const size_t size = dataset_sample_size(set);
    for (size_t n = 0; n < set->count; n++) {
        const float value = set->values[n * size];
        uint32_t at = 0;
        while (at < count && different[at] != value)
            at++;
        if (at < count)
            continue;
        if (count == DATA_MAX_CLASSES || value != floorf(value))
            return false;
        different[count++] = value;
    }
    return count >= 2 && 2 * (uint64_t)count <= set->count;
}

/* Where else the labels may be; "" where they were asked for. In fresh memory. */
static char *propose(const struct data *data, const struct csv_columns *columns, const struct data_spec *spec)
{
    int first = 0;
    while (columns->all[first].use == CSV_DROPPED)
        first++;
    if (*spec->label)
        return ls_strdup("");
    if (first != columns->label && looks_like_labels(&data->train))
        return ls_sprintf("if the labels are in column %d, say label=%d", first + 1, first + 1);
    return ls_strdup("if the labels are in another column, say label=COLUMN");
}

/* An id that was kept because there is nothing else. */
static int lone_id(const struct csv_columns *columns)
{
    for (int i = 0; i < columns->count && columns->features == 1; i++)
        if (columns->all[i].use == CSV_FEATURE && columns->all[i].name && columns->all[i].whole &&
            csv_is_id_name(columns->all[i].name))
            return i;
    return -1;
}

/* What was chosen by rule and can as well be wrong. */
static void say_doubts(struct data *data, const struct csv_columns *columns, const struct data_spec *spec,
                       const char *proposal)
{
    int counter = -1;
    for (int i = columns->count - 1; i >= 0 && !spec->features && !spec->drop; i--)
        if (columns->all[i].use == CSV_FEATURE && csv_counts_rows(columns, i) && columns->features > 1)
            counter = i;
    const int id = spec->features || spec->drop ? -1 : lone_id(columns);
    char *where = counter < 0 && id < 0 ? NULL : csv_column_text(columns, id < 0 ? counter : id);
    if (id >= 0)
        snprintf(data->doubt, sizeof data->doubt, "%s looks like an id: nothing else is left to learn from",
                 where);
    else if (where)
        snprintf(data->doubt, sizeof data->doubt, "%s counts the rows: drop=%d leaves it out", where,
                 counter + 1);
    else if (data->targets && spec->task == TASK_AUTO && !columns->header && strstr(proposal, "say label=1"))
        snprintf(data->doubt, sizeof data->doubt, "%s", proposal);
    free(where);
}

static bool take_parts(struct data *data, struct part *train, struct part *test, const struct data_spec *spec,
                       struct error *err)
{
    if (!take_values(&data->train, train, spec, err) ||
        (test->path && !take_values(&data->test, test, spec, err)))
        return false;
    take_names(data, &train->columns);
    char *where = ls_sprintf("%s: %s", train->path, data->label),
         *proposal = propose(data, &train->columns, spec);
    const struct answers_origin origin = {where, proposal};
    const bool ok = labels_decide(data, spec->task, (struct answers){.texts = train->table.labels},
                                  (struct answers){.texts = test->table.labels}, &origin, err);
    if (ok)
        say_doubts(data, &train->columns, spec, proposal);
    free(where);
    free(proposal);
    return ok;
}

bool csv_set_read(struct data *data, const struct data_spec *spec, struct error *err)
{
    struct part train = {0}, test = {0};
    if (path_is_folder(spec->path)) {
        train.path = ls_sprintf("%s/train.csv", spec->path);
        test.path = path_find(spec->path, "test.csv");
    } else {
        train.path = ls_strdup(spec->path);
    }
    const bool ok = read_part(&train, NULL, spec, err) &&
                    (!test.path || read_part(&test, &train, spec, err)) &&
                    take_parts(data, &train, &test, spec, err);
    part_deinit(&train);
    part_deinit(&test);
    return ok;
}
