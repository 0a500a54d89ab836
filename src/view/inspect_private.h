/* What planning and solving share: the cell's layer, its inputs, the window that it sees. Private to the
 * inspector. */
#ifndef LS_VIEW_INSPECT_PRIVATE_H
#define LS_VIEW_INSPECT_PRIVATE_H

#include "view/inspect.h"

/* Where a convolution or a pool looks: rows and columns of its input, padding cut off. */
struct view_box {
    int top, left; /* of the whole window; negative in the padding */
    int row_begin, row_end, column_begin, column_end;
    size_t span; /* floats from the first to the last value of one channel; 0: all padding */
};

const struct plate *inspect_plate(const struct inspect_subject *subject, struct display_cell cell);
const struct layer *inspect_layer(const struct inspect_subject *subject, struct display_cell cell);
/* The layer whose plate shows what `layer`'s input is; flattening moves no value. */
int inspect_input(const struct inspect_subject *subject, const struct layer *layer, int input);
/* Of its first input. */
int inspect_source(const struct inspect_subject *subject, const struct layer *layer);
/* The input of a concatenation that a value comes from; `value` becomes its number there. */
int inspect_joined_input(const struct inspect_subject *subject, const struct layer *layer, int *value);
enum inspect_kind inspect_kind_of(const struct inspect_subject *subject, struct display_cell cell);
/* By name; −1: there is none. */
int inspect_find(const struct parameter *list, int count, const char *name);
int inspect_parameter(const struct layer *layer, const char *name);
/* Dilation of a convolution; 1 of others. */
int inspect_spread(int dilation);
/* What a value of its output sees. */
struct view_box inspect_box(const struct layer *layer, int value);
/* That a value of its output is in. */
int inspect_channel(const struct layer *layer, int value);
/* A kernel small enough to be shown whole. */
bool inspect_shows_kernel(const struct layer *layer);

#endif
