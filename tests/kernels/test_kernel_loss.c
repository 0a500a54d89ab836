/* Losses, their gradients and what counts as correct. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/draw.h"
#include "compute/op_math.h"
#include "memory.h"

struct loss_case {
    int most, count, size;
    bool labelled, targets, gradients;
    bool over_classes; /* a cross-entropy */
    float *x;          /* logits or outputs */
    float *target;
    int32_t *labels;
    struct kernel_step *step;
};

static const int sizes[] = {1, 2, 10, 31, 32, 33, 100};

/* Labels of a single output are 0 and 1, but for a cross-entropy over classes. */
static int most_label(const struct loss_case *c)
{
    return c->size == 1 && !c->over_classes ? 1 : c->size - 1;
}

static void loss_case_init(struct loss_case *c, uint64_t seed, int size, float largest)
{
    struct draw draw = {.seed = seed};
    c->most = draw_int(&draw, 1, 11);
    c->count = draw_int(&draw, 1, c->most);
    c->size = size;
    const size_t count = (size_t)c->count, most = (size_t)c->most;
    c->x = memory_draw(seed + 1, count * (size_t)size, most * (size_t)size, -largest, largest);
    c->target = memory_draw(seed + 2, count * (size_t)size, most * (size_t)size, -1.0f, 1.0f);
    c->labels = memory_bytes(most * sizeof *c->labels);
    for (int n = 0; n < c->count; n++)
        c->labels[n] = c->labelled ? draw_int(&draw, 0, most_label(c)) : -1;
    c->step = memory_step((uint32_t)c->count);
}

/* Outputs: p, dlogits, dp, and losses with correct behind them. */
static void run_cross_entropy(const void *context, float *const *outputs)
{
    const struct loss_case *c = context;
    kernel_softmax_cross_entropy(memory_stream(), c->step, c->most, c->size, c->x, c->labels, outputs[0],
                                 c->gradients ? outputs[1] : NULL, c->gradients ? outputs[2] : NULL,
                                 outputs[3], (int32_t *)(void *)(outputs[3] + c->most));
}

static void run_squared_error(const void *context, float *const *outputs)
{
    const struct loss_case *c = context;
    kernel_squared_error(memory_stream(), c->step, c->most, c->size, c->x, c->labels,
                         c->targets ? c->target : NULL, c->gradients ? outputs[1] : NULL, outputs[3],
                         (int32_t *)(void *)(outputs[3] + c->most));
}

static int first_largest(const float *values, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

static bool is_correct(const struct loss_case *c, const float *y, int label)
{
    if (c->size == 1 && !c->over_classes)
        return label >= 0 && (y[0] > 0.5f) == (label == 1);
    return first_largest(y, c->size) == label;
}

static void check_correct(const struct loss_case *c, const float *losses, const float *outputs)
{
    int32_t correct[16];
    memcpy(correct, losses + c->most, (size_t)c->most * sizeof *correct);
    for (int n = 0; n < c->count; n++)
        assert_int_equal(correct[n], is_correct(c, outputs + n * c->size, c->labels[n]));
    const size_t beyond = (size_t)(c->most - c->count);
    assert_true(memory_is_untouched(losses + c->count, beyond));
    assert_true(memory_is_untouched(losses + c->most + c->count, beyond));
}

static void check_cross_entropy(const struct loss_case *c)
{
    const size_t all = (size_t)c->most * (size_t)c->size, used = (size_t)c->count * (size_t)c->size;
    const size_t counts[] = {all, all, all, 2 * (size_t)c->most};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_cross_entropy, c, counts, 4, results);

    double *p = ls_calloc(used, sizeof *p), *dlogits = ls_calloc(used, sizeof *p),
           *dp = ls_calloc(used, sizeof *p);
    double *losses = ls_calloc((size_t)c->count, sizeof *losses);
    const double scale = 1.0 / c->count;
    for (int n = 0; n < c->count; n++) {
        const float *x = c->x + n * c->size;
        const int label = c->labels[n];
        double maximum = (double)x[first_largest(x, c->size)], sum = 0.0;
        for (int i = 0; i < c->size; i++)
            sum += exp((double)x[i] - maximum);
        losses[n] = op_cross_entropy_f64((double)x[label], maximum, sum);
        for (int i = 0; i < c->size; i++) {
            const int at = n * c->size + i;
            p[at] = exp((double)x[i] - maximum) / sum;
            dlogits[at] = op_cross_entropy_gradient_f64(p[at], i == label, scale);
            /* Of the probability as rounded: its reciprocal magnifies the rounding. */
            dp[at] = i == label ? -scale / (double)results[0][at] : 0.0;
        }
    }
    check_close("p", results[0], p, used, 0.1);
    check_close("losses", results[3], losses, (size_t)c->count, 0.1);
    if (c->gradients) {
        /* p − 1 is as exact as 1 is. */
        check_close("dlogits", results[1], dlogits, used, scale);
        for (size_t i = 0; i < used; i++) /* −∞ where p is 0 */
            assert_true((double)results[2][i] == dp[i] ||
                        fabs((double)results[2][i] - dp[i]) <= 1e-6 * fabs(dp[i]));
    } else {
        assert_true(memory_is_untouched(results[1], used) && memory_is_untouched(results[2], used));
    }
    for (int i = 0; i < 3; i++)
        assert_true(memory_is_untouched(results[i] + used, all - used));
    check_correct(c, results[3], results[0]);
    free(p);
    free(dlogits);
    free(dp);
    free(losses);
    memory_free_all();
}

static void cross_entropies(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3 * sizeof sizes / sizeof *sizes; i++) {
        struct loss_case c = {.labelled = true, .gradients = i % 4 > 0, .over_classes = true};
        /* So far apart that only the sample's own maximum keeps e^x from overflowing. */
        const float far_apart[] = {30.0f, 2.0f, 200.0f};
        loss_case_init(&c, 80 + 10 * i, sizes[i / 3], far_apart[i % 3]);
        check_cross_entropy(&c);
    }
}

/* A probability of 0 in float still has its loss. */
static void loss_of_the_impossible(void **state)
{
    (void)state;
    struct kernel_step *step = memory_step(1);
    float *logits = memory_zeros(3), *p = memory_floats(3), *loss = memory_floats(1);
    int32_t *label = memory_bytes(sizeof *label), *correct = memory_bytes(sizeof *correct);
    logits[1] = 300.0f;
    *label = 0;
    kernel_softmax_cross_entropy(memory_stream(), step, 1, 3, logits, label, p, NULL, NULL, loss, correct);
    assert_float_equal(p[0], 0.0f, 0.0f);
    assert_float_equal(*loss, 300.0f, 1e-3f);
    memory_free_all();
}

static double target_of(const struct loss_case *c, int n, int i)
{
    if (c->targets)
        return (double)c->target[n * c->size + i];
    return c->size == 1 ? c->labels[n] : i == c->labels[n];
}

static void check_squared_error(const struct loss_case *c)
{
    const size_t all = (size_t)c->most * (size_t)c->size, used = (size_t)c->count * (size_t)c->size;
    const size_t counts[] = {0, all, 0, 2 * (size_t)c->most};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_squared_error, c, counts, 4, results);
    double *dy = ls_calloc(used, sizeof *dy), *losses = ls_calloc((size_t)c->count, sizeof *losses);
    for (int n = 0; n < c->count; n++)
        for (int i = 0; i < c->size; i++) {
            const int at = n * c->size + i;
            const double target = target_of(c, n, i);
            losses[n] += op_squared_error_f64((double)c->x[at], target) / c->size;
            dy[at] =
                op_squared_error_gradient_f64((double)c->x[at], target, 2.0 / ((double)c->count * c->size));
        }
    check_close("losses", results[3], losses, (size_t)c->count, 0.1);
    if (c->gradients)
        check_close("dy", results[1], dy, used, 0.0);
    else
        assert_true(memory_is_untouched(results[1], used));
    assert_true(memory_is_untouched(results[1] + used, all - used));
    check_correct(c, results[3], c->x);
    free(dy);
    free(losses);
    memory_free_all();
}

static void squared_errors(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 4 * sizeof sizes / sizeof *sizes; i++) {
        struct loss_case c = {.labelled = i % 4 != 1, .targets = i % 4 < 2, .gradients = i % 3 > 0};
        loss_case_init(&c, 400 + 10 * i, sizes[i / 4], 1.0f);
        check_squared_error(&c);
    }
}

/* Outputs: y, dz, dy, and losses with correct behind them. */
static void run_binary(const void *context, float *const *outputs)
{
    const struct loss_case *c = context;
    kernel_binary_cross_entropy(memory_stream(), c->step, c->most, c->size, c->x, c->labels,
                                c->targets ? c->target : NULL, outputs[0], c->gradients ? outputs[1] : NULL,
                                c->gradients ? outputs[2] : NULL, outputs[3],
                                (int32_t *)(void *)(outputs[3] + c->most));
}

static void check_binary(const struct loss_case *c)
{
    const size_t all = (size_t)c->most * (size_t)c->size, used = (size_t)c->count * (size_t)c->size;
    const size_t counts[] = {all, all, all, 2 * (size_t)c->most};
    float *results[RUN_MOST_OUTPUTS];
    run_in_every_order(run_binary, c, counts, 4, results);
    double *y = ls_calloc(used, sizeof *y), *dz = ls_calloc(used, sizeof *y);
    double *losses = ls_calloc((size_t)c->count, sizeof *losses);
    const double scale = 1.0 / ((double)c->count * c->size);
    for (int n = 0; n < c->count; n++)
        for (int i = 0; i < c->size; i++) {
            const int at = n * c->size + i;
            const double target = target_of(c, n, i), z = (double)c->x[at];
            y[at] = 1.0 / (1.0 + exp(-z));
            losses[n] += op_binary_cross_entropy_f64(z, target) / c->size;
            dz[at] = (y[at] - target) * scale;
            const double dy = op_binary_cross_entropy_output_gradient_f64(z, target, scale);
            /* Its two terms may cancel. */
            const double largest = scale * fmax((1.0 - target) * (1.0 + exp(z)), target * (1.0 + exp(-z)));
            if (c->gradients)
                assert_true(fabs((double)results[2][at] - dy) <= 1e-5 * largest);
        }
    check_close("y", results[0], y, used, 0.1);
    check_close("losses", results[3], losses, (size_t)c->count, 0.1);
    if (c->gradients)
        check_close("dz", results[1], dz, used, scale);
    else
        assert_true(memory_is_untouched(results[1], used) && memory_is_untouched(results[2], used));
    for (int i = 0; i < 3; i++)
        assert_true(memory_is_untouched(results[i] + used, all - used));
    check_correct(c, results[3], results[0]);
    free(y);
    free(dz);
    free(losses);
    memory_free_all();
}

static void binary_cross_entropies(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 4 * sizeof sizes / sizeof *sizes; i++) {
        struct loss_case c = {.labelled = i % 4 != 1, .targets = i % 4 < 2, .gradients = i % 3 > 0};
        loss_case_init(&c, 800 + 10 * i, sizes[i / 4], i % 4 == 2 ? 60.0f : 2.0f);
        /* Targets are probabilities here. */
        for (int j = 0; j < c.count * c.size; j++)
            c.target[j] = 0.5f + 0.5f * c.target[j];
        check_binary(&c);
    }
}

/* One output says yes above one half, whatever the loss to labels. */
static void one_output_says_yes_above_half(void **state)
{
    (void)state;
    static const float outputs[] = {0.2f, 0.5f, 0.500001f, 7.0f, NAN};
    static const bool yes[] = {false, false, true, true, false};
    struct kernel_step *step = memory_step(1);
    float *y = memory_floats(1), *loss = memory_floats(1), *dy = memory_floats(1);
    int32_t *label = memory_bytes(sizeof *label), *correct = memory_bytes(sizeof *correct);
    for (size_t i = 0; i < sizeof yes; i++)
        for (int l = -1; l < 2; l++) {
            *y = outputs[i];
            *label = l;
            kernel_squared_error(memory_stream(), step, 1, 1, y, label, NULL, dy, loss, correct);
            assert_int_equal(*correct, l >= 0 && !isnan(outputs[i]) && yes[i] == (l == 1));
            if (!isnan(outputs[i]))
                assert_float_equal(*dy, 2.0f * (outputs[i] - (float)l), 1e-5f);
        }
    memory_free_all();
}

static void the_first_of_equals_is_the_answer(void **state)
{
    (void)state;
    enum { SIZE = 70 };
    static const int largest[][2] = {{3, 40}, {5, 37}, {64, 65}, {0, 69}, {31, 32}};
    struct kernel_step *step = memory_step(1);
    float *y = memory_floats(SIZE), *loss = memory_floats(1);
    int32_t *label = memory_bytes(sizeof *label), *correct = memory_bytes(sizeof *correct);
    for (size_t i = 0; i < sizeof largest / sizeof *largest; i++)
        for (int which = 0; which < 2; which++) {
            for (int j = 0; j < SIZE; j++)
                y[j] = j == largest[i][0] || j == largest[i][1] ? 0.9f : 0.1f;
            *label = largest[i][which];
            kernel_squared_error(memory_stream(), step, 1, SIZE, y, label, NULL, NULL, loss, correct);
            assert_int_equal(*correct, which == 0);
        }
    memory_free_all();
}

/* Wherever the NaN stands, whatever the label. */
static void what_is_no_number_is_no_answer(void **state)
{
    (void)state;
    enum { SIZE = 70 };
    static const int places[] = {0, 7, 31, 32, 69}, labels[] = {-1, 0, 7, 31, 69};
    struct kernel_step *step = memory_step(1);
    float *y = memory_floats(SIZE), *p = memory_floats(SIZE), *loss = memory_floats(1);
    int32_t *label = memory_bytes(sizeof *label), *correct = memory_bytes(sizeof *correct);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (size_t k = 0; k < sizeof labels / sizeof *labels; k++) {
            for (int j = 0; j < SIZE; j++)
                y[j] = j == places[i] ? NAN : j == labels[k] ? 0.9f : 0.1f;
            *label = labels[k];
            *correct = -1;
            kernel_squared_error(memory_stream(), step, 1, SIZE, y, label, NULL, NULL, loss, correct);
            assert_int_equal(*correct, 0);
            if (labels[k] < 0)
                continue;
            *correct = -1;
            kernel_softmax_cross_entropy(memory_stream(), step, 1, SIZE, y, label, p, NULL, NULL, loss,
                                         correct);
            assert_int_equal(*correct, 0);
        }
    memory_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cross_entropies),
                                       cmocka_unit_test(loss_of_the_impossible),
                                       cmocka_unit_test(squared_errors),
                                       cmocka_unit_test(binary_cross_entropies),
                                       cmocka_unit_test(one_output_says_yes_above_half),
                                       cmocka_unit_test(the_first_of_equals_is_the_answer),
                                       cmocka_unit_test(what_is_no_number_is_no_answer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
