/* From samples as they were read to samples as they are trained on. */
#include "data/finish.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "base/rng.h"
#include "data/capacity.h"
#include "data/ranges.h"

static bool check_pair(const struct data *data, const char *origin, struct error *err)
{
    const struct dataset *a = &data->train, *b = &data->test;
    if (a->count == 0)
        return error_set(err, "%s: expected samples to train with, found none", origin);
    if (b->count == 0 || (a->channels == b->channels && a->height == b->height && a->width == b->width))
        return true;
    return error_set(err, "%s: training samples are %d×%d×%d, test samples %d×%d×%d; expected the same shape",
                     origin, a->channels, a->height, a->width, b->channels, b->height, b->width);
}

static bool check_finite(const struct data *data, const struct dataset *set, const char *name,
                         const char *origin, struct error *err)
{
    const size_t size = dataset_sample_size(set), targets = (size_t)data->targets;
    for (size_t i = 0; set->values && i < set->count * size; i++)
        if (!isfinite(set->values[i]))
            return error_set(err,
                             "%s: value %zu of %s sample %zu is %s; expected finite numbers that fit a "
                             "32-bit float (both count from 0)",
                             origin, i % size, name, i / size, LS_NUMBER(set->values[i]));
    for (size_t i = 0; set->targets && i < set->count * targets; i++)
        if (!isfinite(set->targets[i]))
            return error_set(err,
                             "%s: target %zu of %s sample %zu is %s; expected finite numbers that fit a "
                             "32-bit float (both count from 0)",
                             origin, i % targets, name, i / targets, LS_NUMBER(set->targets[i]));
    return true;
}

/* ---- split ---- */

/* Moves `size` bytes of each marked sample to `test`, and the others together. Either may be NULL. */
static void *take_marked(void *memory, void **test, const uint8_t *marked, uint32_t count, uint32_t tests,
                         size_t size)
{
    if (!memory)
        return NULL;
    uint8_t *from = memory, *taken = ls_calloc(tests, size);
    *test = taken;
    size_t kept = 0, moved = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (marked[i])
            memcpy(taken + moved++ * size, from + i * size, size);
        else
            memmove(from + kept++ * size, from + i * size, size);
    }
    return ls_realloc(memory, kept * size);
}

static bool split(struct data *data, const struct data_spec *spec, const char *origin, struct error *err)
{
    struct dataset *train = &data->train, *test = &data->test;
    const double wanted = spec->split < 1.0 ? floor(spec->split * train->count + 0.5) : spec->split;
    if (train->count < 2 || wanted > train->count - 1.0)
        return error_set(err,
                         "%s: cannot keep %.0f of %u samples for testing; at least one of each kind is "
                         "needed",
                         origin, wanted < 1.0 ? 1.0 : wanted, train->count);
    const uint32_t tests = wanted < 1.0 ? 1 : (uint32_t)wanted;
    const size_t size = dataset_sample_size(train);
    if (!capacity_check(tests, size * (train->values ? sizeof(float) : 1), origin, err))
        return false;
    /* No epoch has that number, so that the choice is none of training's shuffles. */
    const struct rng_shuffle shuffle = rng_shuffle_init(spec->seed, UINT32_MAX, train->count);
    uint8_t *marked = ls_calloc(train->count, 1);
    for (uint32_t i = 0; i < tests; i++)
        marked[rng_permute(&shuffle, i)] = 1;
    *test = (struct dataset){
        .count = tests, .channels = train->channels, .height = train->height, .width = train->width};
    void *part = NULL;
    train->pixels = take_marked(train->pixels, &part, marked, train->count, tests, size);
    test->pixels = part;
    part = NULL;
    train->values = take_marked(train->values, &part, marked, train->count, tests, size * sizeof(float));
    test->values = part;
    part = NULL;
    train->labels = take_marked(train->labels, &part, marked, train->count, tests, sizeof(int32_t));
    test->labels = part;
    part = NULL;
    train->targets = take_marked(train->targets, &part, marked, train->count, tests,
                                 (size_t)data->targets * sizeof(float));
    test->targets = part;
    free(marked);
    train->count -= tests;
    snprintf(data->split, sizeof data->split, "%u of %u samples drawn with seed %" PRIu64 " are for testing",
             tests, train->count + tests, spec->seed);
    return true;
}

/* ---- scaling ---- */

static bool widen(struct dataset *set, const char *origin, struct error *err)
{
    if (!set->pixels)
        return true;
    const size_t count = set->count * dataset_sample_size(set);
    if (!capacity_check(count, sizeof(float), origin, err))
        return false;
    set->values = ls_calloc(count, sizeof *set->values);
    for (size_t i = 0; i < count; i++)
        set->values[i] = set->pixels[i];
    free(set->pixels);
    set->pixels = NULL;
    return true;
}

/* x → (x − shift) · factor of one feature, from the training split alone. */
static void measure(const struct dataset *train, size_t feature, bool standard, float *shift, float *factor)
{
    const size_t size = dataset_sample_size(train);
    double least = INFINITY, most = -INFINITY, sum = 0.0, squares = 0.0;
    for (size_t n = 0; n < train->count; n++) {
        const double x = train->values[n * size + feature];
        least = fmin(least, x);
        most = fmax(most, x);
        sum += x;
    }
    const double mean = sum / train->count;
    for (size_t n = 0; standard && n < train->count; n++) {
        const double x = train->values[n * size + feature] - mean;
        squares += x * x;
    }
    const double spread = standard ? sqrt(squares / train->count) : most - least;
    *shift = (float)(standard ? mean : least);
    *factor = spread > 0.0 ? (float)(1.0 / spread) : 0.0f;
}

static void apply(struct dataset *set, const float *shifts, const float *factors)
{
    const size_t size = dataset_sample_size(set);
    for (size_t n = 0; n < set->count; n++)
        for (size_t i = 0; i < size; i++) {
            float *x = set->values + n * size + i;
            *x = (*x - shifts[i]) * factors[i];
        }
}

static void scale_features(struct data *data, bool standard)
{
    const size_t size = dataset_sample_size(&data->train);
    float *shifts = ls_calloc(size, sizeof *shifts), *factors = ls_calloc(size, sizeof *factors);
    for (size_t i = 0; i < size; i++)
        measure(&data->train, i, standard, &shifts[i], &factors[i]);
    apply(&data->train, shifts, factors);
    apply(&data->test, shifts, factors);
    free(shifts);
    free(factors);
}

static void divide(struct dataset *set)
{
    for (size_t i = 0; i < set->count * dataset_sample_size(set); i++)
        set->values[i] /= 255.0f;
}

static bool scale(struct data *data, enum data_scale kind, const char *origin, struct error *err)
{
    static const char *const names[] = {
        [SCALE_NONE] = "none",
        [SCALE_BYTE] = "byte",
        [SCALE_UNIT] = "unit",
        [SCALE_STANDARD] = "standard",
    };
    static const char *const words[] = {
        [SCALE_NONE] = "none",
        [SCALE_BYTE] = "x / 255",
        [SCALE_UNIT] = "each feature's training values to 0 … 1",
        [SCALE_STANDARD] = "each feature's training values to mean 0, deviation 1",
    };
    snprintf(data->scaling, sizeof data->scaling, "%s", words[kind]);
    data->scale = names[kind];
    /* Bytes stay bytes: a network sees them / 255. */
    if (kind == SCALE_BYTE && data->train.pixels && data->test.pixels)
        return true;
    if (!widen(&data->train, origin, err) || !widen(&data->test, origin, err))
        return false;
    if (kind == SCALE_BYTE) {
        divide(&data->train);
        divide(&data->test);
    } else if (kind != SCALE_NONE) {
        scale_features(data, kind == SCALE_STANDARD);
    }
    return true;
}

/* Values that came as numbers and whose scaling nobody asked for. */
static bool scale_by_looks(struct data *data, const char *origin, struct error *err)
{
    if (!ranges_look_like_bytes(data)) {
        ranges_advise(data);
        return scale(data, SCALE_NONE, origin, err);
    }
    ranges_narrow(data);
    snprintf(data->advice, sizeof data->advice, "%s",
             "whole numbers from 0 to 255 are taken as bytes: scale=none leaves them");
    return scale(data, SCALE_BYTE, origin, err);
}

bool data_finish(struct data *data, const struct data_spec *spec, const char *origin, struct error *err)
{
    if (!check_pair(data, origin, err) || !check_finite(data, &data->train, "training", origin, err) ||
        !check_finite(data, &data->test, "test", origin, err))
        return false;
    if (data->targets == 0 && data->classes < 2)
        return error_set(err, "%s: expected at least 2 classes, found %d", origin, data->classes);
    if (data->test.count > 0 && spec->split_given)
        return error_set_usage(err, "%s: split: the data name their own test samples", origin);
    if (data->test.count > 0)
        snprintf(data->split, sizeof data->split, "as the data name it");
    else if (!split(data, spec, origin, err))
        return false;
    if (spec->scale != SCALE_AUTO || data->train.pixels)
        return scale(data, spec->scale == SCALE_AUTO ? SCALE_BYTE : spec->scale, origin, err);
    return scale_by_looks(data, origin, err);
}
