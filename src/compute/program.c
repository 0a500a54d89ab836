/* The checks that every backend relies on, and copies of programs. */
#include "compute/program.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "compute/op_math.h"

static bool same_shape(struct shape a, struct shape b)
{
    return a.channels == b.channels && a.height == b.height && a.width == b.width;
}

static bool is_vector(struct shape s) { return s.height == 1 && s.width == 1; }

static bool fits(const struct program *program, size_t offset, size_t count)
{
    return offset <= program->parameter_count && count <= program->parameter_count - offset;
}

static void check_parameters(const struct program *program, const struct op *op)
{
    LS_ASSERT(fits(program, op->weight_offset, program_weight_count(program, op)));
    LS_ASSERT(!op->has_bias || fits(program, op->bias_offset, program_bias_count(program, op)));
}

static int window_size(int size, int paddings, int kernel, int dilation, int stride)
{
    const int room = size + paddings - dilation * (kernel - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
}

static void check_window(const struct op *op, struct shape in, struct shape out)
{
    const bool dilates = op->kind == OP_CONV2D;
    LS_ASSERT(op->kernel_h > 0 && op->kernel_w > 0 && op->stride_h > 0 && op->stride_w > 0);
    LS_ASSERT(op->padding_h >= 0 && op->padding_w >= 0 && op->padding_end_h >= 0 && op->padding_end_w >= 0);
    LS_ASSERT(!dilates || (op->dilation_h > 0 && op->dilation_w > 0));
    LS_ASSERT(out.height == window_size(in.height, op->padding_h + op->padding_end_h, op->kernel_h,
                                        dilates ? op->dilation_h : 1, op->stride_h));
    LS_ASSERT(out.width == window_size(in.width, op->padding_w + op->padding_end_w, op->kernel_w,
                                       dilates ? op->dilation_w : 1, op->stride_w));
}

static bool is_finite_not_negative(float x) { return x >= 0.0f && x <= FLT_MAX; }

static void check_norm(const struct program *program, const struct op *op, struct shape in, struct shape out)
{
    LS_ASSERT(same_shape(in, out) && op->epsilon > 0.0f);
    check_parameters(program, op);
    if (op->kind != OP_BATCH_NORM)
        return;
    LS_ASSERT(op->momentum >= 0.0f && op->momentum <= 1.0f);
    LS_ASSERT(op->buffer_offset <= program->buffer_count &&
              program_buffer_count(program, op) <= program->buffer_count - op->buffer_offset);
}

static void check_second(const struct program *program, const struct op *op)
{
    const struct shape a = program->tensors[op->input], b = program->tensors[op->second],
                       out = program->tensors[op->output];
    if (op->kind == OP_ADD) {
        LS_ASSERT(same_shape(a, b) && same_shape(a, out));
        return;
    }
    LS_ASSERT(a.height == b.height && a.width == b.width && a.height == out.height && a.width == out.width);
    LS_ASSERT(out.channels == a.channels + b.channels);
}

static void check_op(const struct program *program, const struct op *op)
{
    const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
    LS_ASSERT(is_finite_not_negative(op->alpha));
    switch (op->kind) {
    case OP_DENSE:
        LS_ASSERT(is_vector(out) && !op_slope_needs_input(op->activation));
        check_parameters(program, op);
        break;
    case OP_CONV2D:
        LS_ASSERT(!op_slope_needs_input(op->activation));
        check_window(op, in, out);
        check_parameters(program, op);
        break;
    case OP_MAX_POOL2D:
    case OP_AVERAGE_POOL2D:
        check_window(op, in, out);
        LS_ASSERT(in.channels == out.channels);
        /* Otherwise a window could lie in the padding alone and have no maximum and no mean. */
        LS_ASSERT(op->padding_h < op->kernel_h && op->padding_w < op->kernel_w);
        LS_ASSERT(op->padding_end_h < op->kernel_h && op->padding_end_w < op->kernel_w);
        break;
    case OP_FLATTEN:
        LS_ASSERT(is_vector(out) && shape_count(in) == shape_count(out));
        break;
    case OP_ACTIVATION:
    case OP_SOFTMAX:
        LS_ASSERT(same_shape(in, out));
        break;
    case OP_DROPOUT:
        LS_ASSERT(same_shape(in, out) && op->rate >= 0.0f && op->rate < 1.0f);
        break;
    case OP_BATCH_NORM:
    case OP_LAYER_NORM:
        check_norm(program, op, in, out);
        break;
    case OP_ADD:
    case OP_CONCATENATE:
        check_second(program, op);
        break;
    }
}

static void check_penalties(const struct program *program)
{
    size_t end = 0;
    for (int i = 0; i < program->penalty_count; i++) {
        const struct penalty *penalty = &program->penalties[i];
        LS_ASSERT(penalty->offset >= end && fits(program, penalty->offset, penalty->count));
        LS_ASSERT(is_finite_not_negative(penalty->l1) && is_finite_not_negative(penalty->l2));
        end = penalty->offset + penalty->count;
    }
}

static void check_loss(const struct program *program)
{
    const struct op *last = &program->ops[program->op_count - 1];
    LS_ASSERT(program->loss != LOSS_CROSS_ENTROPY || last->kind == OP_SOFTMAX);
    LS_ASSERT(program->loss != LOSS_BINARY_CROSS_ENTROPY ||
              (last->kind == OP_ACTIVATION && last->activation == ACTIVATION_SIGMOID));
}

void program_check(const struct program *program)
{
    LS_ASSERT(program->op_count > 0 && program->tensor_count > 1);
    for (int i = 0; i < program->tensor_count; i++) {
        const struct shape s = program->tensors[i];
        LS_ASSERT(s.channels > 0 && s.height > 0 && s.width > 0);
    }
    bool *written = ls_calloc((size_t)program->tensor_count, sizeof *written);
    written[0] = true;
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        LS_ASSERT(op->input >= 0 && op->input < program->tensor_count && written[op->input]);
        LS_ASSERT(op_input_count(op) < 2 ||
                  (op->second >= 0 && op->second < program->tensor_count && written[op->second]));
        LS_ASSERT(op->output > 0 && op->output < program->tensor_count && !written[op->output]);
        written[op->output] = true;
        check_op(program, op);
    }
    free(written);
    check_loss(program);
    check_penalties(program);
}

/* Of γ, and of β. */
static size_t norm_count(const struct op *op, struct shape in)
{
    return op->kind == OP_LAYER_NORM && !op->over_channels ? shape_count(in) : (size_t)in.channels;
}

static bool is_norm(const struct op *op) { return op->kind == OP_BATCH_NORM || op->kind == OP_LAYER_NORM; }

size_t program_weight_count(const struct program *program, const struct op *op)
{
    const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
    if (op->kind == OP_DENSE)
        return shape_count(in) * shape_count(out);
    if (op->kind == OP_CONV2D)
        return (size_t)out.channels * (size_t)in.channels * (size_t)op->kernel_h * (size_t)op->kernel_w;
    return is_norm(op) && op->has_weight ? norm_count(op, in) : 0;
}

size_t program_bias_count(const struct program *program, const struct op *op)
{
    if (!op->has_bias)
        return 0;
    if (is_norm(op))
        return norm_count(op, program->tensors[op->input]);
    const bool trained = op->kind == OP_DENSE || op->kind == OP_CONV2D;
    return trained ? (size_t)program->tensors[op->output].channels : 0;
}

size_t program_buffer_count(const struct program *program, const struct op *op)
{
    return op->kind == OP_BATCH_NORM ? 2 * (size_t)program->tensors[op->input].channels : 0;
}

void program_initial_buffers(const struct program *program, float *buffers)
{
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const size_t count = program_buffer_count(program, op);
        for (size_t b = 0; b < count; b++)
            buffers[op->buffer_offset + b] = b < count / 2 ? 0.0f : 1.0f;
    }
}

int program_readers(const struct program *program, int tensor)
{
    int count = 0;
    for (int i = 0; i < program->op_count; i++)
        count += program->ops[i].input == tensor ||
                 (op_input_count(&program->ops[i]) > 1 && program->ops[i].second == tensor);
    return count;
}

bool program_follows_parameters(const struct program *program, int tensor)
{
    bool *follows = ls_calloc((size_t)program->tensor_count, sizeof *follows);
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        follows[op->output] = program_weight_count(program, op) + program_bias_count(program, op) > 0 ||
                              follows[op->input] || (op_input_count(op) > 1 && follows[op->second]);
    }
    const bool result = follows[tensor];
    free(follows);
    return result;
}

struct program program_copy(const struct program *program)
{
    struct program copy = *program;
    copy.tensors = ls_calloc((size_t)program->tensor_count, sizeof *copy.tensors);
    copy.ops = ls_calloc((size_t)program->op_count, sizeof *copy.ops);
    memcpy(copy.tensors, program->tensors, (size_t)program->tensor_count * sizeof *copy.tensors);
    memcpy(copy.ops, program->ops, (size_t)program->op_count * sizeof *copy.ops);
    copy.penalties = NULL;
    if (program->penalty_count > 0) {
        copy.penalties = ls_calloc((size_t)program->penalty_count, sizeof *copy.penalties);
        memcpy(copy.penalties, program->penalties, (size_t)program->penalty_count * sizeof *copy.penalties);
    }
    return copy;
}

void program_deinit(struct program *program)
{
    free(program->tensors);
    free(program->ops);
    free(program->penalties);
    memset(program, 0, sizeof *program);
}
