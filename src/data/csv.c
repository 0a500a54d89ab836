/* The fields of a CSV file. */
#include "data/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static char guess_separator(const char *at, const char *end)
{
    static const char candidates[] = {',', ';', '\t'};
    size_t counts[3] = {0};
    bool quoted = false;
    for (; at < end && (quoted || (*at != '\n' && *at != '\r')); at++) {
        quoted ^= *at == '"';
        for (int i = 0; i < 3; i++)
            counts[i] += !quoted && *at == candidates[i];
    }
    int best = 0;
    for (int i = 1; i < 3; i++)
        best = counts[i] > counts[best] ? i : best;
    return candidates[best];
}

void csv_reader_init(struct csv_reader *reader, const uint8_t *bytes, size_t size, const char *origin)
{
    memset(reader, 0, sizeof *reader);
    reader->origin = origin;
    reader->at = (const char *)bytes;
    reader->end = reader->at + size;
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) /* the byte order mark that some programs write */
        reader->at += 3;
    reader->separator = guess_separator(reader->at, reader->end);
    reader->row_ends = true;
}

void csv_reader_deinit(struct csv_reader *reader)
{
    free(reader->text);
    reader->text = NULL;
}

static void reserve(struct csv_reader *reader, size_t size)
{
    if (size <= reader->capacity)
        return;
    reader->capacity = size < 32 ? 64 : 2 * size;
    reader->text = ls_realloc(reader->text, reader->capacity);
}

static void append(struct csv_reader *reader, char c)
{
    reserve(reader, reader->length + 2);
    reader->text[reader->length++] = c;
    reader->text[reader->length] = 0;
}

/* Passes "\n", "\r\n" or "\r". */
static void pass_break(struct csv_reader *reader)
{
    if (*reader->at == '\r' && reader->at + 1 < reader->end && reader->at[1] == '\n')
        reader->at++;
    reader->at++;
    reader->breaks++;
}

static bool at_break(const struct csv_reader *reader)
{
    return reader->at < reader->end && (*reader->at == '\n' || *reader->at == '\r');
}

static bool wrong(const struct csv_reader *reader, struct error *err, const char *what)
{
    return error_set(err, "%s: line %zu, column %d: %s", reader->origin, reader->line, reader->column, what);
}

static bool read_quoted(struct csv_reader *reader, struct error *err)
{
    reader->at++;
    for (;;) {
        if (reader->at == reader->end)
            return wrong(reader, err, "the quote is never closed; expected another one");
        if (*reader->at == '"') {
            reader->at++;
            if (reader->at == reader->end || *reader->at != '"')
                break;
        }
        if (*reader->at == 0)
            return wrong(reader, err, "holds a byte of value 0; expected text");
        if (at_break(reader)) {
            append(reader, '\n');
            pass_break(reader);
        } else {
            append(reader, *reader->at++);
        }
    }
    while (reader->at < reader->end && *reader->at == ' ')
        reader->at++;
    if (reader->at < reader->end && *reader->at != reader->separator && !at_break(reader))
        return wrong(reader, err,
                     "text follows the closing quote; expected the field to end, or a doubled quote");
    return true;
}

static bool read_plain(struct csv_reader *reader, struct error *err)
{
    const char *begin = reader->at, *at = begin;
    while (at < reader->end && *at != reader->separator && *at != '\n' && *at != '\r' && *at != '"' && *at)
        at++;
    reader->at = at;
    if (at < reader->end && *at == 0)
        return wrong(reader, err, "holds a byte of value 0; expected text");
    if (at < reader->end && *at == '"')
        return wrong(reader, err, "a quote inside a field; put the whole field into quotes and double it");
    while (at > begin && at[-1] == ' ')
        at--;
    reserve(reader, (size_t)(at - begin) + 1);
    memcpy(reader->text, begin, (size_t)(at - begin));
    reader->length = (size_t)(at - begin);
    reader->text[reader->length] = 0;
    return true;
}

/* Passes an empty line, or one of spaces alone; false when the line holds something. */
static bool pass_blank(struct csv_reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && *at == ' ')
        at++;
    if (at < reader->end && *at != '\n' && *at != '\r')
        return false;
    const bool spaces = at > reader->at;
    reader->at = at;
    if (at_break(reader))
        pass_break(reader);
    else
        return spaces;
    return true;
}

enum csv_result csv_next(struct csv_reader *reader, struct error *err)
{
    if (reader->row_ends) {
        reader->column = 0;
        while (pass_blank(reader))
            ;
        if (reader->at == reader->end)
            return CSV_END;
    }
    reader->column++;
    reader->line = reader->breaks + 1;
    reader->length = 0;
    reserve(reader, 1);
    reader->text[0] = 0;
    while (reader->at < reader->end && *reader->at == ' ')
        reader->at++;
    const bool quoted = reader->at < reader->end && *reader->at == '"';
    if (quoted ? !read_quoted(reader, err) : !read_plain(reader, err))
        return CSV_WRONG;
    reader->row_ends = reader->at == reader->end || at_break(reader);
    if (at_break(reader))
        pass_break(reader);
    else if (reader->at < reader->end)
        reader->at++;
    return CSV_FIELD;
}
