/* Draws the slabs with their data, the slabs' edges, and the output's bars. */
#ifndef LS_VIEW_PASS_PLATES_H
#define LS_VIEW_PASS_PLATES_H

#include "gl/program.h"
#include "view/pass_scale.h"
#include "view/plate_blocks.h"
#include "view/scene.h"

struct pass_plates {
    struct gl_program slab, line, bar;
    GLint first, map, is_signed, scale, has_data; /* of the slab */
    GLint bar_length, winner;
};

bool pass_plates_init(struct pass_plates *pass, struct error *err);
void pass_plates_deinit(struct pass_plates *pass);
/* What front and back of plate `index` show from the next draw call of `slab` on. `has_data`: by side. */
void pass_plates_set_sides(const struct pass_plates *pass, const struct pass_scale *scales, int index,
                           enum plate_side front, enum plate_side back, const bool has_data[SIDE_COUNT]);
/* `slot`: texture buffer of the shown slot, `info` its numbers; 0 and NULL when there is none yet. */
void pass_plates_draw(const struct pass_plates *pass, const struct scene *scene,
                      const struct plate_blocks *blocks, const struct pass_scale *scales,
                      const struct display *display, GLuint slot, const struct snapshot_info *info);
void pass_plates_draw_edges(const struct pass_plates *pass, const struct plate_blocks *blocks);
/* `winner`: the class with the highest probability. */
void pass_plates_draw_bars(const struct pass_plates *pass, const struct scene *scene,
                           const struct plate_blocks *blocks, GLuint slot, int winner);

#endif
