/* How the values of one activation plate come from those of another: the layer between them, as the shaders
 * that follow edges see it. */
#ifndef LS_VIEW_GAP_H
#define LS_VIEW_GAP_H

#include "gl/program.h"
#include "view/scene.h"

/* The numbers are shaders/gap.glsl's. */
enum gap_kind { GAP_DENSE, GAP_CONVOLUTION, GAP_MAX_POOL, GAP_AVERAGE_POOL, GAP_SAME };
enum { GAP_SOFTMAX = ACTIVATION_RELU + 1 };

struct gap {
    int source_plate, target_plate;
    enum gap_kind kind;
    int activation;                       /* enum activation, or GAP_SOFTMAX */
    int source_shape[3], target_shape[3]; /* channels, height, width */
    int kernel[2], stride[2], padding[2]; /* rows, columns */
    int source_first, target_first;       /* activations: floats, in a slot */
    int weight_first, delta_first;        /* the layer's; dLoss/dactivation of the target */
};

/* (*count), in the data's order; freed by the caller. */
struct gap *gaps_create(const struct scene *scene, const struct network *network,
                        const struct snapshot_layout *layout, int *count);
/* The gap that leads to a plate, or NULL. */
const struct gap *gaps_find(const struct gap *gaps, int count, int target_plate);

/* Those of shaders/gap.glsl. */
void gap_set_uniforms(const struct gap *gap, const struct gl_program *program);

#endif
