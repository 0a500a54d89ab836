/* Each line of the grid and each shadow is a band or quad of its own, so that the pixels between them cost
 * nothing. */
#include "view/pass_ground.h"

#include <string.h>

#include "gl/debug.h"

enum { LINE_SEGMENTS = 6 };

bool pass_ground_init(struct pass_ground *pass, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    if (!gl_program_init(&pass->grid, "ground.vert", "band.frag", NULL, err) ||
        !gl_program_init(&pass->shadow, "shadow.vert", "shadow.frag", NULL, err)) {
        pass_ground_deinit(pass);
        return false;
    }
    return true;
}

void pass_ground_deinit(struct pass_ground *pass)
{
    gl_program_deinit(&pass->grid);
    gl_program_deinit(&pass->shadow);
}

void pass_ground_draw(const struct pass_ground *pass, const struct plate_blocks *blocks, float radius)
{
    gl_debug_push("ground");
    glUseProgram(pass->grid.name);
    const int reach = (int)radius;
    glUniform1i(gl_program_uniform(&pass->grid, "reach"), reach);
    glUniform1i(gl_program_uniform(&pass->grid, "segments"), LINE_SEGMENTS);
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 2 * (LINE_SEGMENTS + 1), 2 * (2 * reach + 1));
    glUseProgram(pass->shadow.name);
    for (int i = 0; i < blocks->scene->plate_count + blocks->scene->twin_count; i++) {
        plate_blocks_bind(blocks, i, 1);
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    }
    gl_debug_pop();
}
