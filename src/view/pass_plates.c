/* One draw call per plate: its block is the only thing that differs. */
#include "view/pass_plates.h"

#include <string.h>

#include "gl/debug.h"

enum { SLAB_VERTICES = 36, SLAB_EDGES = 12, BAR_VERTICES = 18 };

bool pass_plates_init(struct pass_plates *pass, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    if (!gl_program_init(&pass->slab, "plate.vert", "plate.frag", NULL, err) ||
        !gl_program_init(&pass->line, "line.vert", "line.frag", NULL, err) ||
        !gl_program_init(&pass->bar, "bar.vert", "bar.frag", NULL, err)) {
        pass_plates_deinit(pass);
        return false;
    }
    pass->scale = gl_program_uniform(&pass->slab, "scale");
    pass->has_data = gl_program_uniform(&pass->slab, "has_data");
    pass->bar_length = gl_program_uniform(&pass->bar, "bar_length");
    pass->winner = gl_program_uniform(&pass->bar, "winner");
    return true;
}

void pass_plates_deinit(struct pass_plates *pass)
{
    gl_program_deinit(&pass->slab);
    gl_program_deinit(&pass->line);
    gl_program_deinit(&pass->bar);
}

void pass_plates_draw(const struct pass_plates *pass, const struct scene *scene,
                      const struct plate_blocks *blocks, const struct pass_scale *scales, GLuint slot)
{
    gl_debug_push("plates");
    glUseProgram(pass->slab.name);
    glBindTextureUnit(0, slot);
    glUniform1i(pass->has_data, slot != 0);
    for (int i = 0; i < scene->plate_count; i++) {
        plate_blocks_bind(blocks, i, 1);
        glUniform1f(pass->scale, pass_scale_value(scales, i));
        glDrawArrays(GL_TRIANGLES, 0, SLAB_VERTICES);
    }
    gl_debug_pop();
}

void pass_plates_draw_edges(const struct pass_plates *pass, const struct plate_blocks *blocks)
{
    gl_debug_push("plate edges");
    glUseProgram(pass->line.name);
    for (int i = 0; i < blocks->count; i++) {
        plate_blocks_bind(blocks, i, 1);
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, SLAB_EDGES);
    }
    gl_debug_pop();
}

void pass_plates_draw_bars(const struct pass_plates *pass, const struct scene *scene,
                           const struct plate_blocks *blocks, GLuint slot, int winner)
{
    for (int i = 0; i < scene->plate_count; i++) {
        const struct plate *plate = &scene->plates[i];
        if (plate->kind != PLATE_OUTPUT || plate->is_signed)
            continue;
        gl_debug_push("bars");
        glUseProgram(pass->bar.name);
        glBindTextureUnit(0, slot);
        glUniform1f(pass->bar_length, SCENE_BAR_LENGTH);
        glUniform1i(pass->winner, winner);
        plate_blocks_bind(blocks, i, 1);
        glDrawArraysInstanced(GL_TRIANGLES, 0, BAR_VERTICES, plate->values);
        gl_debug_pop();
    }
}
