/* What the recipes of the parity harness's cases are made with: random shapes, windows and operations. */
#ifndef LS_TESTS_KITCHEN_H
#define LS_TESTS_KITCHEN_H

#include "builder.h"
#include "draw.h"

/* What a recipe works with. `turn` counts the repeats of the recipe, to walk through all activations. */
struct kitchen {
    struct draw draw;
    struct builder builder;
    bool small;
    int turn;
    enum loss_kind loss;
};

int any_vector(struct kitchen *k);
int any_channels(struct kitchen *k);
int any_image(struct kitchen *k);
bool any_bias(struct kitchen *k);
enum activation turn_activation(const struct kitchen *k);
struct shape any_shape(struct kitchen *k);
/* Of at most `most` values: steps stay small where a dense reads it. */
struct shape any_shape_up_to(struct kitchen *k, size_t most);
/* Any window that fits; a pool's padding is smaller than its kernel. */
struct window any_window(struct kitchen *k, struct shape in, bool pool);
/* One draw a statement: the order in which arguments are evaluated is the compiler's choice. */
void add_dense(struct kitchen *k, enum activation activation);
void add_conv(struct kitchen *k, struct window window, enum activation activation);
void add_any_conv(struct kitchen *k, enum activation activation);

#endif
