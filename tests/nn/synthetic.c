/* Samples from the counter-based generator, so that every run sees the same ones. */
#include "synthetic.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/rng.h"

static void fill(struct dataset *split, int size, int classes, uint32_t count, uint64_t seed)
{
    split->count = count;
    split->channels = 1;
    split->height = split->width = size;
    const size_t pixels = (size_t)size * (size_t)size;
    split->pixels = ls_calloc(count * pixels, 1);
    split->labels = ls_calloc(count, sizeof *split->labels);
    for (uint32_t n = 0; n < count; n++) {
        const int label = (int)(rng_word(seed, RNG_TEST, 0, n) % (uint32_t)classes);
        split->labels[n] = label;
        for (size_t i = 0; i < pixels; i++) {
            const bool bar = (int)(i % (size_t)size) == label;
            const uint32_t noise = rng_word(seed, RNG_TEST, 1, n * pixels + i) % 100;
            split->pixels[n * pixels + i] = (uint8_t)(noise + (bar ? 120u : 0u));
        }
    }
}

struct data *synthetic_create(int size, int classes, uint32_t train_count, uint32_t test_count)
{
    struct data *data = ls_calloc(1, sizeof *data);
    snprintf(data->name, sizeof data->name, "synthetic");
    data->classes = classes;
    fill(&data->train, size, classes, train_count, 11);
    fill(&data->test, size, classes, test_count, 12);
    data->class_names = ls_calloc((size_t)classes, sizeof *data->class_names);
    for (int c = 0; c < classes; c++)
        data->class_names[c] = ls_sprintf("%d", c);
    return data;
}

void synthetic_destroy(struct data *data)
{
    for (int c = 0; c < data->classes; c++)
        free(data->class_names[c]);
    free(data->class_names);
    free(data->train.pixels);
    free(data->train.labels);
    free(data->test.pixels);
    free(data->test.labels);
    free(data);
}
