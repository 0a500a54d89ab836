/* Plates whose values are smaller than a pixel, made coarser on the GPU: a cell of several values keeps the
 * one with the largest |x| and its sign; NaN and infinities win over all. Only the level in use exists. */
#ifndef LS_VIEW_PASS_REDUCE_H
#define LS_VIEW_PASS_REDUCE_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/plate_detail.h"
#include "view/scene.h"

/* One plate's place in the reduced cells. */
struct reduced_plate {
    int reduce[2];         /* as plate_detail; 1 × 1: not reduced */
    int first[SIDE_COUNT]; /* float, from the buffer's start */
};

struct pass_reduce {
    struct gl_program program;
    GLint region_first, region_values, tile, cells, reduce, first_cell, cell_count, kernel, strip,
        strip_epsilon;
    GLuint buffer;
    GLuint texture;               /* buffer texture over it, floats */
    size_t capacity;              /* floats */
    bool sides[SIDE_COUNT];       /* made */
    struct reduced_plate *plates; /* (plates) */
    const struct scene *scene;
    const struct snapshot_layout *layout;
};

bool pass_reduce_init(struct pass_reduce *pass, const struct scene *scene,
                      const struct snapshot_layout *layout, struct error *err);
void pass_reduce_deinit(struct pass_reduce *pass);
/* Makes what `details` (plates) ask for of the snapshot in texture buffer `slot`, for the sides that are
 * shown. Does nothing when that is there already and the snapshot is not `fresh`. */
void pass_reduce_update(struct pass_reduce *pass, const struct plate_detail *details, GLuint slot,
                        const bool sides[SIDE_COUNT], bool fresh);
bool pass_reduce_has(const struct pass_reduce *pass, int plate);

#endif
