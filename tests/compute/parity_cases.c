/* The cases of the parity harness: one recipe per operation or combination, over random shapes. */
#include "parity.h"

#include <stdio.h>

#include "base/error.h"
#include "builder.h"
#include "compute/program.h"
#include "draw.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* Sizes around the widths of vector registers and tiles, and 1. */
static const int vector_sizes[] = {1, 2, 3, 5, 7, 8, 9, 10, 13, 15, 16, 17, 31, 33, 48, 64, 84, 120};
static const int small_vector_sizes[] = {1, 2, 3, 5, 8, 9, 17};
static const int channel_sizes[] = {1, 2, 3, 5, 6, 8, 9, 16, 17};
static const int small_channel_sizes[] = {1, 2, 3, 4};
static const int batch_sizes[] = {1, 2, 3, 7, 8, 16, 33, 64};
static const int small_batch_sizes[] = {1, 2, 3};
static const int image_sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 16, 19, 28};
static const int small_image_sizes[] = {1, 2, 3, 4, 5, 7};

/* What a recipe works with. `turn` counts the repeats of the recipe, to walk through all activations. */
struct kitchen {
    struct draw draw;
    struct builder builder;
    bool small;
    int turn;
    enum loss_kind loss;
};

static int any_vector(struct kitchen *k)
{
    return k->small ? draw_one_of(&k->draw, small_vector_sizes, COUNT(small_vector_sizes))
                    : draw_one_of(&k->draw, vector_sizes, COUNT(vector_sizes));
}

static int any_channels(struct kitchen *k)
{
    return k->small ? draw_one_of(&k->draw, small_channel_sizes, COUNT(small_channel_sizes))
                    : draw_one_of(&k->draw, channel_sizes, COUNT(channel_sizes));
}

static int any_image(struct kitchen *k)
{
    return k->small ? draw_one_of(&k->draw, small_image_sizes, COUNT(small_image_sizes))
                    : draw_one_of(&k->draw, image_sizes, COUNT(image_sizes));
}

static bool any_bias(struct kitchen *k) { return draw_int(&k->draw, 0, 3) > 0; }

static enum activation turn_activation(const struct kitchen *k) { return (enum activation)(k->turn % 4); }

static struct shape any_shape(struct kitchen *k)
{
    const int channels = any_channels(k), height = any_image(k), width = any_image(k);
    return (struct shape){channels, height, width};
}

/* Any window that fits; a pool's padding is smaller than its kernel. */
static struct window any_window(struct kitchen *k, struct shape in, bool pool)
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
static void add_dense(struct kitchen *k, enum activation activation)
{
    const int units = any_vector(k);
    const bool bias = any_bias(k);
    builder_dense(&k->builder, units, activation, bias);
}

static void add_conv(struct kitchen *k, struct window window, enum activation activation)
{
    const int channels = any_channels(k);
    const bool bias = any_bias(k);
    builder_conv(&k->builder, channels, window, activation, bias);
}

static void add_any_conv(struct kitchen *k, enum activation activation)
{
    add_conv(k, any_window(k, builder_shape(&k->builder), false), activation);
}

static const struct window pool_2x2 = {2, 2, 2, 2, 0, 0};

static void cook_dense(struct kitchen *k)
{
    struct shape in = any_shape(k);
    if (draw_int(&k->draw, 0, 1) || shape_count(in) > 1024)
        in = (struct shape){any_vector(k), 1, 1};
    builder_init(&k->builder, in);
    add_dense(k, turn_activation(k));
}

static void cook_conv(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    add_any_conv(k, turn_activation(k));
}

/* Two convolutions, so that the gradient of an image that is not the input is computed as well. */
static void cook_two_convs(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    add_any_conv(k, turn_activation(k));
    add_any_conv(k, turn_activation(k));
}

static void cook_max_pool(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    builder_pool(&k->builder, OP_MAX_POOL2D, any_window(k, builder_shape(&k->builder), true));
}

static void cook_average_pool(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    builder_pool(&k->builder, OP_AVERAGE_POOL2D, any_window(k, builder_shape(&k->builder), true));
}

static void cook_flatten(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    if (k->turn % 2)
        add_any_conv(k, ACTIVATION_LINEAR);
    builder_flatten(&k->builder);
    if (k->turn % 4 >= 2)
        add_dense(k, ACTIVATION_TANH);
}

static void cook_activation(struct kitchen *k)
{
    builder_init(&k->builder, k->turn < 4 ? any_shape(k) : (struct shape){any_vector(k), 1, 1});
    builder_activation(&k->builder, turn_activation(k));
    if (k->turn >= 8)
        add_dense(k, ACTIVATION_LINEAR);
}

static void cook_cross_entropy(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k), 1, 1});
    add_dense(k, turn_activation(k));
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}

/* The softmax of an image counts all its values. */
static void cook_image_softmax(struct kitchen *k)
{
    builder_init(&k->builder, any_shape(k));
    add_any_conv(k, ACTIVATION_LINEAR);
    builder_softmax(&k->builder);
    k->loss = k->turn % 2 ? LOSS_MSE : LOSS_CROSS_ENTROPY;
}

static void cook_softmax_mse(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){any_vector(k), 1, 1});
    add_dense(k, turn_activation(k));
    builder_softmax(&k->builder);
}

static void cook_hidden_softmax(struct kitchen *k)
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
static void cook_chain(struct kitchen *k)
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

static void cook_lenet5(struct kitchen *k)
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

static void cook_mlp(struct kitchen *k)
{
    builder_init(&k->builder, (struct shape){1, 28, 28});
    builder_flatten(&k->builder);
    builder_dense(&k->builder, k->small ? 12 : 128, ACTIVATION_RELU, true);
    builder_dense(&k->builder, k->small ? 9 : 64, ACTIVATION_RELU, true);
    builder_dense(&k->builder, 10, ACTIVATION_LINEAR, true);
    builder_softmax(&k->builder);
    k->loss = LOSS_CROSS_ENTROPY;
}

static const struct recipe {
    const char *name;
    int repeats;
    void (*cook)(struct kitchen *kitchen);
    bool heavy; /* worth ten times the work */
} recipes[] = {
    {"dense", 20, cook_dense, false},
    {"conv2d", 32, cook_conv, false},
    {"conv2d, conv2d", 16, cook_two_convs, false},
    {"max_pool2d", 16, cook_max_pool, false},
    {"average_pool2d", 16, cook_average_pool, false},
    {"flatten", 4, cook_flatten, false},
    {"activation", 12, cook_activation, false},
    {"cross-entropy", 16, cook_cross_entropy, false},
    {"softmax of an image", 4, cook_image_softmax, false},
    {"softmax, mse", 8, cook_softmax_mse, false},
    {"hidden softmax", 8, cook_hidden_softmax, false},
    {"chain", 16, cook_chain, false},
    {"lenet5", 1, cook_lenet5, true},
    {"mlp", 1, cook_mlp, true},
};

int parity_case_count(void)
{
    int count = 0;
    for (int i = 0; i < COUNT(recipes); i++)
        count += recipes[i].repeats;
    return count;
}

static const struct recipe *find_recipe(int index, int *turn)
{
    LS_ASSERT(index >= 0 && index < parity_case_count());
    const struct recipe *recipe = recipes;
    for (; index >= recipe->repeats; recipe++)
        index -= recipe->repeats;
    *turn = index;
    return recipe;
}

/* Multiplications of one sample's forward pass: what the reference's time depends on. */
static double work(const struct program *program)
{
    double sum = 0;
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const double out = (double)shape_count(program->tensors[op->output]);
        if (op->kind == OP_DENSE)
            sum += out * (double)shape_count(program->tensors[op->input]);
        else if (op->kind == OP_CONV2D)
            sum += out * program->tensors[op->input].channels * op->kernel_h * op->kernel_w;
        else
            sum += out;
    }
    return sum;
}

/* No ReLU and no max pool: training stays comparable over several steps, because rounding never
 * decides between two branches. */
static bool smooth(const struct program *program)
{
    for (int i = 0; i < program->op_count; i++)
        if (program->ops[i].kind == OP_MAX_POOL2D || program->ops[i].activation == ACTIVATION_RELU)
            return false;
    return true;
}

void parity_case_init(struct parity_case *c, int index, bool small)
{
    struct kitchen kitchen = {.draw = {.seed = 1000 + (uint64_t)index}, .small = small, .loss = LOSS_MSE};
    const struct recipe *recipe = find_recipe(index, &kitchen.turn);
    recipe->cook(&kitchen);

    *c = (struct parity_case){.seed = kitchen.draw.seed};
    c->program = builder_finish(&kitchen.builder, kitchen.loss);
    struct draw *draw = &kitchen.draw;
    c->batch = small ? draw_one_of(draw, small_batch_sizes, COUNT(small_batch_sizes))
                     : draw_one_of(draw, batch_sizes, COUNT(batch_sizes));
    const double limit = small ? 1e5 : recipe->heavy ? 1.6e7 : 1e6;
    while (c->batch > 1 && c->batch * work(&c->program) > limit)
        c->batch /= 2;
    c->probe_batch = c->batch > 3 && draw_int(draw, 0, 1) ? 3 : 1;
    c->bytes = draw_int(draw, 0, 1) || recipe->heavy;
    c->targets = kitchen.loss == LOSS_MSE && draw_int(draw, 0, 2);
    c->unlabelled = c->targets && draw_int(draw, 0, 1);
    c->input_gradients = draw_int(draw, 0, 1);
    c->optimizer = (struct optimizer){.kind = (enum optimizer_kind)draw_int(draw, 0, OPTIMIZER_COUNT - 1),
                                      .momentum = 0.9f,
                                      .beta1 = 0.9f,
                                      .beta2 = 0.999f,
                                      /* Adam divides by |g| + epsilon, RMSprop likewise: with 1e-8 they would
                                       * blow up the rounding error of a gradient near 0. */
                                      .epsilon = 0.1f,
                                      .alpha = 0.99f};
    if (draw_int(draw, 0, 1))
        c->optimizer.weight_decay = 0.25f;
    c->steps = smooth(&c->program) ? 5 : 1;

    const struct shape in = c->program.tensors[0];
    const struct op *op = &c->program.ops[0];
    int used = snprintf(c->name, sizeof c->name, "case %d: %s, input (%d, %d, %d), batch %d", index,
                        recipe->name, in.channels, in.height, in.width, c->batch);
    if (op->kernel_h)
        used += snprintf(c->name + used, sizeof c->name - (size_t)used,
                         ", kernel %d×%d, stride %d×%d, padding %d×%d", op->kernel_h, op->kernel_w,
                         op->stride_h, op->stride_w, op->padding_h, op->padding_w);
    snprintf(c->name + used, sizeof c->name - (size_t)used, ", activation %d, loss %d, optimizer %d%s%s",
             (int)op->activation, (int)kitchen.loss, (int)c->optimizer.kind,
             c->optimizer.weight_decay > 0 ? ", weight decay" : "", c->bytes ? ", bytes" : "");
}

void parity_case_deinit(struct parity_case *c) { program_deinit(&c->program); }
