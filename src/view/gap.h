/* How the values of one activation plate come from those of another: the layer between them, as the shaders
 * that follow edges see it. */
#ifndef LS_VIEW_GAP_H
#define LS_VIEW_GAP_H

#include "gl/program.h"
#include "view/scene.h"

/* The numbers are shaders/gap.glsl's. GAP_SAME: a value is the target's of the same number, but for `offset`:
 * activations, dropout, add, concatenation. GAP_NORM: the same, times γ / σ. */
enum gap_kind { GAP_DENSE, GAP_CONVOLUTION, GAP_MAX_POOL, GAP_AVERAGE_POOL, GAP_SAME, GAP_NORM };
enum { GAP_SOFTMAX = ACTIVATION_GELU_TANH + 1 };

struct gap {
    int source_plate, target_plate;
    enum gap_kind kind;
    int activation;                                    /* enum activation, or GAP_SOFTMAX */
    float alpha;                                       /* the activation's */
    int source_shape[3], target_shape[3];              /* channels, height, width */
    int kernel[2], stride[2], padding[2], dilation[2]; /* rows, columns */
    bool counts_padding;                               /* of an average pool */
    int offset;                     /* of a concatenation: the target's value that is the source's first */
    int source_first, target_first; /* activations: floats, in a slot */
    int weight_first, delta_first;  /* the layer's, −1: none; dLoss/dactivation of the target */
    int sum_delta_first;            /* dLoss/dz of a GELU that is not a layer of its own, or −1 */
    int variance_first;             /* a batch norm's, or −1 */
    int weight_count;               /* of a norm: values of γ */
    float epsilon;                  /* of a norm */
    float start;                    /* 0 … 1 from the first layer to the last */
};

/* One for each edge of the scene's graph (*count), with the same numbers; freed by the caller. */
struct gap *gaps_create(const struct scene *scene, const struct network *network,
                        const struct snapshot_layout *layout, int *count);
/* The first gap that leads to a plate, or NULL. */
const struct gap *gaps_find(const struct gap *gaps, int count, int target_plate);
/* Whether the gap leads to that value of its target: of a concatenation only one of its gaps does. */
bool gap_leads_to(const struct gap *gap, int value);
/* The gap after `after` (NULL: the first) that leads to a plate's value, or NULL. */
const struct gap *gaps_next(const struct gap *gaps, int count, const struct gap *after, int target_plate,
                            int value);

/* Those of shaders/gap.glsl. */
void gap_set_uniforms(const struct gap *gap, const struct gl_program *program);

#endif
