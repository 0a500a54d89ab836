/* Dense layers: small matrix products straight on groups of lanes. A tile of the result stays in
 * registers while the sum runs. */
#include <string.h>

#include "compute/cpu/kernels_private.h"

#if LS_WIDE_TILES
enum { ROWS = 12, GRADIENT_ROWS = 6, GRADIENT_VECTORS = 4 };
#else
enum { ROWS = 6, GRADIENT_ROWS = 4, GRADIENT_VECTORS = 3 };
#endif

/* `rows` × `groups` results from row `row`: result[row] = bias[row] + Σ_k weight[row · row_step + k · k_step]
 * x[k]. */
LS_INLINE void product_tile(const float *weight, size_t row_step, size_t k_step, int depth, const float *bias,
                            bool relu, const float *x, float *y, size_t y_stride, const int rows,
                            const int groups)
{
    vec sum[12][2];
    for (int r = 0; r < rows; r++)
        for (int g = 0; g < groups; g++)
            sum[r][g] = bias ? vec_all(bias[r]) : (vec){0};
    const size_t x_stride = (size_t)depth * LANES;
    for (int k = 0; k < depth; k++) {
        vec value[2];
        for (int g = 0; g < groups; g++)
            value[g] = vec_load(x + (size_t)g * x_stride);
        for (int r = 0; r < rows; r++) {
            const vec w = vec_all(weight[(size_t)r * row_step]);
            for (int g = 0; g < groups; g++)
                sum[r][g] = vec_fma(w, value[g], sum[r][g]);
        }
        weight += k_step;
        x += LANES;
    }
    for (int r = 0; r < rows; r++)
        for (int g = 0; g < groups; g++)
            vec_store(y + (size_t)g * y_stride + (size_t)r * LANES, relu ? vec_relu(sum[r][g]) : sum[r][g]);
}

/* The most rows that have a tile of their own. */
static int tile_rows(int left)
{
    if (left >= ROWS)
        return ROWS;
    return left >= 8 ? 8 : left >= 6 ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

LS_INLINE void product(const float *weight, size_t row_step, size_t k_step, int result_count, int depth,
                       const float *bias, bool relu, const float *x, float *y, const int groups)
{
    const size_t y_stride = (size_t)result_count * LANES;
    int rows;
    for (int row = 0; row < result_count; row += rows) {
        rows = tile_rows(result_count - row);
        const float *w = weight + (size_t)row * row_step;
        const float *b = bias ? bias + row : NULL;
        float *out = y + (size_t)row * LANES;
        switch (rows) {
        case ROWS:
            product_tile(w, row_step, k_step, depth, b, relu, x, out, y_stride, ROWS, groups);
            break;
#if LS_WIDE_TILES
        case 8:
            product_tile(w, row_step, k_step, depth, b, relu, x, out, y_stride, 8, groups);
            break;
        case 6:
            product_tile(w, row_step, k_step, depth, b, relu, x, out, y_stride, 6, groups);
            break;
#endif
        case 4:
            product_tile(w, row_step, k_step, depth, b, relu, x, out, y_stride, 4, groups);
            break;
        case 2:
            product_tile(w, row_step, k_step, depth, b, relu, x, out, y_stride, 2, groups);
            break;
        default:
            product_tile(w, row_step, k_step, depth, b, relu, x, out, y_stride, 1, groups);
            break;
        }
    }
}

void LS_KERNEL(dense_forward)(const struct dense_shape *shape, const float *weight, const float *bias,
                              bool relu, const float *x, float *y, int groups)
{
    const size_t inputs = (size_t)shape->inputs;
    const size_t x_stride = inputs * LANES, y_stride = (size_t)shape->outputs * LANES;
    int g = 0;
    for (; g + 2 <= groups; g += 2)
        product(weight, inputs, 1, shape->outputs, shape->inputs, bias, relu, x + (size_t)g * x_stride,
                y + (size_t)g * y_stride, 2);
    if (g < groups)
        product(weight, inputs, 1, shape->outputs, shape->inputs, bias, relu, x + (size_t)g * x_stride,
                y + (size_t)g * y_stride, 1);
}

void LS_KERNEL(dense_input_gradient)(const struct dense_shape *shape, const float *weight, const float *dz,
                                     float *dx, int groups)
{
    const size_t inputs = (size_t)shape->inputs;
    const size_t x_stride = inputs * LANES, z_stride = (size_t)shape->outputs * LANES;
    int g = 0;
    for (; g + 2 <= groups; g += 2)
        product(weight, 1, inputs, shape->inputs, shape->outputs, NULL, false, dz + (size_t)g * z_stride,
                dx + (size_t)g * x_stride, 2);
    if (g < groups)
        product(weight, 1, inputs, shape->inputs, shape->outputs, NULL, false, dz + (size_t)g * z_stride,
                dx + (size_t)g * x_stride, 1);
}

/* dW[first …][column …]: `rows` × `vectors` vectors along the inputs. */
LS_INLINE void gradient_tile(const struct dense_shape *shape, const float *dz, const float *x_rows,
                             size_t row_stride, int samples, int first, size_t column, float *dweight,
                             const int rows, const int vectors)
{
    vec sum[6][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = (vec){0};
    const float *x = x_rows + column;
    for (int group = 0; group < samples; group += LANES) {
        const float *d = dz + (size_t)group * (size_t)shape->outputs + (size_t)first * LANES;
        const int used = samples - group < LANES ? samples - group : LANES;
        for (int n = 0; n < used; n++) {
            vec value[4];
            for (int v = 0; v < vectors; v++)
                value[v] = vec_load(x + v * LANES);
            for (int r = 0; r < rows; r++) {
                const vec w = vec_all(d[r * LANES + n]);
                for (int v = 0; v < vectors; v++)
                    sum[r][v] = vec_fma(w, value[v], sum[r][v]);
            }
            x += row_stride;
        }
    }
    const size_t inputs = (size_t)shape->inputs;
    for (int r = 0; r < rows; r++) {
        float *out = dweight + (size_t)(first + r) * inputs + column;
        for (int v = 0; v < vectors; v++) {
            const size_t begin = column + (size_t)v * LANES;
            if (begin + LANES <= inputs)
                vec_store_unaligned(out + v * LANES, sum[r][v]);
            else
                memcpy(out + v * LANES, &sum[r][v], (inputs - begin) * sizeof *out);
        }
    }
}

void LS_KERNEL(dense_weight_gradient)(const struct dense_shape *shape, const float *dz, const float *x_rows,
                                      size_t row_stride, int samples, int first, int last, float *dweight,
                                      float *dbias)
{
    const int vector_count = (shape->inputs + LANES - 1) / LANES;
    int vectors, rows;
    for (int column = 0; column < vector_count; column += vectors) {
        const int left = vector_count - column;
        const int tiles = (left + GRADIENT_VECTORS - 1) / GRADIENT_VECTORS;
        vectors = left / tiles;
        for (int row = first; row < last; row += rows) {
            const int rows_left = last - row;
            const int row_tiles = (rows_left + GRADIENT_ROWS - 1) / GRADIENT_ROWS;
            rows = rows_left / row_tiles;
            const size_t begin = (size_t)column * LANES;
#define TILE(R, V)                                                                                           \
    case (R)*8 + (V):                                                                                        \
        gradient_tile(shape, dz, x_rows, row_stride, samples, row, begin, dweight, R, V);                    \
        break;
#if LS_WIDE_TILES
#define TILES(R) TILE(R, 1) TILE(R, 2) TILE(R, 3) TILE(R, 4)
#else
#define TILES(R) TILE(R, 1) TILE(R, 2) TILE(R, 3)
#endif
            switch (rows * 8 + vectors) {
                TILES(1)
                TILES(2)
                TILES(3)
                TILES(4)
#if LS_WIDE_TILES
                TILES(5)
                TILES(6)
#endif
            }
        }
    }
    if (!dbias)
        return;
    for (int row = first; row < last; row++) {
        vec sum = {0};
        for (int group = 0; group < samples; group += LANES)
            sum += vec_load(dz + (size_t)group * (size_t)shape->outputs + (size_t)row * LANES);
        dbias[row] = vec_sum(sum);
    }
}
