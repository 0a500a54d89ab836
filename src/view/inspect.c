/* A plan lists ranges in a fixed order per kind of layer; solving walks the values in the same order. */
#include "view/inspect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const struct plate *plate_of(const struct inspect_subject *subject, struct display_cell cell)
{
    return &subject->scene->plates[cell.plate];
}

static const struct layer *layer_of(const struct inspect_subject *subject, struct display_cell cell)
{
    return &subject->network->layers[plate_of(subject, cell)->layer];
}

/* The layer whose plate shows what `layer` is computed from; flattening moves no value. */
static int source_of(const struct inspect_subject *subject, const struct layer *layer)
{
    const struct network *network = subject->network;
    int source = layer->inputs[0];
    while (network->layers[source].kind == LAYER_FLATTEN && network->layers[source].input_count > 0)
        source = network->layers[source].inputs[0];
    return source;
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
        return INSPECT_POOL;
    case LAYER_ACTIVATION:
        return layer->softmax ? INSPECT_PLAIN : INSPECT_FUNCTION;
    default:
        return INSPECT_PLAIN;
    }
}

static int find_parameter(const struct layer *layer, const char *name)
{
    for (int i = 0; i < layer->parameter_count; i++)
        if (strcmp(layer->parameters[i].name, name) == 0)
            return i;
    return -1;
}

/* Where a convolution or a pool looks: rows and columns of its input, padding cut off. */
struct view_box {
    int top, left; /* of the whole window; negative in the padding */
    int row_begin, row_end, column_begin, column_end;
    size_t span; /* floats from the first to the last value of one channel; 0: all padding */
};

static int at_least(int a, int b) { return a > b ? a : b; }
static int at_most(int a, int b) { return a < b ? a : b; }

static struct view_box box_of(const struct layer *layer, int value)
{
    const struct shape in = layer->input, out = layer->output;
    const int plane = value % (out.height * out.width);
    struct view_box box = {.top = plane / out.width * layer->stride_h - layer->padding_h,
                           .left = plane % out.width * layer->stride_w - layer->padding_w};
    box.row_begin = at_least(box.top, 0);
    box.column_begin = at_least(box.left, 0);
    box.row_end = at_most(box.top + layer->kernel_h, in.height);
    box.column_end = at_most(box.left + layer->kernel_w, in.width);
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
    for (int r = box->row_begin; r < box->row_end; r++)
        for (int c = box->column_begin; c < box->column_end; c++)
            sum += (double)input[(r - box->row_begin) * layer->input.width + c - box->column_begin] *
                   (double)kernel[(r - box->top) * layer->kernel_w + c - box->left];
    return sum;
}

static void copy_window(const struct layer *layer, const struct view_box *box, const float *input,
                        struct inspect_window *window)
{
    for (int r = 0; r < layer->kernel_h; r++) {
        for (int c = 0; c < layer->kernel_w; c++) {
            const int row = box->top + r, column = box->left + c;
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

static void solve_pool(const struct layer *layer, const float *values, struct inspection *out)
{
    const struct view_box box = box_of(layer, out->cell.value);
    const int cells = layer->kernel_h * layer->kernel_w;
    out->is_mean = layer->kind == LAYER_AVERAGE_POOL2D;
    set_window(layer, out);
    if (cells > INSPECT_WINDOW)
        return;
    struct inspect_window *window = &out->windows[0];
    out->window_count = 1;
    window->channel = channel_of(layer, out->cell.value);
    copy_window(layer, &box, values, window);
    int best = -1;
    for (int i = 0; i < cells; i++) {
        if (isnan(window->input[i]))
            continue;
        window->sum += (double)window->input[i];
        best = best < 0 || window->input[i] > window->input[best] ? i : best;
    }
    out->marked = out->is_mean ? -1 : best;
    out->sum = out->is_mean ? window->sum / cells : best < 0 ? 0.0 : (double)window->input[best];
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
    out->value = *values++;
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
    case INSPECT_PLAIN:
        break;
    }
}

const char *inspect_activation_name(const struct inspection *inspection)
{
    static const char *const names[] = {[ACTIVATION_LINEAR] = "linear",
                                        [ACTIVATION_SIGMOID] = "sigmoid",
                                        [ACTIVATION_TANH] = "tanh",
                                        [ACTIVATION_RELU] = "ReLU"};
    return inspection->softmax ? "softmax" : names[inspection->activation];
}
