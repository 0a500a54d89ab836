/* The values of a plan, as copied, become the arithmetic of a cell: what is read walks the plan's order. */
#include "view/inspect_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/op_math.h"
#include "view/plate_shape.h"
#include "view/value_name.h"

/* "ch 7 row 6 col 2", or a name or number for vectors. */
static void describe_value(const struct inspect_subject *subject, int layer_number, int value,
                           char text[INSPECT_TEXT])
{
    const struct layer *layer = &subject->network->layers[layer_number];
    const struct shape s = layer->output;
    const int plane = s.height * s.width;
    const struct data *data = subject->data;
    const bool last = layer_number == subject->network->layer_count - 1;
    const int class_ = value_class(s.channels, value);
    char name[VALUE_NAME_SIZE];
    if (plane == 1 && last && class_ < data->classes)
        snprintf(text, INSPECT_TEXT, "class %s", value_name_class(name, data, class_));
    else if (plane == 1 && last && data_target_name(data, value))
        snprintf(text, INSPECT_TEXT, "%s", value_name_target(name, data, value));
    else if (plane == 1 && layer->kind == LAYER_INPUT && data_feature_name(data, (size_t)value))
        snprintf(text, INSPECT_TEXT, "%s", value_name_feature(name, data, (size_t)value));
    else if (plane == 1)
        snprintf(text, INSPECT_TEXT, "%d", value);
    else if (s.channels == 1)
        snprintf(text, INSPECT_TEXT, "row %d col %d", value / s.width, value % s.width);
    else
        snprintf(text, INSPECT_TEXT, "ch %d row %d col %d", value / plane, value % plane / s.width,
                 value % s.width);
}

static void describe_weight(const struct inspect_subject *subject, struct display_cell cell,
                            char text[INSPECT_TEXT])
{
    const struct plate *plate = inspect_plate(subject, cell);
    const struct layer *layer = inspect_layer(subject, cell);
    if (plate->strip != STRIP_NONE) {
        const bool channel = plate->values == layer->output.channels;
        snprintf(text, INSPECT_TEXT, channel ? "ch %d" : "%d", cell.value);
        return;
    }
    if (layer->kind == LAYER_CONV2D) {
        const int tile = layer->kernel_h * layer->kernel_w / plate->kernel, kernel = cell.value / tile;
        const int from = kernel % layer->input.channels, to = kernel / layer->input.channels;
        if (plate->kernel > 1) {
            snprintf(text, INSPECT_TEXT, "ch %d → ch %d", from, to);
            return;
        }
        snprintf(text, INSPECT_TEXT, "ch %d → ch %d row %d col %d", from, to,
                 cell.value % tile / layer->kernel_w, cell.value % layer->kernel_w);
        return;
    }
    char from[INSPECT_TEXT], to[INSPECT_TEXT];
    const int inputs = (int)shape_count(layer->input);
    describe_value(subject, inspect_source(subject, layer), cell.value % inputs, from);
    describe_value(subject, plate->layer, cell.value / inputs, to);
    value_name_shorten(from, 32);
    value_name_shorten(to, 24);
    snprintf(text, INSPECT_TEXT, "%.32s → %.24s", from, to);
}

/* The value's number in a following Flatten. */
static void describe_flat(const struct inspect_subject *subject, struct display_cell cell,
                          char text[INSPECT_TEXT])
{
    const struct plate *plate = inspect_plate(subject, cell);
    text[0] = '\0';
    if (plate->kind == PLATE_WEIGHT)
        return;
    for (int i = 0; i < subject->network->layer_count; i++) {
        const struct layer *layer = &subject->network->layers[i];
        if (layer->kind == LAYER_FLATTEN && layer->inputs[0] == plate->layer)
            snprintf(text, INSPECT_TEXT, "%.40s %d", layer->name, cell.value);
    }
}

/* Inserts number `i` of strength |x| into the `capacity` strongest; returns its place or −1. */
static int rank(double x, const double *strengths, int count, int capacity)
{
    int at = count;
    while (at > 0 && fabs(x) > fabs(strengths[at - 1]))
        at--;
    return at < capacity ? at : -1;
}

static double sum_box(const struct layer *layer, const struct view_box *box, const float *input,
                      const float *kernel)
{
    double sum = 0.0;
    for (int i = 0; i < layer->kernel_h; i++)
        for (int k = 0; k < layer->kernel_w; k++) {
            const int row = box->top + i * inspect_spread(layer->dilation_h),
                      column = box->left + k * inspect_spread(layer->dilation_w);
            if (row >= box->row_begin && row < box->row_end && column >= box->column_begin &&
                column < box->column_end)
                sum +=
                    (double)input[(row - box->row_begin) * layer->input.width + column - box->column_begin] *
                    (double)kernel[i * layer->kernel_w + k];
        }
    return sum;
}

static bool are_zero(const float *values, int count)
{
    for (int i = 0; i < count; i++)
        if (values[i] != 0.0f)
            return false;
    return true;
}

/* What one channel of the window sees. */
static bool box_is_zero(const struct layer *layer, const struct view_box *box, const float *input)
{
    const int rows = inspect_spread(layer->dilation_h), columns = inspect_spread(layer->dilation_w);
    for (int row = box->top; row < box->row_end; row += rows)
        for (int column = box->left; column < box->column_end; column += columns)
            if (row >= box->row_begin && column >= box->column_begin &&
                input[(row - box->row_begin) * layer->input.width + column - box->column_begin] != 0.0f)
                return false;
    return true;
}

static void copy_window(const struct layer *layer, const struct view_box *box, const float *input,
                        struct inspect_window *window)
{
    for (int r = 0; r < layer->kernel_h; r++) {
        for (int c = 0; c < layer->kernel_w; c++) {
            const int row = box->top + r * inspect_spread(layer->dilation_h),
                      column = box->left + c * inspect_spread(layer->dilation_w);
            const bool inside = row >= box->row_begin && row < box->row_end && column >= box->column_begin &&
                                column < box->column_end;
            window->input[r * layer->kernel_w + c] =
                inside ? input[(row - box->row_begin) * layer->input.width + column - box->column_begin]
                       : NAN;
        }
    }
}

static void set_window(const struct layer *layer, struct inspection *out)
{
    out->window_rows = layer->kernel_h;
    out->window_columns = layer->kernel_w;
}

static void solve_convolution(const struct layer *layer, const float *values, struct inspection *out)
{
    const struct view_box box = inspect_box(layer, out->cell.value);
    const int channels = layer->input.channels, kernel = layer->kernel_h * layer->kernel_w;
    const float *weights = values + (size_t)channels * box.span;
    const bool drawable = kernel <= INSPECT_WINDOW;
    double strengths[INSPECT_WINDOWS] = {0};
    double total = 0.0;
    set_window(layer, out);
    out->inputs_zero = true;
    for (int c = 0; c < channels; c++) {
        out->inputs_zero = out->inputs_zero && box_is_zero(layer, &box, values + (size_t)c * box.span);
        const double sum = sum_box(layer, &box, values + (size_t)c * box.span, weights + c * kernel);
        total += sum;
        const int at = drawable ? rank(sum, strengths, out->window_count, INSPECT_WINDOWS) : -1;
        if (at < 0)
            continue;
        if (out->window_count < INSPECT_WINDOWS)
            out->window_count++;
        for (int i = out->window_count - 1; i > at; i--) {
            out->windows[i] = out->windows[i - 1];
            strengths[i] = strengths[i - 1];
        }
        strengths[at] = sum;
        struct inspect_window *window = &out->windows[at];
        window->channel = c;
        window->sum = sum;
        copy_window(layer, &box, values + (size_t)c * box.span, window);
        memcpy(window->kernel, weights + c * kernel, (size_t)kernel * sizeof *weights);
    }
    double shown = 0.0;
    for (int i = 0; i < out->window_count; i++)
        shown += out->windows[i].sum;
    out->more_count = channels - out->window_count;
    out->more = total - shown;
    out->bias = inspect_parameter(layer, "bias") >= 0 ? weights[channels * kernel] : 0.0f;
    out->sum = total + (double)out->bias;
}

static void solve_dense(const struct inspect_subject *subject, const struct layer *layer, const float *values,
                        struct inspection *out)
{
    const int inputs = (int)shape_count(layer->input);
    const float *weights = values + inputs;
    double strengths[INSPECT_TERMS] = {0};
    double total = 0.0, shown = 0.0;
    out->inputs_zero = are_zero(values, inputs);
    for (int i = 0; i < inputs; i++) {
        const double product = (double)values[i] * (double)weights[i];
        total += product;
        const int at = rank(product, strengths, out->term_count, INSPECT_TERMS);
        if (at < 0)
            continue;
        if (out->term_count < INSPECT_TERMS)
            out->term_count++;
        for (int k = out->term_count - 1; k > at; k--) {
            out->terms[k] = out->terms[k - 1];
            strengths[k] = strengths[k - 1];
        }
        strengths[at] = product;
        out->terms[at] =
            (struct inspect_term){.source = i, .value = values[i], .weight = weights[i], .product = product};
    }
    for (int i = 0; i < out->term_count; i++) {
        shown += out->terms[i].product;
        describe_value(subject, inspect_source(subject, layer), out->terms[i].source, out->terms[i].name);
    }
    out->more_count = inputs - out->term_count;
    out->more = total - shown;
    out->bias = inspect_parameter(layer, "bias") >= 0 ? weights[inputs] : 0.0f;
    out->sum = total + (double)out->bias;
}

/* Of all values of the window, or of those that are not padding. */
static void solve_mean(const struct layer *layer, const struct view_box *box, const float *values,
                       struct inspection *out)
{
    double sum = 0.0;
    for (int r = box->row_begin; r < box->row_end; r++)
        for (int c = box->column_begin; c < box->column_end; c++)
            sum += (double)values[(r - box->row_begin) * layer->input.width + c - box->column_begin];
    const int inside = (box->row_end - box->row_begin) * (box->column_end - box->column_begin);
    const bool counts = layer->counts_padding && layer->kind == LAYER_AVERAGE_POOL2D;
    out->averaged = counts ? layer->kernel_h * layer->kernel_w : inside;
    out->sum = sum / out->averaged;
}

static void solve_pool(const struct layer *layer, const float *values, struct inspection *out)
{
    const struct view_box box = inspect_box(layer, out->cell.value);
    const int cells = layer->kernel_h * layer->kernel_w;
    out->is_mean = layer->kind != LAYER_MAX_POOL2D;
    out->inputs_zero = out->is_mean ? box_is_zero(layer, &box, values) : out->value == 0.0f;
    set_window(layer, out);
    if (out->is_mean)
        solve_mean(layer, &box, values, out);
    if (cells > INSPECT_WINDOW || cells == 0)
        return;
    struct inspect_window *window = &out->windows[0];
    out->window_count = 1;
    window->channel = inspect_channel(layer, out->cell.value);
    copy_window(layer, &box, values, window);
    int best = -1;
    for (int i = 0; i < cells; i++)
        if (!isnan(window->input[i]) && (best < 0 || window->input[i] > window->input[best]))
            best = i;
    out->marked = out->is_mean ? -1 : best;
    if (!out->is_mean)
        out->sum = best < 0 ? 0.0 : (double)window->input[best];
}

static void solve_norm(const struct layer *layer, const float *values, struct inspection *out)
{
    const int area = layer->output.height * layer->output.width;
    const bool batch = layer->kind == LAYER_BATCH_NORM;
    const int count = batch                  ? 1
                      : layer->over_channels ? layer->input.channels
                                             : (int)shape_count(layer->input);
    const int own = batch ? 0 : layer->over_channels ? out->cell.value / area : out->cell.value;
    out->operand = values[own];
    out->inputs_zero = out->operand == 0.0f;
    double variance = 0.0;
    for (int i = 0; i < count; i++)
        out->mean += (double)values[i] / count;
    for (int i = 0; i < count; i++)
        variance += ((double)values[i] - out->mean) * ((double)values[i] - out->mean) / count;
    values += count;
    if (batch) {
        out->mean = (double)values[0];
        variance = (double)values[1];
        values += layer->buffer_count;
    }
    const int weight = inspect_parameter(layer, "weight"), bias = inspect_parameter(layer, "bias");
    out->gamma = weight >= 0 ? (double)values[weight] : 1.0;
    out->bias = bias >= 0 ? values[bias] : 0.0f;
    out->deviation = sqrt(variance + (double)layer->epsilon);
    out->sum = out->gamma * ((double)out->operand - out->mean) / out->deviation + (double)out->bias;
}

static void solve_add(const struct inspect_subject *subject, const struct layer *layer, const float *values,
                      struct inspection *out)
{
    out->inputs_zero = are_zero(values, layer->input_count);
    for (int i = 0; i < layer->input_count; i++) {
        out->sum += (double)values[i];
        if (i >= INSPECT_TERMS) {
            out->more += (double)values[i];
            out->more_count++;
            continue;
        }
        struct inspect_term *term = &out->terms[out->term_count++];
        *term = (struct inspect_term){
            .source = out->cell.value, .value = values[i], .weight = 1.0f, .product = (double)values[i]};
        snprintf(term->name, INSPECT_TEXT, "%.60s",
                 subject->network->layers[inspect_input(subject, layer, i)].name);
    }
}

static void solve_passed(const struct inspect_subject *subject, const struct layer *layer,
                         const float *values, struct inspection *out)
{
    int value = out->cell.value;
    out->operand = *values;
    out->inputs_zero = out->operand == 0.0f;
    out->sum = (double)*values;
    out->rate = layer->rate;
    if (layer->kind != LAYER_CONCATENATE)
        return;
    const int source = inspect_input(subject, layer, inspect_joined_input(subject, layer, &value));
    char where[INSPECT_TEXT];
    describe_value(subject, source, value, where);
    snprintf(out->source_name, INSPECT_TEXT, "%.30s %.30s", subject->network->layers[source].name, where);
    for (int i = 0; i < subject->scene->plate_count; i++)
        if (subject->scene->plates[i].kind != PLATE_WEIGHT && subject->scene->plates[i].layer == source)
            out->source_plate = i;
}

static void solve_weight(const struct layer *layer, bool whole, const float *values, struct inspection *out)
{
    if (layer->kind == LAYER_DENSE) {
        out->operand = *values;
        out->sum = (double)out->operand * (double)out->value;
    } else if (inspect_shows_kernel(layer)) {
        const int tile = layer->kernel_h * layer->kernel_w;
        set_window(layer, out);
        out->window_count = 1;
        out->marked = whole ? -1 : out->cell.value % tile;
        memcpy(out->windows[0].kernel, values, (size_t)tile * sizeof *values);
    }
}

static void name_sources(const struct inspect_subject *subject, struct inspection *out)
{
    const struct layer *layer = inspect_layer(subject, out->cell);
    out->activation = layer->activation;
    out->softmax = layer->softmax;
    out->source_plate = out->weight_plate = out->marked = -1;
    if (layer->input_count == 0)
        return;
    const int source = inspect_source(subject, layer);
    snprintf(out->source_name, INSPECT_TEXT, "%s", subject->network->layers[source].name);
    for (int i = 0; i < subject->scene->plate_count; i++) {
        const struct plate *plate = &subject->scene->plates[i];
        if (plate->kind == PLATE_WEIGHT && plate->layer == inspect_plate(subject, out->cell)->layer)
            out->weight_plate = i;
        else if (plate->kind != PLATE_WEIGHT && plate->layer == source)
            out->source_plate = i;
    }
}

void inspect_solve(const struct inspect_plan *plan, const struct inspect_subject *subject,
                   const float *values, struct inspection *out)
{
    memset(out, 0, sizeof *out);
    out->cell = plan->cell;
    out->brief = plan->brief;
    if (plan->cell.plate < 0)
        return;
    const struct plate *plate = inspect_plate(subject, plan->cell);
    const struct layer *layer = inspect_layer(subject, plan->cell);
    out->kind = inspect_kind_of(subject, plan->cell);
    snprintf(out->name, sizeof out->name, "%.63s", plate->title);
    if (out->kind == INSPECT_WEIGHT)
        describe_weight(subject, plan->cell, out->where);
    else
        describe_value(subject, plate->layer, plan->cell.value, out->where);
    describe_flat(subject, plan->cell, out->flat);
    out->value = plate_shown_value(plate, values);
    values += plate->kernel;
    out->has_gradient = plate->gradient_region >= 0;
    if (out->has_gradient) {
        out->gradient = plate_norm(values, plate->kernel);
        values += plate->kernel;
    }
    if (plan->brief)
        return;
    name_sources(subject, out);
    switch (out->kind) {
    case INSPECT_CONVOLUTION:
        solve_convolution(layer, values, out);
        break;
    case INSPECT_DENSE:
        solve_dense(subject, layer, values, out);
        break;
    case INSPECT_POOL:
        solve_pool(layer, values, out);
        break;
    case INSPECT_FUNCTION:
        out->operand = *values;
        out->inputs_zero = out->operand == 0.0f;
        out->sum = (double)out->operand;
        break;
    case INSPECT_WEIGHT:
        solve_weight(layer, plate->kernel > 1, values, out);
        break;
    case INSPECT_ADD:
        solve_add(subject, layer, values, out);
        break;
    case INSPECT_PASSED:
        solve_passed(subject, layer, values, out);
        break;
    case INSPECT_NORM:
        solve_norm(layer, values, out);
        break;
    case INSPECT_PLAIN:
        break;
    }
}

void inspect_note_dropout(struct inspection *inspection, const struct inspect_subject *subject, uint64_t seed,
                          uint64_t step)
{
    if (inspection->cell.plate < 0)
        return;
    const struct layer *layer = inspect_layer(subject, inspection->cell);
    inspection->has_mask = layer->kind == LAYER_DROPOUT && step > 0;
    inspection->dropped = inspection->has_mask && !op_dropout_keeps(layer->rate, seed, step - 1, layer->op,
                                                                    (uint64_t)inspection->cell.value);
}

const char *inspect_activation_name(const struct inspection *inspection)
{
    return inspection->softmax ? "softmax" : activation_name(inspection->activation);
}
