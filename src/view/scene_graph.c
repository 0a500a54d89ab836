/* Edges as the layers' inputs tell them; the main path backward along the longest way; what is left are
 * branches. */
#include "view/scene_graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "view/plate_shape.h"

bool layer_joins(const struct layer *layer)
{
    return layer->kind == LAYER_ADD || layer->kind == LAYER_CONCATENATE;
}

static int plate_of(const struct network *network, const struct plate *plates, int plate_count, int layer)
{
    while (layer_passes_values_on(&network->layers[layer]) && network->layers[layer].input_count > 0)
        layer = network->layers[layer].inputs[0];
    for (int i = 0; i < plate_count; i++)
        if (plates[i].layer == layer)
            return i;
    return -1;
}

static void find_edges(struct scene_graph *graph, const struct network *network, const struct plate *plates,
                       int plate_count)
{
    for (int i = 1; i < plate_count; i++) {
        const struct layer *layer = &network->layers[plates[i].layer];
        int first = 0;
        for (int k = 0; k < layer->input_count; k++) {
            const int source = plate_of(network, plates, plate_count, layer->inputs[k]);
            if (source >= 0)
                graph->edges[graph->edge_count++] =
                    (struct scene_edge){.source = source, .target = i, .input = k, .first = first};
            if (layer->kind == LAYER_CONCATENATE && source >= 0)
                first += plates[source].values;
        }
    }
}

const struct scene_edge *scene_graph_into(const struct scene_graph *graph, int plate, int *count)
{
    *count = 0;
    const struct scene_edge *found = graph->edges;
    for (int i = 0; i < graph->edge_count; i++) {
        if (graph->edges[i].target != plate)
            continue;
        if ((*count)++ == 0)
            found = &graph->edges[i];
    }
    return found;
}

/* Branch 0 where it is on the main path; −1 elsewhere. */
static void find_main_path(struct scene_graph *graph, int plate_count)
{
    int *depth = ls_calloc((size_t)plate_count, sizeof *depth);
    for (int i = 0; i < graph->edge_count; i++) {
        const struct scene_edge *edge = &graph->edges[i];
        if (depth[edge->source] + 1 > depth[edge->target])
            depth[edge->target] = depth[edge->source] + 1;
    }
    for (int at = plate_count - 1; at >= 0;) {
        int count, deepest = -1;
        const struct scene_edge *edges = scene_graph_into(graph, at, &count);
        graph->branch[at] = 0;
        for (int k = 0; k < count; k++)
            if (deepest < 0 || depth[edges[k].source] > depth[deepest])
                deepest = edges[k].source;
        graph->previous[at] = deepest;
        at = deepest;
    }
    free(depth);
}

/* A plate goes on with the branch that ends at one of its inputs, or leaves another and begins one. */
static void find_branches(struct scene_graph *graph, int plate_count)
{
    graph->branches[0] = (struct scene_branch){0, plate_count - 1, 0, plate_count - 1};
    graph->branch_count = 1;
    for (int i = 0; i < plate_count; i++) {
        if (graph->branch[i] == 0)
            continue;
        int count;
        const struct scene_edge *edges = scene_graph_into(graph, i, &count);
        for (int k = 0; k < count && graph->branch[i] < 0; k++) {
            const int branch = graph->branch[edges[k].source];
            if (branch == 0 || graph->branches[branch].last != edges[k].source)
                continue;
            graph->branch[i] = branch;
            graph->previous[i] = edges[k].source;
            graph->branches[branch].last = i;
        }
        if (graph->branch[i] >= 0)
            continue;
        graph->previous[i] = count > 0 ? edges[0].source : -1;
        graph->branch[i] = graph->branch_count;
        graph->branches[graph->branch_count++] =
            (struct scene_branch){i, i, graph->previous[i], plate_count - 1};
    }
    for (int i = graph->edge_count - 1; i >= 0; i--) {
        struct scene_branch *branch = &graph->branches[graph->branch[graph->edges[i].source]];
        if (graph->edges[i].source == branch->last && branch != graph->branches)
            branch->target = graph->edges[i].target;
    }
}

void scene_graph_init(struct scene_graph *graph, const struct network *network, const struct plate *plates,
                      int plate_count)
{
    memset(graph, 0, sizeof *graph);
    size_t edges = 1;
    for (int i = 0; i < plate_count; i++)
        edges += (size_t)network->layers[plates[i].layer].input_count;
    graph->edges = ls_calloc(edges, sizeof *graph->edges);
    graph->branches = ls_calloc((size_t)plate_count + 1, sizeof *graph->branches);
    graph->branch = ls_calloc((size_t)plate_count, sizeof *graph->branch);
    graph->previous = ls_calloc((size_t)plate_count, sizeof *graph->previous);
    for (int i = 0; i < plate_count; i++)
        graph->branch[i] = graph->previous[i] = -1;
    find_edges(graph, network, plates, plate_count);
    find_main_path(graph, plate_count);
    find_branches(graph, plate_count);
    for (int i = 0; i < graph->edge_count; i++) {
        struct scene_edge *edge = &graph->edges[i];
        edge->skips = graph->branch[edge->source] == graph->branch[edge->target] &&
                      graph->previous[edge->target] != edge->source;
    }
}

void scene_graph_deinit(struct scene_graph *graph)
{
    free(graph->edges);
    free(graph->branches);
    free(graph->branch);
    free(graph->previous);
    memset(graph, 0, sizeof *graph);
}
