/* Batch and layer norm: few and many channels, places and samples; statistics that run; values far from 0. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "compute/draw.h"
#include "memory.h"
#include "op_case.h"

/* channels, height, width, most, count: around the widths of blocks, and what several blocks share; some of them
 * have no values when the batch is small. */
static const int sizes[][5] = {
    {1, 1, 1, 1, 1},    {3, 1, 1, 5, 4},     {31, 1, 1, 9, 9},  {33, 1, 1, 40, 37},
    {70, 2, 3, 3, 2},   {5, 4, 2, 8, 7},     {2, 7, 1, 64, 1},  {6, 14, 14, 2, 2},
    {1, 28, 28, 4, 3},  {4, 16, 17, 40, 33}, {2, 1, 3, 700, 5}, {3, 50, 61, 4, 1},
    {2, 16, 16, 40, 3}, {130, 3, 3, 2, 2},   {300, 1, 1, 2, 2}, {5, 1, 1, 600, 599},
};

static struct op_case norm_case(enum op_kind kind, size_t row)
{
    const int *s = sizes[row];
    struct op_case c = {.op = op_case_op(kind), .seed = 900 + (uint64_t)row};
    c.in = c.out = (struct shape){s[0], s[1], s[2]};
    c.most = s[3];
    c.count = s[4];
    c.op.has_weight = row % 3 != 1;
    c.op.has_bias = row % 4 != 2;
    c.differentiate = s[0] * s[1] * s[2] * s[4] < 40;
    return c;
}

enum { ROWS = sizeof sizes / sizeof *sizes };

static void batch_norms(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROWS; row++)
        for (int training = 0; training < 2; training++) {
            struct op_case c = norm_case(OP_BATCH_NORM, row);
            c.training = training;
            op_case_check(&c);
        }
}

static void layer_norms(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROWS; row++)
        for (int over_channels = 0; over_channels < 2; over_channels++) {
            struct op_case c = norm_case(OP_LAYER_NORM, row);
            c.op.over_channels = over_channels;
            op_case_check(&c);
        }
}

/* ---- statistics of a batch ---- */

struct statistics_case {
    int channels, places, most, count;
    bool moves, unbiased;
    float offset; /* of the values from 0 */
    float *x, *running, *scratch;
    struct kernel_step *step;
};

enum { MOMENTUM_PERCENT = 10 };

/* Outputs: the batch's statistics, and the running ones. */
static void run_statistics(const void *context, float *const *outputs)
{
    const struct statistics_case *c = context;
    const size_t count = 2 * (size_t)c->channels;
    memcpy(outputs[1], c->running, count * sizeof(float));
    kernel_batch_norm_statistics(memory_stream(), c->step, c->most, c->channels, c->places, c->x, outputs[0],
                                 c->moves ? outputs[1] : NULL, MOMENTUM_PERCENT / 100.0f, c->unbiased,
                                 c->scratch);
}

static void check_statistics(struct statistics_case *c, uint64_t seed)
{
    const size_t channels = (size_t)c->channels, places = (size_t)c->places, count = (size_t)c->count;
    c->x = memory_draw(seed, count * channels * places, (size_t)c->most * channels * places, c->offset - 1.0f,
                       c->offset + 1.0f);
    c->running = memory_draw(seed + 1, 2 * channels, 2 * channels, 0.0f, 2.0f);
    c->scratch = memory_zeros(kernel_norm_scratch(c->most, c->channels, c->places));
    c->step = memory_step((uint32_t)c->count);
    const size_t outputs[] = {2 * channels, 2 * channels};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_statistics, c, outputs, 2, results);
    const double all = (double)(count * places), momentum = (double)(MOMENTUM_PERCENT / 100.0f);
    for (size_t channel = 0; channel < channels; channel++) {
        double mean = 0.0, squares = 0.0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t n = 0; n < count; n++)
                for (size_t place = 0; place < places; place++) {
                    const double x = (double)c->x[(n * channels + channel) * places + place];
                    mean += pass ? 0.0 : x / all;
                    squares += pass ? (x - mean) * (x - mean) : 0.0;
                }
        const double variance = squares / all,
                     sent = c->unbiased && all > 1.0 ? squares / (all - 1.0) : variance;
        const double old_mean = (double)c->running[channel],
                     old_variance = (double)c->running[channels + channel];
        const double moved = c->moves ? momentum : 0.0;
        const double expected[] = {mean, variance, old_mean + moved * (mean - old_mean),
                                   old_variance + moved * (sent - old_variance)};
        check_close("mean", &results[0][channel], &expected[0], 1, 0.1);
        check_close("variance", &results[0][channels + channel], &expected[1], 1, 0.1);
        check_close("running mean", &results[1][channel], &expected[2], 1, 0.1);
        check_close("running variance", &results[1][channels + channel], &expected[3], 1, 0.1);
    }
    memory_free_all();
}

static void statistics_of_batches(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROWS; row++)
        for (int how = 0; how < 3; how++) {
            const int *s = sizes[row];
            struct statistics_case c = {.channels = s[0],
                                        .places = s[1] * s[2],
                                        .most = s[3],
                                        .count = s[4],
                                        .moves = how > 0,
                                        .unbiased = how == 2,
                                        .offset = row % 2 ? 0.0f : 100.0f};
            check_statistics(&c, 950 + 10 * row);
        }
}

/* A mean a thousand deviations from 0 costs no digits of what is normalised, beyond those that x has lost
 * itself. */
static void far_from_zero(void **state)
{
    (void)state;
    enum { COUNT = 4, PLACES = 300, ALL = COUNT * PLACES };
    float *x = memory_floats(ALL), *y = memory_floats(ALL), *statistics = memory_floats(2 * ALL);
    double expected[ALL];
    struct kernel_step *step = memory_step(COUNT);
    float *scratch = memory_zeros(kernel_norm_scratch(COUNT, 1, PLACES));
    for (int i = 0; i < ALL; i++) {
        x[i] = 1024.0f + (float)(i % 4 < 2) * 2.0f;
        expected[i] = i % 4 < 2 ? 1.0 : -1.0;
    }
    kernel_batch_norm_statistics(memory_stream(), step, COUNT, 1, PLACES, x, statistics, NULL, 0.1f, false,
                                 scratch);
    kernel_batch_norm_forward(memory_stream(), step, COUNT, 1, PLACES, 1e-12f, x, statistics, NULL, NULL, y);
    check_close("batch norm", y, expected, ALL, 0.1);
    kernel_layer_norm_forward(memory_stream(), step, COUNT, PLACES, 1, 1e-12f, x, NULL, NULL, y, statistics);
    check_close("layer norm", y, expected, ALL, 0.1);
    memory_free_all();
}

/* Constant values have variance 0, and NaN stays where it came from. */
static void nothing_to_normalise(void **state)
{
    (void)state;
    enum { COUNT = 3, CHANNELS = 2, PLACES = 9, ALL = COUNT * CHANNELS * PLACES };
    float *x = memory_floats(ALL), *y = memory_floats(ALL), *statistics = memory_floats(2 * ALL);
    struct kernel_step *step = memory_step(COUNT);
    float *scratch = memory_zeros(kernel_norm_scratch(COUNT, CHANNELS, PLACES));
    for (int i = 0; i < ALL; i++)
        x[i] = 0.3f;
    x[PLACES] = NAN; /* of the second channel */
    kernel_batch_norm_statistics(memory_stream(), step, COUNT, CHANNELS, PLACES, x, statistics, NULL, 0.1f,
                                 false, scratch);
    kernel_batch_norm_forward(memory_stream(), step, COUNT, CHANNELS, PLACES, 1e-5f, x, statistics, NULL,
                              NULL, y);
    for (int i = 0; i < ALL; i++)
        assert_true(i / PLACES % CHANNELS ? isnan(y[i]) : fabsf(y[i]) < 1e-4f);
    memory_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_norms), cmocka_unit_test(layer_norms), cmocka_unit_test(statistics_of_batches),
        cmocka_unit_test(far_from_zero), cmocka_unit_test(nothing_to_normalise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
