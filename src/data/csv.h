/* Comma-separated values after RFC 4180: quoted fields, doubled quotes inside them, line breaks inside them;
 * also with tabs or semicolons. Empty lines and lines of spaces are passed over. */
#ifndef LS_DATA_CSV_H
#define LS_DATA_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

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

#endif
