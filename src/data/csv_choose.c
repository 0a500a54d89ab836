/* What each column of a table is for. Nobody sees a wrong choice in a training curve, so that only names and
 * places that can hardly mean anything else choose by themselves; the rest is said (data/summary.c). */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/csv_table.h"

/* A table shorter than this may count by chance. */
enum { LEAST_COUNTER = 5 };

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

/* PassengerId, customerID, user_id, "row id"; but not "acid". */
static bool ends_in_id(const char *name)
{
    const size_t length = strlen(name);
    if (length < 3 || strcasecmp(name + length - 2, "id") != 0)
        return false;
    const unsigned char before = (unsigned char)name[length - 3];
    return before == '_' || before == ' ' || before == '-' || before == '.' ||
           (islower(before) && name[length - 2] == 'I');
}

bool csv_is_id_name(const char *name)
{
    static const char *const names[] = {"id", "index", "idx", "rowid", "uuid", "guid", NULL};
    return is_one_of(name, names) || ends_in_id(name) || strncasecmp(name, "unnamed: ", 9) == 0;
}

/* Names of columns that count rows, when they do. */
static bool is_counter_name(const char *name)
{
    static const char *const names[] = {"no", "no.", "nr", "nr.", "#", "s.no", "s.no.", "sno", "row", NULL};
    return is_one_of(name, names);
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* An id is another one in more than half of the rows; an "id" of few groups is a property. */
static bool mostly_different(struct csv_column *column)
{
    if (column->id_count == 0)
        return false;
    qsort(column->ids, column->id_count, sizeof *column->ids, compare_numbers);
    size_t different = 1;
    for (size_t i = 1; i < column->id_count; i++)
        different += column->ids[i] != column->ids[i - 1];
    return 2 * different > column->id_count;
}

bool csv_counts_rows(const struct csv_columns *columns, int column)
{
    return columns->all[column].counts && columns->rows >= LEAST_COUNTER;
}

/* Why the column is left out unasked; NULL: it is not. */
static const char *useless(const struct csv_columns *columns, int at)
{
    struct csv_column *column = &columns->all[at];
    const bool counter = csv_counts_rows(columns, at);
    if (!column->name)
        return counter && at == 0 ? "a counter" : NULL;
    if (csv_is_id_name(column->name)) {
        if (!column->numbers)
            return "an id";
        if (column->whole && mostly_different(column))
            return column->counts ? "a counter" : "an id";
    }
    return counter && is_counter_name(column->name) ? "a counter" : NULL;
}

static int count_named(const struct csv_columns *columns, const char *text, int *last)
{
    int count = 0;
    for (int i = 0; i < columns->count; i++)
        if (columns->all[i].name && strcmp(columns->all[i].name, text) == 0) {
            *last = i;
            count++;
        }
    return count;
}

/* The column of that name or number, from 0; -1 without, or with several of the name. */
static int find(const struct csv_columns *columns, const char *text)
{
    int found = -1;
    const int named = count_named(columns, text, &found);
    if (named > 0)
        return named == 1 ? found : -1;
    char *end;
    errno = 0;
    const long place = strtol(text, &end, 10);
    return end != text && *end == 0 && errno == 0 && place >= 1 && place <= columns->count ? (int)place - 1
                                                                                           : -1;
}

static bool unknown(const struct csv_columns *columns, const char *text, const char *origin,
                    struct error *err)
{
    char names[400] = "";
    int last = 0;
    const int named = count_named(columns, text, &last);
    if (named > 1)
        return error_set(err, "%s: has %d columns named \"%s\", the last is column %d; give its number",
                         origin, named, text, last + 1);
    for (int i = 0; columns->header && i < columns->count; i++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : ": ",
                 columns->all[i].name ? columns->all[i].name : "");
    }
    return error_set(err, "%s: has no column \"%s\"; expected a number from 1 to %d%s%s", origin, text,
                     columns->count, columns->header ? " or one of the names" : "", names);
}

/* Marks the columns of COLUMN/COLUMN; a name may hold the slash itself, so that the longest one counts. */
static bool mark_list(const struct csv_columns *columns, const char *list, bool *marked, const char *origin,
                      struct error *err)
{
    char *text = ls_strdup(list);
    bool ok = true;
    for (char *at = text; ok && at;) {
        char *end = at + strlen(at), *next = NULL;
        int found = find(columns, at);
        while (found < 0) {
            char *slash = end;
            while (slash > at && *--slash != '/')
                ;
            if (slash == at)
                break;
            *slash = 0;
            found = find(columns, at);
            *slash = '/';
            end = slash;
            next = slash + 1;
        }
        if (found < 0) {
            at[strcspn(at, "/")] = 0;
            ok = unknown(columns, at, origin, err);
        } else {
            marked[found] = true;
        }
        at = next;
    }
    free(text);
    return ok;
}

static void drop(struct csv_column *column, const char *why)
{
    if (column->use != CSV_FEATURE)
        return;
    column->use = CSV_DROPPED;
    column->why = why;
}

/* By name when it stands first or last of what is left, else the last. */
static int guess_label(const struct csv_columns *columns)
{
    static const char *const usual[] = {"label", "labels", "class", "target", "y"};
    int first = -1, last = -1;
    for (int i = 0; i < columns->count; i++)
        if (columns->all[i].use == CSV_FEATURE) {
            first = first < 0 ? i : first;
            last = i;
        }
    for (size_t u = 0; first >= 0 && u < sizeof usual / sizeof *usual; u++) {
        if (columns->all[last].name && strcasecmp(columns->all[last].name, usual[u]) == 0)
            return last;
        if (columns->all[first].name && strcasecmp(columns->all[first].name, usual[u]) == 0)
            return first;
    }
    return last;
}

/* What looks useless goes, unless nothing would be left to learn from. */
static void drop_useless(struct csv_columns *columns)
{
    int left = 0;
    for (int i = 0; i < columns->count; i++)
        left += columns->all[i].use == CSV_FEATURE;
    left -= columns->label < 0; /* one of them will be the label */
    for (int i = 0; i < columns->count && left > 1; i++) {
        const char *why = columns->all[i].use == CSV_FEATURE ? useless(columns, i) : NULL;
        if (!why)
            continue;
        drop(&columns->all[i], why);
        left--;
    }
}

static bool choose(struct csv_columns *columns, const char *origin, const struct data_spec *spec,
                   bool *dropped, bool *wanted, struct error *err)
{
    const bool keep_all = spec->drop && strcmp(spec->drop, "none") == 0;
    columns->label = -1;
    if (*spec->label && (columns->label = find(columns, spec->label)) < 0)
        return unknown(columns, spec->label, origin, err);
    if (spec->drop && !keep_all && !mark_list(columns, spec->drop, dropped, origin, err))
        return false;
    if (spec->features && !mark_list(columns, spec->features, wanted, origin, err))
        return false;
    if (columns->label >= 0)
        columns->all[columns->label].use = CSV_LABEL;
    for (int i = 0; i < columns->count; i++)
        if (dropped[i] && i == columns->label)
            return error_set_usage(err, "%s: drop names the label's column", origin);
        else if (dropped[i])
            drop(&columns->all[i], "as asked");
    if (!keep_all && !spec->features)
        drop_useless(columns);
    if (columns->label < 0)
        columns->label = guess_label(columns);
    if (columns->label < 0)
        return error_set(err, "%s: no column is left for the labels", origin);
    columns->all[columns->label].use = CSV_LABEL;
    for (int i = 0; spec->features && i < columns->count; i++)
        if (wanted[i] && columns->all[i].use == CSV_LABEL)
            return error_set_usage(err,
                                   "%s: features names column %d, which is the label's; say label=COLUMN "
                                   "for another",
                                   origin, i + 1);
        else if (!wanted[i])
            drop(&columns->all[i], "not among features");
    for (int i = 0; i < columns->count; i++)
        columns->features += columns->all[i].use == CSV_FEATURE;
    return columns->features > 0 || error_set(err, "%s: no column is left to learn from", origin);
}

bool csv_columns_choose(struct csv_columns *columns, const char *origin, const struct data_spec *spec,
                        struct error *err)
{
    bool *dropped = ls_calloc((size_t)columns->count, sizeof *dropped),
         *wanted = ls_calloc((size_t)columns->count, sizeof *wanted);
    const bool ok = choose(columns, origin, spec, dropped, wanted, err);
    free(dropped);
    free(wanted);
    return ok;
}

bool csv_columns_match(struct csv_columns *columns, const struct csv_columns *like, const char *origin,
                       const char *like_origin, struct error *err)
{
    if (columns->count != like->count)
        return error_set(err, "%s: has %d columns, %s has %d; expected the same, the label among them",
                         origin, columns->count, like_origin, like->count);
    for (int i = 0; i < columns->count; i++) {
        const char *name = columns->all[i].name, *expected = like->all[i].name;
        if (columns->header && like->header && (!name != !expected || (name && strcmp(name, expected) != 0)))
            return error_set(err, "%s: column %d is \"%s\"; expected \"%s\" as in %s", origin, i + 1,
                             name ? name : "", expected ? expected : "", like_origin);
        columns->all[i].use = like->all[i].use;
        columns->all[i].why = like->all[i].why;
    }
    columns->label = like->label;
    columns->features = like->features;
    return true;
}
