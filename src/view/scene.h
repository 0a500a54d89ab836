/* The network as things in space: plates for activations and weights, and the output's bars.
 * Right-handed, Y up, data flows along +X; geometry only, no OpenGL. Rules: docs/scene.md. */
#ifndef LS_VIEW_SCENE_H
#define LS_VIEW_SCENE_H

#include <cglm/types.h>

#include "nn/network.h"
#include "nn/snapshot.h"
#include "view/plate.h"

struct scene {
    struct plate *plates; /* activations in the data's order, then weights */
    int plate_count;
    vec3 *extent; /* (extent_count): what a view of everything has to hold: corners and longest bars */
    int extent_count;
    vec3 bounds_min, bounds_max; /* of `extent` */
    float radius;                /* half the bounds' diagonal */
    float ground_y;
};

/* A probability of 1 as a bar, along +X. */
#define SCENE_BAR_LENGTH 2.0f

void scene_init(struct scene *scene, const struct network *network, const struct snapshot_layout *layout);
void scene_deinit(struct scene *scene);
/* The plate that shows `layer`'s output, or that of the layer whose values it passes on; −1: none. */
int scene_find_activation(const struct scene *scene, const struct network *network, int layer);

#endif
