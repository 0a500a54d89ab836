/* Batch norm and layer norm. Both scale groups of values by the group's mean and variance and differ only in
 * which values make a group: those of a channel in the whole batch, of a sample, or of a place of a sample.
 */
#include <math.h>

#include "compute/reference/reference_private.h"

struct groups {
    size_t count;    /* groups */
    size_t size;     /* values of each */
    size_t channels; /* of the input */
    size_t places;   /* rows times columns */
    bool batch_norm, over_channels;
};

static struct groups groups_of(const struct op *op, struct shape in, int batch)
{
    struct groups g = {.channels = (size_t)in.channels,
                       .places = (size_t)in.height * (size_t)in.width,
                       .batch_norm = op->kind == OP_BATCH_NORM,
                       .over_channels = op->over_channels};
    const size_t all = (size_t)batch * shape_count(in);
    g.count = g.batch_norm ? g.channels : g.over_channels ? (size_t)batch * g.places : (size_t)batch;
    g.size = all / g.count;
    return g;
}

/* Where value `i` of a group stands in x. */
static size_t value_at(const struct groups *g, size_t group, size_t i)
{
    if (g->batch_norm)
        return (i / g->places * g->channels + group) * g->places + i % g->places;
    if (g->over_channels)
        return (group / g->places * g->channels + i) * g->places + group % g->places;
    return group * g->size + i;
}

/* Which γ and β it has. */
static size_t scale_at(const struct groups *g, size_t group, size_t i) { return g->batch_norm ? group : i; }

struct moments {
    double mean, variance;
};

static struct moments measure(const struct op_call *call, const struct groups *g, size_t group)
{
    struct moments m = {0.0, 0.0};
    for (size_t i = 0; i < g->size; i++)
        m.mean += call->x[value_at(g, group, i)];
    m.mean /= (double)g->size;
    for (size_t i = 0; i < g->size; i++) {
        const double distance = call->x[value_at(g, group, i)] - m.mean;
        m.variance += distance * distance;
    }
    m.variance /= (double)g->size;
    return m;
}

static bool uses_running(const struct op_call *call)
{
    return call->op->kind == OP_BATCH_NORM && !call->training;
}

static struct moments moments_of(const struct op_call *call, const struct groups *g, size_t group)
{
    if (!uses_running(call))
        return measure(call, g, group);
    const double *running = call->buffers + call->op->buffer_offset;
    return (struct moments){running[group], running[g->channels + group]};
}

static double gamma_at(const struct op_call *call, size_t i)
{
    return call->op->has_weight ? call->parameters[call->op->weight_offset + i] : 1.0;
}

void reference_norm(const struct op_call *call)
{
    const struct op *op = call->op;
    const struct groups g = groups_of(op, call->in, call->batch);
    *call->gain = 0.0;
    for (size_t group = 0; group < g.count; group++) {
        const struct moments m = moments_of(call, &g, group);
        const double deviation = sqrt(m.variance + (double)op->epsilon);
        for (size_t i = 0; i < g.size; i++) {
            const size_t at = value_at(&g, group, i), scale = scale_at(&g, group, i);
            *call->gain = fmax(*call->gain, fabs(gamma_at(call, scale)) / deviation);
            const double beta = op->has_bias ? call->parameters[op->bias_offset + scale] : 0.0;
            call->y[at] = gamma_at(call, scale) * (call->x[at] - m.mean) / deviation + beta;
        }
        if (g.batch_norm && call->training) {
            call->batch_statistics[op->buffer_offset + group] = m.mean;
            call->batch_statistics[op->buffer_offset + g.channels + group] = m.variance;
        }
    }
}

/* With x̂ = (x − μ) / s and s = √(σ² + epsilon), μ and σ² being the group's own: dx = (dx̂ − mean(dx̂) − x̂ ·
 * mean(dx̂·x̂)) / s (Ioffe & Szegedy 2015, section 3). Running statistics are constants: dx = dx̂ / s. */
static void group_backward(const struct op_call *call, const struct groups *g, size_t group)
{
    const struct op *op = call->op;
    const struct moments m = moments_of(call, g, group);
    const double deviation = sqrt(m.variance + (double)op->epsilon);
    double mean = 0.0, mean_product = 0.0;
    for (size_t i = 0; i < g->size; i++) {
        const size_t at = value_at(g, group, i), scale = scale_at(g, group, i);
        const double normal = (call->x[at] - m.mean) / deviation;
        if (op->has_weight)
            call->dparameters[op->weight_offset + scale] += call->dy[at] * normal;
        if (op->has_bias)
            call->dparameters[op->bias_offset + scale] += call->dy[at];
        mean += call->dy[at] * gamma_at(call, scale) / (double)g->size;
        mean_product += call->dy[at] * gamma_at(call, scale) * normal / (double)g->size;
    }
    for (size_t i = 0; i < g->size; i++) {
        const size_t at = value_at(g, group, i);
        const double dnormal = call->dy[at] * gamma_at(call, scale_at(g, group, i));
        const double normal = (call->x[at] - m.mean) / deviation;
        const double through_moments = uses_running(call) ? 0.0 : mean + normal * mean_product;
        call->dx[at] += (dnormal - through_moments) / deviation;
    }
}

void reference_norm_backward(const struct op_call *call)
{
    const struct groups g = groups_of(call->op, call->in, call->batch);
    for (size_t group = 0; group < g.count; group++)
        group_backward(call, &g, group);
}

void reference_move_statistics(const struct op *op, struct shape in, int batch,
                               const double *batch_statistics, double *buffers)
{
    const struct groups g = groups_of(op, in, batch);
    const double n = (double)g.size, momentum = (double)op->momentum;
    for (size_t i = 0; i < 2 * g.count; i++) {
        double *running = &buffers[op->buffer_offset + i];
        const bool corrects = i >= g.count && op->unbiased && g.size > 1;
        const double measured = batch_statistics[op->buffer_offset + i] * (corrects ? n / (n - 1.0) : 1.0);
        *running += momentum * (measured - *running);
    }
}
