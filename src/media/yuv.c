/* Colour conversion in fixed point, in loops that compilers vectorise. */
#include "media/yuv.h"

/* Coefficients times 2¹⁶. Luma: 219/255 × (0.2126, 0.7152, 0.0722); chroma: 224/255 × ½ / (1 − K) × …,
 * each row made to sum to 0 so that grey has no colour. */
enum {
    Y_R = 11966,
    Y_G = 40254,
    Y_B = 4064,
    CB_R = -6596,
    CB_G = -22188,
    CB_B = 28784,
    CR_R = 28784,
    CR_G = -26145,
    CR_B = -2639,
    HALF = 1 << 15
};

static void luma_row(const uint8_t *rgba, int width, uint8_t *out)
{
    for (int x = 0; x < width; x++) {
        const int r = rgba[4 * x], g = rgba[4 * x + 1], b = rgba[4 * x + 2];
        out[x] = (uint8_t)(16 + ((Y_R * r + Y_G * g + Y_B * b + HALF) >> 16));
    }
}

static void chroma_row(const uint8_t *top, const uint8_t *bottom, int width, uint8_t *cb, uint8_t *cr)
{
    for (int x = 0; x < width / 2; x++) {
        int sum[3];
        for (int c = 0; c < 3; c++)
            sum[c] = top[8 * x + c] + top[8 * x + 4 + c] + bottom[8 * x + c] + bottom[8 * x + 4 + c];
        /* The sums are four times the mean: two more bits to shift. */
        cb[x] = (uint8_t)(128 + ((CB_R * sum[0] + CB_G * sum[1] + CB_B * sum[2] + 4 * HALF) >> 18));
        cr[x] = (uint8_t)(128 + ((CR_R * sum[0] + CR_G * sum[1] + CR_B * sum[2] + 4 * HALF) >> 18));
    }
}

void yuv_from_rgba(const uint8_t *rgba, ptrdiff_t rgba_stride, int width, int height, uint8_t *luma,
                   int luma_stride, uint8_t *cb, int cb_stride, uint8_t *cr, int cr_stride)
{
    for (int y = 0; y < height; y += 2) {
        const uint8_t *top = rgba + y * rgba_stride, *bottom = top + rgba_stride;
        luma_row(top, width, luma + (ptrdiff_t)y * luma_stride);
        luma_row(bottom, width, luma + (ptrdiff_t)(y + 1) * luma_stride);
        chroma_row(top, bottom, width, cb + (ptrdiff_t)(y / 2) * cb_stride,
                   cr + (ptrdiff_t)(y / 2) * cr_stride);
    }
}
