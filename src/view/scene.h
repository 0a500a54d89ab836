/* The network as things in space: plates for activations and weights, and the output's bars.
 * Right-handed, Y up, data flows along +X; geometry only, no OpenGL. Rules: docs/scene.md. */
#ifndef LS_VIEW_SCENE_H
#define LS_VIEW_SCENE_H

#include <cglm/types.h>

#include "nn/network.h"
#include "nn/snapshot.h"
#include "view/display.h"
#include "view/plate.h"
#include "view/scene_graph.h"

/* How far the scene has changed from its usual form, 0 … 1. */
struct scene_form {
    float turn;   /* of half a turn: values go to the back, gradients come to the front */
    float stack;  /* of the way to gradients of their own, above activations and below weights */
    float unfold; /* of the way from stacks of many feature maps to all of them side by side */
    struct {
        int plate;
        float unfold; /* of this stack alone, where it is more */
    } opened[DISPLAY_OPENED];
};

/* A cubic curve in the plane z = 0. */
struct scene_wire {
    vec3 points[4];
    float strength[2]; /* opacity at its ends */
    int edge;          /* of the graph, or −1: from a node to its plate */
};

/* Where the inputs of an add (⊕) or a concatenation meet, before its plate. */
struct scene_node {
    vec3 place;
    int plate;
    bool adds;
};

struct scene {
    const struct network *network;
    struct plate *plates; /* activations in the data's order, then weights */
    int plate_count, activation_count;
    struct scene_graph graph;
    float *apexes; /* (edges) y of the arc over the top; −∞: no arc */
    struct scene_wire *wires;
    int wire_count;
    struct scene_node *nodes;
    int node_count;
    struct plate *twins; /* twin i shows the gradients of plate i beside it */
    int twin_count;      /* plate_count, or 0 while there are none */
    struct scene_form form;
    int row_count;               /* rows in which the plates stand, read like lines of text */
    float row_length, row_pitch; /* along X; from a row down to the next */
    vec3 *extent; /* (extent_count): what a view of everything has to hold: corners and longest bars */
    int extent_count;
    vec3 bounds_min, bounds_max; /* of `extent` */
    float radius;                /* half the bounds' diagonal */
    float ground_y;
};

/* The view for which gaps are chosen so that no plate covers another: yaw 50°, of which the cosine. */
#define SCENE_DESIGN_YAW 50.0f
#define SCENE_DESIGN_COSINE 0.6427876f
/* Between a plate and its gradients' own, world units. */
#define SCENE_TWIN_GAP 0.25f
/* An arc's height over the plates that it passes over, and what each of these adds. */
#define SCENE_ARC_RISE 0.6f
#define SCENE_ARC_RISE_A_LAYER 0.25f
/* A probability of 1 as a bar, along +X. */
#define SCENE_BAR_LENGTH 2.0f

/* In its usual form. `network` is borrowed. */
void scene_init(struct scene *scene, const struct network *network, const struct snapshot_layout *layout);
/* For a renderer that reaches only the first `reach` floats of a snapshot: plates whose gradients lie beyond
 * show none, `without_gradients` of them. False where values lie beyond: the network is too large to be
 * shown. */
bool scene_limit(struct scene *scene, const struct snapshot_layout *layout, size_t reach,
                 int *without_gradients, struct error *err);
/* The input's values have signs: they stand on the weights' map, which ends at `scale` for every sample. */
void scene_sign_input(struct scene *scene, float scale);
void scene_deinit(struct scene *scene);
/* Puts everything where it stands in that form. */
void scene_arrange(struct scene *scene, const struct scene_form *form);
/* Whether the edges of the graph's edge `edge` go over the plates between its ends. */
bool scene_is_arched(const struct scene *scene, int edge);
/* Whether they go on in another row. */
bool scene_wraps(const struct scene *scene, int edge);
/* Plates, then twins: 0 … plate_count + twin_count − 1. */
const struct plate *scene_slab(const struct scene *scene, int index);
/* Whether any face of the plate or of its twin that shows this side looks at the eye. */
bool scene_shows(const struct scene *scene, int plate, enum plate_side side, const vec3 eye);
/* Likewise for any plate. */
bool scene_shows_gradients(const struct scene *scene, const vec3 eye);
/* The plate that shows `layer`'s output, or that of the layer whose values it passes on; −1: none. */
int scene_find_activation(const struct scene *scene, const struct network *network, int layer);

#endif
