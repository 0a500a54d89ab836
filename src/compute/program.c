/* The checks that every backend relies on, and copies of programs. */
#include "compute/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

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

static void check_window(const struct op *op, struct shape in, struct shape out)
{
    LS_ASSERT(op->kernel_h > 0 && op->kernel_w > 0 && op->stride_h > 0 && op->stride_w > 0);
    LS_ASSERT(op->padding_h >= 0 && op->padding_w >= 0);
    const int room_h = in.height + 2 * op->padding_h - op->kernel_h;
    const int room_w = in.width + 2 * op->padding_w - op->kernel_w;
    LS_ASSERT(room_h >= 0 && room_w >= 0);
    LS_ASSERT(out.height == room_h / op->stride_h + 1 && out.width == room_w / op->stride_w + 1);
}

static void check_op(const struct program *program, const struct op *op)
{
    const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
    switch (op->kind) {
    case OP_DENSE:
        LS_ASSERT(is_vector(out));
        check_parameters(program, op);
        break;
    case OP_CONV2D:
        check_window(op, in, out);
        check_parameters(program, op);
        break;
    case OP_MAX_POOL2D:
    case OP_AVERAGE_POOL2D:
        check_window(op, in, out);
        LS_ASSERT(in.channels == out.channels);
        /* Otherwise a window could lie in the padding alone and have no maximum. */
        LS_ASSERT(op->padding_h < op->kernel_h && op->padding_w < op->kernel_w);
        break;
    case OP_FLATTEN:
        LS_ASSERT(is_vector(out) && shape_count(in) == shape_count(out));
        break;
    case OP_ACTIVATION:
    case OP_SOFTMAX:
        LS_ASSERT(same_shape(in, out));
        break;
    }
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
        LS_ASSERT(op->output > 0 && op->output < program->tensor_count && !written[op->output]);
        written[op->output] = true;
        check_op(program, op);
    }
    free(written);
    LS_ASSERT(program->loss != LOSS_CROSS_ENTROPY || program->ops[program->op_count - 1].kind == OP_SOFTMAX);
}

size_t program_weight_count(const struct program *program, const struct op *op)
{
    const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
    if (op->kind == OP_DENSE)
        return shape_count(in) * shape_count(out);
    if (op->kind == OP_CONV2D)
        return (size_t)out.channels * (size_t)in.channels * (size_t)op->kernel_h * (size_t)op->kernel_w;
    return 0;
}

size_t program_bias_count(const struct program *program, const struct op *op)
{
    const bool trained = op->kind == OP_DENSE || op->kind == OP_CONV2D;
    return trained && op->has_bias ? (size_t)program->tensors[op->output].channels : 0;
}

bool program_follows_parameters(const struct program *program, int tensor)
{
    for (int i = program->op_count - 1; i >= 0; i--) {
        const struct op *op = &program->ops[i];
        if (op->output != tensor)
            continue;
        if (program_weight_count(program, op) > 0)
            return true;
        tensor = op->input;
    }
    return false;
}

struct program program_copy(const struct program *program)
{
    struct program copy = *program;
    copy.tensors = ls_calloc((size_t)program->tensor_count, sizeof *copy.tensors);
    copy.ops = ls_calloc((size_t)program->op_count, sizeof *copy.ops);
    memcpy(copy.tensors, program->tensors, (size_t)program->tensor_count * sizeof *copy.tensors);
    memcpy(copy.ops, program->ops, (size_t)program->op_count * sizeof *copy.ops);
    return copy;
}

void program_deinit(struct program *program)
{
    free(program->tensors);
    free(program->ops);
    memset(program, 0, sizeof *program);
}
