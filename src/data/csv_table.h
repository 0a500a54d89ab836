/* A CSV file as numbers: first a look at its columns, then the choice of what each is for, then the values.
 */
#ifndef LS_DATA_CSV_TABLE_H
#define LS_DATA_CSV_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/spec.h"

enum csv_use { CSV_FEATURE, CSV_LABEL, CSV_DROPPED };

struct csv_column {
    char *name; /* of the header; NULL where there is none */
    enum csv_use use;
    const char *why; /* of a dropped one: "a counter", …; not to be freed */
    /* What the first look found: */
    bool numbers; /* each value is one, or missing */
    bool whole;   /* each of them is a whole number */
    bool counts;  /* 0, 1, 2, … or 1, 2, 3, … */
    double last;  /* the last number seen */
    double *ids;  /* (rows) its numbers, where the name is one of an id; else NULL */
    size_t id_count, id_capacity;
};

struct csv_columns {
    struct csv_column *all;
    int count;
    bool header;
    uint32_t rows; /* without the header */
    int label;     /* from 0; set by csv_columns_choose */
    int features;
};

/* The first look: extent, names, and what kind of values each column has. */
bool csv_columns_read(struct csv_columns *columns, const uint8_t *bytes, size_t size, const char *origin,
                      const struct data_spec *spec, struct error *err);
/* Which column is the label, which are left out: `spec` says it (label, drop, features), else a label is
 * known by its name when it stands first or last, else it is the last; ids and counters are left out. */
bool csv_columns_choose(struct csv_columns *columns, const char *origin, const struct data_spec *spec,
                        struct error *err);
/* Takes the choice for another file of the same columns; refuses other columns. */
bool csv_columns_match(struct csv_columns *columns, const struct csv_columns *like, const char *origin,
                       const char *like_origin, struct error *err);
/* Whether a column counts the rows from 0 or 1, over more than chance allows. */
bool csv_counts_rows(const struct csv_columns *columns, int column);
/* Whether a column's name says that its values name the rows. */
bool csv_is_id_name(const char *name);
/* `column 5, "species"`, or `column 5` */
char *csv_column_text(const struct csv_columns *columns, int column);
void csv_columns_deinit(struct csv_columns *columns);

struct csv_table {
    uint32_t rows;
    int features;
    float *values; /* (rows, features) */
    char **labels; /* (rows) as they are written, inside label_text */
    char *label_text;
};

/* The values of chosen columns. With TASK_REGRESS labels must be numbers, whose place errors tell. */
bool csv_table_read(struct csv_table *table, const struct csv_columns *columns, const uint8_t *bytes,
                    size_t size, const char *origin, enum data_task task, struct error *err);
void csv_table_deinit(struct csv_table *table);

/* A field as a number; of a feature, True and False are numbers too. */
bool csv_number(const char *text, double *value);
bool csv_feature(const char *text, double *value);
/* What spreadsheets and statistics programs write for "no value". */
bool csv_is_missing(const char *text);

#endif
