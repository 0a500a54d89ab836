/* Activations, softmax and copies. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "compute/draw.h"
#include "memory.h"
#include "op_case.h"

static void check_sizes(enum op_kind kind, enum activation activation)
{
    static const int sizes[] = {1, 2, 5, 10, 31, 32, 33, 70, 300};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int partial = 0; partial < 2; partial++) {
            struct op_case c = {.op = op_case_op(kind), .seed = 70 + (uint64_t)i};
            c.op.activation = activation;
            c.op.alpha = 0.2f;
            c.op.rate = 0.1f * (float)i;
            c.in = (struct shape){sizes[i], 1, 1};
            c.out = c.in;
            c.most = 9;
            c.count = partial ? 5 : 9;
            c.differentiate = sizes[i] < 8;
            op_case_check(&c);
        }
}

static void activations(void **state)
{
    (void)state;
    for (int activation = 0; activation <= (int)ACTIVATION_GELU_TANH; activation++)
        check_sizes(OP_ACTIVATION, (enum activation)activation);
}

static void softmaxes(void **state)
{
    (void)state;
    check_sizes(OP_SOFTMAX, ACTIVATION_LINEAR);
}

static void copies(void **state)
{
    (void)state;
    check_sizes(OP_FLATTEN, ACTIVATION_LINEAR);
}

static void sums(void **state)
{
    (void)state;
    check_sizes(OP_ADD, ACTIVATION_LINEAR);
}

static void dropouts(void **state)
{
    (void)state;
    check_sizes(OP_DROPOUT, ACTIVATION_LINEAR);
}

static void concatenations(void **state)
{
    (void)state;
    static const int sizes[][4] = {/* channels, second channels, height, width */
                                   {1, 1, 1, 1},
                                   {3, 1, 1, 1},
                                   {1, 5, 2, 3},
                                   {4, 3, 5, 1},
                                   {20, 13, 3, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int partial = 0; partial < 2; partial++) {
            const int *size = sizes[i];
            struct op_case c = {.op = op_case_op(OP_CONCATENATE), .seed = 700 + (uint64_t)i};
            c.in = (struct shape){size[0], size[2], size[3]};
            c.out = (struct shape){size[0] + size[1], size[2], size[3]};
            c.most = 4;
            c.count = partial ? 3 : 4;
            op_case_check(&c);
        }
}

/* Another step, another operation and another seed have masks of their own; about `rate` of the values go. */
static void masks_have_names(void **state)
{
    (void)state;
    enum { COUNT = 4, SIZE = 1000, ALL = COUNT * SIZE };
    float *x = memory_floats(ALL), *masks[4];
    for (int i = 0; i < ALL; i++)
        x[i] = 1.0f;
    for (int i = 0; i < 4; i++) {
        struct kernel_step *step = memory_step(COUNT);
        step->seed = i == 1 ? 8 : 7;
        step->draw = i == 2 ? 1 : 0;
        masks[i] = memory_floats(ALL);
        kernel_dropout(memory_stream(), step, COUNT, SIZE, 0.25f, i == 3, x, masks[i]);
        int dropped = 0;
        for (int j = 0; j < ALL; j++) {
            assert_true(masks[i][j] == 0.0f || masks[i][j] == 1.0f / 0.75f);
            dropped += masks[i][j] == 0.0f;
        }
        assert_in_range(dropped, ALL / 5, ALL * 3 / 10);
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(masks[i], masks[k], ALL * sizeof *x);
    }
    memory_free_all();
}

/* A sum may be made in its own place. */
static void sums_in_place(void **state)
{
    (void)state;
    enum { SIZE = 45, COUNT = 3 };
    struct kernel_step *step = memory_step(COUNT);
    float *x = memory_draw(1, SIZE * COUNT, SIZE * COUNT, -1.0f, 1.0f);
    float *second = memory_draw(2, SIZE * COUNT, SIZE * COUNT, -1.0f, 1.0f), *y = memory_floats(SIZE * COUNT);
    kernel_add(memory_stream(), step, COUNT, SIZE, x, second, y);
    kernel_add(memory_stream(), step, COUNT, SIZE, x, second, x);
    assert_memory_equal(x, y, SIZE * COUNT * sizeof *y);
    memory_free_all();
}

/* Only samples beyond the batch, and nothing beyond the largest. */
static void the_rest_is_cleared(void **state)
{
    (void)state;
    enum { SIZE = 45, COUNT = 3, MOST = 7 };
    struct kernel_step *step = memory_step(COUNT);
    float *x = memory_draw(1, SIZE * MOST, SIZE * MOST, 0.5f, 1.0f), before[SIZE * COUNT];
    memcpy(before, x, sizeof before);
    kernel_clear_rest(memory_stream(), step, MOST, SIZE, x);
    assert_memory_equal(x, before, sizeof before);
    for (int i = SIZE * COUNT; i < SIZE * MOST; i++)
        assert_true(x[i] == 0.0f);
    memory_free_all();
}

/* The gradient may be made in its own place. */
static void gradients_in_place(void **state)
{
    (void)state;
    enum { SIZE = 45, COUNT = 3 };
    struct kernel_step *step = memory_step(COUNT);
    float *y = memory_draw(1, SIZE * COUNT, SIZE * COUNT, 0.0f, 0.1f);
    float *dy = memory_draw(2, SIZE * COUNT, SIZE * COUNT, -1.0f, 1.0f);
    float *apart = memory_floats(SIZE * COUNT), *in_place = memory_floats(SIZE * COUNT);

    memcpy(in_place, dy, SIZE * COUNT * sizeof *dy);
    kernel_activation_backward(memory_stream(), step, COUNT, SIZE, ACTIVATION_SIGMOID, 0.0f, NULL, y, dy,
                               apart);
    kernel_activation_backward(memory_stream(), step, COUNT, SIZE, ACTIVATION_SIGMOID, 0.0f, NULL, y,
                               in_place, in_place);
    assert_memory_equal(in_place, apart, SIZE * COUNT * sizeof *dy);

    memcpy(in_place, dy, SIZE * COUNT * sizeof *dy);
    kernel_softmax_backward(memory_stream(), step, COUNT, SIZE, y, dy, apart);
    kernel_softmax_backward(memory_stream(), step, COUNT, SIZE, y, in_place, in_place);
    assert_memory_equal(in_place, apart, SIZE * COUNT * sizeof *dy);
    memory_free_all();
}

static void softmax_of_large_values(void **state)
{
    (void)state;
    struct kernel_step *step = memory_step(1);
    float *x = memory_floats(40), *y = memory_floats(40);
    for (int i = 0; i < 40; i++)
        x[i] = i == 37 ? 3e30f : -3e30f;
    kernel_softmax_forward(memory_stream(), step, 1, 40, x, y);
    for (int i = 0; i < 40; i++)
        assert_float_equal(y[i], i == 37 ? 1.0f : 0.0f, 0.0f);
    x[11] = NAN;
    kernel_softmax_forward(memory_stream(), step, 1, 40, x, y);
    for (int i = 0; i < 40; i++)
        assert_true(isnan(y[i]));
    memory_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(activations),
                                       cmocka_unit_test(softmaxes),
                                       cmocka_unit_test(copies),
                                       cmocka_unit_test(sums),
                                       cmocka_unit_test(dropouts),
                                       cmocka_unit_test(concatenations),
                                       cmocka_unit_test(masks_have_names),
                                       cmocka_unit_test(sums_in_place),
                                       cmocka_unit_test(the_rest_is_cleared),
                                       cmocka_unit_test(gradients_in_place),
                                       cmocka_unit_test(softmax_of_large_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
