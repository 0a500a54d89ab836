/* What several results have in common. */
#include "app/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "base/log.h"
#include "base/number_exact.h"
#include "base/number_text.h"
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
    add_text(item, "doubt", data->doubt);
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

/* The largest of `count` values without its sign. */
static double largest(const float *values, size_t count)
{
    double most = 0;
    for (size_t i = 0; values && i < count; i++)
        most = fmax(most, fabs((double)values[i]));
    return most;
}

const char *report_explain_loss(const struct trainer *trainer, char text[REPORT_REASON])
{
    static const double square_overflows = 1e18; /* of a float, with room for a sum */
    const struct data *data = trainer_data(trainer);
    double inputs = 0, targets = 0;
    const struct dataset *const splits[] = {&data->train, &data->test};
    for (int i = 0; i < 2; i++) {
        const struct dataset *d = splits[i];
        const size_t size = dataset_sample_size(d);
        inputs = fmax(inputs, largest(d->values, d->count * size));
        targets = fmax(targets, largest(d->targets, d->count * (size_t)data->targets));
    }
    if (inputs > square_overflows)
        snprintf(text, REPORT_REASON,
                 "inputs reach %s, too much for 32-bit floats; scale them, with "
                 "scale=standard after the colon of --data",
                 LS_NUMBER(inputs));
    else if (targets > square_overflows)
        snprintf(text, REPORT_REASON,
                 "targets reach %s, and their squares are too much for 32-bit floats; "
                 "scale them in the file",
                 LS_NUMBER(targets));
    else
        snprintf(text, REPORT_REASON, "try a smaller --lr");
    return text;
}

void report_warn_of_loss(struct cJSON *root, const struct trainer *trainer, float test_loss, bool told)
{
    char text[REPORT_REASON];
    if (isfinite(test_loss) && !told)
        return;
    report_explain_loss(trainer, text);
    cJSON_AddStringToObject(root, "warning", text);
    if (!told)
        log_warning("the test loss after step %" PRIu64 " is not a finite number; %s",
                    trainer_steps_taken(trainer), text);
}
