/* Recipes of what is one thing in training and another in evaluation, and of layer norms. */
#include "recipes.h"

/* A hidden tensor in front of what is tested, on some turns. */
static void begin(struct kitchen *k)
{
    const bool image = k->turn % 2;
    builder_init(&k->builder, image ? any_shape_up_to(k, 600) : (struct shape){any_vector(k), 1, 1});
    if (k->turn % 4 == 2)
        add_dense(k, ACTIVATION_TANH);
    if (k->turn % 4 == 3)
        add_any_conv(k, ACTIVATION_TANH);
}

/* What follows needs the gradient of its input. */
static void end(struct kitchen *k)
{
    if (k->turn % 3 == 1)
        builder_activation(&k->builder, ACTIVATION_SIGMOID);
    if (k->turn % 3 == 2)
        add_dense(k, ACTIVATION_LINEAR);
}

static struct op any_norm(struct kitchen *k, enum op_kind kind)
{
    struct op norm = {.kind = kind, .epsilon = draw_int(&k->draw, 0, 1) ? 0.1f : 0.02f};
    norm.has_weight = draw_int(&k->draw, 0, 3) > 0;
    norm.has_bias = draw_int(&k->draw, 0, 3) > 0;
    norm.momentum = draw_float(&k->draw, 0.05f, 1.0f);
    norm.unbiased = draw_int(&k->draw, 0, 1);
    return norm;
}

void cook_batch_norm(struct kitchen *k)
{
    begin(k);
    builder_norm(&k->builder, any_norm(k, OP_BATCH_NORM));
    end(k);
}

void cook_layer_norm(struct kitchen *k)
{
    begin(k);
    struct op norm = any_norm(k, OP_LAYER_NORM);
    norm.over_channels = draw_int(&k->draw, 0, 1);
    builder_norm(&k->builder, norm);
    end(k);
}

void cook_dropout(struct kitchen *k)
{
    static const float rates[] = {0.5f, 0.25f, 0.9f, 0.0f};
    begin(k);
    builder_dropout(&k->builder, rates[k->turn / 2 % 4]);
    if (k->turn % 2)
        builder_dropout(&k->builder, 0.3f); /* has draws of its own */
    end(k);
}

void cook_conv_norm_relu(struct kitchen *k)
{
    builder_init(&k->builder, any_shape_up_to(k, 600));
    for (int i = 0; i < 2; i++) {
        add_any_conv(k, ACTIVATION_LINEAR);
        builder_norm(&k->builder, any_norm(k, OP_BATCH_NORM));
        builder_activation(&k->builder, turn_activation(k));
    }
    builder_dropout(&k->builder, 0.5f);
    add_dense(k, ACTIVATION_LINEAR);
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}
