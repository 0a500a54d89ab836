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
    pass->first = gl_program_uniform(&pass->slab, "first");
    pass->map = gl_program_uniform(&pass->slab, "map");
    pass->is_signed = gl_program_uniform(&pass->slab, "is_signed");
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

void pass_plates_set_sides(const struct pass_plates *pass, const struct pass_scale *scales, int index,
                           enum plate_side front, enum plate_side back, const bool has_data[SIDE_COUNT])
{
    const struct plate *plate = &scales->scene->plates[index];
    const enum plate_side sides[2] = {front, back};
    GLint first[2], map[2], is_signed[2], filled[2];
    GLfloat scale[2];
    for (int i = 0; i < 2; i++) {
        const bool gradients = sides[i] == SIDE_GRADIENTS && plate->gradient_region >= 0;
        const int region = gradients ? plate->gradient_region : plate->region;
        first[i] = (GLint)(scales->layout->regions[region].offset / sizeof(float));
        map[i] = gradients ? MAP_GRADIENT : (GLint)plate->map;
        is_signed[i] = gradients || plate->is_signed;
        scale[i] = pass_scale_value(scales, index, gradients ? SIDE_GRADIENTS : SIDE_VALUES);
        filled[i] = has_data[gradients ? SIDE_GRADIENTS : SIDE_VALUES];
    }
    glUniform1iv(pass->first, 2, first);
    glUniform1iv(pass->map, 2, map);
    glUniform1iv(pass->is_signed, 2, is_signed);
    glUniform1fv(pass->scale, 2, scale);
    glUniform1iv(pass->has_data, 2, filled);
}

void pass_plates_draw(const struct pass_plates *pass, const struct scene *scene,
                      const struct plate_blocks *blocks, const struct pass_scale *scales,
                      const struct display *display, GLuint slot, const struct snapshot_info *info)
{
    gl_debug_push("plates");
    glUseProgram(pass->slab.name);
    glBindTextureUnit(0, slot);
    /* Half way round both faces change: nothing is seen of them then. */
    const enum plate_side side = display->turn >= 0.5f ? SIDE_GRADIENTS : SIDE_VALUES;
    for (int i = 0; i < scene->plate_count; i++) {
        /* Of a probe there are gradients from the start, of parameters after the first training step. */
        const bool has_data[SIDE_COUNT] = {
            slot != 0, slot != 0 && (info->has_gradients || scene->plates[i].kind != PLATE_WEIGHT)};
        plate_blocks_bind(blocks, i, 1);
        pass_plates_set_sides(pass, scales, i, side, side, has_data);
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
