/* Operations to kernels. A softmax before a cross-entropy is the loss kernel's. */
#include "compute/cuda/propagate.h"

#include "compute/cuda/products.h"

struct pass {
    const struct cuda_plan *plan;
    const struct cuda_work *work;
    struct CUstream_st *stream;
    enum cuda_gradients gradients;
};

/* Only training's own passes may overwrite gradients of tensors, as those products do. */
static struct cuda_products *products_of(const struct pass *pass)
{
    return pass->gradients == CUDA_GRADIENTS_OF_PARAMETERS ? pass->work->products : NULL;
}

static void forward_op(const struct pass *pass, int number)
{
    const struct cuda_op *plan = &pass->plan->ops[number];
    const struct op *op = plan->op;
    const struct cuda_work *work = pass->work;
    const float *x = work->values[op->input], *w = work->parameters + op->weight_offset;
    const float *b = op->has_bias ? work->parameters + op->bias_offset : NULL;
    float *y = work->values[op->output];
    switch (op->kind) {
    case OP_DENSE:
        if (products_of(pass) && cuda_products_forward(products_of(pass), plan, number, work, pass->stream))
            break;
        kernel_dense_forward(pass->stream, work->step, work->most, plan->in, plan->out, x, w, b,
                             op->activation, y, work->scratch);
        break;
    case OP_CONV2D:
        kernel_convolution_forward(pass->stream, work->step, work->most, &plan->window, x, w, b,
                                   op->activation, y, work->scratch);
        break;
    case OP_MAX_POOL2D:
        kernel_max_pool_forward(pass->stream, work->step, work->most, &plan->window, x, y);
        break;
    case OP_AVERAGE_POOL2D:
        kernel_average_pool_forward(pass->stream, work->step, work->most, &plan->window, x, y);
        break;
    case OP_FLATTEN:
        if (x != y)
            kernel_copy(pass->stream, work->step, work->most, plan->in, x, y);
        break;
    case OP_ACTIVATION:
        kernel_activation_forward(pass->stream, work->step, work->most, plan->in, op->activation, x, y);
        break;
    case OP_SOFTMAX:
        kernel_softmax_forward(pass->stream, work->step, work->most, plan->in, x, y);
        break;
    default:
        LS_ASSERT(!"compute_create refuses it");
    }
}

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

static void backward_op(const struct pass *pass, int number)
{
    const struct cuda_op *plan = &pass->plan->ops[number];
    const struct op *op = plan->op;
    const struct cuda_work *work = pass->work;
    const float *x = work->values[op->input], *y = work->values[op->output];
    const float *w = work->parameters + op->weight_offset, *dy = work->gradients[op->output];
    float *dx = wants_gradient(pass, op->input) ? work->gradients[op->input] : NULL;
    float *dw = work->parameter_gradients ? work->parameter_gradients + op->weight_offset : NULL;
    float *db =
        work->parameter_gradients && op->has_bias ? work->parameter_gradients + op->bias_offset : NULL;
    if (op->kind == OP_DENSE) {
        if (products_of(pass) &&
            cuda_products_backward(products_of(pass), plan, number, work, dx, pass->stream))
            return;
        if (dx || dw)
            kernel_dense_backward(pass->stream, work->step, work->most, plan->in, plan->out, op->activation,
                                  x, y, dy, w, dx, dw, db, work->scratch);
        return;
    }
    if (op->kind == OP_CONV2D) {
        if (dx || dw)
            kernel_convolution_backward(pass->stream, work->step, work->most, &plan->window, op->activation,
                                        x, y, dy, w, dx, dw, db, work->scratch);
        return;
    }
    if (!dx)
        return;
    switch (op->kind) {
    case OP_MAX_POOL2D:
        kernel_max_pool_backward(pass->stream, work->step, work->most, &plan->window, x, dy, dx);
        break;
    case OP_AVERAGE_POOL2D:
        kernel_average_pool_backward(pass->stream, work->step, work->most, &plan->window, dy, dx);
        break;
    case OP_FLATTEN:
        if (dx != dy)
            kernel_copy(pass->stream, work->step, work->most, plan->in, dy, dx);
        break;
    case OP_ACTIVATION:
        kernel_activation_backward(pass->stream, work->step, work->most, plan->in, op->activation, y, dy, dx);
        break;
    default:
        kernel_softmax_backward(pass->stream, work->step, work->most, plan->in, y, dy, dx);
        break;
    }
}

void cuda_propagate(const struct cuda_plan *plan, const struct cuda_work *work, struct CUstream_st *stream,
                    bool float_targets, enum cuda_gradients gradients)
{
    const struct pass pass = {plan, work, stream, gradients};
    const struct op *last = cuda_plan_last(plan);
    const int outputs = (int)cuda_plan_size(plan, last->output);
    const bool backward = gradients != CUDA_GRADIENTS_NONE;
    float *dy = backward ? work->gradients[last->output] : NULL;
    int ops = plan->program->op_count;
    if (plan->program->loss == LOSS_CROSS_ENTROPY) {
        ops--;
        for (int i = 0; i < ops; i++)
            forward_op(&pass, i);
        /* Only those who look want the gradient of the probabilities themselves. */
        kernel_softmax_cross_entropy(
            stream, work->step, work->most, outputs, work->values[last->input], work->labels,
            work->values[last->output], backward ? work->gradients[last->input] : NULL,
            gradients > CUDA_GRADIENTS_OF_PARAMETERS ? dy : NULL, work->losses, work->correct);
    } else {
        for (int i = 0; i < ops; i++)
            forward_op(&pass, i);
        kernel_squared_error(stream, work->step, work->most, outputs, work->values[last->output],
                             work->labels, float_targets ? work->targets : NULL, dy, work->losses,
                             work->correct);
    }
    for (int i = ops - 1; backward && i >= 0; i--)
        if (plan->ops[i].reaches_loss)
            backward_op(&pass, i);
}
