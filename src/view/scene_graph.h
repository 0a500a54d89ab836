/* The network's graph between its plates: who reads whom, which plates form the main path and which the
 * branches beside it. No places yet. */
#ifndef LS_VIEW_SCENE_GRAPH_H
#define LS_VIEW_SCENE_GRAPH_H

#include "nn/network.h"
#include "view/plate.h"

/* How values go from one activation plate to another. */
struct scene_edge {
    int source, target; /* activation plates */
    int input;          /* which of the target layer's inputs this is */
    int first;          /* of a concatenation: the target's value that is the source's first */
    bool skips;         /* passes over other plates of its own branch: an arc */
};

/* Plates that follow each other. Branch 0 is the main path, from the input to the output. */
struct scene_branch {
    int first, last;    /* plates */
    int source, target; /* plates that it leaves and comes back to; of the main path its own ends */
};

struct scene_graph {
    struct scene_edge *edges; /* (edge_count), by target, then by input */
    int edge_count;
    struct scene_branch *branches; /* (branch_count) */
    int branch_count;
    int *branch;   /* (plates) the branch that a plate is in */
    int *previous; /* (plates) the plate before it in its branch, of a branch's first the one it leaves; of
                    * the input −1 */
};

/* `plates` (plate_count) are the activations, in the layers' order. The main path is the longest, and of two
 * the one through the first inputs. */
void scene_graph_init(struct scene_graph *graph, const struct network *network, const struct plate *plates,
                      int plate_count);
void scene_graph_deinit(struct scene_graph *graph);
/* The first edge into a plate, and how many there are. */
const struct scene_edge *scene_graph_into(const struct scene_graph *graph, int plate, int *count);
/* Add and concatenate have a node where their inputs meet. */
bool layer_joins(const struct layer *layer);

#endif
