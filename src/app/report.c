/* What several results have in common. */
#include "app/report.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "base/number_exact.h"
#include "compute/traffic.h"
#include "data/dataset.h"
#include "nn/optimizer.h"
#include "nn/trainer.h"

/* A text, or null when there is none. */
static void add_text(cJSON *item, const char *name, const char *text)
{
    if (text && *text)
        cJSON_AddStringToObject(item, name, text);
    else
        cJSON_AddNullToObject(item, name);
}

void report_add_data(struct cJSON *root, const struct data *data)
{
    const struct dataset *train = &data->train;
    cJSON *item = cJSON_AddObjectToObject(root, "data_set");
    cJSON_AddStringToObject(item, "name", data->name);
    cJSON_AddStringToObject(item, "format", data->format);
    cJSON_AddNumberToObject(item, "training", train->count);
    cJSON_AddNumberToObject(item, "test", data->test.count);
    const int shape[] = {train->channels, train->height, train->width};
    cJSON_AddItemToObject(item, "shape", cJSON_CreateIntArray(shape, 3));
    cJSON *classes = cJSON_AddArrayToObject(item, "classes");
    for (int c = 0; c < data->classes; c++)
        cJSON_AddItemToArray(classes, cJSON_CreateString(data->class_names[c]));
    cJSON_AddNumberToObject(item, "targets", data->targets);
    add_text(item, "label", data->label);
    cJSON *features = cJSON_AddArrayToObject(item, "features");
    for (size_t i = 0; i < data->feature_count; i++)
        cJSON_AddItemToArray(features, cJSON_CreateString(data_feature_name(data, i)));
    cJSON *dropped = cJSON_AddArrayToObject(item, "dropped");
    for (int i = 0; i < data->dropped_count; i++) {
        cJSON *column = cJSON_CreateObject();
        cJSON_AddNumberToObject(column, "column", data->dropped[i].column);
        add_text(column, "name", data->dropped[i].name);
        cJSON_AddStringToObject(column, "why", data->dropped[i].why);
        cJSON_AddItemToArray(dropped, column);
    }
    cJSON_AddStringToObject(item, "split", data->split);
    cJSON_AddStringToObject(item, "scale", data->scale);
    cJSON_AddStringToObject(item, "scaling", data->scaling);
    add_text(item, "advice", data->advice);
    add_text(item, "summary", data->summary);
}

void report_add_traffic(struct cJSON *root)
{
    struct traffic traffic;
    traffic_read(&traffic);
    cJSON *all = cJSON_AddObjectToObject(root, "traffic");
    for (int purpose = 0; purpose < TRAFFIC_PURPOSE_COUNT; purpose++) {
        cJSON *item = cJSON_AddObjectToObject(all, traffic_purpose_name((enum traffic_purpose)purpose));
        cJSON_AddNumberToObject(item, "to_device", (double)traffic.to_device[purpose]);
        cJSON_AddNumberToObject(item, "to_host", (double)traffic.to_host[purpose]);
    }
}

void report_add_sharing(struct cJSON *root, const char *way, const char *reason)
{
    cJSON *item = cJSON_AddObjectToObject(root, "sharing");
    cJSON_AddStringToObject(item, "way", way);
    if (reason)
        cJSON_AddStringToObject(item, "reason", reason);
}

void report_add_training(struct cJSON *root, const struct trainer *trainer)
{
    const struct optimizer *optimizer = trainer_optimizer(trainer);
    char text[SCHEDULE_TEXT];
    cJSON_AddStringToObject(root, "optimizer", optimizer_name(optimizer->kind));
    cJSON_AddNumberToObject(root, "learning_rate", number_plain(trainer_learning_rate(trainer)));
    cJSON_AddStringToObject(root, "schedule", schedule_print(trainer_schedule(trainer), text));
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
        if (optimizer_reads(optimizer, i))
            cJSON_AddNumberToObject(root, optimizer_hyperparameters[i].name,
                                    number_plain(optimizer_value(optimizer, i)));
}
