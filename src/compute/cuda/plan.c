/* Looks over a program once, when a backend is made. */
#include "compute/cuda/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/program.h"

static int readers(const struct program *program, int tensor)
{
    int count = 0;
    for (int i = 0; i < program->op_count; i++)
        count += program->ops[i].input == tensor;
    return count;
}

static void plan_op(struct cuda_op *plan, const struct op *op, const struct program *program)
{
    const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
    *plan = (struct cuda_op){
        .op = op,
        .in = (int)shape_count(in),
        .out = (int)shape_count(out),
        .window = {in, out, op->kernel_h, op->kernel_w, op->stride_h, op->stride_w, op->padding_h,
                   op->padding_w},
    };
}

/* Backward goes from the network's output alone. */
static void plan_reach(struct cuda_plan *plan)
{
    const struct program *program = plan->program;
    bool *reaches = ls_calloc((size_t)program->tensor_count, sizeof *reaches);
    reaches[cuda_plan_last(plan)->output] = true;
    for (int i = program->op_count - 1; i >= 0; i--) {
        plan->ops[i].reaches_loss = reaches[program->ops[i].output];
        reaches[program->ops[i].input] |= plan->ops[i].reaches_loss;
    }
    free(reaches);
}

bool cuda_plan_init(struct cuda_plan *plan, const struct program *program, struct error *err)
{
    *plan = (struct cuda_plan){.program = program};
    for (int tensor = 0; tensor < program->tensor_count; tensor++)
        if (readers(program, tensor) > 1)
            return error_set(err,
                             "backend cuda: tensor %d is read by several operations, which its kernels "
                             "cannot do yet; use --backend cpu",
                             tensor);
    plan->ops = ls_calloc((size_t)program->op_count, sizeof *plan->ops);
    plan->storage = ls_calloc((size_t)program->tensor_count, sizeof *plan->storage);
    plan->trains = ls_calloc((size_t)program->tensor_count, sizeof *plan->trains);
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        plan_op(&plan->ops[i], op, program);
        plan->storage[op->output] = op->kind == OP_FLATTEN ? plan->storage[op->input] : op->output;
        plan->trains[op->output] = program_follows_parameters(program, op->output);
    }
    plan_reach(plan);
    return true;
}

void cuda_plan_deinit(struct cuda_plan *plan)
{
    free(plan->ops);
    free(plan->storage);
    free(plan->trains);
    memset(plan, 0, sizeof *plan);
}

size_t cuda_plan_scratch(const struct cuda_plan *plan, int most)
{
    size_t largest = kernel_measure_scratch(plan->program->parameter_count);
    for (int i = 0; i < plan->program->op_count; i++) {
        const struct cuda_op *op = &plan->ops[i];
        size_t floats = 0;
        if (op->op->kind == OP_DENSE)
            floats = kernel_dense_scratch(most, op->in, op->out);
        else if (op->op->kind == OP_CONV2D)
            floats = kernel_convolution_scratch(most, &op->window);
        largest = floats > largest ? floats : largest;
    }
    return largest;
}
