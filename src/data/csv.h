/* Comma-separated values after RFC 4180: quoted fields, doubled quotes inside them, line breaks inside them;
 * also with tabs or semicolons. Empty lines are passed over. */
#ifndef LS_DATA_CSV_H
#define LS_DATA_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/spec.h"

/* Fields of one file, one after another. */
struct csv_reader {
    const char *origin;
    const char *at, *end;
    char separator;
    size_t line;   /* of the field, from 1 */
    int column;    /* of the field, from 1 */
    size_t breaks; /* line ends passed so far */
    bool row_ends; /* the field is its row's last */
    char *text;    /* the field without quotes; ends with 0 */
    size_t length, capacity;
};

enum csv_result { CSV_FIELD, CSV_END, CSV_WRONG };

/* Guesses the separator from the first line. */
void csv_reader_init(struct csv_reader *reader, const uint8_t *bytes, size_t size, const char *origin);
void csv_reader_deinit(struct csv_reader *reader);
enum csv_result csv_next(struct csv_reader *reader, struct error *err);

/* A whole file as numbers, and one column apart. */
struct csv_table {
    uint32_t rows;
    int features;   /* columns but the label's */
    float *values;  /* (rows, features) */
    char **labels;  /* (rows); NULL for regression */
    float *targets; /* (rows); NULL for labels */
};

/* `spec` says header, label and task. */
bool csv_table_parse(struct csv_table *table, const uint8_t *bytes, size_t size, const char *origin,
                     const struct data_spec *spec, struct error *err);
void csv_table_deinit(struct csv_table *table);

#endif
