/* The pooling kernels: overlapping, gapped and padded windows; ties and NaN. */
#include "test.h"

#include <math.h>

#include "compute/draw.h"
#include "memory.h"
#include "op_case.h"

static void random_windows(void **state)
{
    (void)state;
    struct draw draw = {.seed = 60};
    for (int i = 0; i < 60; i++) {
        struct op_case c = {.op = op_case_op(i % 2 ? OP_MAX_POOL2D : OP_AVERAGE_POOL2D), .seed = 61};
        c.op.counts_padding = i % 4 == 0;
        c.seed += (uint64_t)i;
        do {
            c.in.channels = draw_int(&draw, 1, 9);
            c.in.height = draw_int(&draw, 1, 12);
            c.in.width = draw_int(&draw, 1, 12);
            c.op.kernel_h = draw_int(&draw, 1, 5);
            c.op.kernel_w = draw_int(&draw, 1, 5);
            c.op.stride_h = draw_int(&draw, 1, 4);
            c.op.stride_w = draw_int(&draw, 1, 6);
            c.op.padding_h = draw_int(&draw, 0, c.op.kernel_h - 1);
            c.op.padding_w = draw_int(&draw, 0, c.op.kernel_w - 1);
            c.op.padding_end_h = draw_int(&draw, 0, c.op.kernel_h - 1);
            c.op.padding_end_w = draw_int(&draw, 0, c.op.kernel_w - 1);
            c.out = op_case_window_out(c.in, c.in.channels, &c.op);
        } while (c.out.height == 0);
        c.most = draw_int(&draw, 1, 5);
        c.count = draw_int(&draw, 1, c.most);
        c.differentiate = shape_count(c.in) < 60;
        op_case_check(&c);
    }
}

struct maximum {
    struct kernel_window window;
    const float *x, *dy;
};

static void run_maximum(const void *context, float *const *outputs)
{
    const struct maximum *m = context;
    struct kernel_step *step = memory_step(1);
    kernel_max_pool_forward(memory_stream(), step, 1, &m->window, m->x, outputs[0]);
    kernel_max_pool_backward(memory_stream(), step, 1, &m->window, m->x, m->dy, outputs[1]);
}

/* One 3×3 window over the whole image. */
static void check_maximum(const float *image, int first)
{
    struct maximum m = {.window = {{1, 3, 3}, {1, 1, 1}, 3, 3, 1, 1, 0, 0}};
    float *x = memory_floats(9), *dy = memory_floats(1), *results[RUN_MOST_OUTPUTS];
    for (int i = 0; i < 9; i++)
        x[i] = image[i];
    dy[0] = 2.0f;
    m.x = x;
    m.dy = dy;
    const size_t sizes[] = {1, 9};
    run_in_every_order(run_maximum, &m, sizes, 2, results);
    if (isnan(image[first]))
        assert_true(isnan(results[0][0]));
    else
        assert_float_equal(results[0][0], image[first], 0.0f);
    for (int i = 0; i < 9; i++)
        assert_float_equal(results[1][i], i == first ? 2.0f : 0.0f, 0.0f);
    memory_free_all();
}

static void the_first_maximum_wins_and_nan_is_one(void **state)
{
    (void)state;
    const float tie[9] = {0, 1, 3, 3, 2, 3, 0, 0, 3}, equal[9] = {0},
                low[9] = {-INFINITY, -INFINITY, -INFINITY};
    const float nan_late[9] = {5, 1, 3, 3, NAN, 3, NAN, 9, 3}, nan_first[9] = {NAN, 1, 3, 3, 2, 3, NAN, 9, 3};
    check_maximum(tie, 2);
    check_maximum(equal, 0);
    check_maximum(low, 3);
    check_maximum(nan_late, 4);
    check_maximum(nan_first, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_windows),
                                       cmocka_unit_test(the_first_maximum_wins_and_nan_is_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
