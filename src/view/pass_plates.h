/* Draws the slabs with their data, the slabs' edges, and the output's bars. */
#ifndef LS_VIEW_PASS_PLATES_H
#define LS_VIEW_PASS_PLATES_H

#include "gl/program.h"
#include "view/pass_reduce.h"
#include "view/pass_scale.h"
#include "view/plate_blocks.h"
#include "view/scene.h"

struct slab_program {
    struct gl_program program;
    GLint first, map, is_signed, scale, has_data, cells, reduce;
    GLint masked, mask_seed, mask_step, mask_operation, mask_rate, joint_count, joints;
};

/* What pass_plates_draw reads. */
struct plates_source {
    const struct scene *scene;
    const struct plate_blocks *blocks;
    const struct pass_scale *scales;
    const struct plate_detail *details; /* (plates) */
    const struct pass_reduce *reduced;
    GLuint slot;                      /* texture buffer of the shown slot; 0: no data yet */
    const struct snapshot_info *info; /* of that slot */
};

struct pass_plates {
    struct slab_program slabs[2]; /* large cells; FINE ones */
    struct gl_program line, bar;
    GLint bar_length, winner;
};

bool pass_plates_init(struct pass_plates *pass, struct error *err);
void pass_plates_deinit(struct pass_plates *pass);
/* Whether that side of a plate has values to show yet. */
bool pass_plates_has_data(const struct plates_source *source, const struct plate *plate,
                          enum plate_side side);
void pass_plates_draw(const struct pass_plates *pass, const struct plates_source *source);
void pass_plates_draw_edges(const struct pass_plates *pass, const struct plate_blocks *blocks);
/* `winner`: the class with the highest probability. */
void pass_plates_draw_bars(const struct pass_plates *pass, const struct scene *scene,
                           const struct plate_blocks *blocks, GLuint slot, int winner);

#endif
