/* ROC curves against a plain slow reference: all pairs for the area, one pass a threshold for the points. */
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "nn/roc.h"

enum { MOST = 6000 };

struct scores {
    float positives[MOST], negatives[MOST];
    uint32_t positive_count, negative_count;
};

/* Uniform noise, the positives higher by `gap`; `levels` > 0 rounds so that many are equal. */
static void draw(struct scores *s, uint32_t positives, uint32_t negatives, float gap, int levels,
                 uint64_t seed)
{
    s->positive_count = positives;
    s->negative_count = negatives;
    for (uint32_t i = 0; i < positives + negatives; i++) {
        float score = rng_uniform(seed, RNG_TEST, 0, i) - 0.5f + (i < positives ? gap : 0.0f);
        if (levels > 0)
            score = roundf(score * (float)levels) / (float)levels;
        *(i < positives ? &s->positives[i] : &s->negatives[i - positives]) = score;
    }
}

static double slow_auc(const struct scores *s)
{
    uint64_t doubled = 0;
    for (uint32_t p = 0; p < s->positive_count; p++)
        for (uint32_t n = 0; n < s->negative_count; n++)
            doubled += s->positives[p] > s->negatives[n] ? 2u : s->positives[p] == s->negatives[n] ? 1u : 0u;
    return (double)doubled / (2.0 * s->positive_count * s->negative_count);
}

static struct roc_point slow_point(const struct scores *s, float threshold)
{
    uint32_t found = 0, mistaken = 0;
    for (uint32_t p = 0; p < s->positive_count; p++)
        found += s->positives[p] >= threshold;
    for (uint32_t n = 0; n < s->negative_count; n++)
        mistaken += s->negatives[n] >= threshold;
    return (struct roc_point){(float)mistaken / (float)s->negative_count,
                              (float)found / (float)s->positive_count};
}

/* The distance of a point from a curve in the linear plot or in the logarithmic one. */
static double distance(const struct roc_curve *curve, struct roc_point point, bool logarithmic)
{
    double nearest = INFINITY;
    double at[3][2];
    for (int i = 0; i + 1 < curve->count; i++) {
        const struct roc_point ends[3] = {curve->points[i], curve->points[i + 1], point};
        for (int k = 0; k < 3; k++) {
            const double x = (double)ends[k].false_positive, y = (double)ends[k].true_positive;
            at[k][0] = logarithmic ? log10(fmax(x, 1e-4)) / 4.0 + 1.0 : x;
            at[k][1] = logarithmic ? 2.0 * fmax(y, 0.5) - 1.0 : y;
        }
        const double dx = at[1][0] - at[0][0], dy = at[1][1] - at[0][1];
        const double px = at[2][0] - at[0][0], py = at[2][1] - at[0][1];
        const double square = dx * dx + dy * dy;
        const double t = square > 0.0 ? fmin(fmax((px * dx + py * dy) / square, 0.0), 1.0) : 0.0;
        nearest = fmin(nearest, hypot(px - t * dx, py - t * dy));
    }
    return nearest;
}

static void check(struct scores *s, double most_distance)
{
    static struct scores before;
    before = *s;
    const double expected = slow_auc(s);
    struct roc_curve curve;
    roc_curve_compute(&curve, s->positives, s->positive_count, s->negatives, s->negative_count);
    assert_true(curve.auc == expected);
    assert_true(curve.count >= 2 && curve.count <= ROC_POINTS);
    const struct roc_point *points = curve.points, *last = &points[curve.count - 1];
    assert_true(points[0].false_positive == 0.0f && points[0].true_positive == 0.0f);
    assert_true(last->false_positive == 1.0f && last->true_positive == 1.0f);
    for (int i = 1; i < curve.count; i++)
        assert_true(points[i].false_positive >= points[i - 1].false_positive &&
                    points[i].true_positive >= points[i - 1].true_positive);
    for (uint32_t i = 1; i < s->positive_count; i++)
        assert_true(s->positives[i - 1] >= s->positives[i]);
    for (uint32_t i = 1; i < s->negative_count; i++)
        assert_true(s->negatives[i - 1] >= s->negatives[i]);
    for (uint32_t i = 0; i < before.positive_count + before.negative_count; i++) {
        const float threshold =
            i < before.positive_count ? before.positives[i] : before.negatives[i - before.positive_count];
        const struct roc_point exact = slow_point(&before, threshold);
        assert_true(distance(&curve, exact, false) <= most_distance);
        assert_true(distance(&curve, exact, true) <= most_distance);
    }
}

static void curves_equal_the_slow_reference(void **state)
{
    (void)state;
    static struct scores s;
    const float gaps[] = {0.0f, 0.3f, 0.8f, -0.4f, 1.5f};
    for (uint64_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        draw(&s, 40, 90, gaps[i], 0, i);
        check(&s, 1e-6);
        draw(&s, 70, 30, gaps[i], 5, i);
        check(&s, 1e-6);
        draw(&s, 1, 1, gaps[i], 0, i);
        check(&s, 1e-6);
    }
}

/* A third of a pixel in a plot of 300. */
static void long_curves_keep_their_shape(void **state)
{
    (void)state;
    static struct scores s;
    const float gaps[] = {0.0f, 0.5f, 0.95f};
    for (uint64_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        draw(&s, 700, 2500, gaps[i], 0, 10 + i);
        check(&s, 0.0035);
    }
}

static void known_curves(void **state)
{
    (void)state;
    struct roc_curve curve;
    float high[] = {0.9f, 0.8f}, low[] = {0.1f, 0.2f, 0.3f};
    roc_curve_compute(&curve, high, 2, low, 3);
    assert_true(curve.auc == 1.0 && curve.count == 3);
    assert_true(curve.points[1].false_positive == 0.0f && curve.points[1].true_positive == 1.0f);
    roc_curve_compute(&curve, low, 3, high, 2);
    assert_true(curve.auc == 0.0 && curve.count == 3);
    assert_true(curve.points[1].false_positive == 1.0f && curve.points[1].true_positive == 0.0f);

    /* One score for all, the two zeros included: chance, in one straight line. */
    float zeros[] = {0.0f, -0.0f, 0.0f}, negative_zeros[] = {-0.0f, 0.0f};
    roc_curve_compute(&curve, zeros, 3, negative_zeros, 2);
    assert_true(curve.auc == 0.5 && curve.count == 2);

    float infinite[] = {INFINITY, 1.0f, -INFINITY}, others[] = {-INFINITY, -1.0f};
    roc_curve_compute(&curve, infinite, 3, others, 2);
    assert_true(curve.auc == 4.5 / 6.0);
}

static void without_samples_there_is_no_curve(void **state)
{
    (void)state;
    struct roc_curve curve;
    float scores[] = {0.5f};
    roc_curve_compute(&curve, scores, 1, NULL, 0);
    assert_true(curve.count == 0 && isnan(curve.auc));
    roc_curve_compute(&curve, NULL, 0, scores, 1);
    assert_true(curve.count == 0 && isnan(curve.auc));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_equal_the_slow_reference),
        cmocka_unit_test(long_curves_keep_their_shape),
        cmocka_unit_test(known_curves),
        cmocka_unit_test(without_samples_there_is_no_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
