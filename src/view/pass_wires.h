/* Draws the wires of the graph and the nodes where they meet. */
#ifndef LS_VIEW_PASS_WIRES_H
#define LS_VIEW_PASS_WIRES_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/scene.h"

struct pass_wires {
    struct gl_program wire_program, node_program;
    struct gl_buffer wires, nodes;
};

bool pass_wires_init(struct pass_wires *pass, const struct scene *scene, struct error *err);
void pass_wires_deinit(struct pass_wires *pass);
/* The scene's wires lie elsewhere now. */
void pass_wires_update(struct pass_wires *pass, const struct scene *scene);
/* Behind all plates: needs blending and the depth function of ribbons. */
void pass_wires_draw(const struct pass_wires *pass, const struct scene *scene);
/* At their depth in the scene. */
void pass_wires_draw_nodes(const struct pass_wires *pass, const struct scene *scene);

#endif
