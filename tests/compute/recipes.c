/* Recipes of one operation, and of chains of them. */
#include "recipes.h"

#include "compute/program.h"

static const struct window pool_2x2 = {2, 2, 2, 2, 0, 0};

void cook_dense(struct kitchen *k)
{
    struct shape in = any_shape(k);
    if (draw_int(&k->draw, 0, 1) || shape_count(in) > 1024)
        in = (struct shape){any_vector(k), 1, 1};
    builder_init(&k->builder, in);
    add_dense(k, turn_activation(k));
}

void cook_conv(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    add_any_conv(k, turn_activation(k));
}

/* Two convolutions, so that the gradient of an image that is not the input is computed as well. */
void cook_two_convs(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    add_any_conv(k, turn_activation(k));
    add_any_conv(k, turn_activation(k));
}

void cook_max_pool(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    builder_pool(&k->builder, OP_MAX_POOL2D, any_window(k, builder_shape(&k->builder), true));
}

void cook_average_pool(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    builder_pool(&k->builder, OP_AVERAGE_POOL2D, any_window(k, builder_shape(&k->builder), true));
}

void cook_flatten(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    if (k->turn % 2)
        add_any_conv(k, ACTIVATION_LINEAR);
    builder_flatten(&k->builder);
    if (k->turn % 4 >= 2)
        add_dense(k, ACTIVATION_TANH);
}

void cook_activation(struct kitchen *k)
{
    enum { KINDS = ACTIVATION_GELU_TANH + 1 };
    builder_init(&k->builder, k->turn < KINDS ? any_shape(k) : (struct shape){any_vector(k), 1, 1});
    if (k->turn % 3 == 1)
        k->builder.alpha = draw_float(&k->draw, 0.0f, 2.0f);
    builder_activation(&k->builder, (enum activation)(k->turn % KINDS));
    if (k->turn >= 2 * KINDS)
        add_dense(k, ACTIVATION_LINEAR);
}

void cook_cross_entropy(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k), 1, 1});
    add_dense(k, turn_activation(k));
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}

/* The softmax of an image counts all its values. */
void cook_image_softmax(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    add_any_conv(k, ACTIVATION_LINEAR);
    builder_softmax(&k->builder);
    k->loss = k->turn % 2 ? LOSS_MSE : LOSS_CROSS_ENTROPY;
}

void cook_softmax_mse(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k), 1, 1});
    add_dense(k, turn_activation(k));
    builder_softmax(&k->builder);
}

void cook_hidden_softmax(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k), 1, 1});
    add_dense(k, ACTIVATION_LINEAR);
    builder_softmax(&k->builder);
    add_dense(k, turn_activation(k));
    if (k->turn % 2) {
        builder_softmax(&k->builder);
        k->loss = LOSS_CROSS_ENTROPY;
    }
}

/* conv, pool, conv, pool, flatten, dense, dense, softmax, as in LeNet, with odd sizes. */
void cook_chain(struct kitchen *k)
{
    const int size = k->small ? 9 : 13;
    struct shape in;
    in.channels = draw_int(&k->draw, 1, 3);
    in.height = draw_int(&k->draw, size, size + 5);
    in.width = draw_int(&k->draw, size, size + 5);
    builder_init(&k->builder, in);
    for (int i = 0; i < 2; i++) {
        const enum op_kind pool = draw_int(&k->draw, 0, 1) ? OP_MAX_POOL2D : OP_AVERAGE_POOL2D;
        const struct window window = {3, 3, 1, 1, i, i};
        add_conv(k, window, turn_activation(k));
        builder_pool(&k->builder, pool,
                     k->turn % 3 ? pool_2x2 : any_window(k, builder_shape(&k->builder), true));
        if (builder_shape(&k->builder).height < 3 || builder_shape(&k->builder).width < 3)
            break;
    }
    builder_flatten(&k->builder);
    add_dense(k, turn_activation(k));
    add_dense(k, ACTIVATION_LINEAR);
    builder_softmax(&k->builder);
    k->loss = k->turn % 4 == 3 ? LOSS_MSE : LOSS_CROSS_ENTROPY;
}

void cook_lenet5(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){1, 28, 28});
    builder_conv(&k->builder, 6, (struct window){5, 5, 1, 1, 2, 2}, ACTIVATION_RELU, true);
    builder_pool(&k->builder, OP_MAX_POOL2D, pool_2x2);
    builder_conv(&k->builder, k->small ? 4 : 16, (struct window){5, 5, 1, 1, 0, 0}, ACTIVATION_RELU, true);
    builder_pool(&k->builder, OP_MAX_POOL2D, pool_2x2);
    builder_flatten(&k->builder);
    builder_dense(&k->builder, k->small ? 12 : 120, ACTIVATION_RELU, true);
    builder_dense(&k->builder, k->small ? 9 : 84, ACTIVATION_RELU, true);
    builder_dense(&k->builder, 10, ACTIVATION_LINEAR, true);
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}

void cook_mlp(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){1, 28, 28});
    builder_flatten(&k->builder);
    builder_dense(&k->builder, k->small ? 12 : 128, ACTIVATION_RELU, true);
    builder_dense(&k->builder, k->small ? 9 : 64, ACTIVATION_RELU, true);
    builder_dense(&k->builder, 10, ACTIVATION_LINEAR, true);
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}
