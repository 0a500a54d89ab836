/* The values of a table whose columns are known. */
#include "data/csv_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/capacity.h"
#include "data/csv.h"

/* While the file is walked through. */
struct walk {
    struct csv_table *table;
    const struct csv_columns *columns;
    int *places; /* (columns) where a feature belongs in its row */
    enum data_task task;
    uint32_t row;
    size_t *label_at; /* (rows) where each label begins in label_text, which may move */
    size_t label_size, label_capacity;
    size_t missing, missing_line; /* how many values; the first one's line and column */
    int missing_column;
};

static void keep_label(struct walk *walk, const char *text)
{
    const size_t length = strlen(text) + 1;
    if (walk->label_size + length > walk->label_capacity) {
        walk->label_capacity = 2 * (walk->label_size + length);
        walk->table->label_text = ls_realloc(walk->table->label_text, walk->label_capacity);
    }
    memcpy(walk->table->label_text + walk->label_size, text, length);
    walk->label_at[walk->row] = walk->label_size;
    walk->label_size += length;
}

/* "3/5/9": the features with text in them, to be left out at once; "" when there are too many to list. */
static void list_text_columns(const struct csv_columns *columns, char list[160])
{
    size_t used = 0;
    list[0] = 0;
    for (int i = 0; i < columns->count; i++) {
        if (columns->all[i].use != CSV_FEATURE || columns->all[i].numbers)
            continue;
        const int length = snprintf(list + used, 160 - used, "%s%d", used ? "/" : "", i + 1);
        if (length < 0 || (used += (size_t)length) >= 160) {
            list[0] = 0;
            return;
        }
    }
}

static bool no_number(const struct walk *walk, const struct csv_reader *reader, struct error *err)
{
    const int column = reader->column - 1;
    char *where = csv_column_text(walk->columns, column), list[160];
    list_text_columns(walk->columns, list);
    if (reader->line == 1 && !walk->columns->header)
        error_set(
            err, "%s: line 1, %s: expected a number, found \"%.60s\"; if it names the column, say header=yes",
            reader->origin, where, reader->text);
    else if (walk->columns->all[column].use == CSV_LABEL)
        error_set(err, "%s: line %zu, %s: expected a number, found \"%.60s\"", reader->origin, reader->line,
                  where, reader->text);
    else
        error_set(
            err, "%s: line %zu, %s: expected a number, found \"%.60s\"; if it is the label, say label=%d%s%s",
            reader->origin, reader->line, where, reader->text, column + 1,
            *list ? "; to leave out what holds text, drop=" : "", list);
    free(where);
    return false;
}

/* Later checks count samples of a split, which are no lines any more. */
static bool not_finite(const struct walk *walk, const struct csv_reader *reader, struct error *err)
{
    char *where = csv_column_text(walk->columns, reader->column - 1);
    error_set(err, "%s: line %zu, %s: expected a finite number that fits a 32-bit float, found \"%.60s\"",
              reader->origin, reader->line, where, reader->text);
    free(where);
    return false;
}

static bool take_field(struct walk *walk, const struct csv_reader *reader, struct error *err)
{
    const int column = reader->column - 1;
    const enum csv_use use = walk->columns->all[column].use;
    double value;
    if (use == CSV_DROPPED)
        return true;
    if (csv_is_missing(reader->text)) {
        if (walk->missing++ == 0) {
            walk->missing_line = reader->line;
            walk->missing_column = column;
        }
        return true;
    }
    if (use == CSV_LABEL) {
        if (walk->task == TASK_REGRESS && !csv_number(reader->text, &value))
            return no_number(walk, reader, err);
        keep_label(walk, reader->text);
        return true;
    }
    if (!csv_feature(reader->text, &value))
        return no_number(walk, reader, err);
    if (!isfinite((float)value))
        return not_finite(walk, reader, err);
    struct csv_table *table = walk->table;
    table->values[(size_t)walk->row * (size_t)table->features + (size_t)walk->places[column]] = (float)value;
    return true;
}

static bool read_rows(struct walk *walk, const uint8_t *bytes, size_t size, const char *origin,
                      struct error *err)
{
    struct csv_reader reader;
    csv_reader_init(&reader, bytes, size, origin);
    bool ok = true, skip = walk->columns->header;
    while (ok && csv_next(&reader, err) == CSV_FIELD) {
        ok = skip || take_field(walk, &reader, err);
        walk->row += !skip && reader.row_ends;
        skip = skip && !reader.row_ends;
    }
    csv_reader_deinit(&reader);
    if (!ok || walk->missing == 0)
        return ok;
    const bool feature = walk->columns->all[walk->missing_column].use == CSV_FEATURE;
    char *where = csv_column_text(walk->columns, walk->missing_column),
         *drop =
             feature ? ls_sprintf(", or the column with drop=%d", walk->missing_column + 1) : ls_strdup("");
    error_set(
        err,
        "%s: line %zu, %s: the value is missing; values missing in all: %zu; fill them in or leave their "
        "rows out%s",
        origin, walk->missing_line, where, walk->missing, drop);
    free(where);
    free(drop);
    return false;
}

static void point_at_labels(struct walk *walk)
{
    struct csv_table *table = walk->table;
    table->labels = ls_calloc(table->rows, sizeof *table->labels);
    for (uint32_t i = 0; i < table->rows; i++)
        table->labels[i] = table->label_text + walk->label_at[i];
}

bool csv_table_read(struct csv_table *table, const struct csv_columns *columns, const uint8_t *bytes,
                    size_t size, const char *origin, enum data_task task, struct error *err)
{
    *table = (struct csv_table){.rows = columns->rows, .features = columns->features};
    if (!capacity_check(table->rows, (size_t)table->features * sizeof(float), origin, err))
        return false;
    struct walk walk = {.table = table, .columns = columns, .task = task};
    walk.places = ls_calloc((size_t)columns->count, sizeof *walk.places);
    int place = 0;
    for (int i = 0; i < columns->count; i++)
        walk.places[i] = columns->all[i].use == CSV_FEATURE ? place++ : -1;
    walk.label_at = ls_calloc(table->rows, sizeof *walk.label_at);
    table->values = ls_calloc((size_t)table->rows * (size_t)table->features, sizeof *table->values);
    const bool ok = read_rows(&walk, bytes, size, origin, err);
    if (ok)
        point_at_labels(&walk);
    free(walk.places);
    free(walk.label_at);
    if (!ok)
        csv_table_deinit(table);
    return ok;
}

void csv_table_deinit(struct csv_table *table)
{
    free(table->labels);
    free(table->label_text);
    free(table->values);
    memset(table, 0, sizeof *table);
}
