/* A plan lists ranges in a fixed order per kind of layer; solving walks the values in the same order. */
#include "view/inspect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/op_math.h"
#include "view/plate_shape.h"

static const struct plate *plate_of(const struct inspect_subject *subject, struct display_cell cell)
{
    return &subject->scene->plates[cell.plate];
}

static const struct layer *layer_of(const struct inspect_subject *subject, struct display_cell cell)
{
    return &subject->network->layers[plate_of(subject, cell)->layer];
}

/* The layer whose plate shows what `layer`'s input is; flattening moves no value. */
static int input_of(const struct inspect_subject *subject, const struct layer *layer, int input)
{
    const struct network *network = subject->network;
    int source = layer->inputs[input];
    while (network->layers[source].kind == LAYER_FLATTEN && network->layers[source].input_count > 0)
        source = network->layers[source].inputs[0];
    return source;
}

static int source_of(const struct inspect_subject *subject, const struct layer *layer)
{
    return input_of(subject, layer, 0);
}

/* The input of a concatenation that a value comes from; `value` becomes its number there. */
static int joined_input(const struct inspect_subject *subject, const struct layer *layer, int *value)
{
    int input = 0;
    for (; input + 1 < layer->input_count; input++) {
        const int values = (int)shape_count(subject->network->layers[input_of(subject, layer, input)].output);
        if (*value < values)
            break;
        *value -= values;
    }
    return input;
}

static size_t region_start(const struct inspect_subject *subject, enum region_kind kind, int layer,
                           int parameter)
{
    const int region = snapshot_layout_find(subject->layout, kind, layer, parameter);
    LS_ASSERT(region >= 0);
    return subject->layout->regions[region].offset / sizeof(float);
}

static enum inspect_kind kind_of(const struct inspect_subject *subject, struct display_cell cell)
{
    if (plate_of(subject, cell)->kind == PLATE_WEIGHT)
        return INSPECT_WEIGHT;
    const struct layer *layer = layer_of(subject, cell);
    switch (layer->kind) {
    case LAYER_CONV2D:
        return INSPECT_CONVOLUTION;
    case LAYER_DENSE:
        return INSPECT_DENSE;
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return INSPECT_POOL;
    case LAYER_ADD:
        return INSPECT_ADD;
    case LAYER_CONCATENATE:
    case LAYER_DROPOUT:
        return INSPECT_PASSED;
    case LAYER_BATCH_NORM:
    case LAYER_LAYER_NORM:
        return INSPECT_NORM;
    case LAYER_ACTIVATION:
        return layer->softmax ? INSPECT_PLAIN : INSPECT_FUNCTION;
    default:
        return INSPECT_PLAIN;
    }
}

static int find_named(const struct parameter *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return i;
    return -1;
}

static int find_parameter(const struct layer *layer, const char *name)
{
    return find_named(layer->parameters, layer->parameter_count, name);
}

/* Where a convolution or a pool looks: rows and columns of its input, padding cut off. */
struct view_box {
    int top, left; /* of the whole window; negative in the padding */
    int row_begin, row_end, column_begin, column_end;
    size_t span; /* floats from the first to the last value of one channel; 0: all padding */
};

static int at_least(int a, int b) { return a > b ? a : b; }
static int at_most(int a, int b) { return a < b ? a : b; }

/* Dilation of a convolution; 1 of others. */
static int spread(int dilation) { return dilation > 1 ? dilation : 1; }

static struct view_box box_of(const struct layer *layer, int value)
{
    const struct shape in = layer->input, out = layer->output;
    if (layer->kind == LAYER_GLOBAL_AVERAGE_POOL2D)
        return (struct view_box){
            .row_end = in.height, .column_end = in.width, .span = (size_t)in.height * (size_t)in.width};
    const int plane = value % (out.height * out.width);
    struct view_box box = {.top = plane / out.width * layer->stride_h - layer->padding_h,
                           .left = plane % out.width * layer->stride_w - layer->padding_w};
    box.row_begin = at_least(box.top, 0);
    box.column_begin = at_least(box.left, 0);
    box.row_end = at_most(box.top + (layer->kernel_h - 1) * spread(layer->dilation_h) + 1, in.height);
    box.column_end = at_most(box.left + (layer->kernel_w - 1) * spread(layer->dilation_w) + 1, in.width);
    if (box.row_end > box.row_begin && box.column_end > box.column_begin)
        box.span = (size_t)(box.row_end - box.row_begin - 1) * (size_t)in.width +
                   (size_t)(box.column_end - box.column_begin);
    return box;
}

static int channel_of(const struct layer *layer, int value)
{
    return value / (layer->output.height * layer->output.width);
}

static void add_range(struct inspect_plan *plan, size_t first, size_t count)
{
    if (plan->count == plan->capacity) {
        plan->capacity = plan->capacity == 0 ? 16 : 2 * plan->capacity;
        plan->ranges = ls_realloc(plan->ranges, (size_t)plan->capacity * sizeof *plan->ranges);
    }
    plan->ranges[plan->count++] = (struct readback_range){first, count};
    plan->floats += count;
}

static void add_box(struct inspect_plan *plan, const struct layer *layer, const struct view_box *box,
                    size_t source, int channel)
{
    const size_t plane = (size_t)layer->input.height * (size_t)layer->input.width;
    if (box->span > 0)
        add_range(plan,
                  source + (size_t)channel * plane + (size_t)box->row_begin * (size_t)layer->input.width +
                      (size_t)box->column_begin,
                  box->span);
}

/* A neuron's weights and, if it has one, its bias. */
static void add_parameters(struct inspect_plan *plan, const struct inspect_subject *subject, int layer_number,
                           int neuron, size_t fan_in)
{
    const struct layer *layer = &subject->network->layers[layer_number];
    const int weight = find_parameter(layer, "weight"), bias = find_parameter(layer, "bias");
    add_range(plan, region_start(subject, REGION_PARAMETER, layer_number, weight) + (size_t)neuron * fan_in,
              fan_in);
    if (bias >= 0)
        add_range(plan, region_start(subject, REGION_PARAMETER, layer_number, bias) + (size_t)neuron, 1);
}

/* The values that a layer norm takes mean and deviation of, then γ and β; a batch norm's x, μ, variance, γ
 * and β. */
static void plan_norm(struct inspect_plan *plan, const struct inspect_subject *subject, int number, int value)
{
    const struct layer *layer = &subject->network->layers[number];
    const size_t source = region_start(subject, REGION_ACTIVATION, source_of(subject, layer), 0);
    const int area = layer->output.height * layer->output.width;
    const bool batch = layer->kind == LAYER_BATCH_NORM;
    const bool by_channel = batch || layer->over_channels;
    const size_t place = (size_t)(by_channel ? value / area : value);
    if (batch)
        add_range(plan, source + (size_t)value, 1);
    else if (!layer->over_channels)
        add_range(plan, source, shape_count(layer->input));
    for (int c = 0; !batch && layer->over_channels && c < layer->input.channels; c++)
        add_range(plan, source + (size_t)(c * area + value % area), 1);
    for (int i = 0; i < layer->buffer_count; i++)
        add_range(plan, region_start(subject, REGION_BUFFER, number, i) + place, 1);
    for (int i = 0; i < layer->parameter_count; i++)
        add_range(plan, region_start(subject, REGION_PARAMETER, number, i) + place, 1);
}

static void plan_neuron(struct inspect_plan *plan, const struct inspect_subject *subject)
{
    const int number = plate_of(subject, plan->cell)->layer, value = plan->cell.value;
    const struct layer *layer = &subject->network->layers[number];
    if (layer->input_count == 0)
        return;
    const size_t source = region_start(subject, REGION_ACTIVATION, source_of(subject, layer), 0);
    const size_t kernel = (size_t)layer->kernel_h * (size_t)layer->kernel_w;
    switch (kind_of(subject, plan->cell)) {
    case INSPECT_CONVOLUTION: {
        const struct view_box box = box_of(layer, value);
        for (int c = 0; c < layer->input.channels; c++)
            add_box(plan, layer, &box, source, c);
        add_parameters(plan, subject, number, channel_of(layer, value),
                       (size_t)layer->input.channels * kernel);
        break;
    }
    case INSPECT_POOL: {
        const struct view_box box = box_of(layer, value);
        add_box(plan, layer, &box, source, channel_of(layer, value));
        break;
    }
    case INSPECT_DENSE:
        add_range(plan, source, shape_count(layer->input));
        add_parameters(plan, subject, number, value, shape_count(layer->input));
        break;
    case INSPECT_FUNCTION:
        add_range(plan, source + (size_t)value, 1);
        break;
    case INSPECT_NORM:
        plan_norm(plan, subject, number, value);
        break;
    case INSPECT_ADD:
        for (int i = 0; i < layer->input_count; i++)
            add_range(
                plan,
                region_start(subject, REGION_ACTIVATION, input_of(subject, layer, i), 0) + (size_t)value, 1);
        break;
    case INSPECT_PASSED: {
        int passed = value;
        const int input = layer->kind == LAYER_CONCATENATE ? joined_input(subject, layer, &passed) : 0;
        add_range(
            plan,
            region_start(subject, REGION_ACTIVATION, input_of(subject, layer, input), 0) + (size_t)passed, 1);
        break;
    }
    default:
        break;
    }
}

/* A kernel small enough to be shown whole. */
static bool is_shown_kernel(const struct layer *layer)
{
    return layer->kind == LAYER_CONV2D && layer->kernel_h * layer->kernel_w <= INSPECT_WINDOW;
}

void inspect_plan_set(struct inspect_plan *plan, const struct inspect_subject *subject,
                      struct display_cell cell, bool brief)
{
    plan->cell = cell;
    plan->brief = brief;
    plan->count = 0;
    plan->floats = 0;
    if (cell.plate < 0)
        return;
    const struct plate *plate = plate_of(subject, cell);
    const struct region *regions = subject->layout->regions;
    add_range(plan, regions[plate->region].offset / sizeof(float) + (size_t)cell.value, 1);
    if (plate->gradient_region >= 0)
        add_range(plan, regions[plate->gradient_region].offset / sizeof(float) + (size_t)cell.value, 1);
    if (brief)
        return;
    if (plate->kind != PLATE_WEIGHT) {
        plan_neuron(plan, subject);
    } else if (is_shown_kernel(layer_of(subject, cell))) {
        const size_t tile = (size_t)(plate->tile_width * plate->tile_height);
        const size_t first = (size_t)cell.value / tile * tile;
        add_range(plan, regions[plate->region].offset / sizeof(float) + first, tile);
    } else if (layer_of(subject, cell)->kind == LAYER_DENSE) {
        const struct layer *layer = layer_of(subject, cell);
        const size_t source = region_start(subject, REGION_ACTIVATION, source_of(subject, layer), 0);
        add_range(plan, source + (size_t)cell.value % shape_count(layer->input), 1);
    }
}

void inspect_plan_deinit(struct inspect_plan *plan)
{
    free(plan->ranges);
    memset(plan, 0, sizeof *plan);
}

size_t inspect_largest(const struct inspect_subject *subject)
{
    struct inspect_plan plan = {.count = 0};
    size_t largest = 0;
    for (int p = 0; p < subject->scene->plate_count; p++) {
        /* The middle of a map looks at most values. */
        const struct shape s = subject->network->layers[subject->scene->plates[p].layer].output;
        const bool weights = subject->scene->plates[p].kind == PLATE_WEIGHT;
        const int middle = weights ? 0 : s.height / 2 * s.width + s.width / 2;
        inspect_plan_set(&plan, subject, (struct display_cell){p, middle}, false);
        largest = plan.floats > largest ? plan.floats : largest;
    }
    inspect_plan_deinit(&plan);
    return largest;
}

/* "ch 7 row 6 col 2", or a number for vectors. */
static void describe_value(const struct inspect_subject *subject, int layer_number, int value,
                           char text[INSPECT_TEXT])
{
    const struct layer *layer = &subject->network->layers[layer_number];
    const struct shape s = layer->output;
    const int plane = s.height * s.width;
    if (plane == 1 && layer_number == subject->network->layer_count - 1 && value < subject->data->classes)
        snprintf(text, INSPECT_TEXT, "class %.40s", subject->data->class_names[value]);
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
    const struct plate *plate = plate_of(subject, cell);
    const struct layer *layer = layer_of(subject, cell);
    if (plate->strip != STRIP_NONE) {
        const bool channel = plate->values == layer->output.channels;
        snprintf(text, INSPECT_TEXT, channel ? "ch %d" : "%d", cell.value);
        return;
    }
    if (layer->kind == LAYER_CONV2D) {
        const int tile = plate->tile_width * plate->tile_height, kernel = cell.value / tile;
        snprintf(text, INSPECT_TEXT, "ch %d → ch %d row %d col %d", kernel % layer->input.channels,
                 kernel / layer->input.channels, cell.value % tile / plate->tile_width,
                 cell.value % plate->tile_width);
        return;
    }
    char from[INSPECT_TEXT], to[INSPECT_TEXT];
    const int inputs = (int)shape_count(layer->input);
    describe_value(subject, source_of(subject, layer), cell.value % inputs, from);
    describe_value(subject, plate->layer, cell.value / inputs, to);
    snprintf(text, INSPECT_TEXT, "%.34s → %.24s", from, to);
}

/* The value's number in a following Flatten. */
static void describe_flat(const struct inspect_subject *subject, struct display_cell cell,
                          char text[INSPECT_TEXT])
{
    const struct plate *plate = plate_of(subject, cell);
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
            const int row = box->top + i * spread(layer->dilation_h),
                      column = box->left + k * spread(layer->dilation_w);
            if (row >= box->row_begin && row < box->row_end && column >= box->column_begin &&
                column < box->column_end)
                sum +=
                    (double)input[(row - box->row_begin) * layer->input.width + column - box->column_begin] *
                    (double)kernel[i * layer->kernel_w + k];
        }
    return sum;
}

static void copy_window(const struct layer *layer, const struct view_box *box, const float *input,
                        struct inspect_window *window)
{
    for (int r = 0; r < layer->kernel_h; r++) {
        for (int c = 0; c < layer->kernel_w; c++) {
            const int row = box->top + r * spread(layer->dilation_h),
                      column = box->left + c * spread(layer->dilation_w);
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
    const struct view_box box = box_of(layer, out->cell.value);
    const int channels = layer->input.channels, kernel = layer->kernel_h * layer->kernel_w;
    const float *weights = values + (size_t)channels * box.span;
    const bool drawable = kernel <= INSPECT_WINDOW;
    double strengths[INSPECT_WINDOWS] = {0};
    double total = 0.0;
    set_window(layer, out);
    for (int c = 0; c < channels; c++) {
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
    out->bias = find_parameter(layer, "bias") >= 0 ? weights[channels * kernel] : 0.0f;
    out->sum = total + (double)out->bias;
}

static void solve_dense(const struct inspect_subject *subject, const struct layer *layer, const float *values,
                        struct inspection *out)
{
    const int inputs = (int)shape_count(layer->input);
    const float *weights = values + inputs;
    double strengths[INSPECT_TERMS] = {0};
    double total = 0.0, shown = 0.0;
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
        describe_value(subject, source_of(subject, layer), out->terms[i].source, out->terms[i].name);
    }
    out->more_count = inputs - out->term_count;
    out->more = total - shown;
    out->bias = find_parameter(layer, "bias") >= 0 ? weights[inputs] : 0.0f;
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
    const struct view_box box = box_of(layer, out->cell.value);
    const int cells = layer->kernel_h * layer->kernel_w;
    out->is_mean = layer->kind != LAYER_MAX_POOL2D;
    set_window(layer, out);
    if (out->is_mean)
        solve_mean(layer, &box, values, out);
    if (cells > INSPECT_WINDOW || cells == 0)
        return;
    struct inspect_window *window = &out->windows[0];
    out->window_count = 1;
    window->channel = channel_of(layer, out->cell.value);
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
    const int weight = find_parameter(layer, "weight"), bias = find_parameter(layer, "bias");
    out->gamma = weight >= 0 ? (double)values[weight] : 1.0;
    out->bias = bias >= 0 ? values[bias] : 0.0f;
    out->deviation = sqrt(variance + (double)layer->epsilon);
    out->sum = out->gamma * ((double)out->operand - out->mean) / out->deviation + (double)out->bias;
}

static void solve_add(const struct inspect_subject *subject, const struct layer *layer, const float *values,
                      struct inspection *out)
{
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
                 subject->network->layers[input_of(subject, layer, i)].name);
    }
}

static void solve_passed(const struct inspect_subject *subject, const struct layer *layer,
                         const float *values, struct inspection *out)
{
    int value = out->cell.value;
    out->operand = *values;
    out->sum = (double)*values;
    out->rate = layer->rate;
    if (layer->kind != LAYER_CONCATENATE)
        return;
    const int source = input_of(subject, layer, joined_input(subject, layer, &value));
    char where[INSPECT_TEXT];
    describe_value(subject, source, value, where);
    snprintf(out->source_name, INSPECT_TEXT, "%.30s %.30s", subject->network->layers[source].name, where);
    for (int i = 0; i < subject->scene->plate_count; i++)
        if (subject->scene->plates[i].kind != PLATE_WEIGHT && subject->scene->plates[i].layer == source)
            out->source_plate = i;
}

static void solve_weight(const struct layer *layer, const float *values, struct inspection *out)
{
    if (layer->kind == LAYER_DENSE) {
        out->operand = *values;
        out->sum = (double)out->operand * (double)out->value;
    } else if (is_shown_kernel(layer)) {
        const int tile = layer->kernel_h * layer->kernel_w;
        set_window(layer, out);
        out->window_count = 1;
        out->marked = out->cell.value % tile;
        memcpy(out->windows[0].kernel, values, (size_t)tile * sizeof *values);
    }
}

static void name_sources(const struct inspect_subject *subject, struct inspection *out)
{
    const struct layer *layer = layer_of(subject, out->cell);
    out->activation = layer->activation;
    out->softmax = layer->softmax;
    out->source_plate = out->weight_plate = out->marked = -1;
    if (layer->input_count == 0)
        return;
    const int source = source_of(subject, layer);
    snprintf(out->source_name, INSPECT_TEXT, "%s", subject->network->layers[source].name);
    for (int i = 0; i < subject->scene->plate_count; i++) {
        const struct plate *plate = &subject->scene->plates[i];
        if (plate->kind == PLATE_WEIGHT && plate->layer == plate_of(subject, out->cell)->layer)
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
    const struct plate *plate = plate_of(subject, plan->cell);
    const struct layer *layer = layer_of(subject, plan->cell);
    out->kind = kind_of(subject, plan->cell);
    snprintf(out->name, sizeof out->name, "%.63s", plate->title);
    if (out->kind == INSPECT_WEIGHT)
        describe_weight(subject, plan->cell, out->where);
    else
        describe_value(subject, plate->layer, plan->cell.value, out->where);
    describe_flat(subject, plan->cell, out->flat);
    out->value = plate_shown_value(plate, *values++);
    out->has_gradient = plate->gradient_region >= 0;
    if (out->has_gradient)
        out->gradient = *values++;
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
        out->sum = (double)out->operand;
        break;
    case INSPECT_WEIGHT:
        solve_weight(layer, values, out);
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
    const struct layer *layer = layer_of(subject, inspection->cell);
    inspection->has_mask = layer->kind == LAYER_DROPOUT && step > 0;
    inspection->dropped = inspection->has_mask && !op_dropout_keeps(layer->rate, seed, step - 1, layer->op,
                                                                    (uint64_t)inspection->cell.value);
}

const char *inspect_activation_name(const struct inspection *inspection)
{
    return inspection->softmax ? "softmax" : activation_name(inspection->activation);
}
