/* A CSV file as a matrix of numbers: first its extent and the label's column, then the values. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/capacity.h"
#include "data/csv.h"

/* What the first look finds. */
struct extent {
    uint32_t rows; /* without the header */
    int columns;
    bool header;
    char **names; /* (columns) of the header; else "1", "2", … */
    int label;    /* from 0 */
};

/* Most fields of large files are a few digits. */
static bool parse_digits(const char *text, double *value)
{
    int number = 0, digits = 0;
    for (; digits < 9 && text[digits] >= '0' && text[digits] <= '9'; digits++)
        number = 10 * number + (text[digits] - '0');
    *value = number;
    return digits > 0 && text[digits] == 0;
}

static bool parse_number(const char *text, double *value)
{
    if (parse_digits(text, value))
        return true;
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == 0;
}

/* What spreadsheets and statistics programs write for "no value". */
static bool is_missing(const char *text)
{
    static const char *const words[] = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", "-"};
    if (*text >= '0' && *text <= '9')
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

/* ---- first look ---- */

static bool read_first_row(struct extent *extent, struct csv_reader *reader, const struct data_spec *spec,
                           struct error *err)
{
    bool numbers = false;
    enum csv_result result;
    do {
        result = csv_next(reader, err);
        if (result == CSV_WRONG)
            return false;
        if (result == CSV_END)
            return error_set(err, "%s: expected rows of values, found none", reader->origin);
        double value;
        numbers |= parse_number(reader->text, &value);
        extent->names = ls_realloc(extent->names, (size_t)(extent->columns + 1) * sizeof *extent->names);
        extent->names[extent->columns++] = ls_strdup(reader->text);
    } while (!reader->row_ends);
    extent->header = spec->header == HEADER_AUTO ? !numbers : spec->header == HEADER_YES;
    extent->rows = !extent->header;
    for (int i = 0; !extent->header && i < extent->columns; i++) {
        free(extent->names[i]);
        extent->names[i] = ls_sprintf("%d", i + 1);
    }
    if (extent->columns >= 2)
        return true;
    return error_set(err, "%s: line 1: expected at least 2 columns, values and a label, found %d",
                     reader->origin, extent->columns);
}

static bool count_rows(struct extent *extent, struct csv_reader *reader, struct error *err)
{
    enum csv_result result;
    while ((result = csv_next(reader, err)) == CSV_FIELD) {
        if (!reader->row_ends)
            continue;
        if (reader->column != extent->columns)
            return error_set(err, "%s: line %zu: expected %d fields as in the first row, found %d",
                             reader->origin, reader->line, extent->columns, reader->column);
        if (extent->rows == UINT32_MAX)
            return error_set(err, "%s: has more than %u rows", reader->origin, UINT32_MAX);
        extent->rows++;
    }
    if (result == CSV_WRONG)
        return false;
    return extent->rows > 0 ||
           error_set(err, "%s: expected rows below the header, found none", reader->origin);
}

static bool find_label(struct extent *extent, const char *wanted, const char *origin, struct error *err)
{
    static const char *const usual[] = {"label", "class", "target", "y"};
    extent->label = extent->columns - 1;
    if (!*wanted) {
        for (int u = 3; extent->header && u >= 0; u--)
            for (int i = 0; i < extent->columns; i++)
                if (strcasecmp(extent->names[i], usual[u]) == 0)
                    extent->label = i;
        return true;
    }
    for (int i = 0; extent->header && i < extent->columns; i++)
        if (strcmp(extent->names[i], wanted) == 0) {
            extent->label = i;
            return true;
        }
    char *end;
    errno = 0;
    const long place = strtol(wanted, &end, 10);
    if (*end == 0 && errno == 0 && place >= 1 && place <= extent->columns) {
        extent->label = (int)place - 1;
        return true;
    }
    char names[400] = "";
    for (int i = 0; extent->header && i < extent->columns; i++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : ": ", extent->names[i]);
    }
    return error_set(err, "%s: has no column \"%s\"; expected a number from 1 to %d%s%s", origin, wanted,
                     extent->columns, extent->header ? " or one of the names" : "", names);
}

static bool measure(struct extent *extent, const uint8_t *bytes, size_t size, const char *origin,
                    const struct data_spec *spec, struct error *err)
{
    struct csv_reader reader;
    csv_reader_init(&reader, bytes, size, origin);
    const bool ok = read_first_row(extent, &reader, spec, err) && count_rows(extent, &reader, err) &&
                    find_label(extent, spec->label, origin, err);
    csv_reader_deinit(&reader);
    return ok;
}

static void extent_deinit(struct extent *extent)
{
    for (int i = 0; i < extent->columns; i++)
        free(extent->names[i]);
    free(extent->names);
}

/* ---- values ---- */

struct missing {
    size_t count, line; /* the first one's line and column */
    int column;
};

static bool take_field(struct csv_table *table, const struct extent *extent, const struct csv_reader *reader,
                       uint32_t row, struct missing *missing, struct error *err)
{
    const int column = reader->column - 1;
    const bool label = column == extent->label;
    if (is_missing(reader->text)) {
        if (missing->count++ == 0) {
            missing->line = reader->line;
            missing->column = column;
        }
        return true;
    }
    if (label && table->labels) {
        table->labels[row] = ls_strdup(reader->text);
        return true;
    }
    double value;
    if (!parse_number(reader->text, &value))
        return error_set(err, "%s: line %zu, column %d (%.60s): expected a number, found \"%.60s\"%s",
                         reader->origin, reader->line, column + 1, extent->names[column], reader->text,
                         reader->line == 1 && !extent->header ? "; if it names the column, say header=yes"
                         : label                              ? ""
                                                              : "; if it is the label, say label=COLUMN");
    if (label)
        table->targets[row] = (float)value;
    else
        table->values[(size_t)row * (size_t)table->features + (size_t)(column - (column > extent->label))] =
            (float)value;
    return true;
}

static bool read_values(struct csv_table *table, const struct extent *extent, const uint8_t *bytes,
                        size_t size, const char *origin, struct error *err)
{
    struct csv_reader reader;
    csv_reader_init(&reader, bytes, size, origin);
    struct missing missing = {0};
    uint32_t row = 0;
    bool ok = true, skip = extent->header;
    while (ok && csv_next(&reader, err) == CSV_FIELD) {
        ok = skip || take_field(table, extent, &reader, row, &missing, err);
        row += !skip && reader.row_ends;
        skip = skip && !reader.row_ends;
    }
    csv_reader_deinit(&reader);
    if (ok && missing.count)
        ok = error_set(
            err,
            "%s: line %zu, column %d (%.60s): the value is missing; values missing in all: %zu; fill "
            "them in or leave their rows out",
            origin, missing.line, missing.column + 1, extent->names[missing.column], missing.count);
    return ok;
}

bool csv_table_parse(struct csv_table *table, const uint8_t *bytes, size_t size, const char *origin,
                     const struct data_spec *spec, struct error *err)
{
    memset(table, 0, sizeof *table);
    struct extent extent = {0};
    bool ok = measure(&extent, bytes, size, origin, spec, err);
    if (ok) {
        const size_t rows = extent.rows;
        table->features = extent.columns - 1;
        ok = capacity_check(rows, (size_t)table->features * sizeof(float), origin, err);
        if (ok) {
            table->rows = extent.rows;
            table->values = ls_calloc(rows * (size_t)table->features, sizeof *table->values);
            if (spec->task == TASK_REGRESS)
                table->targets = ls_calloc(rows, sizeof *table->targets);
            else
                table->labels = ls_calloc(rows, sizeof *table->labels);
            ok = read_values(table, &extent, bytes, size, origin, err);
        }
    }
    extent_deinit(&extent);
    if (!ok)
        csv_table_deinit(table);
    return ok;
}

void csv_table_deinit(struct csv_table *table)
{
    for (uint32_t i = 0; table->labels && i < table->rows; i++)
        free(table->labels[i]);
    free(table->labels);
    free(table->values);
    free(table->targets);
    memset(table, 0, sizeof *table);
}
