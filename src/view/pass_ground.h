/* Draws the ground: a grid that fades out, and a soft shadow under every plate. */
#ifndef LS_VIEW_PASS_GROUND_H
#define LS_VIEW_PASS_GROUND_H

#include "gl/program.h"
#include "view/plate_blocks.h"

struct pass_ground {
    struct gl_program grid, shadow;
};

bool pass_ground_init(struct pass_ground *pass, struct error *err);
void pass_ground_deinit(struct pass_ground *pass);
void pass_ground_draw(const struct pass_ground *pass, const struct plate_blocks *blocks, float radius);

#endif
