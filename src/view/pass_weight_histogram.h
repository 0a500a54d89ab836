/* Histograms of all weights of the shown snapshot, made on the GPU and read back without waiting, for the
 * history of their distribution. */
#ifndef LS_VIEW_PASS_WEIGHT_HISTOGRAM_H
#define LS_VIEW_PASS_WEIGHT_HISTOGRAM_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/scene.h"
#include "view/weight_history.h"

enum { WEIGHT_READBACKS = 3 };

struct weight_readback {
    GLuint buffer;
    const uint32_t *bins; /* persistent map */
    GLsync fence;         /* NULL: not in flight */
    uint64_t step;        /* of the snapshot counted */
};

struct pass_weight_histogram {
    struct gl_program program;
    GLint first, count, first_bin;
    struct gl_buffer bins;
    struct weight_readback readbacks[WEIGHT_READBACKS];
    int next; /* readback to use: the oldest */
    const struct scene *scene;
    const struct network *network;
    const struct snapshot_layout *layout;
    int *plates; /* (tensors): the scene's weight plates */
    struct weight_history history;
};

bool pass_weight_histogram_init(struct pass_weight_histogram *pass, const struct scene *scene,
                                const struct network *network, const struct snapshot_layout *layout,
                                struct error *err);
void pass_weight_histogram_deinit(struct pass_weight_histogram *pass);
/* Counts the snapshot after `step` steps in texture buffer `slot`, unless all readbacks are in flight. */
void pass_weight_histogram_count(struct pass_weight_histogram *pass, GLuint slot, uint64_t step);
/* Takes counts that have come back into the history; with `wait`, all that are under way. */
void pass_weight_histogram_collect(struct pass_weight_histogram *pass, bool wait);
/* The history's tensor for `layer`'s weights. For a layer without weights, or −1: the last convolution's
 * kernels, else the most weights of all. −1 when the network has none. */
int pass_weight_histogram_tensor(const struct pass_weight_histogram *pass, int layer);

#endif
