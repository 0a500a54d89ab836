/* Batch and layer norm on groups of lanes. Means come first and squares are of distances from them: sums of
 * squares alone would cancel where the mean is large. */
#include <math.h>

#include "compute/cpu/kernels_private.h"

/* The lanes in use, as numbers to compare with 0. */
static vec lanes_in_use(int samples)
{
    float used[LANES];
    for (int n = 0; n < LANES; n++)
        used[n] = n < samples ? 1.0f : 0.0f;
    return vec_load_unaligned(used);
}

static double sum_in_use(vec sum, int samples)
{
    float lanes[LANES];
    double total = 0.0;
    vec_store_unaligned(lanes, sum);
    for (int n = 0; n < samples; n++)
        total += (double)lanes[n];
    return total;
}

enum { CHAINS = 4 }; /* of sums that do not wait for each other */

/* Sums of d = x − shift and of d². */
LS_INLINE void plane_sums(const float *x, size_t places, vec shift, vec *sum, vec *squares)
{
    vec sums[CHAINS] = {{0}}, more[CHAINS] = {{0}};
    size_t i = 0;
    for (; i + CHAINS <= places; i += CHAINS)
        for (int c = 0; c < CHAINS; c++) {
            const vec d = vec_load(x + (i + (size_t)c) * LANES) - shift;
            sums[c] += d;
            more[c] = vec_fma(d, d, more[c]);
        }
    for (; i < places; i++) {
        const vec d = vec_load(x + i * LANES) - shift;
        sums[0] += d;
        more[0] = vec_fma(d, d, more[0]);
    }
    *sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    *squares = (more[0] + more[1]) + (more[2] + more[3]);
}

void LS_KERNEL(batch_norm_moments)(const struct norm_shape *shape, int samples, const float *x,
                                   struct norm_moments *moments)
{
    const double count = (double)shape->places * (double)samples;
    for (size_t c = 0; c < shape->channels; c++, x += shape->places * LANES) {
        vec sum, squares;
        plane_sums(x, shape->places, (vec){0}, &sum, &squares);
        const float shift = (float)(sum_in_use(sum, samples) / count);
        plane_sums(x, shape->places, vec_all(shift), &sum, &squares);
        const double off = sum_in_use(sum, samples) / count;
        moments[c].mean = (double)shift + off;
        moments[c].squares = sum_in_use(squares, samples) - off * off * count;
    }
}

void LS_KERNEL(batch_norm)(const struct norm_shape *shape, const struct channel_norm *norms,
                           const float *weight, const float *bias, const float *x, float *y)
{
    for (size_t c = 0; c < shape->channels; c++) {
        const vec mean = vec_all(norms[c].mean), offset = vec_all(bias ? bias[c] : 0.0f);
        const vec factor = vec_all(weight ? weight[c] * norms[c].inverse : norms[c].inverse);
        for (size_t i = 0; i < shape->places; i++, x += LANES, y += LANES)
            vec_store(y, vec_fma(vec_load(x) - mean, factor, offset));
    }
}

void LS_KERNEL(batch_norm_sums)(const struct norm_shape *shape, const struct channel_norm *norms,
                                const float *x, const float *dy, struct norm_sums *sums)
{
    for (size_t c = 0; c < shape->channels; c++) {
        const vec mean = vec_all(norms[c].mean);
        vec slopes[CHAINS] = {{0}}, products[CHAINS] = {{0}};
        size_t left = shape->places;
        for (; left >= CHAINS; left -= CHAINS, x += (size_t)CHAINS * LANES, dy += (size_t)CHAINS * LANES)
            for (int t = 0; t < CHAINS; t++) {
                const vec slope = vec_load(dy + t * LANES);
                slopes[t] += slope;
                products[t] = vec_fma(slope, vec_load(x + t * LANES) - mean, products[t]);
            }
        for (; left > 0; left--, x += LANES, dy += LANES) {
            const vec slope = vec_load(dy);
            slopes[0] += slope;
            products[0] = vec_fma(slope, vec_load(x) - mean, products[0]);
        }
        const vec slope_sum = (slopes[0] + slopes[1]) + (slopes[2] + slopes[3]);
        const vec product_sum = (products[0] + products[1]) + (products[2] + products[3]);
        sums[c].slopes = (double)vec_sum(slope_sum);
        sums[c].products = (double)vec_sum(product_sum) * (double)norms[c].inverse;
    }
}

LS_INLINE void batch_gradient(const struct norm_shape *shape, const struct channel_norm *norms,
                              const float *weight, const float *x, const float *dy, float *dx, vec_mask used,
                              const bool full)
{
    for (size_t c = 0; c < shape->channels; c++) {
        const struct channel_norm norm = norms[c];
        const vec factor = vec_all(weight ? weight[c] * norm.inverse : norm.inverse);
        const vec mean = vec_all(norm.mean), mean_slope = vec_all(norm.mean_slope);
        const vec by_distance = vec_all(-norm.inverse * norm.mean_product);
        for (size_t i = 0; i < shape->places; i++, x += LANES, dy += LANES, dx += LANES) {
            const vec distance = vec_load(x) - mean;
            const vec slope = factor * vec_fma(distance, by_distance, vec_load(dy) - mean_slope);
            vec_store(dx, full ? slope : vec_where(used, slope));
        }
    }
}

void LS_KERNEL(batch_norm_gradient)(const struct norm_shape *shape, const struct channel_norm *norms,
                                    const float *weight, int samples, const float *x, const float *dy,
                                    float *dx)
{
    const vec_mask used = vec_greater(lanes_in_use(samples), (vec){0});
    if (samples == LANES)
        batch_gradient(shape, norms, weight, x, dy, dx, used, true);
    else
        batch_gradient(shape, norms, weight, x, dy, dx, used, false);
}

/* ---- layer norm ----
 * `columns` neighbouring places are worked on together; a value's distance from the next one of its place is
 * shape->places. */
enum { COLUMNS = 4 };

LS_INLINE void normalise(const struct norm_shape *s, float epsilon, const float *weight, const float *bias,
                         const float *x, float *y, float *means, float *inverses, const int columns)
{
    const size_t step = s->places * LANES;
    const float share = 1.0f / (float)s->channels;
    vec mean[COLUMNS] = {{0}}, off[COLUMNS] = {{0}}, squares[COLUMNS] = {{0}}, inverse[COLUMNS];
    for (size_t c = 0; c < s->channels; c++)
        for (int p = 0; p < columns; p++)
            mean[p] += vec_load(x + c * step + p * LANES);
    for (int p = 0; p < columns; p++)
        mean[p] *= share;
    for (size_t c = 0; c < s->channels; c++)
        for (int p = 0; p < columns; p++) {
            const vec d = vec_load(x + c * step + p * LANES) - mean[p];
            off[p] += d;
            squares[p] = vec_fma(d, d, squares[p]);
        }
    for (int p = 0; p < columns; p++) {
        const vec further = off[p] * share;
        float lanes[LANES];
        vec_store_unaligned(lanes, squares[p] * share - further * further);
        for (int n = 0; n < LANES; n++)
            lanes[n] = 1.0f / sqrtf(lanes[n] + epsilon);
        inverse[p] = vec_load_unaligned(lanes);
        mean[p] += further;
        vec_store(means + p * LANES, mean[p]);
        vec_store(inverses + p * LANES, inverse[p]);
    }
    for (size_t c = 0; c < s->channels; c++) {
        const vec factor = vec_all(weight ? weight[c] : 1.0f), offset = vec_all(bias ? bias[c] : 0.0f);
        for (int p = 0; p < columns; p++) {
            const vec normal = (vec_load(x + c * step + p * LANES) - mean[p]) * inverse[p];
            vec_store(y + c * step + p * LANES, vec_fma(normal, factor, offset));
        }
    }
}

void LS_KERNEL(layer_norm)(const struct norm_shape *shape, float epsilon, const float *weight,
                           const float *bias, const float *x, float *y, float *statistics)
{
    float *means = statistics, *inverses = statistics + shape->places * LANES;
    size_t p = 0;
    for (; p + COLUMNS <= shape->places; p += COLUMNS)
        normalise(shape, epsilon, weight, bias, x + p * LANES, y + p * LANES, means + p * LANES,
                  inverses + p * LANES, COLUMNS);
    for (; p < shape->places; p++)
        normalise(shape, epsilon, weight, bias, x + p * LANES, y + p * LANES, means + p * LANES,
                  inverses + p * LANES, 1);
}

LS_INLINE void through_norm(const struct norm_shape *s, const float *weight, const float *means,
                            const float *inverses, const float *x, const float *dy, float *dx,
                            const int columns)
{
    const size_t step = s->places * LANES;
    const float share = 1.0f / (float)s->channels;
    vec mean[COLUMNS], inverse[COLUMNS], slopes[COLUMNS] = {{0}}, products[COLUMNS] = {{0}};
    for (int p = 0; p < columns; p++) {
        mean[p] = vec_load(means + p * LANES);
        inverse[p] = vec_load(inverses + p * LANES);
    }
    for (size_t c = 0; c < s->channels; c++) {
        const vec factor = vec_all(weight ? weight[c] : 1.0f);
        for (int p = 0; p < columns; p++) {
            const vec slope = factor * vec_load(dy + c * step + p * LANES);
            slopes[p] += slope;
            products[p] = vec_fma(slope, vec_load(x + c * step + p * LANES) - mean[p], products[p]);
        }
    }
    for (int p = 0; p < columns; p++) {
        slopes[p] *= share;
        products[p] *= share * inverse[p] * inverse[p];
    }
    for (size_t c = 0; c < s->channels; c++) {
        const vec factor = vec_all(weight ? weight[c] : 1.0f);
        for (int p = 0; p < columns; p++) {
            const vec slope = factor * vec_load(dy + c * step + p * LANES) - slopes[p];
            const vec distance = vec_load(x + c * step + p * LANES) - mean[p];
            vec_store(dx + c * step + p * LANES, (slope - distance * products[p]) * inverse[p]);
        }
    }
}

void LS_KERNEL(layer_norm_gradient)(const struct norm_shape *shape, const float *weight,
                                    const float *statistics, const float *x, const float *dy, float *dx)
{
    const float *means = statistics, *inverses = statistics + shape->places * LANES;
    size_t p = 0;
    for (; p + COLUMNS <= shape->places; p += COLUMNS)
        through_norm(shape, weight, means + p * LANES, inverses + p * LANES, x + p * LANES, dy + p * LANES,
                     dx + p * LANES, COLUMNS);
    for (; p < shape->places; p++)
        through_norm(shape, weight, means + p * LANES, inverses + p * LANES, x + p * LANES, dy + p * LANES,
                     dx + p * LANES, 1);
}

void LS_KERNEL(layer_norm_parameters)(const struct norm_shape *shape, const float *statistics, const float *x,
                                      const float *dy, float *dweight, float *dbias)
{
    const float *means = statistics, *inverses = statistics + shape->places * LANES;
    for (size_t c = 0; c < shape->channels; c++) {
        vec slopes = {0}, products = {0};
        for (size_t p = 0; p < shape->places; p++, x += LANES, dy += LANES) {
            const vec slope = vec_load(dy);
            const vec normal = (vec_load(x) - vec_load(means + p * LANES)) * vec_load(inverses + p * LANES);
            slopes += slope;
            products = vec_fma(slope, normal, products);
        }
        if (dweight)
            dweight[c] += vec_sum(products);
        if (dbias)
            dbias[c] += vec_sum(slopes);
    }
}
