/* One dispatch per coarse plate and side; all share one buffer, laid out anew when any of them changes. */
#include "view/pass_reduce.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"
#include "gl/texture.h"

enum { GROUP = 64, MAX_GROUPS = 65535, LEAST_CAPACITY = 1 << 16 };

bool pass_reduce_init(struct pass_reduce *pass, const struct scene *scene,
                      const struct snapshot_layout *layout, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    pass->scene = scene;
    pass->layout = layout;
    pass->plates = ls_calloc((size_t)scene->plate_count, sizeof *pass->plates);
    for (int i = 0; i < scene->plate_count; i++)
        pass->plates[i].reduce[0] = pass->plates[i].reduce[1] = 1;
    if (!gl_program_init_compute(&pass->program, "reduce.comp", NULL, err)) {
        pass_reduce_deinit(pass);
        return false;
    }
    pass->region_first = gl_program_uniform(&pass->program, "region_first");
    pass->region_values = gl_program_uniform(&pass->program, "region_values");
    pass->tile = gl_program_uniform(&pass->program, "tile");
    pass->cells = gl_program_uniform(&pass->program, "cells");
    pass->reduce = gl_program_uniform(&pass->program, "reduce");
    pass->first_cell = gl_program_uniform(&pass->program, "first_cell");
    pass->cell_count = gl_program_uniform(&pass->program, "cell_count");
    pass->kernel = gl_program_uniform(&pass->program, "kernel");
    pass->strip = gl_program_uniform(&pass->program, "strip");
    pass->strip_epsilon = gl_program_uniform(&pass->program, "strip_epsilon");
    return true;
}

static void release_buffer(struct pass_reduce *pass)
{
    gl_texture_destroy(&pass->texture);
    if (pass->buffer)
        glDeleteBuffers(1, &pass->buffer);
    pass->buffer = 0;
}

void pass_reduce_deinit(struct pass_reduce *pass)
{
    release_buffer(pass);
    gl_program_deinit(&pass->program);
    free(pass->plates);
    memset(pass, 0, sizeof *pass);
}

bool pass_reduce_has(const struct pass_reduce *pass, int plate)
{
    return pass->plates[plate].reduce[0] * pass->plates[plate].reduce[1] > 1;
}

static size_t cell_count(const struct plate_detail *detail, const struct plate *plate)
{
    return (size_t)plate->tiles * (size_t)plate_detail_cells(detail, plate, 0) *
           (size_t)plate_detail_cells(detail, plate, 1);
}

/* Gives every coarse plate its places; returns how many floats there are. */
static size_t lay_out(struct pass_reduce *pass, const struct plate_detail *details,
                      const bool sides[SIDE_COUNT])
{
    size_t total = 0;
    for (int i = 0; i < pass->scene->plate_count; i++) {
        struct reduced_plate *reduced = &pass->plates[i];
        memcpy(reduced->reduce, details[i].reduce, sizeof reduced->reduce);
        for (int side = 0; side < SIDE_COUNT; side++) {
            reduced->first[side] = (int)total;
            if (pass_reduce_has(pass, i) && sides[side])
                total += cell_count(&details[i], &pass->scene->plates[i]);
        }
    }
    memcpy(pass->sides, sides, sizeof pass->sides);
    return total;
}

static void reserve(struct pass_reduce *pass, size_t floats)
{
    if (pass->buffer && floats <= pass->capacity)
        return;
    release_buffer(pass);
    pass->capacity = LEAST_CAPACITY;
    while (pass->capacity < floats)
        pass->capacity *= 2;
    const size_t size = pass->capacity * sizeof(float);
    glCreateBuffers(1, &pass->buffer);
    glNamedBufferStorage(pass->buffer, (GLsizeiptr)size, NULL, 0);
    glCreateTextures(GL_TEXTURE_BUFFER, 1, &pass->texture);
    glTextureBuffer(pass->texture, GL_R32F, pass->buffer);
}

static void reduce_plate(const struct pass_reduce *pass, int index, enum plate_side side,
                         const struct plate_detail *detail)
{
    const struct plate *plate = &pass->scene->plates[index];
    const int region = side == SIDE_GRADIENTS ? plate->gradient_region : plate->region;
    const size_t cells = cell_count(detail, plate);
    size_t groups = (cells + GROUP - 1) / GROUP;
    if (groups > MAX_GROUPS)
        groups = MAX_GROUPS;
    glUniform1i(pass->region_first, (GLint)(pass->layout->regions[region].offset / sizeof(float)));
    glUniform1i(pass->region_values, plate->values);
    glUniform2i(pass->tile, plate->tile_width, plate->tile_height);
    glUniform2i(pass->cells, plate_detail_cells(detail, plate, 0), plate_detail_cells(detail, plate, 1));
    glUniform2i(pass->reduce, detail->reduce[0], detail->reduce[1]);
    glUniform1i(pass->first_cell, pass->plates[index].first[side]);
    glUniform1i(pass->cell_count, (GLint)cells);
    glUniform1i(pass->kernel, plate->kernel);
    glUniform1i(pass->strip, side == SIDE_VALUES ? (GLint)plate->strip : STRIP_NONE);
    glUniform1f(pass->strip_epsilon, plate->strip_epsilon);
    glDispatchCompute((GLuint)groups, 1, 1);
}

void pass_reduce_update(struct pass_reduce *pass, const struct plate_detail *details, GLuint slot,
                        const bool sides[SIDE_COUNT], bool fresh)
{
    bool changed = fresh || memcmp(pass->sides, sides, sizeof pass->sides) != 0;
    for (int i = 0; i < pass->scene->plate_count && !changed; i++)
        changed = memcmp(details[i].reduce, pass->plates[i].reduce, sizeof details[i].reduce) != 0;
    if (!changed)
        return;
    const size_t floats = lay_out(pass, details, sides);
    if (floats == 0)
        return;
    gl_debug_push("reduce");
    reserve(pass, floats);
    glUseProgram(pass->program.name);
    glBindTextureUnit(0, slot);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->buffer);
    for (int i = 0; i < pass->scene->plate_count; i++)
        for (int side = 0; side < SIDE_COUNT; side++)
            if (pass_reduce_has(pass, i) && sides[side] &&
                (side == SIDE_VALUES || pass->scene->plates[i].gradient_region >= 0))
                reduce_plate(pass, i, (enum plate_side)side, &details[i]);
    glMemoryBarrier(GL_TEXTURE_FETCH_BARRIER_BIT);
    gl_debug_pop();
}
