/* The colour scale of every plate, from histograms that the GPU makes of the shown snapshot. The few
 * kilobytes of counts come back without waiting, so a scale may be a frame or two late while live. */
#ifndef LS_VIEW_PASS_SCALE_H
#define LS_VIEW_PASS_SCALE_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/scale.h"
#include "view/scene.h"

enum { SCALE_READBACKS = 3 };

struct scale_readback {
    GLuint buffer;
    const uint32_t *bins; /* persistent map */
    GLsync fence;         /* NULL: not in flight */
};

struct pass_scale {
    struct gl_program program;
    GLint first, count, first_bin;
    struct gl_buffer ladder, bins;
    struct scale_readback readbacks[SCALE_READBACKS];
    int next;   /* readback to use */
    bool known; /* false until the first counts came back */
    const struct scene *scene;
    const struct snapshot_layout *layout;
    struct scale *scales; /* (plates) */
};

bool pass_scale_init(struct pass_scale *pass, const struct scene *scene, const struct snapshot_layout *layout,
                     struct error *err);
void pass_scale_deinit(struct pass_scale *pass);
/* Counts the snapshot in texture buffer `slot`. */
void pass_scale_count(struct pass_scale *pass, GLuint slot);
/* Takes counts that have come back; with `wait`, all that are under way. True when a scale changed. */
bool pass_scale_collect(struct pass_scale *pass, bool wait);
/* S of a plate. The input's and probabilities' is 1, always. */
float pass_scale_value(const struct pass_scale *pass, int plate);

#endif
