/* Looks over a program once, when a backend is made. */
#include "compute/cpu/plan.h"

#include <stdlib.h>

#include "base/memory.h"
#include "compute/program.h"

/* Two groups together halve the loads of weights in dense layers; more than about this many values of
 * a sample would leave a core's second-level cache. */
enum { SMALL_NETWORK_VALUES = 4096 };

static size_t largest(size_t a, size_t b) { return a > b ? a : b; }

static void plan_shapes(struct op_plan *plan, const struct program *program)
{
    const struct op *op = plan->op;
    const struct shape in = program->tensors[op->input], out = program->tensors[op->output];
    plan->in = in;
    plan->out = out;
    plan->dense = (struct dense_shape){.inputs = (int)shape_count(in), .outputs = (int)shape_count(out)};
    plan->conv = (struct conv_shape){
        .in_channels = in.channels,
        .height = in.height + op->padding_h + op->padding_end_h,
        .width = in.width + op->padding_w + op->padding_end_w,
        .out_channels = out.channels,
        .out_height = out.height,
        .out_width = out.width,
        .kernel_h = op->kernel_h,
        .kernel_w = op->kernel_w,
        .stride_h = op->stride_h,
        .stride_w = op->stride_w,
        .dilation_h = op->dilation_h,
        .dilation_w = op->dilation_w,
    };
    plan->border = (struct border){
        .channels = in.channels,
        .height = in.height,
        .width = in.width,
        .top = op->padding_h,
        .left = op->padding_w,
        .bottom = op->padding_end_h,
        .right = op->padding_end_w,
    };
    plan->padded = op->padding_h + op->padding_w + op->padding_end_h + op->padding_end_w > 0;
    plan->pool = (struct pool_shape){
        .channels = in.channels,
        .height = in.height,
        .width = in.width,
        .out_height = out.height,
        .out_width = out.width,
        .kernel_h = op->kernel_h,
        .kernel_w = op->kernel_w,
        .stride_h = op->stride_h,
        .stride_w = op->stride_w,
        .padding_h = op->padding_h,
        .padding_w = op->padding_w,
        .counts_padding = op->counts_padding,
    };
    plan->norm =
        (struct norm_shape){.channels = (size_t)in.channels, .places = shape_count(in) / (size_t)in.channels};
    if (op->kind == OP_LAYER_NORM && !op->over_channels)
        plan->norm = (struct norm_shape){.channels = shape_count(in), .places = 1};
    plan->weight_count = program_weight_count(program, op);
    plan->bias_count = program_bias_count(program, op);
}

static void plan_tensors(struct plan *plan, int lanes)
{
    const struct program *program = plan->program;
    for (int i = 0; i < program->tensor_count; i++) {
        struct tensor_plan *tensor = &plan->tensors[i];
        tensor->count = shape_count(program->tensors[i]);
        tensor->storage = i;
        tensor->row_stride = (tensor->count + (size_t)lanes - 1) / (size_t)lanes * (size_t)lanes;
        plan->largest_count = largest(plan->largest_count, tensor->count);
    }
    plan->tensors[0].has_rows = true;
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        struct tensor_plan *in = &plan->tensors[op->input], *out = &plan->tensors[op->output];
        /* With a second reader the source's gradient would differ from the flattened tensor's. */
        if (op->kind == OP_FLATTEN && program_readers(program, op->input) == 1)
            out->storage = in->storage;
        out->trains = in->trains || (op_input_count(op) > 1 && plan->tensors[op->second].trains) ||
                      plan->ops[i].weight_count + plan->ops[i].bias_count > 0;
        if (op->kind == OP_DENSE)
            plan->tensors[in->storage].has_rows = true;
    }
}

/* Between a convolution with ReLU and a max pool the gradient is a large tensor of zeros, mostly; the
 * convolution makes it from the pool's, a group at a time, and nobody else needs it. */
static void plan_deferred_pools(struct plan *plan)
{
    const struct program *program = plan->program;
    for (int i = 0; i < program->tensor_count; i++)
        plan->tensors[i].deferred_pool = -1;
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        if (op->kind != OP_MAX_POOL2D || program_readers(program, op->input) != 1)
            continue;
        for (int j = 0; j < i; j++) {
            const struct op *source = &program->ops[j];
            if (source->output != op->input || source->kind != OP_CONV2D ||
                source->activation != ACTIVATION_RELU)
                continue;
            plan->ops[i].deferred = true;
            plan->tensors[op->input].deferred_pool = i;
        }
    }
}

static void plan_gradients(struct plan *plan)
{
    const struct program *program = plan->program;
    bool *reaches = ls_calloc((size_t)program->tensor_count, sizeof *reaches);
    bool *written = ls_calloc((size_t)program->tensor_count, sizeof *written);
    reaches[program->ops[program->op_count - 1].output] = true;
    for (int i = program->op_count - 1; i >= 0; i--) {
        struct op_plan *op = &plan->ops[i];
        op->reaches_loss = reaches[op->op->output];
        if (!op->reaches_loss)
            continue;
        for (int side = 0; side < op_input_count(op->op); side++) {
            const int input = side == 0 ? op->op->input : op->op->second;
            reaches[input] = true;
            op->adds[side] = written[input];
            written[input] = true;
        }
    }
    free(reaches);
    free(written);
}

void plan_init(struct plan *plan, const struct program *program, int lanes)
{
    *plan = (struct plan){.program = program};
    plan->tensors = ls_calloc((size_t)program->tensor_count, sizeof *plan->tensors);
    plan->ops = ls_calloc((size_t)program->op_count, sizeof *plan->ops);
    for (int i = 0; i < program->op_count; i++) {
        struct op_plan *op = &plan->ops[i];
        op->op = &program->ops[i];
        plan_shapes(op, program);
        if (op->op->kind == OP_DENSE)
            continue;
        op->norm_offset = plan->norm_count;
        plan->norm_count += op->op->kind == OP_BATCH_NORM ? op->norm.channels : 0;
        op->sum_offset = plan->sum_count;
        plan->sum_count += op->weight_count + op->bias_count;
        if (op->op->kind != OP_CONV2D)
            continue;
        plan->padded_count =
            largest(plan->padded_count,
                    (size_t)op->conv.in_channels * (size_t)op->conv.height * (size_t)op->conv.width);
        plan->slope_count = largest(plan->slope_count, shape_count(op->out));
    }
    plan_tensors(plan, lanes);
    plan_gradients(plan);
    plan_deferred_pools(plan);
    plan->gradient_ops = program->loss == LOSS_MSE ? program->op_count : program->op_count - 1;
    size_t values = 0;
    for (int i = 0; i < program->tensor_count; i++)
        values += plan->tensors[i].count;
    plan->groups_at_once = values <= SMALL_NETWORK_VALUES ? 2 : 1;
}

void plan_deinit(struct plan *plan)
{
    free(plan->tensors);
    free(plan->ops);
}
