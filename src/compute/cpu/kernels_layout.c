/* Between samples in rows and groups of lanes: transposes of LANES × LANES blocks in registers; and the
 * zero border that convolutions read. */
#include <string.h>

#include "compute/cpu/kernels_private.h"

#if LS_WIDE_TILES
#define LOW_INDICES                                                                                          \
    {                                                                                                        \
        0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23                                               \
    }
#define HIGH_INDICES                                                                                         \
    {                                                                                                        \
        8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31                                         \
    }
#elif defined(LS_ISA_AVX2)
#define LOW_INDICES                                                                                          \
    {                                                                                                        \
        0, 8, 1, 9, 2, 10, 3, 11                                                                             \
    }
#define HIGH_INDICES                                                                                         \
    {                                                                                                        \
        4, 12, 5, 13, 6, 14, 7, 15                                                                           \
    }
#else
#define LOW_INDICES                                                                                          \
    {                                                                                                        \
        0, 4, 1, 5                                                                                           \
    }
#define HIGH_INDICES                                                                                         \
    {                                                                                                        \
        2, 6, 3, 7                                                                                           \
    }
#endif

static inline vec interleave(vec a, vec b, int_vec indices)
{
#if defined(__clang__)
    vec v;
    for (int i = 0; i < LANES; i++)
        v[i] = indices[i] < LANES ? a[indices[i]] : b[indices[i] - LANES];
    return v;
#else
    return __builtin_shuffle(a, b, indices);
#endif
}

/* log2(LANES) rounds of a perfect shuffle transpose the block. */
static inline void transpose(vec block[LANES])
{
    const int_vec low = LOW_INDICES, high = HIGH_INDICES;
    for (int round = 1; round < LANES; round *= 2) {
        vec next[LANES];
        for (int i = 0; i < LANES / 2; i++) {
            next[2 * i] = interleave(block[i], block[i + LANES / 2], low);
            next[2 * i + 1] = interleave(block[i], block[i + LANES / 2], high);
        }
        memcpy(block, next, sizeof next);
    }
}

void LS_KERNEL(rows_to_lanes)(float *lanes, const float *rows, size_t row_stride, size_t count)
{
    for (size_t first = 0; first < count; first += LANES) {
        vec block[LANES];
        for (int n = 0; n < LANES; n++)
            block[n] = vec_load(rows + (size_t)n * row_stride + first);
        transpose(block);
        const size_t left = count - first;
        for (size_t i = 0; i < LANES && i < left; i++)
            vec_store(lanes + (first + i) * LANES, block[i]);
    }
}

void LS_KERNEL(lanes_to_rows)(float *rows, size_t row_stride, const float *lanes, size_t count)
{
    for (size_t first = 0; first < count; first += LANES) {
        vec block[LANES];
        const size_t left = count - first;
        for (size_t i = 0; i < LANES; i++)
            block[i] = i < left ? vec_load(lanes + (first + i) * LANES) : (vec){0};
        transpose(block);
        for (int n = 0; n < LANES; n++)
            vec_store(rows + (size_t)n * row_stride + first, block[n]);
    }
}

void LS_KERNEL(bytes_to_row)(float *row, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        row[i] = (float)bytes[i] * (1.0f / 255.0f);
}

void LS_KERNEL(pad)(float *padded, const float *x, const struct border *border)
{
    const size_t row = (size_t)border->width * LANES;
    const size_t left = (size_t)border->left * LANES, right = (size_t)border->right * LANES;
    const size_t padded_row = left + row + right;
    const size_t above = (size_t)border->top * padded_row, below = (size_t)border->bottom * padded_row;
    for (int c = 0; c < border->channels; c++) {
        memset(padded, 0, above * sizeof *padded);
        padded += above;
        for (int y = 0; y < border->height; y++, padded += padded_row, x += row) {
            memset(padded, 0, left * sizeof *padded);
            memcpy(padded + left, x, row * sizeof *padded);
            memset(padded + left + row, 0, right * sizeof *padded);
        }
        memset(padded, 0, below * sizeof *padded);
        padded += below;
    }
}

void LS_KERNEL(crop)(float *x, const float *padded, const struct border *border)
{
    const size_t row = (size_t)border->width * LANES;
    const size_t padded_row = row + (size_t)(border->left + border->right) * LANES;
    padded += (size_t)border->left * LANES;
    for (int c = 0; c < border->channels; c++) {
        padded += (size_t)border->top * padded_row;
        for (int y = 0; y < border->height; y++, padded += padded_row, x += row)
            memcpy(x, padded, row * sizeof *x);
        padded += (size_t)border->bottom * padded_row;
    }
}
