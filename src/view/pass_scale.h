/* The colour scale of every plate, from histograms that the GPU makes of the shown snapshot. The few
 * kilobytes of counts come back without waiting, so a scale may be a frame or two late while live. */
#ifndef LS_VIEW_PASS_SCALE_H
#define LS_VIEW_PASS_SCALE_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/display.h"
#include "view/scale.h"
#include "view/scene.h"

enum { SCALE_READBACKS = 3 };

/* Plates that share S when its scope is the kind, and all of them together. */
enum scale_group { GROUP_ACTIVATIONS, GROUP_WEIGHTS, GROUP_GRADIENTS, GROUP_ALL, GROUP_COUNT };

struct scale_readback {
    GLuint buffer;
    const uint32_t *bins; /* persistent map; (plates, SIDE_COUNT, SCALE_BINS) */
    GLsync fence;         /* NULL: not in flight */
    bool gradients;       /* these were counted as well */
};

struct pass_scale {
    struct gl_program program;
    GLint first, count, first_bin, kernel, strip, strip_epsilon;
    struct gl_buffer ladder, bins;
    struct scale_readback readbacks[SCALE_READBACKS];
    int next;               /* readback to use */
    bool known[SIDE_COUNT]; /* false until the first counts came back */
    const struct scene *scene;
    const struct snapshot_layout *layout;
    enum scale_scope scope;
    uint32_t *counts;  /* (plates, SIDE_COUNT, SCALE_BINS), the last that came back */
    struct scale *own; /* (plates, SIDE_COUNT) */
    struct scale group[GROUP_COUNT];
    struct scale *shown; /* (plates, SIDE_COUNT): as the scope says */
};

bool pass_scale_init(struct pass_scale *pass, const struct scene *scene, const struct snapshot_layout *layout,
                     struct error *err);
void pass_scale_deinit(struct pass_scale *pass);
/* Counts the snapshot in texture buffer `slot`; its gradients too when they are shown. False when too many
 * counts are under way: this snapshot stays uncounted. */
bool pass_scale_count(struct pass_scale *pass, GLuint slot, bool gradients);
/* Takes counts that have come back; with `wait`, all that are under way. True when a scale changed. */
bool pass_scale_collect(struct pass_scale *pass, bool wait);
/* True when a scale changed. */
bool pass_scale_set_scope(struct pass_scale *pass, enum scale_scope scope);
/* False when all that it counted of a plate was NaN or infinite: there is no S to be told then. */
bool pass_scale_has_numbers(const struct pass_scale *pass, int plate, enum plate_side side);
/* S of what a plate shows. The input's and probabilities' is 1, always; not so their gradients'. */
float pass_scale_value(const struct pass_scale *pass, int plate, enum plate_side side);
/* The share of values beyond ±S, in percent. */
float pass_scale_clip_percent(const struct pass_scale *pass, int plate, enum plate_side side);

#endif
