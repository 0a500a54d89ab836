/* Builds the measured networks with the tests' program builder. */
#include "networks.h"

#include <string.h>

#include "builder.h"

static const struct window filter_5 = {.kernel_h = 5, .kernel_w = 5, .stride_h = 1, .stride_w = 1};
static const struct window filter_5_padded = {
    .kernel_h = 5, .kernel_w = 5, .stride_h = 1, .stride_w = 1, .padding_h = 2, .padding_w = 2};
static const struct window pool_2 = {.kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2};

static int last_tensor(const struct builder *builder) { return builder->program.tensor_count - 1; }

static void conv_norm(struct builder *builder, int channels, int kernel, int stride)
{
    const int padding = kernel / 2;
    builder_conv(builder, channels, (struct window){kernel, kernel, stride, stride, padding, padding},
                 ACTIVATION_LINEAR, false);
    builder_norm(builder, (struct op){.kind = OP_BATCH_NORM,
                                      .has_weight = true,
                                      .has_bias = true,
                                      .epsilon = 1e-5f,
                                      .momentum = 0.1f,
                                      .unbiased = true});
}

static void residual_block(struct builder *builder, int channels, int stride)
{
    const int input = last_tensor(builder);
    int skip = input;
    conv_norm(builder, channels, 3, stride);
    builder_activation(builder, ACTIVATION_RELU);
    conv_norm(builder, channels, 3, 1);
    if (stride > 1) {
        const int main_path = last_tensor(builder);
        builder->current = input;
        conv_norm(builder, channels, 1, stride);
        skip = last_tensor(builder);
        builder->current = main_path;
    }
    builder_add(builder, skip);
    builder_activation(builder, ACTIVATION_RELU);
}

static void resnet(struct builder *builder)
{
    conv_norm(builder, 16, 3, 1);
    builder_activation(builder, ACTIVATION_RELU);
    builder_pool(builder, OP_MAX_POOL2D, pool_2);
    residual_block(builder, 16, 1);
    residual_block(builder, 32, 2);
    residual_block(builder, 32, 1);
    builder_pool(builder, OP_AVERAGE_POOL2D, (struct window){7, 7, 1, 1, 0, 0});
    builder_flatten(builder);
}

bool bench_network(const char *name, struct program *program, struct error *err)
{
    const bool lenet5 = strcmp(name, "lenet5") == 0, wide = strcmp(name, "wide") == 0;
    const bool residual = strcmp(name, "resnet") == 0;
    if (!lenet5 && !wide && !residual && strcmp(name, "mlp") != 0)
        return error_set_usage(err, "network: expected mlp, lenet5, wide or resnet, found \"%s\"", name);
    struct builder builder;
    builder_init(&builder, (struct shape){1, 28, 28});
    if (lenet5) {
        builder_conv(&builder, 6, filter_5_padded, ACTIVATION_RELU, true);
        builder_pool(&builder, OP_MAX_POOL2D, pool_2);
        builder_conv(&builder, 16, filter_5, ACTIVATION_RELU, true);
        builder_pool(&builder, OP_MAX_POOL2D, pool_2);
    }
    if (residual) {
        resnet(&builder);
    } else {
        builder_flatten(&builder);
        builder_dense(&builder, wide ? 4096 : lenet5 ? 120 : 128, ACTIVATION_RELU, true);
        builder_dense(&builder, wide ? 4096 : lenet5 ? 84 : 64, ACTIVATION_RELU, true);
    }
    if (wide)
        builder_dense(&builder, 4096, ACTIVATION_RELU, true);
    builder_dense(&builder, 10, ACTIVATION_LINEAR, true);
    builder_softmax(&builder);
    *program = builder_finish(&builder, LOSS_CROSS_ENTROPY);
    return true;
}

double bench_step_flops(const struct program *program, int batch)
{
    double flops = 0.0;
    bool first = true;
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
        double products = 0.0;
        if (op->kind == OP_DENSE)
            products = (double)shape_count(in) * (double)shape_count(out);
        else if (op->kind == OP_CONV2D)
            products = (double)shape_count(out) * (double)(in.channels * op->kernel_h * op->kernel_w);
        if (products == 0.0)
            continue;
        flops += 2.0 * (double)batch * products * (first ? 2.0 : 3.0);
        first = false;
    }
    return flops;
}
