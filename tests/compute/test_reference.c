/* The reference against numbers worked out by hand: conventions that gradients alone do not fix. */
#include "test.h"

#include <math.h>

#include "builder.h"
#include "compute/compute.h"
#include "compute/program.h"

/* A forward and backward run of one small program; freed by `close_net`. */
struct net {
    struct program program;
    struct compute *compute;
    struct batch_metrics metrics;
};

static void open_net(struct net *net, struct builder *builder, enum loss_kind loss, const float *parameters,
                     const struct compute_data *data)
{
    net->program = builder_finish(builder, loss);
    const struct compute_desc desc = {.program = &net->program,
                                      .backend = BACKEND_REFERENCE,
                                      .max_batch = (int)data->count,
                                      .input_gradients = true};
    struct error err = {0};
    net->compute = compute_create(&desc, &err);
    assert_non_null(net->compute);
    if (parameters)
        compute_write_parameters(net->compute, parameters);
    const struct compute_batch batch = {.data = compute_bind_data(net->compute, data),
                                        .count = (int)data->count};
    compute_run(net->compute, COMPUTE_TRAIN, &batch, true, &net->metrics);
    compute_sync(net->compute);
}

static void close_net(struct net *net)
{
    compute_destroy(net->compute);
    program_deinit(&net->program);
}

static void expect_tensor(struct net *net, int tensor, const float *expected, size_t count)
{
    float values[64];
    compute_read_tensor(net->compute, COMPUTE_TRAIN, tensor, values);
    for (size_t i = 0; i < count; i++)
        assert_true(fabsf(values[i] - expected[i]) < 1e-6f);
}

static void expect_gradient(struct net *net, int tensor, const float *expected, size_t count)
{
    float values[64];
    compute_read_tensor_gradient(net->compute, COMPUTE_TRAIN, tensor, values);
    for (size_t i = 0; i < count; i++)
        assert_true(fabsf(values[i] - expected[i]) < 1e-6f);
}

/* A kernel that is 1 at one place picks one neighbour: cross-correlation, not convolution. */
static void convolution_does_not_flip_the_kernel(void **state)
{
    (void)state;
    const float image[] = {1, 2, 3, 4, 5, 6}, zeros[6] = {0};
    const struct compute_data data = {.count = 1, .values = image, .targets = zeros};
    /* (out 1, in 1, 1, 3): looks one column to the right; bias 0.5 */
    const float parameters[] = {0, 0, 1, 0.5f};
    struct builder b;
    struct net net;
    builder_init(&b, (struct shape){1, 2, 3});
    builder_conv(&b, 1, (struct window){1, 3, 1, 1, 0, 1}, ACTIVATION_LINEAR, true);
    open_net(&net, &b, LOSS_MSE, parameters, &data);
    const float expected[] = {2.5f, 3.5f, 0.5f, 5.5f, 6.5f, 0.5f};
    expect_tensor(&net, 1, expected, 6);
    close_net(&net);
}

static void average_pool_counts_padding(void **state)
{
    (void)state;
    const float image[] = {4, 8, 12, 16}, zeros[4] = {0};
    const struct compute_data data = {.count = 1, .values = image, .targets = zeros};
    struct builder b;
    struct net net;
    builder_init(&b, (struct shape){1, 2, 2});
    builder_pool(&b, OP_AVERAGE_POOL2D, (struct window){2, 2, 2, 2, 1, 1});
    open_net(&net, &b, LOSS_MSE, NULL, &data);
    const float expected[] = {1, 2, 3, 4};
    expect_tensor(&net, 1, expected, 4);
    close_net(&net);
}

static void max_pool_ignores_padding_and_takes_the_first_maximum(void **state)
{
    (void)state;
    const float image[] = {-2, -2, -3, -2}, zeros[4] = {0};
    const struct compute_data data = {.count = 1, .values = image, .targets = zeros};
    struct builder b;
    struct net net;
    builder_init(&b, (struct shape){1, 2, 2});
    builder_pool(&b, OP_MAX_POOL2D, (struct window){3, 3, 1, 1, 1, 1});
    open_net(&net, &b, LOSS_MSE, NULL, &data);
    const float expected[] = {-2, -2, -2, -2}; /* a padding of 0 would win */
    expect_tensor(&net, 1, expected, 4);
    const float gradient[] = {-4, 0, 0, 0}; /* 4 windows, each 2·(−2 − 0) / 4, all to the first −2 */
    expect_gradient(&net, 0, gradient, 4);
    close_net(&net);
}

static void nan_passes_through_a_max_pool(void **state)
{
    (void)state;
    const float image[] = {1, NAN, 3, 4}, zeros[1] = {0};
    const struct compute_data data = {.count = 1, .values = image, .targets = zeros};
    struct builder b;
    struct net net;
    builder_init(&b, (struct shape){1, 2, 2});
    builder_pool(&b, OP_MAX_POOL2D, (struct window){2, 2, 2, 2, 0, 0});
    open_net(&net, &b, LOSS_MSE, NULL, &data);
    assert_true(isnan(net.metrics.loss));
    close_net(&net);
}

static void cross_entropy_is_the_mean_over_the_batch(void **state)
{
    (void)state;
    const float logits[] = {0, 0, 0, 0, 100, 0, 0, 0};
    const int32_t labels[] = {2, 1};
    const struct compute_data data = {.count = 2, .values = logits, .labels = labels};
    struct builder b;
    struct net net;
    builder_init(&b, (struct shape){4, 1, 1});
    builder_softmax(&b);
    open_net(&net, &b, LOSS_CROSS_ENTROPY, NULL, &data);
    /* log 4, and 100 where p[label] is e^−100: no infinity. */
    assert_true(fabs(net.metrics.loss - (log(4.0) + 100.0) / 2) < 1e-9);
    assert_int_equal(net.metrics.correct, 0);
    const float dlogits[] = {0.125f, 0.125f, -0.375f, 0.125f, 0.5f, -0.5f, 0, 0};
    expect_gradient(&net, 0, dlogits, 8);
    const float dp[] = {0, 0, -2, 0}; /* −1 / (¼ · 2) */
    expect_gradient(&net, 1, dp, 4);
    close_net(&net);
}

static void squared_error_takes_targets_before_labels(void **state)
{
    (void)state;
    const float y[] = {1, 3}, targets[] = {2, 5};
    const int32_t labels[] = {1};
    struct builder b;
    struct net net;
    const struct compute_data both = {.count = 1, .values = y, .labels = labels, .targets = targets};
    builder_init(&b, (struct shape){2, 1, 1});
    builder_flatten(&b);
    open_net(&net, &b, LOSS_MSE, NULL, &both);
    assert_true(fabs(net.metrics.loss - 2.5) < 1e-12); /* (1 + 4) / 2 */
    assert_int_equal(net.metrics.correct, 1);
    close_net(&net);

    const struct compute_data one_hot = {.count = 1, .values = y, .labels = labels};
    builder_init(&b, (struct shape){2, 1, 1});
    builder_flatten(&b);
    open_net(&net, &b, LOSS_MSE, NULL, &one_hot);
    assert_true(fabs(net.metrics.loss - 2.5) < 1e-12); /* ((1−0)² + (3−1)²) / 2 */
    close_net(&net);
}

static void bytes_are_divided_by_255(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0, 51, 255};
    const float zeros[3] = {0};
    const struct compute_data data = {.count = 1, .bytes = bytes, .targets = zeros};
    struct builder b;
    struct net net;
    builder_init(&b, (struct shape){1, 1, 3});
    builder_flatten(&b);
    open_net(&net, &b, LOSS_MSE, NULL, &data);
    const float expected[] = {0, 0.2f, 1};
    expect_tensor(&net, 0, expected, 3);
    close_net(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolution_does_not_flip_the_kernel),
        cmocka_unit_test(average_pool_counts_padding),
        cmocka_unit_test(max_pool_ignores_padding_and_takes_the_first_maximum),
        cmocka_unit_test(nan_passes_through_a_max_pool),
        cmocka_unit_test(cross_entropy_is_the_mean_over_the_batch),
        cmocka_unit_test(squared_error_takes_targets_before_labels),
        cmocka_unit_test(bytes_are_divided_by_255),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
