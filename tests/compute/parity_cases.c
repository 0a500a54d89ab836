/* The cases of the parity harness: one recipe per operation or combination, over random shapes. */
#include "parity.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "builder.h"
#include "compute/program.h"
#include "draw.h"
#include "recipes.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const int batch_sizes[] = {1, 2, 3, 7, 8, 16, 33, 64};
static const int small_batch_sizes[] = {1, 2, 3};

static const struct recipe {
    const char *name;
    int repeats;
    void (*cook)(struct kitchen *kitchen);
    bool heavy; /* worth ten times the work */
} recipes[] = {
    {"dense", 24, cook_dense, false},
    {"conv2d", 36, cook_conv, false},
    {"conv2d, conv2d", 16, cook_two_convs, false},
    {"max_pool2d", 16, cook_max_pool, false},
    {"average_pool2d", 16, cook_average_pool, false},
    {"flatten", 4, cook_flatten, false},
    {"activation", 24, cook_activation, false},
    {"cross-entropy", 16, cook_cross_entropy, false},
    {"softmax of an image", 4, cook_image_softmax, false},
    {"softmax, mse", 8, cook_softmax_mse, false},
    {"hidden softmax", 8, cook_hidden_softmax, false},
    {"chain", 16, cook_chain, false},
    {"lenet5", 1, cook_lenet5, true},
    {"mlp", 1, cook_mlp, true},
    {"dilated conv2d", 24, cook_dilated_conv, false},
    {"same conv2d, conv2d", 12, cook_same_convs, false},
    {"uneven max_pool2d", 12, cook_uneven_max_pool, false},
    {"uneven average_pool2d", 16, cook_uneven_average_pool, false},
    {"global average pool", 4, cook_global_average_pool, false},
    {"batch norm", 24, cook_batch_norm, false},
    {"layer norm", 24, cook_layer_norm, false},
    {"dropout", 16, cook_dropout, false},
    {"conv2d, batch norm, activation", 6, cook_conv_norm_relu, false},
    {"add", 12, cook_add, false},
    {"concatenate", 16, cook_concatenate, false},
    {"many readers", 8, cook_many_readers, false},
    {"residual network", 6, cook_residual_network, false},
    {"dense block", 6, cook_dense_block, false},
    {"layer norm, dense, GELU, dropout, add", 4, cook_mixer, false},
    {"binary cross-entropy", 16, cook_binary_cross_entropy, false},
    {"one output", 6, cook_one_output, false},
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

/* Without kinks training stays comparable over several steps, because rounding never decides between two
 * branches. */
static bool smooth(const struct program *program)
{
    for (int i = 0; i < program->op_count; i++) {
        const enum activation activation = program->ops[i].activation;
        if (program->ops[i].kind == OP_MAX_POOL2D || activation == ACTIVATION_RELU ||
            activation == ACTIVATION_LEAKY_RELU || activation == ACTIVATION_ELU)
            return false;
    }
    return true;
}

/* What stands between the gradient and the optimizer: by turns nothing, each alone, and all of it. */
static const char *add_adjustments(struct parity_case *c, int turn)
{
    static const char *const names[] = {"",        ", clipped values", ", clipped norm",
                                        ", noise", ", penalties",      ", all adjustments"};
    enum { CLIP_VALUE = 1, CLIP_NORM, NOISE, PENALTIES, ALL, CHOICES };
    const int choice = turn % CHOICES;
    const size_t count = c->program.parameter_count;
    if (choice == CLIP_VALUE || choice == ALL)
        c->optimizer.clip_value = 0.03f;
    if (choice == CLIP_NORM || choice == ALL)
        c->optimizer.clip_norm = 0.1f;
    if (choice == NOISE || choice == ALL) {
        c->optimizer.noise = 0.01f;
        c->optimizer.noise_decay = 0.55f;
    }
    if ((choice == PENALTIES || choice == ALL) && count > 0) {
        const struct penalty some[] = {{0, count / 3 + 1, 0.02f, 0.1f},
                                       {count / 2 + 1, count / 4, 0.0f, 0.3f}};
        const int used = some[1].count > 0 && some[1].offset >= some[0].count ? 2 : 1;
        c->program.penalties = ls_calloc(2, sizeof *c->program.penalties);
        memcpy(c->program.penalties, some, sizeof some);
        c->program.penalty_count = used;
    }
    return names[choice];
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
    c->targets = kitchen.loss != LOSS_CROSS_ENTROPY && draw_int(draw, 0, 2);
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
    const char *adjustments = add_adjustments(c, index);

    const struct shape in = c->program.tensors[0];
    const struct op *op = &c->program.ops[0];
    int used = snprintf(c->name, sizeof c->name, "case %d: %s, input (%d, %d, %d), batch %d", index,
                        recipe->name, in.channels, in.height, in.width, c->batch);
    if (op->kernel_h)
        used += snprintf(c->name + used, sizeof c->name - (size_t)used,
                         ", kernel %d×%d, stride %d×%d, padding %d×%d", op->kernel_h, op->kernel_w,
                         op->stride_h, op->stride_w, op->padding_h, op->padding_w);
    snprintf(c->name + used, sizeof c->name - (size_t)used, ", activation %d, loss %d, optimizer %d%s%s%s",
             (int)op->activation, (int)kitchen.loss, (int)c->optimizer.kind,
             c->optimizer.weight_decay > 0 ? ", weight decay" : "", adjustments, c->bytes ? ", bytes" : "");
}

void parity_case_deinit(struct parity_case *c) { program_deinit(&c->program); }
