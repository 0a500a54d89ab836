#include "test.h"

#include "op_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "compute/reference/reference_ops.h"
#include "memory.h"

/* A case with its memory. */
struct setup {
    const struct op_case *c;
    struct kernel_window window;
    int in, out; /* values per sample */
    size_t weights, biases;
    struct kernel_step *step;
    float *x, *w, *b, *dy, *scratch;
    const float *y; /* of the forward, for the backward */
    bool want_dx, want_dw, want_db;
};

struct shape op_case_window_out(struct shape in, int channels, const struct op *op)
{
    const int height = in.height + 2 * op->padding_h - op->kernel_h;
    const int width = in.width + 2 * op->padding_w - op->kernel_w;
    if (height < 0 || width < 0)
        return (struct shape){0, 0, 0};
    return (struct shape){channels, height / op->stride_h + 1, width / op->stride_w + 1};
}

static size_t scratch_count(const struct setup *s)
{
    if (s->c->op.kind == OP_DENSE)
        return kernel_dense_scratch(s->c->most, s->in, s->out);
    if (s->c->op.kind == OP_CONV2D)
        return kernel_convolution_scratch(s->c->most, &s->window);
    return 0;
}

static void setup_init(struct setup *s, const struct op_case *c)
{
    const struct op *op = &c->op;
    *s = (struct setup){.c = c, .want_dx = true, .want_dw = true, .want_db = op->has_bias};
    s->window = (struct kernel_window){c->in,        c->out,       op->kernel_h,  op->kernel_w,
                                       op->stride_h, op->stride_w, op->padding_h, op->padding_w};
    s->in = (int)shape_count(c->in);
    s->out = (int)shape_count(c->out);
    if (op->kind == OP_DENSE)
        s->weights = (size_t)s->in * (size_t)s->out;
    if (op->kind == OP_CONV2D)
        s->weights =
            (size_t)c->out.channels * (size_t)c->in.channels * (size_t)op->kernel_h * (size_t)op->kernel_w;
    s->biases = !op->has_bias ? 0 : op->kind == OP_DENSE ? (size_t)s->out : (size_t)c->out.channels;
    const size_t count = (size_t)c->count, most = (size_t)c->most;
    s->step = memory_step((uint32_t)c->count);
    s->x = memory_draw(c->seed, count * (size_t)s->in, most * (size_t)s->in, -1.0f, 1.0f);
    s->dy = memory_draw(c->seed + 1, count * (size_t)s->out, most * (size_t)s->out, -1.0f, 1.0f);
    s->w = s->weights ? memory_draw(c->seed + 2, s->weights, s->weights, -0.5f, 0.5f) : NULL;
    s->b = s->biases ? memory_draw(c->seed + 3, s->biases, s->biases, -0.5f, 0.5f) : NULL;
    s->scratch = memory_zeros(scratch_count(s));
}

static void run_forward(const void *context, float *const *outputs)
{
    const struct setup *s = context;
    const struct op_case *c = s->c;
    kernel_stream stream = memory_stream();
    float *y = outputs[0];
    switch (c->op.kind) {
    case OP_DENSE:
        kernel_dense_forward(stream, s->step, c->most, s->in, s->out, s->x, s->w, s->b, c->op.activation, y,
                             s->scratch);
        break;
    case OP_CONV2D:
        kernel_convolution_forward(stream, s->step, c->most, &s->window, s->x, s->w, s->b, c->op.activation,
                                   y, s->scratch);
        break;
    case OP_MAX_POOL2D:
        kernel_max_pool_forward(stream, s->step, c->most, &s->window, s->x, y);
        break;
    case OP_AVERAGE_POOL2D:
        kernel_average_pool_forward(stream, s->step, c->most, &s->window, s->x, y);
        break;
    case OP_FLATTEN:
        kernel_copy(stream, s->step, c->most, s->in, s->x, y);
        break;
    case OP_ACTIVATION:
        kernel_activation_forward(stream, s->step, c->most, s->in, c->op.activation, s->x, y);
        break;
    case OP_SOFTMAX:
        kernel_softmax_forward(stream, s->step, c->most, s->in, s->x, y);
        break;
    default:
        LS_ASSERT(!"there is such a case");
    }
}

/* Outputs: dx, dw, db, those that are wanted. */
static void run_backward(const void *context, float *const *outputs)
{
    const struct setup *s = context;
    const struct op_case *c = s->c;
    kernel_stream stream = memory_stream();
    float *dx = s->want_dx ? outputs[0] : NULL, *dw = s->want_dw ? outputs[1] : NULL;
    float *db = s->want_db ? outputs[2] : NULL;
    const float *y = c->op.activation == ACTIVATION_LINEAR ? NULL : s->y;
    switch (c->op.kind) {
    case OP_DENSE:
        kernel_dense_backward(stream, s->step, c->most, s->in, s->out, c->op.activation, s->x, y, s->dy, s->w,
                              dx, dw, db, s->scratch);
        break;
    case OP_CONV2D:
        kernel_convolution_backward(stream, s->step, c->most, &s->window, c->op.activation, s->x, y, s->dy,
                                    s->w, dx, dw, db, s->scratch);
        break;
    case OP_MAX_POOL2D:
        kernel_max_pool_backward(stream, s->step, c->most, &s->window, s->x, s->dy, dx);
        break;
    case OP_AVERAGE_POOL2D:
        kernel_average_pool_backward(stream, s->step, c->most, &s->window, s->dy, dx);
        break;
    case OP_FLATTEN:
        kernel_copy(stream, s->step, c->most, s->in, s->dy, dx);
        break;
    case OP_ACTIVATION:
        kernel_activation_backward(stream, s->step, c->most, s->in, c->op.activation, s->y, s->dy, dx);
        break;
    case OP_SOFTMAX:
        kernel_softmax_backward(stream, s->step, c->most, s->in, s->y, s->dy, dx);
        break;
    default:
        LS_ASSERT(!"there is such a case");
    }
}

/* In double: x, y, dy of the samples, and weight and bias one behind the other as the operation's offsets
 * say. */
struct expected {
    struct op op;
    double *x, *y, *dy, *parameters, *dx, *dparameters;
    double kink;
};

static double *doubles(const float *values, size_t count)
{
    double *copy = ls_calloc(count + 1, sizeof *copy);
    for (size_t i = 0; values && i < count; i++)
        copy[i] = (double)values[i];
    return copy;
}

static void reference_runs(struct expected *e, const struct setup *s, double *y)
{
    e->kink = HUGE_VAL;
    reference_forward(&e->op, s->c->in, s->c->out, s->c->count, e->parameters, e->x, y, &e->kink);
}

static void expected_init(struct expected *e, const struct setup *s)
{
    const size_t in = (size_t)s->c->count * (size_t)s->in, out = (size_t)s->c->count * (size_t)s->out;
    *e = (struct expected){.op = s->c->op};
    e->op.weight_offset = 0;
    e->op.bias_offset = s->weights;
    e->x = doubles(s->x, in);
    e->dy = doubles(s->dy, out);
    e->y = doubles(NULL, out);
    e->dx = doubles(NULL, in);
    e->parameters = doubles(NULL, s->weights + s->biases);
    e->dparameters = doubles(NULL, s->weights + s->biases);
    for (size_t i = 0; i < s->weights; i++)
        e->parameters[i] = (double)s->w[i];
    for (size_t i = 0; i < s->biases; i++)
        e->parameters[s->weights + i] = (double)s->b[i];
    reference_runs(e, s, e->y);
}

static void expected_deinit(struct expected *e)
{
    free(e->x);
    free(e->y);
    free(e->dy);
    free(e->parameters);
    free(e->dx);
    free(e->dparameters);
}

/* Σ dy · y, whose gradients the backward kernels make. */
static double weighted_sum(struct expected *e, const struct setup *s, double *y)
{
    reference_runs(e, s, y);
    double sum = 0.0;
    for (size_t i = 0; i < (size_t)s->c->count * (size_t)s->out; i++)
        sum += e->dy[i] * y[i];
    return sum;
}

/* Central differences of the forward definition alone: no formula of a gradient is used. */
static void differentiate(struct expected *e, const struct setup *s, double *values, size_t count,
                          double *gradients)
{
    const double step = 1e-5;
    double *y = doubles(NULL, (size_t)s->c->count * (size_t)s->out);
    for (size_t i = 0; i < count; i++) {
        const double kept = values[i];
        values[i] = kept + step;
        const double above = weighted_sum(e, s, y);
        values[i] = kept - step;
        const double below = weighted_sum(e, s, y);
        values[i] = kept;
        gradients[i] = (above - below) / (2.0 * step);
    }
    free(y);
}

static void check_beyond(const struct setup *s, const char *what, const float *values, int size)
{
    const size_t used = (size_t)s->c->count * (size_t)size, all = (size_t)s->c->most * (size_t)size;
    if (!memory_is_untouched(values + used, all - used))
        fail_msg("%s: samples beyond the batch were written", what);
}

static void check_gradients(const struct setup *s, float *const *results, const double *dx,
                            const double *dparameters)
{
    if (s->want_dx) {
        check_close("dx", results[0], dx, (size_t)s->c->count * (size_t)s->in, 0.1);
        check_beyond(s, "dx", results[0], s->in);
    }
    if (s->want_dw)
        check_close("dw", results[1], dparameters, s->weights, 0.1);
    if (s->want_db)
        check_close("db", results[2], dparameters + s->weights, s->biases, 0.1);
}

static void check_backward(struct setup *s, const double *dx, const double *dparameters)
{
    const size_t sizes[] = {s->want_dx ? (size_t)s->c->most * (size_t)s->in : 0, s->want_dw ? s->weights : 0,
                            s->want_db ? s->biases : 0};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_backward, s, sizes, 3, results);
    check_gradients(s, results, dx, dparameters);
}

static void print_case(const struct op_case *c)
{
    print_message("kind %d, activation %d, %d of %d samples, (%d, %d, %d) to (%d, %d, %d), kernel %d×%d, "
                  "stride %d×%d, padding %d×%d, bias %d\n",
                  (int)c->op.kind, (int)c->op.activation, c->count, c->most, c->in.channels, c->in.height,
                  c->in.width, c->out.channels, c->out.height, c->out.width, c->op.kernel_h, c->op.kernel_w,
                  c->op.stride_h, c->op.stride_w, c->op.padding_h, c->op.padding_w, c->op.has_bias);
}

void op_case_check(const struct op_case *c)
{
    print_case(c);
    struct setup s;
    setup_init(&s, c);
    struct expected e;
    expected_init(&e, &s);
    const size_t in = (size_t)c->count * (size_t)s.in, out = (size_t)c->count * (size_t)s.out;

    float *forward[RUN_MOST_OUTPUTS];
    const size_t size = (size_t)c->most * (size_t)s.out;
    run_in_every_order(run_forward, &s, &size, 1, forward);
    check_close("y", forward[0], e.y, out, 0.1);
    check_beyond(&s, "y", forward[0], s.out);

    /* From the kernel's own y, so that a value rounded to the other side of 0 makes no difference. */
    s.y = forward[0];
    if (c->differentiate && e.kink > 1e-3) {
        differentiate(&e, &s, e.x, in, e.dx);
        differentiate(&e, &s, e.parameters, s.weights + s.biases, e.dparameters);
        check_backward(&s, e.dx, e.dparameters);
        for (size_t i = 0; i < in; i++)
            e.dx[i] = 0.0;
        for (size_t i = 0; i < s.weights + s.biases; i++)
            e.dparameters[i] = 0.0;
    }
    for (size_t i = 0; i < out; i++)
        e.y[i] = (double)s.y[i];
    reference_backward(&e.op, c->in, c->out, c->count, e.parameters, e.x, e.y, e.dy, e.dx, e.dparameters);
    s.want_dw = s.weights > 0;
    check_backward(&s, e.dx, e.dparameters);
    if (s.weights > 0 && !c->brief) {
        /* Each alone, as the first layer and callers with other means for the rest ask for it. */
        s.want_dx = false;
        check_backward(&s, e.dx, e.dparameters);
        s.want_db = false;
        check_backward(&s, e.dx, e.dparameters);
        s.want_db = s.biases > 0;
        s.want_dw = false;
        if (s.want_db)
            check_backward(&s, e.dx, e.dparameters);
        s.want_dx = true;
        s.want_db = false;
        check_backward(&s, e.dx, e.dparameters);
    }
    expected_deinit(&e);
    memory_free_all();
}
