/* Recipes of windows whose rows are apart, and of padding that differs from side to side. */
#include "recipes.h"

/* A window with ends that fit; a pool is not dilated and its padding is smaller than its kernel. */
static struct window any_uneven_window(struct kitchen *k, struct shape in, bool pool,
                                       struct window_ends *ends)
{
    for (;;) {
        const struct window w = any_window(k, in, pool);
        struct window_ends e;
        e.padding_end_h = draw_int(&k->draw, 0, 3);
        e.padding_end_w = draw_int(&k->draw, 0, 3);
        e.dilation_h = pool ? 1 : draw_int(&k->draw, 1, 3);
        e.dilation_w = pool ? 1 : draw_int(&k->draw, 1, 3);
        e.counts_padding = draw_int(&k->draw, 0, 1);
        if (pool && (e.padding_end_h >= w.kernel_h || e.padding_end_w >= w.kernel_w))
            continue;
        if (window_fits_with(in, w, e)) {
            *ends = e;
            return w;
        }
    }
}

void cook_dilated_conv(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    for (int i = 0; i < 1 + k->turn % 2; i++) {
        struct window_ends ends;
        const struct window w = any_uneven_window(k, builder_shape(&k->builder), false, &ends);
        const int channels = any_channels(k);
        const bool bias = any_bias(k);
        builder_conv_with(&k->builder, channels, w, ends, turn_activation(k), bias);
    }
}

/* Convolutions that keep the size of the image, padded before and after as Keras's "same". */
void cook_same_convs(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    for (int i = 0; i < 2; i++) {
        struct window w = {.stride_h = 1, .stride_w = 1};
        struct window_ends e = {.counts_padding = true};
        w.kernel_h = draw_int(&k->draw, 1, 4);
        w.kernel_w = draw_int(&k->draw, 1, 4);
        e.dilation_h = draw_int(&k->draw, 1, 3);
        e.dilation_w = draw_int(&k->draw, 1, 3);
        const int rows = e.dilation_h * (w.kernel_h - 1), columns = e.dilation_w * (w.kernel_w - 1);
        w.padding_h = rows / 2;
        w.padding_w = columns / 2;
        e.padding_end_h = rows - w.padding_h;
        e.padding_end_w = columns - w.padding_w;
        const int channels = any_channels(k);
        builder_conv_with(&k->builder, channels, w, e, turn_activation(k), true);
    }
}

static void cook_uneven_pool(struct kitchen *k, enum op_kind kind)
{
    builder_init(&k->builder, any_shape(k));
    if (k->turn % 2)
        add_any_conv(k, ACTIVATION_TANH);
    struct window_ends ends;
    const struct window w = any_uneven_window(k, builder_shape(&k->builder), true, &ends);
    builder_pool_with(&k->builder, kind, w, ends);
}

void cook_uneven_max_pool(struct kitchen *k) { cook_uneven_pool(k, OP_MAX_POOL2D); }
void cook_uneven_average_pool(struct kitchen *k) { cook_uneven_pool(k, OP_AVERAGE_POOL2D); }

void cook_global_average_pool(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    add_any_conv(k, ACTIVATION_TANH);
    const struct shape in = builder_shape(&k->builder);
    builder_pool(&k->builder, OP_AVERAGE_POOL2D, (struct window){in.height, in.width, 1, 1, 0, 0});
    add_dense(k, ACTIVATION_LINEAR);
}
