/* Recipes in which a tensor has several readers, and of the networks that are made of that; losses of one
 * output. */
#include "recipes.h"

static const struct window same_3x3 = {3, 3, 1, 1, 1, 1};

static int current(const struct kitchen *k) { return k->builder.current; }

static void add_batch_norm(struct kitchen *k)
{
    builder_norm(&k->builder, (struct op){.kind = OP_BATCH_NORM,
                                          .epsilon = 0.02f,
                                          .momentum = 0.1f,
                                          .unbiased = true,
                                          .has_weight = true,
                                          .has_bias = true});
}

/* Of the input with itself; of a hidden tensor with itself; of two branches, the first read twice. */
void cook_add(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    if (k->turn % 3 > 0)
        add_any_conv(k, turn_activation(k));
    const int first = current(k);
    if (k->turn % 3 == 2)
        builder_conv(&k->builder, builder_shape(&k->builder).channels, same_3x3, ACTIVATION_TANH, true);
    builder_add(&k->builder, first);
    if (k->turn % 2)
        add_any_conv(k, ACTIVATION_TANH);
}

void cook_concatenate(struct kitchen *k)
{
    builder_init(&k->builder, k->turn % 4 == 3 ? (struct shape){any_vector(k), 1, 1} : any_shape(k));
    if (k->turn % 2)
        builder_conv(&k->builder, any_channels(k), same_3x3, ACTIVATION_TANH, true);
    const int first = current(k);
    if (k->turn % 3 > 0)
        builder_conv(&k->builder, any_channels(k), same_3x3, turn_activation(k), true);
    builder_concatenate(&k->builder, first);
    if (k->turn % 2)
        add_any_conv(k, ACTIVATION_TANH);
    else
        builder_activation(&k->builder, ACTIVATION_SIGMOID);
}

/* One tensor is read by a dropout, a pool, a convolution, an add and a concatenation. */
void cook_many_readers(struct kitchen *k)
{
    builder_init(&k->builder, any_shape_up_to(k, 100));
    builder_conv(&k->builder, any_channels(k), same_3x3, ACTIVATION_TANH, true);
    const int root = current(k), channels = builder_shape(&k->builder).channels;
    builder_conv(&k->builder, channels, same_3x3, turn_activation(k), true);
    const int one = current(k);
    k->builder.current = root;
    builder_dropout(&k->builder, 0.4f);
    builder_add(&k->builder, one);
    const int two = current(k);
    k->builder.current = root;
    builder_pool(&k->builder, k->turn % 2 ? OP_AVERAGE_POOL2D : OP_MAX_POOL2D, same_3x3);
    builder_concatenate(&k->builder, two);
    builder_concatenate(&k->builder, root);
    add_dense(k, ACTIVATION_LINEAR);
    const int left = current(k), units = builder_shape(&k->builder).channels;
    k->builder.current = root;
    builder_dense(&k->builder, units, ACTIVATION_SIGMOID, true);
    builder_add(&k->builder, left);
    if (k->turn % 2) {
        builder_softmax(&k->builder);
        k->loss = LOSS_CROSS_ENTROPY;
    }
}

/* Two blocks of He et al. 2016, the second with a projection. */
void cook_residual_network(struct kitchen *k)
{
    struct shape in;
    in.channels = draw_int(&k->draw, 1, 3);
    in.height = draw_int(&k->draw, 5, k->small ? 6 : 12);
    in.width = draw_int(&k->draw, 5, k->small ? 6 : 12);
    builder_init(&k->builder, in);
    builder_conv(&k->builder, 3, same_3x3, ACTIVATION_RELU, true);
    for (int block = 0; block < 2; block++) {
        const int start = current(k), channels = block ? 5 : 3, stride = block ? 2 : 1;
        const struct window window = {3, 3, stride, stride, 1, 1};
        builder_conv(&k->builder, channels, window, ACTIVATION_LINEAR, false);
        add_batch_norm(k);
        builder_activation(&k->builder, turn_activation(k));
        builder_conv(&k->builder, channels, same_3x3, ACTIVATION_LINEAR, false);
        add_batch_norm(k);
        const int end = current(k);
        k->builder.current = start;
        if (block) {
            builder_conv(&k->builder, channels, (struct window){1, 1, stride, stride, 0, 0},
                         ACTIVATION_LINEAR, false);
            add_batch_norm(k);
        }
        builder_add(&k->builder, end);
        builder_activation(&k->builder, turn_activation(k));
    }
    const struct shape out = builder_shape(&k->builder);
    builder_pool(&k->builder, OP_AVERAGE_POOL2D, (struct window){out.height, out.width, 1, 1, 0, 0});
    builder_dense(&k->builder, 4, ACTIVATION_LINEAR, true);
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}

/* Every layer reads all those before it: Huang et al. 2017. */
void cook_dense_block(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){2, k->small ? 4 : 8, k->small ? 5 : 9});
    for (int i = 0; i < 3; i++) {
        const int before = current(k);
        add_batch_norm(k);
        builder_activation(&k->builder, turn_activation(k));
        builder_conv(&k->builder, 2 + i, same_3x3, ACTIVATION_LINEAR, false);
        builder_concatenate(&k->builder, before);
    }
    builder_pool(&k->builder, OP_AVERAGE_POOL2D, (struct window){2, 2, 2, 2, 0, 0});
    builder_dense(&k->builder, 3, ACTIVATION_LINEAR, true);
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}

/* The dense half of a transformer's block. */
void cook_mixer(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k) + 2, 1, 1});
    const int units = builder_shape(&k->builder).channels;
    for (int i = 0; i < 2; i++) {
        const int before = current(k);
        builder_norm(&k->builder, (struct op){.kind = OP_LAYER_NORM,
                                              .epsilon = 0.02f,
                                              .over_channels = k->turn % 2,
                                              .has_weight = true,
                                              .has_bias = true});
        add_dense(k, ACTIVATION_LINEAR);
        builder_activation(&k->builder, i ? ACTIVATION_GELU_TANH : ACTIVATION_GELU);
        builder_dropout(&k->builder, 0.2f);
        builder_dense(&k->builder, units, ACTIVATION_LINEAR, true);
        builder_add(&k->builder, before);
    }
}

/* One output or several; on some turns so far from 0 that a sigmoid in float is 0 or 1. */
void cook_binary_cross_entropy(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k), 1, 1});
    if (k->turn % 2)
        add_dense(k, ACTIVATION_TANH);
    builder_dense(&k->builder, k->turn % 3 ? 1 : any_vector(k), ACTIVATION_LINEAR, true);
    if (k->turn % 4 == 3) {
        k->builder.alpha = 60.0f;
        builder_activation(&k->builder, ACTIVATION_LEAKY_RELU);
    }
    builder_activation(&k->builder, ACTIVATION_SIGMOID);
    k->loss = LOSS_BINARY_CROSS_ENTROPY;
}

void cook_one_output(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k), 1, 1});
    add_dense(k, ACTIVATION_TANH);
    builder_dense(&k->builder, 1, turn_activation(k), true);
}
