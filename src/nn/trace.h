/* The strongest connections behind what the network says about the probe, traced back from its two
 * largest outputs. Pure arithmetic on host memory. */
#ifndef LS_NN_TRACE_H
#define LS_NN_TRACE_H

#include "nn/network.h"

enum {
    TRACE_CLASSES = 2,    /* outputs that the trace starts from */
    TRACE_POSITIVE = 5,   /* strongest positive inputs of each traced neuron */
    TRACE_NEGATIVE = 3,   /* strongest negative ones */
    TRACE_CELLS = 36,     /* neurons of one layer that are traced further */
    TRACE_MAX_EDGES = 112 /* edges in one gap between layers */
};

/* One connection. Indices count values of a layer's output in (channel, row, column) order. */
struct trace_edge {
    uint32_t from, to;
    float contribution; /* w·a: weight times the input's activation; pooling: its share of the output */
};

/* The edges into one layer, the largest |contribution| first, ties by (to, from). */
struct trace_gap {
    int from_layer, to_layer; /* flatten layers are passed through: their indices are their input's */
    int edge_count;
    struct trace_edge edges[TRACE_MAX_EDGES];
};

struct trace {
    int gap_count;
    struct trace_gap *gaps; /* (gap_count), from the output backwards */
};

/* Sizes the gaps for a network; edges are empty. */
void trace_init(struct trace *trace, const struct network *network);
void trace_deinit(struct trace *trace);

/* Traces one sample. `activations[layer]` holds that layer's output, (channels, height, width);
 * `parameters` is the flat vector. Every traced neuron keeps its TRACE_POSITIVE largest positive and
 * TRACE_NEGATIVE smallest negative contributions; a gap keeps the TRACE_MAX_EDGES largest of those; the
 * TRACE_CELLS inputs with the largest sum of |contribution| are traced further. */
void trace_compute(struct trace *trace, const struct network *network, const float *const *activations,
                   const float *parameters);

#endif
