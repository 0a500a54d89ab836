/* Samples in memory, wherever they came from. */
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"

void dataset_deinit(struct dataset *set)
{
    free(set->pixels);
    free(set->labels);
    free(set->values);
    free(set->targets);
    memset(set, 0, sizeof *set);
}

void data_destroy(struct data *data)
{
    if (!data)
        return;
    dataset_deinit(&data->train);
    dataset_deinit(&data->test);
    for (int i = 0; data->class_names && i < data->classes; i++)
        free(data->class_names[i]);
    free(data->class_names);
    free(data);
}

int data_outputs(const struct data *data) { return data->targets ? data->targets : data->classes; }

size_t dataset_sample_size(const struct dataset *set)
{
    return (size_t)set->channels * (size_t)set->height * (size_t)set->width;
}

float dataset_value(const struct dataset *set, uint32_t sample, size_t at)
{
    const size_t i = sample * dataset_sample_size(set) + at;
    return set->values ? set->values[i] : (float)set->pixels[i] / 255.0f;
}
