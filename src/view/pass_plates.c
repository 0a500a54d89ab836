/* One draw call per plate: its block is the only thing that differs. */
#include "view/pass_plates.h"

#include <math.h>
#include <string.h>

#include "gl/debug.h"

enum { SLAB_VERTICES = 36, SLAB_EDGES = 12, BAR_VERTICES = 18 };

/* Borders of cells below this size are smoothed: above, a border is a small part of a cell. */
static const float FINE_BELOW_PX = 4.0f;

static bool init_slab(struct slab_program *slab, const char *defines, struct error *err)
{
    if (!gl_program_init(&slab->program, "plate.vert", "plate.frag", defines, err))
        return false;
    slab->first = gl_program_uniform(&slab->program, "first");
    slab->map = gl_program_uniform(&slab->program, "map");
    slab->is_signed = gl_program_uniform(&slab->program, "is_signed");
    slab->scale = gl_program_uniform(&slab->program, "scale");
    slab->has_data = gl_program_uniform(&slab->program, "has_data");
    slab->cells = gl_program_uniform(&slab->program, "cells");
    slab->reduce = gl_program_uniform(&slab->program, "reduce");
    slab->masked = gl_program_uniform(&slab->program, "masked");
    slab->mask_seed = gl_program_uniform(&slab->program, "mask_seed");
    slab->mask_step = gl_program_uniform(&slab->program, "mask_step");
    slab->mask_operation = gl_program_uniform(&slab->program, "mask_operation");
    slab->mask_rate = gl_program_uniform(&slab->program, "mask_rate");
    slab->joint_count = gl_program_uniform(&slab->program, "joint_count");
    slab->joints = gl_program_uniform(&slab->program, "joints");
    return true;
}

bool pass_plates_init(struct pass_plates *pass, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    if (!init_slab(&pass->slabs[0], NULL, err) || !init_slab(&pass->slabs[1], "#define FINE\n", err) ||
        !gl_program_init(&pass->line, "line.vert", "line.frag", NULL, err) ||
        !gl_program_init(&pass->bar, "bar.vert", "bar.frag", NULL, err)) {
        pass_plates_deinit(pass);
        return false;
    }
    pass->bar_length = gl_program_uniform(&pass->bar, "bar_length");
    pass->winner = gl_program_uniform(&pass->bar, "winner");
    return true;
}

void pass_plates_deinit(struct pass_plates *pass)
{
    for (int i = 0; i < 2; i++)
        gl_program_deinit(&pass->slabs[i].program);
    gl_program_deinit(&pass->line);
    gl_program_deinit(&pass->bar);
}

/* Of a probe there are gradients from the start, of parameters after the first training step. */
bool pass_plates_has_data(const struct plates_source *source, const struct plate *plate, enum plate_side side)
{
    return source->slot &&
           (side == SIDE_VALUES || source->info->has_gradients || plate->kind != PLATE_WEIGHT);
}

/* What front and back of plate `index` show. */
static void set_sides(const struct slab_program *slab, const struct plates_source *source, int index,
                      enum plate_side front, enum plate_side back)
{
    const struct plate *plate = &source->scene->plates[index];
    const enum plate_side wanted[2] = {front, back};
    const bool reduced = pass_reduce_has(source->reduced, index);
    GLint first[2], map[2], is_signed[2], has_data[2];
    GLfloat scale[2];
    for (int i = 0; i < 2; i++) {
        const enum plate_side side = plate->gradient_region >= 0 ? wanted[i] : SIDE_VALUES;
        const bool gradients = side == SIDE_GRADIENTS;
        const int region = gradients ? plate->gradient_region : plate->region;
        first[i] = reduced ? source->reduced->plates[index].first[side]
                           : (GLint)(source->scales->layout->regions[region].offset / sizeof(float));
        map[i] = gradients ? MAP_GRADIENT : (GLint)plate->map;
        is_signed[i] = gradients || plate->is_signed;
        scale[i] = pass_scale_value(source->scales, index, side);
        has_data[i] = pass_plates_has_data(source, plate, side);
    }
    glUniform1iv(slab->first, 2, first);
    glUniform1iv(slab->map, 2, map);
    glUniform1iv(slab->is_signed, 2, is_signed);
    glUniform1fv(slab->scale, 2, scale);
    glUniform1iv(slab->has_data, 2, has_data);
}

/* What the last training step dropped of its first sample; its number as the draws count is one less. */
static void set_mask(const struct slab_program *slab, const struct plates_source *source,
                     const struct layer *layer)
{
    const bool masked = layer->kind == LAYER_DROPOUT && source->slot && source->info->step > 0;
    glUniform1i(slab->masked, masked);
    if (!masked)
        return;
    const uint64_t seed = source->info->seed;
    glUniform2ui(slab->mask_seed, (GLuint)seed, (GLuint)(seed >> 32));
    glUniform1ui(slab->mask_step, (GLuint)(source->info->step - 1));
    glUniform1ui(slab->mask_operation, (GLuint)layer->op);
    glUniform1f(slab->mask_rate, layer->rate);
}

/* Where the channels of each input of a concatenation begin. */
static void set_joints(const struct slab_program *slab, const struct network *network,
                       const struct layer *layer, const struct plate *plate)
{
    GLint joints[NETWORK_MAX_INPUTS] = {0};
    const bool joined = layer->kind == LAYER_CONCATENATE && plate->kind != PLATE_WEIGHT && plate->tiles > 1;
    int first = 0;
    for (int i = 0; joined && i < layer->input_count; i++) {
        joints[i] = first;
        first += network->layers[layer->inputs[i]].output.channels;
    }
    glUniform1i(slab->joint_count, joined ? layer->input_count : 0);
    if (joined)
        glUniform1iv(slab->joints, layer->input_count, joints);
}

void pass_plates_draw(const struct pass_plates *pass, const struct plates_source *source)
{
    gl_debug_push("plates");
    const struct scene *scene = source->scene;
    for (int i = 0; i < scene->plate_count + scene->twin_count; i++) {
        const struct plate *plate = scene_slab(scene, i);
        const int number = i % scene->plate_count;
        const struct plate_detail *detail = &source->details[number];
        const bool fine = fminf(detail->least_px[0] * (float)detail->reduce[0],
                                detail->least_px[1] * (float)detail->reduce[1]) < FINE_BELOW_PX;
        const struct slab_program *slab = &pass->slabs[fine ? 1 : 0];
        glUseProgram(slab->program.name);
        glBindTextureUnit(0,
                          pass_reduce_has(source->reduced, number) ? source->reduced->texture : source->slot);
        plate_blocks_bind(source->blocks, i, 1);
        set_sides(slab, source, number, plate->front, plate->back);
        const struct layer *layer = &scene->network->layers[plate->layer];
        set_mask(slab, source, layer);
        set_joints(slab, scene->network, layer, plate);
        glUniform2i(slab->cells, plate_detail_cells(detail, plate, 0), plate_detail_cells(detail, plate, 1));
        glUniform2i(slab->reduce, detail->reduce[0], detail->reduce[1]);
        glDrawArraysInstanced(GL_TRIANGLES, 0, SLAB_VERTICES, plate->planes > 0 ? plate->planes : 1);
    }
    gl_debug_pop();
}

void pass_plates_draw_edges(const struct pass_plates *pass, const struct plate_blocks *blocks)
{
    gl_debug_push("plate edges");
    glUseProgram(pass->line.name);
    for (int i = 0; i < blocks->scene->plate_count + blocks->scene->twin_count; i++) {
        const struct plate *plate = scene_slab(blocks->scene, i);
        plate_blocks_bind(blocks, i, 1);
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, SLAB_EDGES * (plate->planes > 0 ? plate->planes : 1));
    }
    gl_debug_pop();
}

void pass_plates_draw_bars(const struct pass_plates *pass, const struct scene *scene,
                           const struct plate_blocks *blocks, GLuint slot, int winner)
{
    for (int i = 0; i < scene->plate_count; i++) {
        const struct plate *plate = &scene->plates[i];
        if (plate->kind != PLATE_OUTPUT || (plate->tiles == 1 && plate->values > 1) || plate->is_signed)
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
