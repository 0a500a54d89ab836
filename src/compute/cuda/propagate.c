/* Operations to kernels. A softmax before a cross-entropy and a sigmoid before a binary one are the loss
 * kernel's. Of a tensor that several operations read, the first of them on the way back writes the gradient;
 * each of the others makes its part beside it, which is then added. */
#include "compute/cuda/propagate.h"

#include "base/error.h"
#include "compute/cuda/products.h"

struct pass {
    const struct cuda_plan *plan;
    const struct cuda_work *work;
    struct CUstream_st *stream;
    enum cuda_gradients gradients;
    enum cuda_mode mode;
};

/* Only training's own passes may overwrite gradients of tensors, as those products do. */
static struct cuda_products *products_of(const struct pass *pass)
{
    return pass->gradients == CUDA_GRADIENTS_OF_PARAMETERS ? pass->work->products : NULL;
}

/* What an operation's kernels are given. */
struct call {
    const struct cuda_op *plan;
    const struct op *op;
    int number;
    const float *x, *second, *w, *b; /* w and b NULL where there are none */
    float *y, *statistics;
    float *dx, *dw, *db; /* NULL: not wanted */
    const float *dy;
};

static struct call call_of(const struct pass *pass, int number)
{
    const struct cuda_work *work = pass->work;
    const struct cuda_op *plan = &pass->plan->ops[number];
    const struct op *op = plan->op;
    const bool weighs = op->kind == OP_DENSE || op->kind == OP_CONV2D || op->has_weight;
    return (struct call){
        .plan = plan,
        .op = op,
        .number = number,
        .x = work->values[op->input],
        .second = op_input_count(op) > 1 ? work->values[op->second] : NULL,
        .w = weighs ? work->parameters + op->weight_offset : NULL,
        .b = op->has_bias ? work->parameters + op->bias_offset : NULL,
        .y = work->values[op->output],
        .statistics = work->statistics[number],
        .dw = work->parameter_gradients && weighs ? work->parameter_gradients + op->weight_offset : NULL,
        .db = work->parameter_gradients && op->has_bias ? work->parameter_gradients + op->bias_offset : NULL,
        .dy = work->gradients[op->output],
    };
}

/* ---- forward ---- */

/* Evaluation takes the running statistics, which lie as those of a batch do. */
static const float *batch_statistics(const struct pass *pass, const struct call *c)
{
    return pass->mode == CUDA_EVALUATION ? pass->work->buffers + c->op->buffer_offset : c->statistics;
}

static void norm_forward(const struct pass *pass, const struct call *c)
{
    const struct cuda_work *work = pass->work;
    const struct op *op = c->op;
    const int channels = c->plan->channels, places = c->plan->places;
    if (op->kind == OP_LAYER_NORM) {
        kernel_layer_norm_forward(pass->stream, work->step, work->most, channels, places, op->epsilon, c->x,
                                  c->w, c->b, c->y, c->statistics);
        return;
    }
    if (pass->mode != CUDA_EVALUATION)
        kernel_batch_norm_statistics(pass->stream, work->step, work->most, channels, places, c->x,
                                     c->statistics,
                                     pass->mode == CUDA_STEP ? work->buffers + op->buffer_offset : NULL,
                                     op->momentum, op->unbiased, work->scratch);
    kernel_batch_norm_forward(pass->stream, work->step, work->most, channels, places, op->epsilon, c->x,
                              batch_statistics(pass, c), c->w, c->b, c->y);
}

static void forward_op(const struct pass *pass, int number)
{
    const struct call c = call_of(pass, number);
    const struct cuda_op *plan = c.plan;
    const struct op *op = c.op;
    const struct cuda_work *work = pass->work;
    switch (op->kind) {
    case OP_DENSE:
        if (products_of(pass) && cuda_products_forward(products_of(pass), plan, number, work, pass->stream))
            break;
        kernel_dense_forward(pass->stream, work->step, work->most, plan->in, plan->out, c.x, c.w, c.b,
                             op->activation, op->alpha, c.y, work->scratch);
        break;
    case OP_CONV2D:
        kernel_convolution_forward(pass->stream, work->step, work->most, &plan->window, c.x, c.w, c.b,
                                   op->activation, op->alpha, c.y, work->scratch);
        break;
    case OP_MAX_POOL2D:
        kernel_max_pool_forward(pass->stream, work->step, work->most, &plan->window, c.x, c.y);
        break;
    case OP_AVERAGE_POOL2D:
        kernel_average_pool_forward(pass->stream, work->step, work->most, &plan->window, c.x, c.y);
        break;
    case OP_FLATTEN:
        if (c.x != c.y)
            kernel_copy(pass->stream, work->step, work->most, plan->in, c.x, c.y);
        break;
    case OP_ACTIVATION:
        kernel_activation_forward(pass->stream, work->step, work->most, plan->in, op->activation, op->alpha,
                                  c.x, c.y);
        break;
    case OP_SOFTMAX:
        kernel_softmax_forward(pass->stream, work->step, work->most, plan->in, c.x, c.y);
        break;
    case OP_DROPOUT:
        if (pass->mode == CUDA_EVALUATION)
            kernel_copy(pass->stream, work->step, work->most, plan->in, c.x, c.y);
        else
            kernel_dropout(pass->stream, work->step, work->most, plan->in, op->rate, number, c.x, c.y);
        break;
    case OP_BATCH_NORM:
    case OP_LAYER_NORM:
        norm_forward(pass, &c);
        break;
    case OP_ADD:
        kernel_add(pass->stream, work->step, work->most, plan->in, c.x, c.second, c.y);
        break;
    case OP_CONCATENATE:
        kernel_concatenate(pass->stream, work->step, work->most, plan->in, plan->out - plan->in, c.x,
                           c.second, c.y);
        break;
    }
}

/* ---- backward ---- */

static bool wants_gradient(const struct pass *pass, int tensor)
{
    switch (pass->gradients) {
    case CUDA_GRADIENTS_NONE:
        return false;
    case CUDA_GRADIENTS_OF_PARAMETERS:
        return pass->plan->trains[tensor];
    case CUDA_GRADIENTS_BUT_INPUT:
        return tensor > 0;
    case CUDA_GRADIENTS_ALL:
        break;
    }
    return true;
}

static void norm_backward(const struct pass *pass, const struct call *c)
{
    const struct cuda_work *work = pass->work;
    const int channels = c->plan->channels, places = c->plan->places;
    if (c->op->kind == OP_LAYER_NORM)
        kernel_layer_norm_backward(pass->stream, work->step, work->most, channels, places, c->op->epsilon,
                                   c->x, c->statistics, c->w, c->dy, c->dx, c->dw, c->db, work->scratch);
    else
        kernel_batch_norm_backward(pass->stream, work->step, work->most, channels, places, c->op->epsilon,
                                   c->x, batch_statistics(pass, c), pass->mode != CUDA_EVALUATION, c->w,
                                   c->dy, c->dx, c->dw, c->db, c->statistics + 2 * channels, work->scratch);
}

/* Those that have parameters. */
static void backward_trained(const struct pass *pass, const struct call *c)
{
    const struct cuda_op *plan = c->plan;
    const struct op *op = c->op;
    const struct cuda_work *work = pass->work;
    if (!c->dx && !c->dw && !c->db)
        return;
    if (op->kind == OP_CONV2D)
        kernel_convolution_backward(pass->stream, work->step, work->most, &plan->window, op->activation,
                                    op->alpha, c->x, c->y, c->dy, c->w, c->dx, c->dw, c->db, work->scratch);
    else if (op->kind != OP_DENSE)
        norm_backward(pass, c);
    else if (!products_of(pass) ||
             !cuda_products_backward(products_of(pass), plan, c->number, work, c->dx, pass->stream))
        kernel_dense_backward(pass->stream, work->step, work->most, plan->in, plan->out, op->activation,
                              op->alpha, c->x, c->y, c->dy, c->w, c->dx, c->dw, c->db, work->scratch);
}

/* The others write dx, which is wanted. */
static void backward_free(const struct pass *pass, const struct call *c)
{
    const struct cuda_op *plan = c->plan;
    const struct op *op = c->op;
    const struct cuda_work *work = pass->work;
    switch (op->kind) {
    case OP_MAX_POOL2D:
        kernel_max_pool_backward(pass->stream, work->step, work->most, &plan->window, c->x, c->dy, c->dx);
        break;
    case OP_AVERAGE_POOL2D:
        kernel_average_pool_backward(pass->stream, work->step, work->most, &plan->window, c->dy, c->dx);
        break;
    case OP_ACTIVATION:
        kernel_activation_backward(pass->stream, work->step, work->most, plan->in, op->activation, op->alpha,
                                   c->x, c->y, c->dy, c->dx);
        break;
    case OP_SOFTMAX:
        kernel_softmax_backward(pass->stream, work->step, work->most, plan->in, c->y, c->dy, c->dx);
        break;
    default: /* dropout */
        kernel_dropout(pass->stream, work->step, work->most, plan->in, op->rate, c->number, c->dy, c->dx);
        break;
    }
}

static bool has_parameters(const struct op *op)
{
    return op->kind == OP_DENSE || op->kind == OP_CONV2D || op->kind == OP_BATCH_NORM ||
           op->kind == OP_LAYER_NORM;
}

/* Is the gradient of each input the output's, or a part of it? */
static bool passes_on(const struct pass *pass, const struct op *op)
{
    return op->kind == OP_FLATTEN || op->kind == OP_ADD || op->kind == OP_CONCATENATE ||
           (op->kind == OP_DROPOUT && pass->mode == CUDA_EVALUATION);
}

/* Into input k of an operation that passes gradients on. */
static void pass_on(const struct pass *pass, const struct call *c, int k, float *dx)
{
    const struct cuda_work *work = pass->work;
    const int size = c->op->kind != OP_CONCATENATE ? c->plan->in
                     : k == 0                      ? c->plan->in
                                                   : c->plan->out - c->plan->in;
    const float *dy = c->dy;
    if (c->op->kind == OP_CONCATENATE) {
        float *to = c->plan->adds[k] ? work->part : dx;
        kernel_part(pass->stream, work->step, work->most, size, c->plan->out, k ? c->plan->in : 0, dy, to);
        dy = to;
    }
    if (c->plan->adds[k])
        kernel_add(pass->stream, work->step, work->most, size, dx, dy, dx);
    else if (dx != dy)
        kernel_copy(pass->stream, work->step, work->most, size, dy, dx);
}

static void backward_op(const struct pass *pass, int number)
{
    struct call c = call_of(pass, number);
    const struct cuda_work *work = pass->work;
    if (passes_on(pass, c.op)) {
        for (int k = 0; k < op_input_count(c.op); k++) {
            const int tensor = k ? c.op->second : c.op->input;
            if (wants_gradient(pass, tensor))
                pass_on(pass, &c, k, work->gradients[tensor]);
        }
        return;
    }
    float *dx = wants_gradient(pass, c.op->input) ? work->gradients[c.op->input] : NULL;
    c.dx = dx && c.plan->adds[0] ? work->part : dx;
    if (has_parameters(c.op))
        backward_trained(pass, &c);
    else if (dx)
        backward_free(pass, &c);
    if (dx && c.plan->adds[0])
        kernel_add(pass->stream, work->step, work->most, c.plan->in, dx, work->part, dx);
}

/* ---- a batch ---- */

/* The loss, its gradient, and the operation before it where they go together. Only those who look want the
 * gradient of the probabilities themselves. */
static void loss_of(const struct pass *pass, const float *targets)
{
    const struct cuda_work *work = pass->work;
    const struct op *last = cuda_plan_last(pass->plan);
    const int outputs = (int)cuda_plan_size(pass->plan, last->output);
    const bool backward = pass->gradients != CUDA_GRADIENTS_NONE,
               looks = pass->gradients > CUDA_GRADIENTS_OF_PARAMETERS;
    float *y = work->values[last->output], *dy = work->gradients[last->output];
    float *dz = backward ? work->gradients[last->input] : NULL;
    switch (pass->plan->program->loss) {
    case LOSS_CROSS_ENTROPY:
        kernel_softmax_cross_entropy(pass->stream, work->step, work->most, outputs, work->values[last->input],
                                     work->labels, y, dz, looks ? dy : NULL, work->losses, work->correct);
        break;
    case LOSS_BINARY_CROSS_ENTROPY:
        kernel_binary_cross_entropy(pass->stream, work->step, work->most, outputs, work->values[last->input],
                                    work->labels, targets, y, dz, looks ? dy : NULL, work->losses,
                                    work->correct);
        break;
    case LOSS_MSE:
        kernel_squared_error(pass->stream, work->step, work->most, outputs, y, work->labels, targets,
                             backward ? dy : NULL, work->losses, work->correct);
        break;
    }
}

void cuda_propagate(const struct cuda_plan *plan, const struct cuda_work *work, struct CUstream_st *stream,
                    bool float_targets, enum cuda_gradients gradients, enum cuda_mode mode)
{
    const struct pass pass = {plan, work, stream, gradients, mode};
    const int ops = plan->program->op_count - (plan->program->loss != LOSS_MSE);
    for (int i = 0; i < ops; i++)
        forward_op(&pass, i);
    loss_of(&pass, float_targets ? work->targets : NULL);
    for (int i = ops - 1; gradients != CUDA_GRADIENTS_NONE && i >= 0; i--)
        if (plan->ops[i].reaches_loss)
            backward_op(&pass, i);
}
