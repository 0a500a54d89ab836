/* Looks over a program once, when a backend is made. */
#include "compute/cuda/plan.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/program.h"

static void plan_op(struct cuda_op *plan, const struct op *op, const struct program *program)
{
    const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
    *plan = (struct cuda_op){
        .op = op,
        .in = (int)shape_count(in),
        .out = (int)shape_count(out),
        .window = {.in = in,
                   .out = out,
                   .kernel_h = op->kernel_h,
                   .kernel_w = op->kernel_w,
                   .stride_h = op->stride_h,
                   .stride_w = op->stride_w,
                   .padding_h = op->padding_h,
                   .padding_w = op->padding_w,
                   .dilation_h = op->dilation_h,
                   .dilation_w = op->dilation_w,
                   .counts_padding = op->counts_padding},
    };
    const bool by_channel = op->kind == OP_BATCH_NORM || op->over_channels;
    plan->channels = by_channel ? in.channels : plan->in;
    plan->places = plan->in / plan->channels;
}

/* Backward goes from the network's output alone, through the operations from the last on. */
static void plan_backward(struct cuda_plan *plan)
{
    const struct program *program = plan->program;
    bool *reaches = ls_calloc((size_t)program->tensor_count, sizeof *reaches);
    bool *written = ls_calloc((size_t)program->tensor_count, sizeof *written);
    reaches[cuda_plan_last(plan)->output] = true;
    for (int i = program->op_count - 1; i >= 0; i--) {
        struct cuda_op *op = &plan->ops[i];
        op->reaches_loss = reaches[op->op->output];
        for (int k = 0; op->reaches_loss && k < op_input_count(op->op); k++) {
            const int tensor = k ? op->op->second : op->op->input;
            const size_t size = cuda_plan_size(plan, tensor);
            reaches[tensor] = true;
            op->adds[k] = written[tensor];
            written[tensor] = true;
            if (op->adds[k] && size > plan->part_size)
                plan->part_size = size;
        }
    }
    free(reaches);
    free(written);
}

void cuda_plan_init(struct cuda_plan *plan, const struct program *program)
{
    *plan = (struct cuda_plan){.program = program};
    plan->ops = ls_calloc((size_t)program->op_count, sizeof *plan->ops);
    plan->storage = ls_calloc((size_t)program->tensor_count, sizeof *plan->storage);
    plan->trains = ls_calloc((size_t)program->tensor_count, sizeof *plan->trains);
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const bool shares = op->kind == OP_FLATTEN && program_readers(program, op->input) == 1;
        plan_op(&plan->ops[i], op, program);
        plan->storage[op->output] = shares ? plan->storage[op->input] : op->output;
        plan->trains[op->output] = program_follows_parameters(program, op->output);
    }
    plan_backward(plan);
}

void cuda_plan_deinit(struct cuda_plan *plan)
{
    free(plan->ops);
    free(plan->storage);
    free(plan->trains);
    memset(plan, 0, sizeof *plan);
}

/* The gradient of a convolution's weights is a product as deep as a batch has places, which gemm.cuh counts
 * in int, and a few slices beyond. */
static const size_t most_places = INT_MAX - 65536;

bool cuda_plan_check(const struct cuda_plan *plan, int most, char *text, size_t room)
{
    for (int i = 0; i < plan->program->op_count; i++) {
        const struct shape out = plan->ops[i].window.out;
        const size_t places = (size_t)out.height * (size_t)out.width;
        if (plan->ops[i].op->kind != OP_CONV2D || places * (size_t)most <= most_places)
            continue;
        snprintf(
            text, room,
            "%d samples of %dx%d places are more than the %zu places that a convolution's batch may have; "
            "choose a smaller --batch",
            most, out.height, out.width, most_places);
        return false;
    }
    return true;
}

static size_t op_scratch(const struct cuda_op *op, int most)
{
    switch (op->op->kind) {
    case OP_DENSE:
        return kernel_dense_scratch(most, op->in, op->out);
    case OP_CONV2D:
        return kernel_convolution_scratch(most, &op->window);
    case OP_BATCH_NORM:
    case OP_LAYER_NORM:
        return kernel_norm_scratch(most, op->channels, op->places);
    default:
        return 0;
    }
}

size_t cuda_plan_scratch(const struct cuda_plan *plan, int most)
{
    size_t largest = kernel_measure_scratch(plan->program->parameter_count);
    for (int i = 0; i < plan->program->op_count; i++) {
        const size_t floats = op_scratch(&plan->ops[i], most);
        largest = floats > largest ? floats : largest;
    }
    return largest;
}

size_t cuda_plan_statistics(const struct cuda_op *op, int most)
{
    if (op->op->kind == OP_BATCH_NORM)
        return 4 * (size_t)op->channels;
    return op->op->kind == OP_LAYER_NORM ? 2 * (size_t)most * (size_t)op->places : 0;
}
