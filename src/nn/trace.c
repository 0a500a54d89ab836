/* Tracing a prediction back through the layers, keeping only the strongest connections. */
#include "nn/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_CANDIDATES = TRACE_CELLS * (TRACE_POSITIVE + TRACE_NEGATIVE) };

/* The strongest inputs of one neuron, found while its inputs are enumerated. */
struct strongest {
    struct trace_edge positive[TRACE_POSITIVE], negative[TRACE_NEGATIVE];
    int positive_count, negative_count;
};

static int by_strength(const void *left, const void *right)
{
    const struct trace_edge *a = left, *b = right;
    const float difference = fabsf(b->contribution) - fabsf(a->contribution);
    if (difference > 0.0f || difference < 0.0f)
        return difference > 0.0f ? 1 : -1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    return a->from < b->from ? -1 : a->from > b->from;
}

static void insert(struct trace_edge *kept, int *count, int capacity, struct trace_edge edge)
{
    int place = *count;
    while (place > 0 && fabsf(kept[place - 1].contribution) < fabsf(edge.contribution))
        place--;
    if (place >= capacity)
        return;
    if (*count < capacity)
        (*count)++;
    for (int i = *count - 1; i > place; i--)
        kept[i] = kept[i - 1];
    kept[place] = edge;
}

static void consider(struct strongest *best, size_t from, uint32_t to, float contribution)
{
    const struct trace_edge edge = {(uint32_t)from, to, contribution};
    if (contribution > 0.0f)
        insert(best->positive, &best->positive_count, TRACE_POSITIVE, edge);
    else if (contribution < 0.0f)
        insert(best->negative, &best->negative_count, TRACE_NEGATIVE, edge);
}

static void trace_dense(struct strongest *best, const struct layer *layer, const float *input,
                        const float *parameters, uint32_t to)
{
    const size_t inputs = shape_count(layer->input);
    const float *row = parameters + layer->parameters[0].offset + to * inputs;
    for (size_t i = 0; i < inputs; i++)
        consider(best, i, to, row[i] * input[i]);
}

/* The window of the input behind output (row, column): [begin, end) clipped to the image. */
static void window(int index, int stride, int padding, int kernel, int size, int *begin, int *end, int *shift)
{
    const int first = index * stride - padding;
    *begin = first < 0 ? 0 : first;
    *end = first + kernel > size ? size : first + kernel;
    *shift = first;
}

static void trace_window(struct strongest *best, const struct layer *layer, const float *input,
                         const float *parameters, uint32_t to)
{
    const struct shape in = layer->input, out = layer->output;
    const int column = (int)to % out.width, row = (int)to / out.width % out.height;
    const int channel = (int)to / (out.width * out.height);
    int y0, y1, top, x0, x1, left;
    window(row, layer->stride_h, layer->padding_h, layer->kernel_h, in.height, &y0, &y1, &top);
    window(column, layer->stride_w, layer->padding_w, layer->kernel_w, in.width, &x0, &x1, &left);

    const bool convolution = layer->kind == LAYER_CONV2D;
    const int first_channel = convolution ? 0 : channel;
    const int last_channel = convolution ? in.channels - 1 : channel;
    const float share = 1.0f / (float)(layer->kernel_h * layer->kernel_w);
    size_t largest = 0;
    bool found = false;
    for (int c = first_channel; c <= last_channel; c++) {
        for (int y = y0; y < y1; y++) {
            for (int x = x0; x < x1; x++) {
                const size_t from = (size_t)((c * in.height + y) * in.width + x);
                if (convolution) {
                    const int tap =
                        ((channel * in.channels + c) * layer->kernel_h + y - top) * layer->kernel_w + x -
                        left;
                    consider(best, from, to,
                             parameters[layer->parameters[0].offset + (size_t)tap] * input[from]);
                } else if (layer->kind == LAYER_AVERAGE_POOL2D) {
                    consider(best, from, to, share * input[from]);
                } else if (!found || input[from] > input[largest]) {
                    largest = from;
                    found = true;
                }
            }
        }
    }
    if (found)
        consider(best, largest, to, input[largest]);
}

static void trace_neuron(struct strongest *best, const struct layer *layer, const float *input,
                         const float *parameters, uint32_t to)
{
    switch (layer->kind) {
    case LAYER_DENSE:
        trace_dense(best, layer, input, parameters, to);
        break;
    case LAYER_CONV2D:
    case LAYER_MAX_POOL2D:
    case LAYER_AVERAGE_POOL2D:
        trace_window(best, layer, input, parameters, to);
        break;
    case LAYER_ACTIVATION:
    case LAYER_FLATTEN:
    case LAYER_INPUT:
        consider(best, to, to, input[to]);
        break;
    }
}

/* The layer whose plate the edges start from. */
static int plate_layer(const struct network *network, int layer)
{
    while (network->layers[layer].kind == LAYER_FLATTEN)
        layer = network->layers[layer].inputs[0];
    return layer;
}

void trace_init(struct trace *trace, const struct network *network)
{
    memset(trace, 0, sizeof *trace);
    trace->gaps = ls_calloc((size_t)network->layer_count, sizeof *trace->gaps);
    int layer = plate_layer(network, network->layer_count - 1);
    while (network->layers[layer].kind != LAYER_INPUT) {
        struct trace_gap *gap = &trace->gaps[trace->gap_count++];
        gap->to_layer = layer;
        gap->from_layer = layer = plate_layer(network, network->layers[layer].inputs[0]);
    }
}

void trace_deinit(struct trace *trace)
{
    free(trace->gaps);
    memset(trace, 0, sizeof *trace);
}

/* The `limit` largest values' indices, largest first, ties by index; returns how many. */
static int largest_outputs(const float *values, size_t count, uint32_t *cells, int limit)
{
    int used = 0;
    for (size_t i = 0; i < count; i++) {
        int place = used;
        while (place > 0 && values[cells[place - 1]] < values[i])
            place--;
        if (place >= limit)
            continue;
        if (used < limit)
            used++;
        for (int k = used - 1; k > place; k--)
            cells[k] = cells[k - 1];
        cells[place] = (uint32_t)i;
    }
    return used;
}

static int strongest_sources(const struct trace_gap *gap, uint32_t *cells)
{
    struct trace_edge sums[TRACE_MAX_EDGES];
    int count = 0;
    for (int e = 0; e < gap->edge_count; e++) {
        int s = 0;
        while (s < count && sums[s].from != gap->edges[e].from)
            s++;
        if (s == count)
            sums[count++] = (struct trace_edge){gap->edges[e].from, 0, 0.0f};
        sums[s].contribution += fabsf(gap->edges[e].contribution);
    }
    qsort(sums, (size_t)count, sizeof *sums, by_strength);
    if (count > TRACE_CELLS)
        count = TRACE_CELLS;
    for (int s = 0; s < count; s++)
        cells[s] = sums[s].from;
    return count;
}

void trace_compute(struct trace *trace, const struct network *network, const float *const *activations,
                   const float *parameters)
{
    uint32_t cells[TRACE_CELLS];
    int cell_count = 0;
    for (int g = 0; g < trace->gap_count; g++) {
        struct trace_gap *gap = &trace->gaps[g];
        const struct layer *layer = &network->layers[gap->to_layer];
        if (g == 0)
            cell_count =
                largest_outputs(activations[gap->to_layer], shape_count(layer->output), cells, TRACE_CLASSES);

        struct trace_edge candidates[MAX_CANDIDATES];
        int count = 0;
        for (int c = 0; c < cell_count; c++) {
            struct strongest best = {0};
            trace_neuron(&best, layer, activations[gap->from_layer], parameters, cells[c]);
            memcpy(candidates + count, best.positive, (size_t)best.positive_count * sizeof *candidates);
            count += best.positive_count;
            memcpy(candidates + count, best.negative, (size_t)best.negative_count * sizeof *candidates);
            count += best.negative_count;
        }
        qsort(candidates, (size_t)count, sizeof *candidates, by_strength);
        gap->edge_count = count < TRACE_MAX_EDGES ? count : TRACE_MAX_EDGES;
        memcpy(gap->edges, candidates, (size_t)gap->edge_count * sizeof *candidates);
        cell_count = strongest_sources(gap, cells);
    }
}
