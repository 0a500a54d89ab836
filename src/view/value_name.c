/* Names from the data, or numbers. */
#include "view/value_name.h"

#include <stdio.h>
#include <string.h>

static const char cut[] = "…";

void value_name_shorten(char *text, size_t most)
{
    size_t length = strlen(text);
    if (length <= most)
        return;
    length = most - strlen(cut);
    while (length > 0 && ((unsigned char)text[length] & 0xC0u) == 0x80u)
        length--;
    memcpy(text + length, cut, sizeof cut);
}

/* More than fits is copied first, so that what is cut is a whole character. */
static void copy_name(char text[VALUE_NAME_SIZE], const char *name)
{
    char longer[VALUE_NAME_SIZE + 8];
    snprintf(longer, sizeof longer, "%s", name);
    value_name_shorten(longer, VALUE_NAME_SIZE - 1);
    memcpy(text, longer, strlen(longer) + 1);
}

char *value_name_feature(char text[VALUE_NAME_SIZE], const struct data *data, size_t at)
{
    const char *name = data ? data_feature_name(data, at) : NULL;
    if (name)
        copy_name(text, name);
    else
        snprintf(text, VALUE_NAME_SIZE, "x%zu", at + 1);
    return text;
}

char *value_name_target(char text[VALUE_NAME_SIZE], const struct data *data, int at)
{
    const char *name = data ? data_target_name(data, at) : NULL;
    if (name)
        copy_name(text, name);
    else
        snprintf(text, VALUE_NAME_SIZE, "y%d", at + 1);
    return text;
}

char *value_name_class(char text[VALUE_NAME_SIZE], const struct data *data, int class_)
{
    if (data && class_ < data->classes)
        copy_name(text, data->class_names[class_]);
    else
        snprintf(text, VALUE_NAME_SIZE, "%d", class_);
    return text;
}

int value_class(int outputs, int at) { return outputs == 1 ? 1 : at; }
