/* The first look at a table: how many rows and columns, their names, and what kind of values they have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/csv.h"
#include "data/csv_table.h"

/* Shorter rows may count by chance. */
enum { LEAST_NUMBERED = 5 };

/* Most fields of large files are a few digits. */
static bool parse_digits(const char *text, double *value)
{
    int number = 0, digits = 0;
    for (; digits < 9 && text[digits] >= '0' && text[digits] <= '9'; digits++)
        number = 10 * number + (text[digits] - '0');
    *value = number;
    return digits > 0 && text[digits] == 0;
}

bool csv_number(const char *text, double *value)
{
    if (parse_digits(text, value))
        return true;
    char *end;
    *value = strtod(text, &end);
    /* "0x5" is the name of a pixel rather than a number of base 16. */
    return end != text && *end == 0 && !strpbrk(text, "xX");
}

bool csv_feature(const char *text, double *value)
{
    if (csv_number(text, value))
        return true;
    const bool yes = strcasecmp(text, "true") == 0;
    *value = yes;
    return yes || strcasecmp(text, "false") == 0;
}

bool csv_is_missing(const char *text)
{
    static const char *const words[] = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", "-"};
    if (*text >= '0' && *text <= '9')
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static void note(struct csv_column *column, const char *text, uint32_t row)
{
    double value;
    if (csv_is_missing(text)) {
        column->counts = false;
        return;
    }
    if (!csv_feature(text, &value)) {
        column->numbers = column->whole = column->counts = false;
        return;
    }
    column->whole = column->whole && value == floor(value);
    column->counts =
        column->counts && (row == 0 ? value == 0.0 || value == 1.0 : value == column->last + 1.0);
    column->last = value;
    if (!column->name || !csv_is_id_name(column->name))
        return;
    if (column->id_count == column->id_capacity) {
        column->id_capacity = column->id_capacity ? 2 * column->id_capacity : 64;
        column->ids = ls_realloc(column->ids, column->id_capacity * sizeof *column->ids);
    }
    column->ids[column->id_count++] = value;
}

static bool read_first_row(struct csv_columns *columns, struct csv_reader *reader,
                           const struct data_spec *spec, struct error *err)
{
    bool numbers = false, counts = true;
    enum csv_result result;
    do {
        result = csv_next(reader, err);
        if (result == CSV_WRONG)
            return false;
        if (result == CSV_END)
            return error_set(err, "%s: expected rows of values, found none", reader->origin);
        double value;
        const bool number = csv_number(reader->text, &value);
        counts = counts && number && value == columns->count;
        numbers |= number;
        columns->all = ls_realloc(columns->all, (size_t)(columns->count + 1) * sizeof *columns->all);
        columns->all[columns->count++] = (struct csv_column){
            .name = ls_strdup(reader->text), .numbers = true, .whole = true, .counts = true};
    } while (!reader->row_ends);
    /* Tables of arrays are written under the numbers of their columns. */
    counts = counts && columns->count >= LEAST_NUMBERED;
    columns->header = spec->header == HEADER_AUTO ? !numbers || counts : spec->header == HEADER_YES;
    columns->rows = !columns->header;
    for (int i = 0; i < columns->count; i++) {
        struct csv_column *column = &columns->all[i];
        char *text = column->name;
        if (columns->header && *text)
            continue;
        column->name = NULL;
        if (!columns->header)
            note(column, text, 0);
        free(text);
    }
    if (columns->count >= 2)
        return true;
    return error_set(err, "%s: line 1: expected at least 2 columns, values and a label, found %d",
                     reader->origin, columns->count);
}

static bool read_rows(struct csv_columns *columns, struct csv_reader *reader, struct error *err)
{
    enum csv_result result;
    while ((result = csv_next(reader, err)) == CSV_FIELD) {
        if (reader->column <= columns->count)
            note(&columns->all[reader->column - 1], reader->text, columns->rows);
        if (!reader->row_ends)
            continue;
        if (reader->column != columns->count)
            return error_set(err, "%s: line %zu: expected %d fields as in the first row, found %d",
                             reader->origin, reader->line, columns->count, reader->column);
        if (columns->rows == UINT32_MAX)
            return error_set(err, "%s: has more than %u rows", reader->origin, UINT32_MAX);
        columns->rows++;
    }
    if (result == CSV_WRONG)
        return false;
    return columns->rows > 0 ||
           error_set(err, "%s: expected rows below the header, found none", reader->origin);
}

bool csv_columns_read(struct csv_columns *columns, const uint8_t *bytes, size_t size, const char *origin,
                      const struct data_spec *spec, struct error *err)
{
    memset(columns, 0, sizeof *columns);
    struct csv_reader reader;
    csv_reader_init(&reader, bytes, size, origin);
    const bool ok = read_first_row(columns, &reader, spec, err) && read_rows(columns, &reader, err);
    csv_reader_deinit(&reader);
    return ok;
}

char *csv_column_text(const struct csv_columns *columns, int column)
{
    const char *name = columns->all[column].name;
    return name ? ls_sprintf("column %d, \"%.60s\"", column + 1, name) : ls_sprintf("column %d", column + 1);
}

void csv_columns_deinit(struct csv_columns *columns)
{
    for (int i = 0; i < columns->count; i++) {
        free(columns->all[i].name);
        free(columns->all[i].ids);
    }
    free(columns->all);
    memset(columns, 0, sizeof *columns);
}
