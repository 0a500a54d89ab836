/* What each layer looks like: the order and size of its pictures, from shapes alone. Rules: docs/scene.md. */
#ifndef LS_VIEW_PLATE_SHAPE_H
#define LS_VIEW_PLATE_SHAPE_H

#include "nn/network.h"
#include "nn/snapshot.h"
#include "view/plate.h"

/* Flatten and the like have no plate. */
bool layer_passes_values_on(const struct layer *layer);
bool layer_is_pool(const struct layer *layer); /* with a window; also the mean of whole maps */
bool layer_is_norm(const struct layer *layer);
/* A layer of its own whose output has its input's shape: norms, activations, dropout, add. */
bool layer_is_elementwise(const struct layer *layer);
/* "ReLU", "leaky ReLU", "linear" … */
const char *activation_name(enum activation activation);
/* The rank-2 or rank-4 parameter of a layer, or −1; vectors such as biases have no plate. */
int layer_weight_parameter(const struct layer *layer);
/* Fill everything but the place. The size of an activation's picture follows from the layer, that of weights
 * from the room they have. */
void plate_shape_activation(struct plate *plate, const struct network *network,
                            const struct snapshot_layout *layout, int layer);
void plate_shape_weights(struct plate *plate, const struct network *network,
                         const struct snapshot_layout *layout, int layer, int parameter);
/* A norm's γ − 1, β, μ and σ as far as it has them, at most four plates; returns how many. */
int plate_shape_strips(struct plate *plates, const struct network *network,
                       const struct snapshot_layout *layout, int layer);

#endif
