/* What several results have in common. */
#include "app/report.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "base/number_exact.h"
#include "compute/traffic.h"
#include "nn/optimizer.h"
#include "nn/trainer.h"

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
