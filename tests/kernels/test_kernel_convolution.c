/* The convolution kernels: all strides, paddings and windows, slices of channels and of rows. */
#include "test.h"

#include "compute/draw.h"
#include "memory.h"
#include "op_case.h"

static struct op_case convolution_case(int most, int count, struct shape in, int channels, int kernel_h,
                                       int kernel_w, int stride, int padding)
{
    struct op_case c = {.op = op_case_op(OP_CONV2D), .in = in, .most = most, .count = count, .seed = 50};
    c.op.kernel_h = kernel_h;
    c.op.kernel_w = kernel_w;
    c.op.stride_h = c.op.stride_w = stride;
    c.op.padding_h = c.op.padding_w = c.op.padding_end_h = c.op.padding_end_w = padding;
    c.out = op_case_window_out(in, channels, &c.op);
    assert_true(c.out.height > 0);
    return c;
}

static void chosen_shapes(void **state)
{
    (void)state;
    const struct op_case cases[] = {
        convolution_case(1, 1, (struct shape){1, 1, 1}, 1, 1, 1, 1, 0),
        convolution_case(3, 2, (struct shape){1, 28, 28}, 6, 5, 5, 1, 2),  /* LeNet-5's first */
        convolution_case(3, 3, (struct shape){6, 14, 14}, 16, 5, 5, 1, 0), /* and second */
        convolution_case(2, 1, (struct shape){3, 9, 40}, 9, 3, 3, 1, 1),   /* tiles side by side */
        convolution_case(2, 2, (struct shape){20, 6, 7}, 3, 3, 3, 1, 1),
        convolution_case(2, 1, (struct shape){2, 11, 13}, 8, 3, 3, 2, 1),
        convolution_case(1, 1, (struct shape){2, 12, 9}, 4, 2, 4, 3, 2),
        convolution_case(2, 2, (struct shape){1, 5, 5}, 2, 3, 3, 1,
                         3), /* padding wider than the window's rest */
        convolution_case(1, 1, (struct shape){70, 20, 20}, 3, 5, 5, 1, 2),  /* many slices of channels */
        convolution_case(1, 1, (struct shape){2, 48, 48}, 1, 41, 41, 1, 0), /* slices of a window's rows */
        convolution_case(4, 3, (struct shape){2, 12, 12}, 5, 4, 4, 1, 0), /* the bias is a tile of its own */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct op_case c = cases[i];
        c.op.activation = (enum activation)(i % ACTIVATION_GELU);
        c.op.alpha = 0.3f;
        op_case_check(&c);
    }
}

/* Batches large enough for two pixels a thread. */
static void many_samples(void **state)
{
    (void)state;
    struct op_case c = convolution_case(130, 125, (struct shape){1, 28, 28}, 2, 3, 3, 1, 0);
    c.op.activation = ACTIVATION_RELU;
    op_case_check(&c);
    c = convolution_case(260, 7, (struct shape){1, 17, 17}, 1, 5, 5, 1, 2);
    op_case_check(&c);
}

/* One more than the y and z of a grid may have: of a pixel each, under a window of one. */
static void batches_may_be_large(void **state)
{
    (void)state;
    enum { MOST = 65536 };
    const struct kernel_window window = {{1, 1, 1}, {1, 1, 1}, 1, 1, 1, 1, 0, 0, 1, 1, false};
    const struct kernel_step *step = memory_step(MOST);
    float *x = memory_draw(53, MOST, MOST, -1.0f, 1.0f), *w = memory_draw(54, 1, 1, 0.5f, 1.0f);
    float *y = memory_floats(MOST), *dx = memory_floats(MOST);
    kernel_convolution_forward(memory_stream(), step, MOST, &window, x, w, NULL, ACTIVATION_LINEAR, 0.0f, y,
                               NULL);
    kernel_convolution_backward(memory_stream(), step, MOST, &window, ACTIVATION_LINEAR, 0.0f, x, NULL, x, w,
                                dx, NULL, NULL, NULL);
    assert_null(kernel_last_error());
    for (int i = 0; i < MOST; i++)
        assert_true(y[i] == w[0] * x[i] && dx[i] == w[0] * x[i]);
    memory_free_all();
}

/* Rows of windows that do not fit into shared memory, or not beside the input under them; their last slice is
 * smaller. */
static void rows_of_windows_are_sliced(void **state)
{
    (void)state;
    static const int rows[][4] = {/* height, width, kernel's width, dilation of its columns */
                                  {1, 3000, 2501, 1},
                                  {2, 25100, 2, 25000},
                                  {1, 12900, 41, 310}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int *r = rows[i];
        struct op_case c =
            convolution_case(2, 1, (struct shape){2, r[0], r[1]}, 2, 1, r[2], 1 + (int)i % 2, 0);
        c.op.dilation_w = r[3];
        c.op.padding_w = 3;
        c.out = op_case_window_out(c.in, 2, &c.op);
        assert_true(c.out.height > 0);
        c.brief = true;
        op_case_check(&c);
    }
}

/* Enough out channels and taps for the two larger tiles of the product that makes the weights' gradient. */
static void many_weights(void **state)
{
    (void)state;
    struct op_case c = convolution_case(1, 1, (struct shape){50, 5, 5}, 600, 5, 4, 1, 0);
    c.brief = true;
    op_case_check(&c);
    c = convolution_case(1, 1, (struct shape){100, 4, 4}, 1030, 4, 4, 1, 0);
    c.brief = true;
    op_case_check(&c);
}

static void random_shapes(void **state)
{
    (void)state;
    struct draw draw = {.seed = 51};
    for (int i = 0; i < 36; i++) {
        struct op_case c = {.op = op_case_op(OP_CONV2D), .seed = 52};
        c.op.activation = (enum activation)(i % ACTIVATION_GELU);
        c.op.alpha = 0.7f;
        c.seed += (uint64_t)i;
        do {
            c.in.channels = draw_int(&draw, 1, 10);
            c.in.height = draw_int(&draw, 1, 14);
            c.in.width = draw_int(&draw, 1, 14);
            c.op.kernel_h = draw_int(&draw, 1, 5);
            c.op.kernel_w = draw_int(&draw, 1, 6);
            c.op.stride_h = draw_int(&draw, 1, 3);
            c.op.stride_w = draw_int(&draw, 1, 4);
            c.op.padding_h = draw_int(&draw, 0, 2);
            c.op.padding_w = draw_int(&draw, 0, 3);
            c.op.padding_end_h = draw_int(&draw, 0, 2);
            c.op.padding_end_w = draw_int(&draw, 0, 3);
            c.op.dilation_h = i % 2 ? draw_int(&draw, 1, 3) : 1;
            c.op.dilation_w = i % 2 ? draw_int(&draw, 1, 4) : 1;
            c.op.has_bias = draw_int(&draw, 0, 2) > 0;
            c.out = op_case_window_out(c.in, draw_int(&draw, 1, 19), &c.op);
        } while (c.out.height == 0);
        c.most = draw_int(&draw, 1, 4);
        c.count = draw_int(&draw, 1, c.most);
        op_case_check(&c);
    }
}

/* Windows far wider than their taps: tiles shrink, and rows go to shared memory in slices. */
static void dilated_windows(void **state)
{
    (void)state;
    static const int rows[][5] = {/* size, kernel, dilation h and w, padding */
                                  {20, 3, 2, 2, 2},   {20, 3, 1, 5, 4}, {64, 5, 12, 3, 1},
                                  {90, 3, 40, 40, 8}, {70, 5, 2, 1, 4}, {33, 4, 5, 6, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int *r = rows[i];
        struct op_case c =
            convolution_case(2, 2, (struct shape){3, r[0], r[0] + 3}, 9, r[1], r[1], 1 + (int)i % 2, r[4]);
        c.op.dilation_h = r[2];
        c.op.dilation_w = r[3];
        c.op.padding_end_w = r[4] + 1;
        c.out = op_case_window_out(c.in, 9, &c.op);
        assert_true(c.out.height > 0);
        c.brief = true;
        op_case_check(&c);
    }
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    for (int i = 0; i < (int)ACTIVATION_GELU; i++) {
        struct op_case c = convolution_case(2, 2, (struct shape){2, 6, 4}, 2, 3, 2, 1 + i % 2, i / 2);
        c.op.activation = (enum activation)i;
        c.op.alpha = 0.6f;
        c.op.dilation_h = 1 + i % 2;
        c.op.padding_end_w = 1 + i / 2;
        c.out = op_case_window_out(c.in, c.out.channels, &c.op);
        assert_true(c.out.height > 0);
        c.differentiate = true;
        op_case_check(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chosen_shapes),
                                       cmocka_unit_test(many_samples),
                                       cmocka_unit_test(many_weights),
                                       cmocka_unit_test(batches_may_be_large),
                                       cmocka_unit_test(rows_of_windows_are_sliced),
                                       cmocka_unit_test(random_shapes),
                                       cmocka_unit_test(dilated_windows),
                                       cmocka_unit_test(gradients_are_slopes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
