#include "kitchen.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* Sizes around the widths of vector registers and tiles, and 1. */
static const int vector_sizes[] = {1, 2, 3, 5, 7, 8, 9, 10, 13, 15, 16, 17, 31, 33, 48, 64, 84, 120};
static const int small_vector_sizes[] = {1, 2, 3, 5, 8, 9, 17};
static const int channel_sizes[] = {1, 2, 3, 5, 6, 8, 9, 16, 17};
static const int small_channel_sizes[] = {1, 2, 3, 4};
static const int image_sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 16, 19, 28};
static const int small_image_sizes[] = {1, 2, 3, 4, 5, 7};

int any_vector(struct kitchen *k)
{
    return k->small ? draw_one_of(&k->draw, small_vector_sizes, COUNT(small_vector_sizes))
                    : draw_one_of(&k->draw, vector_sizes, COUNT(vector_sizes));
}

int any_channels(struct kitchen *k)
{
    return k->small ? draw_one_of(&k->draw, small_channel_sizes, COUNT(small_channel_sizes))
                    : draw_one_of(&k->draw, channel_sizes, COUNT(channel_sizes));
}

int any_image(struct kitchen *k)
{
    return k->small ? draw_one_of(&k->draw, small_image_sizes, COUNT(small_image_sizes))
                    : draw_one_of(&k->draw, image_sizes, COUNT(image_sizes));
}

bool any_bias(struct kitchen *k) { return draw_int(&k->draw, 0, 3) > 0; }

enum activation turn_activation(const struct kitchen *k)
{
    return (enum activation)(k->turn % (ACTIVATION_ELU + 1));
}

struct shape any_shape(struct kitchen *k)
{
    const int channels = any_channels(k), height = any_image(k), width = any_image(k);
    return (struct shape){channels, height, width};
}

struct shape any_shape_up_to(struct kitchen *k, size_t most)
{
    struct shape shape = any_shape(k);
    while (shape_count(shape) > most)
        shape = any_shape(k);
    return shape;
}

/* Any window that fits; a pool's padding is smaller than its kernel. */
struct window any_window(struct kitchen *k, struct shape in, bool pool)
{
    for (;;) {
        struct window w;
        w.kernel_h = draw_int(&k->draw, 1, 5);
        w.kernel_w = draw_int(&k->draw, 0, 2) ? w.kernel_h : draw_int(&k->draw, 1, 5);
        w.stride_h = draw_int(&k->draw, 0, 2) ? 1 : draw_int(&k->draw, 1, 6);
        w.stride_w = draw_int(&k->draw, 0, 2) ? w.stride_h : draw_int(&k->draw, 1, 6);
        const bool padded = draw_int(&k->draw, 0, 1);
        w.padding_h = padded ? draw_int(&k->draw, 0, 2) : 0;
        w.padding_w = padded ? draw_int(&k->draw, 0, 2) : 0;
        if (pool && (w.padding_h >= w.kernel_h || w.padding_w >= w.kernel_w))
            continue;
        if (window_fits(in, w))
            return w;
    }
}

/* One draw a statement: the order in which arguments are evaluated is the compiler's choice. */
void add_dense(struct kitchen *k, enum activation activation)
{
    const int units = any_vector(k);
    const bool bias = any_bias(k);
    builder_dense(&k->builder, units, activation, bias);
}

void add_conv(struct kitchen *k, struct window window, enum activation activation)
{
    const int channels = any_channels(k);
    const bool bias = any_bias(k);
    builder_conv(&k->builder, channels, window, activation, bias);
}

void add_any_conv(struct kitchen *k, enum activation activation)
{
    add_conv(k, any_window(k, builder_shape(&k->builder), false), activation);
}
