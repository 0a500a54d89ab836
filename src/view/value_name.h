/* What the values of a sample and the numbers to be predicted are called: by the names of a table's columns,
 * else x1, x2, … and y1, y2, … */
#ifndef LS_VIEW_VALUE_NAME_H
#define LS_VIEW_VALUE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "data/dataset.h"

enum { VALUE_NAME_SIZE = 48 };

/* Each writes into `text` and returns it; a name that is too long ends in "…". `data` may be NULL. */
char *value_name_feature(char text[VALUE_NAME_SIZE], const struct data *data, size_t at);
char *value_name_target(char text[VALUE_NAME_SIZE], const struct data *data, int at);
char *value_name_class(char text[VALUE_NAME_SIZE], const struct data *data, int class_);
/* Cuts a text to at most `most` bytes, between characters of UTF-8. */
void value_name_shorten(char *text, size_t most);
/* The class whose probability output `at` of `outputs` is: a single output has that of the second class. */
int value_class(int outputs, int at);

#endif
