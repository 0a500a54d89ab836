/* ROC curves: both groups of scores are sorted by radix, merged into the corners of the curve, and thinned
 * by splitting where the straight line is farthest off. */
#include "nn/roc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS, PASSES = 3 };

/* Numbers samples passed so far. */
struct corner {
    uint32_t false_positives, true_positives;
};

/* Where a corner is seen: in a linear plot, and in one with a logarithmic axis from 10⁻⁴ and rates from ½. */
struct place {
    float x[2], y[2];
};

/* Corners first … last stand as one straight line, from which corner `worst` is the farthest. */
struct piece {
    uint32_t first, last, worst;
    float distance;
};

/* Bits that sort as the score falls. */
static uint32_t key_of(float score)
{
    const float positive_zero = score + 0.0f;
    uint32_t bits;
    memcpy(&bits, &positive_zero, sizeof bits);
    return bits & 0x80000000u ? bits : ~bits & 0x7fffffffu;
}

static float score_of(uint32_t key)
{
    const uint32_t bits = key & 0x80000000u ? key : ~key & 0x7fffffffu;
    float score;
    memcpy(&score, &bits, sizeof score);
    return score;
}

static void sort_falling(float *scores, uint32_t count, uint32_t *keys, uint32_t *other)
{
    uint32_t counts[PASSES][RADIX] = {{0}};
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = key_of(scores[i]);
        for (int pass = 0; pass < PASSES; pass++)
            counts[pass][keys[i] >> (pass * RADIX_BITS) & (RADIX - 1)]++;
    }
    for (int pass = 0; pass < PASSES; pass++) {
        uint32_t begin = 0;
        for (int digit = 0; digit < RADIX; digit++) {
            const uint32_t size = counts[pass][digit];
            counts[pass][digit] = begin;
            begin += size;
        }
        for (uint32_t i = 0; i < count; i++)
            other[counts[pass][keys[i] >> (pass * RADIX_BITS) & (RADIX - 1)]++] = keys[i];
        uint32_t *const sorted = other;
        other = keys;
        keys = sorted;
    }
    for (uint32_t i = 0; i < count; i++)
        scores[i] = score_of(keys[i]);
}

static uint32_t pass_ties(const float *scores, uint32_t count, uint32_t from, float threshold)
{
    while (from < count && scores[from] >= threshold)
        from++;
    return from;
}

/* A corner on a level or upright line from the one before last replaces the last. */
static uint32_t add_corner(struct corner *corners, uint32_t count, struct corner corner)
{
    if (count >= 2) {
        const struct corner a = corners[count - 2], b = corners[count - 1];
        if ((a.false_positives == b.false_positives && b.false_positives == corner.false_positives) ||
            (a.true_positives == b.true_positives && b.true_positives == corner.true_positives))
            count--;
    }
    corners[count] = corner;
    return count + 1;
}

/* Fills `corners` from sorted scores; `doubled_wins` counts a pair with the positive higher as 2 and a tie as
 * 1. */
static uint32_t merge(const float *positives, uint32_t positive_count, const float *negatives,
                      uint32_t negative_count, struct corner *corners, uint64_t *doubled_wins)
{
    struct corner at = {0, 0};
    uint32_t count = add_corner(corners, 0, at);
    *doubled_wins = 0;
    while (at.true_positives < positive_count || at.false_positives < negative_count) {
        const float positive = at.true_positives < positive_count ? positives[at.true_positives] : -INFINITY;
        const float negative =
            at.false_positives < negative_count ? negatives[at.false_positives] : -INFINITY;
        const float threshold = positive > negative ? positive : negative;
        const struct corner next = {pass_ties(negatives, negative_count, at.false_positives, threshold),
                                    pass_ties(positives, positive_count, at.true_positives, threshold)};
        *doubled_wins += (uint64_t)(next.false_positives - at.false_positives) *
                         ((uint64_t)at.true_positives + next.true_positives);
        count = add_corner(corners, count, next);
        at = next;
    }
    return count;
}

static struct roc_point rates(struct corner corner, struct corner last)
{
    return (struct roc_point){(float)corner.false_positives / (float)last.false_positives,
                              (float)corner.true_positives / (float)last.true_positives};
}

static struct place place_of(struct roc_point point)
{
    return (struct place){{point.false_positive, 0.25f * log10f(fmaxf(point.false_positive, 1e-4f)) + 1.0f},
                          {point.true_positive, 2.0f * fmaxf(point.true_positive, 0.5f) - 1.0f}};
}

static float distance_from_line(const struct place *a, const struct place *b, const struct place *p)
{
    float farthest = 0.0f;
    for (int plot = 0; plot < 2; plot++) {
        const float dx = b->x[plot] - a->x[plot], dy = b->y[plot] - a->y[plot];
        const float px = p->x[plot] - a->x[plot], py = p->y[plot] - a->y[plot];
        const float length = hypotf(dx, dy);
        const float distance = length > 0.0f ? fabsf(dx * py - dy * px) / length : hypotf(px, py);
        farthest = fmaxf(farthest, distance);
    }
    return farthest;
}

static struct piece measure(const struct place *places, uint32_t first, uint32_t last)
{
    struct piece piece = {first, last, first, -1.0f};
    for (uint32_t i = first + 1; i < last; i++) {
        const float distance = distance_from_line(&places[first], &places[last], &places[i]);
        if (distance > piece.distance) {
            piece.distance = distance;
            piece.worst = i;
        }
    }
    return piece;
}

static int by_first(const void *a, const void *b)
{
    const struct piece *one = a, *two = b;
    return (one->first > two->first) - (one->first < two->first);
}

/* Keeps ROC_POINTS of the corners. */
static void thin(struct roc_curve *curve, const struct corner *corners, uint32_t count)
{
    const struct corner last = corners[count - 1];
    struct place *places = ls_calloc(count, sizeof *places);
    for (uint32_t i = 0; i < count; i++)
        places[i] = place_of(rates(corners[i], last));
    struct piece pieces[ROC_POINTS - 1];
    int piece_count = 1;
    pieces[0] = measure(places, 0, count - 1);
    while (piece_count < ROC_POINTS - 1) {
        int worst = 0;
        for (int i = 1; i < piece_count; i++)
            worst = pieces[i].distance > pieces[worst].distance ? i : worst;
        const struct piece whole = pieces[worst];
        pieces[worst] = measure(places, whole.first, whole.worst);
        pieces[piece_count++] = measure(places, whole.worst, whole.last);
    }
    qsort(pieces, (size_t)piece_count, sizeof *pieces, by_first);
    for (int i = 0; i < piece_count; i++)
        curve->points[i] = rates(corners[pieces[i].first], last);
    curve->points[piece_count] = rates(last, last);
    curve->count = ROC_POINTS;
    free(places);
}

void roc_curve_compute(struct roc_curve *curve, float *positives, uint32_t positive_count, float *negatives,
                       uint32_t negative_count)
{
    curve->count = 0;
    curve->auc = NAN;
    if (positive_count == 0 || negative_count == 0)
        return;
    const uint32_t larger = positive_count > negative_count ? positive_count : negative_count;
    uint32_t *keys = ls_calloc(2 * (size_t)larger, sizeof *keys);
    sort_falling(positives, positive_count, keys, keys + larger);
    sort_falling(negatives, negative_count, keys, keys + larger);
    free(keys);

    struct corner *corners = ls_calloc((size_t)positive_count + negative_count + 1, sizeof *corners);
    uint64_t doubled_wins;
    const uint32_t count =
        merge(positives, positive_count, negatives, negative_count, corners, &doubled_wins);
    curve->auc = (double)doubled_wins / (2.0 * positive_count * negative_count);
    if (count > ROC_POINTS) {
        thin(curve, corners, count);
    } else {
        for (uint32_t i = 0; i < count; i++)
            curve->points[i] = rates(corners[i], corners[count - 1]);
        curve->count = (int)count;
    }
    free(corners);
}
