/* The line that tells what nobody had to say. */
#include "data/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/picture.h"

enum { SHOWN_COLUMNS = 4 };

/* Appends to a text of its own memory. */
static void add(char **text, char *more)
{
    char *longer = ls_sprintf("%s%s", *text, more);
    free(*text);
    free(more);
    *text = longer;
}

static void add_answers(char **text, const struct data *data)
{
    const char *what = data->targets ? data->targets == 1 ? "target" : "targets" : "label";
    if (*data->label)
        add(text, ls_sprintf("%s is %s", what, data->label));
    if (!data->targets)
        add(text, ls_sprintf(*data->label ? " (%d classes)" : "%d classes", data->classes));
    else if (!*data->label)
        add(text, ls_sprintf("%d %s", data->targets, what));
}

static void add_dropped(char **text, const struct data *data)
{
    for (int i = 0; i < data->dropped_count && i < SHOWN_COLUMNS; i++) {
        const struct data_dropped *dropped = &data->dropped[i];
        add(text, ls_strdup(i ? ", " : "; dropped "));
        add(text, dropped->name ? ls_sprintf("\"%.40s\" (%s)", dropped->name, dropped->why)
                                : ls_sprintf("column %d (%s)", dropped->column, dropped->why));
    }
    if (data->dropped_count > SHOWN_COLUMNS)
        add(text, ls_sprintf(" and %d more", data->dropped_count - SHOWN_COLUMNS));
}

static void add_values(char **text, const struct data *data)
{
    const struct dataset *train = &data->train;
    if (dataset_has_picture(train))
        add(text, ls_sprintf("; %d×%d×%d", train->channels, train->height, train->width));
    else
        add(text, ls_sprintf("; %d feature%s", train->channels, train->channels == 1 ? "" : "s"));
    add(text, ls_sprintf(", scale=%s", data->scale));
    if (*data->advice)
        add(text, ls_sprintf(" (%s)", data->advice));
}

char *summary_make(const struct data *data, const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    char *text = ls_sprintf("%.*s: ", (int)(end - begin), path + begin);
    add_answers(&text, data);
    add_dropped(&text, data);
    if (*data->doubt)
        add(&text, ls_sprintf("; %s", data->doubt));
    add_values(&text, data);
    add(&text, ls_sprintf("; %u for training, %u for testing", data->train.count, data->test.count));
    return text;
}
