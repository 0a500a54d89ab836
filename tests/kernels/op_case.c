#include "test.h"

#include "op_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "compute/reference/reference_ops.h"
#include "memory.h"

/* The operation's number in its program. */
enum { CASE_NUMBER = 3 };

/* A case with its memory. */
struct setup {
    const struct op_case *c;
    struct kernel_window window;
    int in, out;          /* values per sample */
    int second;           /* of the second input */
    int channels, places; /* of norms */
    size_t weights, biases;
    struct kernel_step *step;
    float *x, *x2, *w, *b, *dy, *scratch;
    float *running, *statistics; /* of norms */
    const float *y;              /* of the forward, for the backward */
    bool want_dx, want_dw, want_db;
};

static int window_out(int size, int paddings, int kernel, int dilation, int stride)
{
    const int room = size + paddings - dilation * (kernel - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
}

struct shape op_case_window_out(struct shape in, int channels, const struct op *op)
{
    const int height =
        window_out(in.height, op->padding_h + op->padding_end_h, op->kernel_h, op->dilation_h, op->stride_h);
    const int width =
        window_out(in.width, op->padding_w + op->padding_end_w, op->kernel_w, op->dilation_w, op->stride_w);
    return height && width ? (struct shape){channels, height, width} : (struct shape){0, 0, 0};
}

struct op op_case_op(enum op_kind kind)
{
    return (struct op){.kind = kind,
                       .stride_h = 1,
                       .stride_w = 1,
                       .dilation_h = 1,
                       .dilation_w = 1,
                       .counts_padding = true,
                       .has_weight = true,
                       .has_bias = kind != OP_DROPOUT,
                       .epsilon = 1e-3f};
}

static bool is_norm(const struct op_case *c)
{
    return c->op.kind == OP_BATCH_NORM || c->op.kind == OP_LAYER_NORM;
}

static size_t scratch_count(const struct setup *s)
{
    if (s->c->op.kind == OP_DENSE)
        return kernel_dense_scratch(s->c->most, s->in, s->out);
    if (s->c->op.kind == OP_CONV2D)
        return kernel_convolution_scratch(s->c->most, &s->window);
    return is_norm(s->c) ? kernel_norm_scratch(s->c->most, s->channels, s->places) : 0;
}

static size_t weight_count(const struct setup *s)
{
    const struct op_case *c = s->c;
    if (c->op.kind == OP_DENSE)
        return (size_t)s->in * (size_t)s->out;
    if (c->op.kind == OP_CONV2D)
        return (size_t)c->out.channels * (size_t)c->in.channels * (size_t)c->op.kernel_h *
               (size_t)c->op.kernel_w;
    return is_norm(c) && c->op.has_weight ? (size_t)s->channels : 0;
}

static size_t bias_count(const struct setup *s)
{
    const struct op_case *c = s->c;
    const bool trained = c->op.kind == OP_DENSE || c->op.kind == OP_CONV2D;
    if (!c->op.has_bias || !(trained || is_norm(c)))
        return 0;
    return is_norm(c) ? (size_t)s->channels : (size_t)c->out.channels;
}

/* Running means, then variances. */
static float *draw_running(const struct setup *s)
{
    const size_t channels = (size_t)s->channels;
    float *running = memory_draw(s->c->seed + 4, 2 * channels, 2 * channels, -0.5f, 0.5f);
    for (size_t i = channels; i < 2 * channels; i++)
        running[i] += 0.75f;
    return running;
}

static void setup_init(struct setup *s, const struct op_case *c)
{
    const struct op *op = &c->op;
    *s = (struct setup){.c = c};
    s->window = (struct kernel_window){c->in,          c->out,         op->kernel_h,      op->kernel_w,
                                       op->stride_h,   op->stride_w,   op->padding_h,     op->padding_w,
                                       op->dilation_h, op->dilation_w, op->counts_padding};
    s->in = (int)shape_count(c->in);
    s->out = (int)shape_count(c->out);
    s->second = op->kind == OP_ADD ? s->in : op->kind == OP_CONCATENATE ? s->out - s->in : 0;
    s->channels = op->kind == OP_BATCH_NORM || op->over_channels ? c->in.channels : s->in;
    s->places = s->in / s->channels;
    s->weights = weight_count(s);
    s->biases = bias_count(s);
    s->want_dx = true;
    s->want_dw = s->weights > 0;
    s->want_db = s->biases > 0;
    const size_t count = (size_t)c->count, most = (size_t)c->most;
    s->step = memory_step((uint32_t)c->count);
    s->step->seed = c->seed;
    s->step->draw = 5;
    s->x = memory_draw(c->seed, count * (size_t)s->in, most * (size_t)s->in, -1.0f, 1.0f);
    s->x2 = memory_draw(c->seed + 5, count * (size_t)s->second, most * (size_t)s->second, -1.0f, 1.0f);
    s->dy = memory_draw(c->seed + 1, count * (size_t)s->out, most * (size_t)s->out, -1.0f, 1.0f);
    s->w = s->weights ? memory_draw(c->seed + 2, s->weights, s->weights, -0.5f, 0.5f) : NULL;
    s->b = s->biases ? memory_draw(c->seed + 3, s->biases, s->biases, -0.5f, 0.5f) : NULL;
    s->scratch = memory_zeros(scratch_count(s));
    if (op->kind == OP_BATCH_NORM) {
        s->running = draw_running(s);
        s->statistics = memory_floats(4 * (size_t)s->channels);
    }
    if (op->kind == OP_LAYER_NORM)
        s->statistics = memory_floats(2 * most * (size_t)s->places);
}

static const float *batch_statistics(const struct setup *s)
{
    return s->c->training ? s->statistics : s->running;
}

static void run_norm_forward(const struct setup *s, float *y)
{
    const int most = s->c->most;
    const float epsilon = s->c->op.epsilon;
    kernel_stream stream = memory_stream();
    if (s->c->op.kind == OP_LAYER_NORM) {
        kernel_layer_norm_forward(stream, s->step, most, s->channels, s->places, epsilon, s->x, s->w, s->b, y,
                                  s->statistics);
        return;
    }
    if (s->c->training)
        kernel_batch_norm_statistics(stream, s->step, most, s->channels, s->places, s->x, s->statistics, NULL,
                                     0.0f, false, s->scratch);
    kernel_batch_norm_forward(stream, s->step, most, s->channels, s->places, epsilon, s->x,
                              batch_statistics(s), s->w, s->b, y);
}

static void run_norm_backward(const struct setup *s, float *dx, float *dw, float *db)
{
    const int most = s->c->most;
    const float epsilon = s->c->op.epsilon;
    if (s->c->op.kind == OP_LAYER_NORM)
        kernel_layer_norm_backward(memory_stream(), s->step, most, s->channels, s->places, epsilon, s->x,
                                   s->statistics, s->w, s->dy, dx, dw, db, s->scratch);
    else
        kernel_batch_norm_backward(memory_stream(), s->step, most, s->channels, s->places, epsilon, s->x,
                                   batch_statistics(s), s->c->training, s->w, s->dy, dx, dw, db,
                                   s->statistics + 2 * s->channels, s->scratch);
}

static void run_forward(const void *context, float *const *outputs)
{
    const struct setup *s = context;
    const struct op_case *c = s->c;
    kernel_stream stream = memory_stream();
    float *y = outputs[0];
    switch (c->op.kind) {
    case OP_DENSE:
        kernel_dense_forward(stream, s->step, c->most, s->in, s->out, s->x, s->w, s->b, c->op.activation,
                             c->op.alpha, y, s->scratch);
        break;
    case OP_CONV2D:
        kernel_convolution_forward(stream, s->step, c->most, &s->window, s->x, s->w, s->b, c->op.activation,
                                   c->op.alpha, y, s->scratch);
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
        kernel_activation_forward(stream, s->step, c->most, s->in, c->op.activation, c->op.alpha, s->x, y);
        break;
    case OP_SOFTMAX:
        kernel_softmax_forward(stream, s->step, c->most, s->in, s->x, y);
        break;
    case OP_DROPOUT:
        kernel_dropout(stream, s->step, c->most, s->in, c->op.rate, CASE_NUMBER, s->x, y);
        break;
    case OP_BATCH_NORM:
    case OP_LAYER_NORM:
        run_norm_forward(s, y);
        break;
    case OP_ADD:
        kernel_add(stream, s->step, c->most, s->in, s->x, s->x2, y);
        break;
    case OP_CONCATENATE:
        kernel_concatenate(stream, s->step, c->most, s->in, s->second, s->x, s->x2, y);
        break;
    }
}

/* Outputs: dx, dw, db, those that are wanted, and the gradient of a second input. */
static void run_backward(const void *context, float *const *outputs)
{
    const struct setup *s = context;
    const struct op_case *c = s->c;
    kernel_stream stream = memory_stream();
    float *dx = s->want_dx ? outputs[0] : NULL, *dw = s->want_dw ? outputs[1] : NULL;
    float *db = s->want_db ? outputs[2] : NULL;
    const bool reads_y = c->op.activation != ACTIVATION_LINEAR && !op_slope_needs_input(c->op.activation);
    const float *y = reads_y || c->op.kind == OP_ACTIVATION ? s->y : NULL;
    switch (c->op.kind) {
    case OP_DENSE:
        kernel_dense_backward(stream, s->step, c->most, s->in, s->out, c->op.activation, c->op.alpha, s->x, y,
                              s->dy, s->w, dx, dw, db, s->scratch);
        break;
    case OP_CONV2D:
        kernel_convolution_backward(stream, s->step, c->most, &s->window, c->op.activation, c->op.alpha, s->x,
                                    y, s->dy, s->w, dx, dw, db, s->scratch);
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
        kernel_activation_backward(stream, s->step, c->most, s->in, c->op.activation, c->op.alpha,
                                   op_slope_needs_input(c->op.activation) ? s->x : NULL, y, s->dy, dx);
        break;
    case OP_SOFTMAX:
        kernel_softmax_backward(stream, s->step, c->most, s->in, s->y, s->dy, dx);
        break;
    case OP_DROPOUT:
        kernel_dropout(stream, s->step, c->most, s->in, c->op.rate, CASE_NUMBER, s->dy, dx);
        break;
    case OP_BATCH_NORM:
    case OP_LAYER_NORM:
        run_norm_backward(s, dx, dw, db);
        break;
    case OP_ADD:
        kernel_copy(stream, s->step, c->most, s->in, s->dy, dx);
        kernel_copy(stream, s->step, c->most, s->in, s->dy, outputs[3]);
        break;
    case OP_CONCATENATE:
        kernel_part(stream, s->step, c->most, s->in, s->out, 0, s->dy, dx);
        kernel_part(stream, s->step, c->most, s->second, s->out, s->in, s->dy, outputs[3]);
        break;
    }
}

/* In double: x, y, dy of the samples, and weight and bias one behind the other as the operation's offsets
 * say. */
struct expected {
    struct op op;
    double *x, *x2, *y, *dy, *parameters, *dx, *dx2, *dparameters, *running, *statistics;
    double kink, gain;
};

static double *doubles(const float *values, size_t count)
{
    double *copy = ls_calloc(count + 1, sizeof *copy);
    for (size_t i = 0; values && i < count; i++)
        copy[i] = (double)values[i];
    return copy;
}

static struct op_call call_of(struct expected *e, const struct setup *s)
{
    const struct op_case *c = s->c;
    return (struct op_call){.op = &e->op,
                            .number = CASE_NUMBER,
                            .in = c->in,
                            .second = {c->out.channels - c->in.channels, c->in.height, c->in.width},
                            .out = c->out,
                            .batch = c->count,
                            .training = c->training || c->op.kind == OP_DROPOUT,
                            .seed = s->step->seed,
                            .step = s->step->draw,
                            .parameters = e->parameters,
                            .buffers = e->running,
                            .batch_statistics = e->statistics,
                            .x = e->x,
                            .x2 = e->x2,
                            .y = e->y,
                            .kink = &e->kink,
                            .gain = &e->gain,
                            .dy = e->dy,
                            .dx = e->dx,
                            .dx2 = e->dx2,
                            .dparameters = e->dparameters};
}

static void reference_runs(struct expected *e, const struct setup *s, double *y)
{
    struct op_call call = call_of(e, s);
    e->kink = HUGE_VAL;
    call.y = y;
    reference_forward(&call);
}

static void expected_init(struct expected *e, const struct setup *s)
{
    const size_t in = (size_t)s->c->count * (size_t)s->in, out = (size_t)s->c->count * (size_t)s->out;
    *e = (struct expected){.op = s->c->op};
    e->op.weight_offset = 0;
    e->op.bias_offset = s->weights;
    e->x = doubles(s->x, in);
    e->x2 = doubles(s->x2, (size_t)s->c->count * (size_t)s->second);
    e->dx2 = doubles(NULL, (size_t)s->c->count * (size_t)s->second);
    e->running = doubles(s->running, s->running ? 2 * (size_t)s->channels : 0);
    e->statistics = doubles(NULL, 2 * (size_t)s->channels);
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
    free(e->x2);
    free(e->dx2);
    free(e->running);
    free(e->statistics);
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
                            const double *dparameters, const double *dx2)
{
    if (s->second) {
        check_close("dx2", results[3], dx2, (size_t)s->c->count * (size_t)s->second, 0.1);
        check_beyond(s, "dx2", results[3], s->second);
    }
    if (s->want_dx) {
        check_close("dx", results[0], dx, (size_t)s->c->count * (size_t)s->in, 0.1);
        check_beyond(s, "dx", results[0], s->in);
    }
    if (s->want_dw)
        check_close("dw", results[1], dparameters, s->weights, 0.1);
    if (s->want_db)
        check_close("db", results[2], dparameters + s->weights, s->biases, 0.1);
}

static void check_backward(struct setup *s, const double *dx, const double *dparameters, const double *dx2)
{
    const size_t sizes[] = {s->want_dx ? (size_t)s->c->most * (size_t)s->in : 0, s->want_dw ? s->weights : 0,
                            s->want_db ? s->biases : 0, (size_t)s->c->most * (size_t)s->second};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_backward, s, sizes, 4, results);
    check_gradients(s, results, dx, dparameters, dx2);
}

/* Left ready for the next kernel: no block is counted as arrived. */
static void check_scratch(const struct setup *s)
{
    static const float none[512];
    if (scratch_count(s) > 0)
        assert_memory_equal(s->scratch, none, sizeof none);
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
    if (c->differentiate && e.kink > 1e-3 && !s.second) {
        differentiate(&e, &s, e.x, in, e.dx);
        differentiate(&e, &s, e.parameters, s.weights + s.biases, e.dparameters);
        check_backward(&s, e.dx, e.dparameters, e.dx2);
        for (size_t i = 0; i < in; i++)
            e.dx[i] = 0.0;
        for (size_t i = 0; i < s.weights + s.biases; i++)
            e.dparameters[i] = 0.0;
    }
    reference_runs(&e, &s, e.y); /* of x itself again, with all that it leaves for the way back */
    for (size_t i = 0; i < out; i++)
        e.y[i] = (double)s.y[i];
    const struct op_call call = call_of(&e, &s);
    reference_backward(&call);
    check_backward(&s, e.dx, e.dparameters, e.dx2);
    if (s.weights > 0 && !c->brief) {
        /* Each alone, as the first layer and callers with other means for the rest ask for it. */
        s.want_dx = false;
        check_backward(&s, e.dx, e.dparameters, e.dx2);
        s.want_db = false;
        check_backward(&s, e.dx, e.dparameters, e.dx2);
        s.want_db = s.biases > 0;
        s.want_dw = false;
        if (s.want_db)
            check_backward(&s, e.dx, e.dparameters, e.dx2);
        s.want_dx = true;
        s.want_db = false;
        check_backward(&s, e.dx, e.dparameters, e.dx2);
    }
    expected_deinit(&e);
    check_scratch(&s);
    memory_free_all();
}
