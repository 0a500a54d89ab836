#include "builder.h"

#include "base/error.h"
#include "base/memory.h"

static struct window_ends even(struct window w)
{
    return (struct window_ends){w.padding_h, w.padding_w, 1, 1, true};
}

/* Negative when the window does not fit. */
static int room(int size, int paddings, int kernel, int dilation)
{
    return size + paddings - dilation * (kernel - 1) - 1;
}

bool window_fits_with(struct shape in, struct window w, struct window_ends e)
{
    return room(in.height, w.padding_h + e.padding_end_h, w.kernel_h, e.dilation_h) >= 0 &&
           room(in.width, w.padding_w + e.padding_end_w, w.kernel_w, e.dilation_w) >= 0;
}

bool window_fits(struct shape in, struct window w) { return window_fits_with(in, w, even(w)); }

void builder_init(struct builder *builder, struct shape input)
{
    *builder = (struct builder){0};
    builder->program.tensors = ls_calloc(1, sizeof(struct shape));
    builder->program.tensors[0] = input;
    builder->program.tensor_count = 1;
    builder->alpha = 0.25f;
}

struct shape builder_shape(const struct builder *builder)
{
    return builder->program.tensors[builder->current];
}

/* Appends `op`, which reads the current tensor and writes a new one of shape `out`. */
static void append(struct builder *builder, struct op op, struct shape out)
{
    struct program *p = &builder->program;
    op.input = builder->current;
    op.output = builder->current = p->tensor_count;
    if (op.activation == ACTIVATION_LEAKY_RELU || op.activation == ACTIVATION_ELU)
        op.alpha = builder->alpha;
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

static struct op windowed(enum op_kind kind, struct window w, struct window_ends e)
{
    return (struct op){.kind = kind,
                       .kernel_h = w.kernel_h,
                       .kernel_w = w.kernel_w,
                       .stride_h = w.stride_h,
                       .stride_w = w.stride_w,
                       .padding_h = w.padding_h,
                       .padding_w = w.padding_w,
                       .padding_end_h = e.padding_end_h,
                       .padding_end_w = e.padding_end_w,
                       .dilation_h = e.dilation_h,
                       .dilation_w = e.dilation_w,
                       .counts_padding = e.counts_padding};
}

static struct shape windowed_shape(struct shape in, int channels, struct window w, struct window_ends e)
{
    LS_ASSERT(window_fits_with(in, w, e));
    return (struct shape){
        channels, room(in.height, w.padding_h + e.padding_end_h, w.kernel_h, e.dilation_h) / w.stride_h + 1,
        room(in.width, w.padding_w + e.padding_end_w, w.kernel_w, e.dilation_w) / w.stride_w + 1};
}

void builder_dense(struct builder *builder, int units, enum activation activation, bool has_bias)
{
    struct op op = {.kind = OP_DENSE, .activation = activation, .has_bias = has_bias};
    place(builder, &op, (size_t)units * shape_count(builder_shape(builder)), (size_t)units);
    append(builder, op, (struct shape){units, 1, 1});
}

void builder_conv_with(struct builder *builder, int channels, struct window w, struct window_ends e,
                       enum activation activation, bool has_bias)
{
    const struct shape in = builder_shape(builder);
    struct op op = windowed(OP_CONV2D, w, e);
    op.activation = activation;
    op.has_bias = has_bias;
    place(builder, &op, (size_t)channels * (size_t)in.channels * (size_t)w.kernel_h * (size_t)w.kernel_w,
          (size_t)channels);
    append(builder, op, windowed_shape(in, channels, w, e));
}

void builder_conv(struct builder *builder, int channels, struct window w, enum activation activation,
                  bool has_bias)
{
    builder_conv_with(builder, channels, w, even(w), activation, has_bias);
}

void builder_pool_with(struct builder *builder, enum op_kind kind, struct window w, struct window_ends e)
{
    const struct shape in = builder_shape(builder);
    append(builder, windowed(kind, w, e), windowed_shape(in, in.channels, w, e));
}

void builder_pool(struct builder *builder, enum op_kind kind, struct window w)
{
    builder_pool_with(builder, kind, w, even(w));
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

void builder_dropout(struct builder *builder, float rate)
{
    append(builder, (struct op){.kind = OP_DROPOUT, .rate = rate}, builder_shape(builder));
}

void builder_norm(struct builder *builder, struct op norm)
{
    const struct shape in = builder_shape(builder);
    const bool over_all = norm.kind == OP_LAYER_NORM && !norm.over_channels;
    const size_t count = over_all ? shape_count(in) : (size_t)in.channels;
    place(builder, &norm, norm.has_weight ? count : 0, count);
    if (norm.kind == OP_BATCH_NORM) {
        norm.buffer_offset = builder->program.buffer_count;
        builder->program.buffer_count += 2 * count;
    }
    append(builder, norm, in);
}

void builder_add(struct builder *builder, int second)
{
    append(builder, (struct op){.kind = OP_ADD, .second = second}, builder_shape(builder));
}

void builder_concatenate(struct builder *builder, int second)
{
    struct shape out = builder_shape(builder);
    out.channels += builder->program.tensors[second].channels;
    append(builder, (struct op){.kind = OP_CONCATENATE, .second = second}, out);
}

struct program builder_finish(struct builder *builder, enum loss_kind loss)
{
    struct program program = builder->program;
    program.loss = loss;
    *builder = (struct builder){0};
    return program;
}
