#include "builder.h"

#include "base/error.h"
#include "base/memory.h"

bool window_fits(struct shape in, struct window w)
{
    return in.height + 2 * w.padding_h >= w.kernel_h && in.width + 2 * w.padding_w >= w.kernel_w;
}

void builder_init(struct builder *builder, struct shape input)
{
    *builder = (struct builder){0};
    builder->program.tensors = ls_calloc(1, sizeof(struct shape));
    builder->program.tensors[0] = input;
    builder->program.tensor_count = 1;
}

struct shape builder_shape(const struct builder *builder)
{
    return builder->program.tensors[builder->program.tensor_count - 1];
}

/* Appends `op`, which reads the last tensor and writes a new one of shape `out`. */
static void append(struct builder *builder, struct op op, struct shape out)
{
    struct program *p = &builder->program;
    op.input = p->tensor_count - 1;
    op.output = p->tensor_count;
    p->tensors = ls_realloc(p->tensors, (size_t)(p->tensor_count + 1) * sizeof *p->tensors);
    p->tensors[p->tensor_count++] = out;
    p->ops = ls_realloc(p->ops, (size_t)(p->op_count + 1) * sizeof *p->ops);
    p->ops[p->op_count++] = op;
}

/* Gives the operation its place in the flat vector: weight, then bias. */
static void place(struct builder *builder, struct op *op, size_t weights, size_t biases)
{
    op->weight_offset = builder->program.parameter_count;
    op->bias_offset = op->weight_offset + weights;
    builder->program.parameter_count += weights + (op->has_bias ? biases : 0);
}

static struct op windowed(enum op_kind kind, struct window w)
{
    return (struct op){.kind = kind,
                       .kernel_h = w.kernel_h,
                       .kernel_w = w.kernel_w,
                       .stride_h = w.stride_h,
                       .stride_w = w.stride_w,
                       .padding_h = w.padding_h,
                       .padding_w = w.padding_w,
                       .padding_end_h = w.padding_h,
                       .padding_end_w = w.padding_w,
                       .dilation_h = 1,
                       .dilation_w = 1,
                       .counts_padding = true};
}

static struct shape windowed_shape(struct shape in, int channels, struct window w)
{
    LS_ASSERT(window_fits(in, w));
    return (struct shape){channels, (in.height + 2 * w.padding_h - w.kernel_h) / w.stride_h + 1,
                          (in.width + 2 * w.padding_w - w.kernel_w) / w.stride_w + 1};
}

void builder_dense(struct builder *builder, int units, enum activation activation, bool has_bias)
{
    struct op op = {.kind = OP_DENSE, .activation = activation, .has_bias = has_bias};
    place(builder, &op, (size_t)units * shape_count(builder_shape(builder)), (size_t)units);
    append(builder, op, (struct shape){units, 1, 1});
}

void builder_conv(struct builder *builder, int channels, struct window w, enum activation activation,
                  bool has_bias)
{
    const struct shape in = builder_shape(builder);
    struct op op = windowed(OP_CONV2D, w);
    op.activation = activation;
    op.has_bias = has_bias;
    place(builder, &op, (size_t)channels * (size_t)in.channels * (size_t)w.kernel_h * (size_t)w.kernel_w,
          (size_t)channels);
    append(builder, op, windowed_shape(in, channels, w));
}

void builder_pool(struct builder *builder, enum op_kind kind, struct window w)
{
    const struct shape in = builder_shape(builder);
    append(builder, windowed(kind, w), windowed_shape(in, in.channels, w));
}

void builder_flatten(struct builder *builder)
{
    const struct shape in = builder_shape(builder);
    append(builder, (struct op){.kind = OP_FLATTEN}, (struct shape){(int)shape_count(in), 1, 1});
}

void builder_activation(struct builder *builder, enum activation activation)
{
    append(builder, (struct op){.kind = OP_ACTIVATION, .activation = activation}, builder_shape(builder));
}

void builder_softmax(struct builder *builder)
{
    append(builder, (struct op){.kind = OP_SOFTMAX}, builder_shape(builder));
}

struct program builder_finish(struct builder *builder, enum loss_kind loss)
{
    struct program program = builder->program;
    program.loss = loss;
    *builder = (struct builder){0};
    return program;
}
