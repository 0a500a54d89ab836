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
    for (size_t i = 0; data->feature_names && i < data->feature_count; i++)
        free(data->feature_names[i]);
    free(data->feature_names);
    free(data->target_name);
    for (int i = 0; i < data->dropped_count; i++)
        free(data->dropped[i].name);
    free(data->dropped);
    free(data->summary);
    free(data);
}

int data_outputs(const struct data *data) { return data->targets ? data->targets : data->classes; }

const char *data_feature_name(const struct data *data, size_t at)
{
    return data->feature_names && at < data->feature_count ? data->feature_names[at] : NULL;
}

const char *data_target_name(const struct data *data, int at)
{
    return at == 0 && data->targets == 1 ? data->target_name : NULL;
}

size_t dataset_sample_size(const struct dataset *set)
{
    return (size_t)set->channels * (size_t)set->height * (size_t)set->width;
}

float dataset_value(const struct dataset *set, uint32_t sample, size_t at)
{
    const size_t i = sample * dataset_sample_size(set) + at;
    return set->values ? set->values[i] : (float)set->pixels[i] / 255.0f;
}
