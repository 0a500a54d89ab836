/* Keras's summary of the model, and every setting that holds. */
#include "app/summary.h"

#include <stdio.h>
#include <string.h>

#include "app/summary_layer.h"
#include "base/number_text.h"
#include "base/terminal.h"
#include "nn/optimizer.h"

enum { CELL = NETWORK_MAX_INPUTS * (NETWORK_NAME + 2) };

/* As Keras counts them: running statistics are parameters that are not trained. */
static size_t layer_parameters(const struct layer *layer)
{
    size_t count = 0;
    for (int p = 0; p < layer->parameter_count; p++)
        count += layer->parameters[p].count;
    for (int b = 0; b < layer->buffer_count; b++)
        count += layer->buffers[b].count;
    return count;
}

/* Has its output rows and columns, even if there is one of each? */
static bool is_map(const struct network *network, const struct layer *layer)
{
    switch (layer->kind) {
    case LAYER_CONV2D:
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
        return true;
    case LAYER_INPUT:
        return layer->output.height > 1 || layer->output.width > 1;
    case LAYER_DENSE:
    case LAYER_FLATTEN:
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return false;
    default:
        return is_map(network, &network->layers[layer->inputs[0]]);
    }
}

/* 61706 as "61,706". */
static const char *with_commas(size_t value, char text[32])
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%zu", value);
    int used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

/* As Keras counts and prints memory: 1024 bytes are a KB. */
static void print_total(const char *name, size_t count)
{
    static const char *const units[] = {"B", "KB", "MB", "GB"};
    double bytes = (double)count * sizeof(float);
    int unit = 0;
    for (; bytes >= 1024 && unit < 3; unit++)
        bytes /= 1024;
    char text[32];
    terminal_print(stdout, "%s: %s (%.2f %s)\n", name, with_commas(count, text), bytes, units[unit]);
}

enum { COLUMN_LAYER, COLUMN_SHAPE, COLUMN_PARAMETERS, COLUMN_INPUTS, COLUMNS };

static void fill_row(const struct network *network, int index, char row[COLUMNS][CELL])
{
    const struct layer *layer = &network->layers[index];
    const struct shape s = layer->output;
    snprintf(row[COLUMN_LAYER], CELL, "%s (%s)", layer->name,
             layer->kind == LAYER_INPUT ? "InputLayer" : layer_kind_name(layer));
    if (is_map(network, layer))
        snprintf(row[COLUMN_SHAPE], CELL, "(None, %d, %d, %d)", s.channels, s.height, s.width);
    else
        snprintf(row[COLUMN_SHAPE], CELL, "(None, %d)", s.channels);
    char count[32];
    snprintf(row[COLUMN_PARAMETERS], CELL, "%s", with_commas(layer_parameters(layer), count));
    row[COLUMN_INPUTS][0] = '\0';
    for (int i = 0; i < layer->input_count; i++) {
        const size_t used = strlen(row[COLUMN_INPUTS]);
        snprintf(row[COLUMN_INPUTS] + used, CELL - used, "%s%s", i ? ", " : "",
                 network->layers[layer->inputs[i]].name);
    }
    if (layer->input_count == 0)
        snprintf(row[COLUMN_INPUTS], CELL, "-");
}

static void print_rule(const int widths[COLUMNS], char c)
{
    for (int column = 0; column < COLUMNS; column++)
        for (int i = 0; i < widths[column] + (column ? 2 : 0); i++)
            putchar(c);
    putchar('\n');
}

static void print_row(char row[COLUMNS][CELL], const int widths[COLUMNS])
{
    for (int column = 0; column < COLUMNS; column++) {
        const char *gap = column ? "  " : "";
        const int width = column == COLUMNS - 1 ? 0 : widths[column];
        terminal_print(stdout, column == COLUMN_PARAMETERS ? "%s%*s" : "%s%-*s", gap, width, row[column]);
    }
    putchar('\n');
}

static void print_table(const struct network *network)
{
    static const char heads[COLUMNS][CELL] = {"Layer (type)", "Output Shape", "Param #", "Connected to"};
    int widths[COLUMNS];
    char row[COLUMNS][CELL];
    for (int column = 0; column < COLUMNS; column++)
        widths[column] = (int)strlen(heads[column]);
    for (int i = 0; i < network->layer_count; i++) {
        fill_row(network, i, row);
        for (int column = 0; column < COLUMNS; column++)
            if ((int)strlen(row[column]) > widths[column])
                widths[column] = (int)strlen(row[column]);
    }
    memcpy(row, heads, sizeof row);
    print_row(row, widths);
    print_rule(widths, '=');
    for (int i = 0; i < network->layer_count; i++) {
        fill_row(network, i, row);
        print_row(row, widths);
    }
    print_rule(widths, '=');
}

static void print_settings(const struct network *network)
{
    char text[512];
    int width = 13;
    for (int i = 1; i < network->layer_count; i++)
        if ((int)strlen(network->layers[i].name) > width)
            width = (int)strlen(network->layers[i].name);
    for (int i = 1; i < network->layer_count; i++) {
        summary_describe_layer(network, i, text, sizeof text);
        if (text[0])
            terminal_print(stdout, "%-*s  %s\n", width, network->layers[i].name, text);
    }
}

static const char *loss_text(const struct network *network)
{
    static const char *const names[] = {[LOSS_CROSS_ENTROPY] = "categorical_crossentropy",
                                        [LOSS_MSE] = "mean_squared_error",
                                        [LOSS_BINARY_CROSS_ENTROPY] = "binary_crossentropy"};
    return names[network->program.loss];
}

static void print_training(const struct session *session)
{
    const struct recipe *recipe = &session->recipe;
    const struct optimizer *optimizer = &recipe->optimizer;
    terminal_print(stdout, "loss           %s\n", loss_text(session->network));
    terminal_print(stdout, "optimizer      %s, learning rate %s", optimizer_name(optimizer->kind),
                   LS_NUMBER_GIVEN(recipe->learning_rate));
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
        if (optimizer_reads(optimizer, i))
            terminal_print(stdout, ", %s %s", optimizer_hyperparameters[i].name,
                           LS_NUMBER_GIVEN(optimizer_value(optimizer, i)));
    char schedule[SCHEDULE_TEXT];
    terminal_print(stdout, "\nschedule       %s\n", schedule_print(&recipe->schedule, schedule));
    terminal_print(stdout, "batch          %d\n", trainer_batch(session->trainer));
    if (recipe->keras)
        terminal_print(stdout, "from Keras     Keras's defaults; values stay (channels, height, width)%s\n",
                       recipe->channels_last ? ", in its file channels are last" : "");
}

void summary_print(const struct session *session)
{
    const struct program *program = &session->network->program;
    terminal_print(stdout, "Model: \"%s\"\n", session->network->name);
    print_table(session->network);
    print_total("Total params", program->parameter_count + program->buffer_count);
    print_total("Trainable params", program->parameter_count);
    print_total("Non-trainable params", program->buffer_count);
    putchar('\n');
    print_settings(session->network);
    putchar('\n');
    print_training(session);
}

static void add_layer(cJSON *layers, const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(layers, item);
    cJSON_AddStringToObject(item, "name", layer->name);
    cJSON_AddStringToObject(item, "kind", layer_kind_name(layer));
    const int shape[] = {layer->output.channels, layer->output.height, layer->output.width};
    cJSON_AddItemToObject(item, "output_shape", cJSON_CreateIntArray(shape, 3));
    cJSON_AddNumberToObject(item, "parameters", (double)layer_parameters(layer));
    cJSON *inputs = cJSON_AddArrayToObject(item, "inputs");
    for (int i = 0; i < layer->input_count; i++)
        cJSON_AddItemToArray(inputs, cJSON_CreateString(network->layers[layer->inputs[i]].name));
    summary_add_settings(item, network, index);
}

void summary_add_json(cJSON *root, const struct session *session)
{
    const struct network *network = session->network;
    const struct recipe *recipe = &session->recipe;
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    for (int i = 0; i < network->layer_count; i++)
        add_layer(layers, network, i);
    const double trained = (double)network->program.parameter_count;
    const double fixed = (double)network->program.buffer_count;
    cJSON_AddNumberToObject(root, "parameters", trained + fixed);
    cJSON_AddNumberToObject(root, "trainable_parameters", trained);
    cJSON_AddNumberToObject(root, "non_trainable_parameters", fixed);
    cJSON *training = cJSON_AddObjectToObject(root, "training");
    cJSON_AddStringToObject(training, "loss", loss_text(network));
    cJSON_AddStringToObject(training, "optimizer", optimizer_name(recipe->optimizer.kind));
    summary_add_float(training, "learning_rate", recipe->learning_rate);
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
        if (optimizer_reads(&recipe->optimizer, i))
            summary_add_float(training, optimizer_hyperparameters[i].name,
                              optimizer_value(&recipe->optimizer, i));
    char schedule[SCHEDULE_TEXT];
    cJSON_AddStringToObject(training, "schedule", schedule_print(&recipe->schedule, schedule));
    cJSON_AddNumberToObject(training, "batch", trainer_batch(session->trainer));
    cJSON_AddBoolToObject(training, "keras", recipe->keras);
}
