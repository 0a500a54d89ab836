/* The dense kernels: every tile size, split and not, odd sizes, partial batches. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "compute/draw.h"
#include "memory.h"
#include "op_case.h"
#include "shim_control.h"

static struct op_case dense_case(int most, int count, int in, int out, enum activation activation, bool bias)
{
    struct op_case c = {.op = {.kind = OP_DENSE, .activation = activation, .alpha = 0.4f, .has_bias = bias},
                        .in = {in, 1, 1},
                        .out = {out, 1, 1},
                        .most = most,
                        .count = count,
                        .seed = 40};
    return c;
}

static void sizes_around_tiles(void **state)
{
    (void)state;
    static const struct {
        int most, count, in, out;
    } rows[] = {
        {1, 1, 1, 1},      {2, 1, 3, 2},      {32, 32, 32, 32},   {33, 33, 33, 33},
        {31, 30, 31, 31},  {64, 64, 784, 32}, {64, 9, 300, 33},   {64, 64, 64, 10},
        {64, 37, 128, 64}, {7, 7, 1000, 3},   {200, 190, 32, 32},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct op_case c = dense_case(rows[i].most, rows[i].count, rows[i].in, rows[i].out,
                                      (enum activation)(i % ACTIVATION_GELU), i % 3 > 0);
        c.differentiate = rows[i].in * rows[i].out <= 6;
        op_case_check(&c);
    }
}

static void random_sizes(void **state)
{
    (void)state;
    struct draw draw = {.seed = 41};
    for (int i = 0; i < 16; i++) {
        const int most = draw_int(&draw, 1, 40), less = draw_int(&draw, 0, most - 1) / 2;
        const int in = draw_int(&draw, 1, 70), out = draw_int(&draw, 1, 70);
        struct op_case c = dense_case(most, most - less, in, out, (enum activation)(i % ACTIVATION_GELU),
                                      draw_int(&draw, 0, 1));
        c.seed += (uint64_t)i;
        op_case_check(&c);
    }
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    for (int i = 0; i < (int)ACTIVATION_GELU; i++) {
        struct op_case c = dense_case(5, 4, 6, 5, (enum activation)i, true);
        c.differentiate = true;
        op_case_check(&c);
    }
}

struct ending_case {
    int most, out;
    const struct kernel_step *step;
    const float *product, *b;
    enum activation activation;
};

static void run_ending(const void *context, float *const *outputs)
{
    const struct ending_case *c = context;
    memcpy(outputs[0], c->product, (size_t)c->most * (size_t)c->out * sizeof(float));
    kernel_dense_ending(memory_stream(), c->step, c->most, c->out, c->b, c->activation, 0.4f, outputs[0]);
}

/* A product made elsewhere and ended here has the bits of one made here; NaN stays. */
static void an_ending_is_that_of_the_product(void **state)
{
    (void)state;
    enum { MOST = 21, COUNT = 18, IN = 3, OUT = 17 };
    for (int i = 0; i < 2 * (int)ACTIVATION_GELU; i++) {
        struct ending_case c = {.most = MOST,
                                .out = OUT,
                                .step = memory_step(COUNT),
                                .b = i % 2 ? memory_draw(44, OUT, OUT, -0.5f, 0.5f) : NULL,
                                .activation = (enum activation)(i / 2)};
        float *x = memory_draw(42, COUNT * IN, MOST * IN, -1.0f, 1.0f),
              *w = memory_draw(43, OUT * IN, OUT * IN, -0.5f, 0.5f), *product = memory_floats(MOST * OUT),
              *whole = memory_floats(MOST * OUT),
              *scratch = memory_zeros(kernel_dense_scratch(MOST, IN, OUT));
        x[5] = NAN;
        kernel_dense_forward(memory_stream(), c.step, MOST, IN, OUT, x, w, NULL, ACTIVATION_LINEAR, 0.4f,
                             product, scratch);
        kernel_dense_forward(memory_stream(), c.step, MOST, IN, OUT, x, w, c.b, c.activation, 0.4f, whole,
                             scratch);
        c.product = product;
        const size_t size = MOST * OUT;
        float *ended[RUN_MOST_OUTPUTS];
        run_in_every_order(run_ending, &c, &size, 1, ended);
        assert_true(isnan(ended[0][OUT]) && isnan(whole[OUT]));
        assert_memory_equal(ended[0], whole, OUT * sizeof(float));
        assert_memory_equal(ended[0] + 2 * OUT, whole + 2 * OUT, (COUNT - 2) * OUT * sizeof(float));
        assert_memory_equal(ended[0] + COUNT * OUT, product + COUNT * OUT,
                            (MOST - COUNT) * OUT * sizeof(float));
        memory_free_all();
    }
}

/* Enough tiles for the two larger sizes, in each of the three products in turn. */
static void large_tiles(void **state)
{
    (void)state;
    static const int sizes[][3] = {{517, 11, 1030}, {11, 517, 1030}, {517, 1030, 11},
                                   {1025, 3, 1930}, {3, 1025, 1930}, {1025, 1930, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct op_case c =
            dense_case(sizes[i][0], sizes[i][0] - 3, sizes[i][1], sizes[i][2], ACTIVATION_TANH, true);
        c.brief = i > 1;
        op_case_check(&c);
    }
}

/* Four blocks share one tile and are interrupted at many places: the one that adds up must be the last to
 * have written, not only the last to have been counted. */
static void splits_wait_for_each_other(void **state)
{
    (void)state;
    enum { SIZE = 32, DEPTH = 256 };
    struct kernel_step *step = memory_step(SIZE);
    const float *x = memory_draw(42, SIZE * DEPTH, SIZE * DEPTH, -1.0f, 1.0f);
    const float *w = memory_draw(43, SIZE * DEPTH, SIZE * DEPTH, -1.0f, 1.0f);
    float *scratch = memory_zeros(kernel_dense_scratch(SIZE, DEPTH, SIZE));
    float *y = memory_floats(SIZE * SIZE), *expected = memory_floats(SIZE * SIZE);
    kernel_dense_forward(memory_stream(), step, SIZE, DEPTH, SIZE, x, w, NULL, ACTIVATION_LINEAR, 0.0f,
                         expected, scratch);
    const size_t counters = 512, partials = kernel_dense_scratch(SIZE, DEPTH, SIZE) - counters;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        shim_set_order(SHIM_SHUFFLED, seed);
        memset(scratch + counters, 0xff, partials * sizeof *scratch);
        kernel_dense_forward(memory_stream(), step, SIZE, DEPTH, SIZE, x, w, NULL, ACTIVATION_LINEAR, 0.0f, y,
                             scratch);
        assert_memory_equal(y, expected, SIZE * SIZE * sizeof *y);
    }
    shim_set_order(SHIM_FORWARD, 0);
    memory_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_around_tiles),
                                       cmocka_unit_test(random_sizes),
                                       cmocka_unit_test(gradients_are_slopes),
                                       cmocka_unit_test(splits_wait_for_each_other),
                                       cmocka_unit_test(an_ending_is_that_of_the_product),
                                       cmocka_unit_test(large_tiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
