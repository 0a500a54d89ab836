/* Bytes that came as numbers, and values that ask for scaling. */
#include "data/ranges.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "data/picture.h"

enum { LEAST_FEATURES = 16, LEAST_MOST = 128, LEAST_PICTURE_MOST = 33 };

static const float wide = 10.0f; /* times, and the value that calls for scaling */

static bool whole_bytes(const struct dataset *set, float *most)
{
    const size_t count = set->count * dataset_sample_size(set);
    for (size_t i = 0; i < count; i++) {
        const float x = set->values[i];
        if (!(x >= 0.0f && x <= 255.0f && x == floorf(x)))
            return false;
        *most = x > *most ? x : *most;
    }
    return true;
}

bool ranges_look_like_bytes(const struct data *data)
{
    const bool picture = dataset_has_picture(&data->train);
    float most = 0.0f;
    if (!data->train.values || (!picture && dataset_sample_size(&data->train) < LEAST_FEATURES))
        return false;
    return whole_bytes(&data->train, &most) && whole_bytes(&data->test, &most) &&
           most >= (picture ? LEAST_PICTURE_MOST : LEAST_MOST);
}

static void narrow(struct dataset *set)
{
    const size_t count = set->count * dataset_sample_size(set);
    set->pixels = ls_calloc(count, 1);
    for (size_t i = 0; i < count; i++)
        set->pixels[i] = (uint8_t)set->values[i];
    free(set->values);
    set->values = NULL;
}

void ranges_narrow(struct data *data)
{
    narrow(&data->train);
    narrow(&data->test);
}

/* Of the training split: the least and largest value, and the ranges of features that change at all. */
struct ranges {
    float least, most, narrowest, widest;
};

static struct ranges measure(const struct dataset *set)
{
    const size_t size = dataset_sample_size(set);
    struct ranges all = {INFINITY, -INFINITY, INFINITY, 0.0f};
    float *least = ls_calloc(size, sizeof *least), *most = ls_calloc(size, sizeof *most);
    for (size_t n = 0; n < set->count; n++)
        for (size_t i = 0; i < size; i++) {
            const float x = set->values[n * size + i];
            least[i] = n == 0 || x < least[i] ? x : least[i];
            most[i] = n == 0 || x > most[i] ? x : most[i];
        }
    for (size_t i = 0; i < size; i++) {
        const float range = most[i] - least[i];
        all.least = fminf(all.least, least[i]);
        all.most = fmaxf(all.most, most[i]);
        all.widest = fmaxf(all.widest, range);
        all.narrowest = range > 0.0f ? fminf(all.narrowest, range) : all.narrowest;
    }
    free(least);
    free(most);
    return all;
}

void ranges_advise(struct data *data)
{
    const struct ranges all = measure(&data->train);
    const bool picture = dataset_has_picture(&data->train), many = dataset_sample_size(&data->train) > 1;
    const bool like_bytes = all.least >= 0.0f && all.most <= 255.0f && all.most >= LEAST_PICTURE_MOST;
    char text[NUMBER_TEXT_SIZE], low[NUMBER_TEXT_SIZE];
    data->advice[0] = 0;
    if (!picture && many && all.widest >= wide * all.narrowest)
        snprintf(data->advice, sizeof data->advice, "ranges differ by %s times: consider scale=standard",
                 number_text(text, (double)(all.widest / all.narrowest), 3, NUMBER_PLAIN));
    else if (fmaxf(all.most, -all.least) > wide)
        snprintf(data->advice, sizeof data->advice, "values from %s to %s: consider scale=%s",
                 number_text(low, (double)all.least, 4, NUMBER_PLAIN),
                 number_text(text, (double)all.most, 4, NUMBER_PLAIN),
                 !picture     ? "standard"
                 : like_bytes ? "byte"
                              : "unit");
}
