/* Penalties, clipping, noise: one plain pass each. */
#include "compute/reference/reference_adjust.h"

#include <math.h>
#include <string.h>

#include "compute/op_math.h"

static void add_penalties(const struct program *program, const double *w, double *g)
{
    for (int k = 0; k < program->penalty_count; k++) {
        const struct penalty *penalty = &program->penalties[k];
        for (size_t i = penalty->offset; i < penalty->offset + penalty->count; i++)
            g[i] = op_penalised_f64(g[i], w[i], penalty);
    }
}

static double norm(const double *g, size_t count)
{
    double squares = 0.0;
    for (size_t i = 0; i < count; i++)
        squares += g[i] * g[i];
    return sqrt(squares);
}

const double *reference_adjust(const struct compute *compute, const struct optimizer *optimizer,
                               const struct compute_update *update, const double *parameters,
                               const double *gradient, double *adjusted)
{
    const struct program *program = &compute->program;
    const size_t count = program->parameter_count;
    if (!op_adjusts(optimizer, program->penalty_count))
        return gradient;
    memcpy(adjusted, gradient, count * sizeof *adjusted);
    add_penalties(program, parameters, adjusted);
    for (size_t i = 0; i < count && optimizer->clip_value > 0.0f; i++)
        adjusted[i] = op_clipped_f64(adjusted[i], (double)optimizer->clip_value);
    const double clip_norm = (double)optimizer->clip_norm;
    const double scale = clip_norm > 0.0 ? op_clip_scale(norm(adjusted, count), clip_norm) : 1.0;
    const double deviation = op_noise_deviation(optimizer, update->step);
    const struct compute_schedule *schedule = &compute->schedule;
    for (size_t i = 0; i < count; i++) {
        adjusted[i] *= scale;
        if (deviation > 0.0)
            adjusted[i] += deviation * op_normal_f64(schedule->seed, schedule->step, i);
    }
    return adjusted;
}
