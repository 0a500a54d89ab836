/* One draw call per slab with dead units, one instance for each of them. */
#include "view/pass_dead.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "gl/debug.h"
#include "gl/texture.h"

bool pass_dead_init(struct pass_dead *pass, const struct scene *scene, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    pass->scene = scene;
    pass->ranges = ls_calloc((size_t)scene->plate_count, sizeof *pass->ranges);
    if (!gl_program_init(&pass->program, "dead.vert", "dead.frag", NULL, err)) {
        pass_dead_deinit(pass);
        return false;
    }
    pass->first = gl_program_uniform(&pass->program, "first");
    pass->is_tile = gl_program_uniform(&pass->program, "is_tile");
    pass->behind = gl_program_uniform(&pass->program, "behind");
    return true;
}

static void release_list(struct pass_dead *pass)
{
    gl_texture_destroy(&pass->texture);
    if (pass->buffer)
        glDeleteBuffers(1, &pass->buffer);
    pass->buffer = 0;
}

void pass_dead_deinit(struct pass_dead *pass)
{
    release_list(pass);
    gl_program_deinit(&pass->program);
    free(pass->ranges);
    memset(pass, 0, sizeof *pass);
}

static bool can_die(const struct plate *plate) { return plate->kind != PLATE_WEIGHT; }

/* Fills `units` when there is one; returns how many there are. */
static int list_units(struct pass_dead *pass, const struct predictions *predictions, int32_t *units)
{
    int count = 0;
    for (int i = 0; i < pass->scene->plate_count; i++) {
        const struct plate *plate = &pass->scene->plates[i];
        pass->ranges[i].first = count;
        for (int unit = 0; can_die(plate) && unit < predictions->units[plate->layer]; unit++) {
            if (!predictions_is_dead(predictions, plate->layer, unit))
                continue;
            if (units)
                units[count] = unit;
            count++;
        }
        pass->ranges[i].count = count - pass->ranges[i].first;
    }
    return count;
}

bool pass_dead_update(struct pass_dead *pass, const struct predictions *predictions)
{
    if (predictions->version == pass->version)
        return false;
    pass->version = predictions->version;
    release_list(pass);
    const int count = list_units(pass, predictions, NULL);
    if (count == 0)
        return true;
    int32_t *units = ls_calloc((size_t)count, sizeof *units);
    list_units(pass, predictions, units);
    glCreateBuffers(1, &pass->buffer);
    glNamedBufferStorage(pass->buffer, (GLsizeiptr)((size_t)count * sizeof *units), units, 0);
    glCreateTextures(GL_TEXTURE_BUFFER, 1, &pass->texture);
    glTextureBuffer(pass->texture, GL_R32I, pass->buffer);
    free(units);
    return true;
}

/* A channel is framed as a whole, a neuron of a dense layer is one cell. */
static bool units_are_tiles(const struct plate *plate) { return plate->tiles > 1; }

static bool is_large(const struct plate_detail *detail, const struct plate *plate, float pixel_scale)
{
    const bool tiles = units_are_tiles(plate);
    const float width = detail->largest_px[0] * (tiles ? (float)plate->tile_width : 1.0f);
    const float height = detail->largest_px[1] * (tiles ? (float)plate->tile_height : 1.0f);
    return detail->visible && fminf(width, height) >= DEAD_FROM_PX * pixel_scale;
}

static bool sees_back(const struct plate *plate, const vec3 eye)
{
    struct pane pane;
    plate_pane(plate, eye, &pane);
    return glm_vec3_dot(pane.right, (float *)plate->right) < 0.0f;
}

void pass_dead_draw(const struct pass_dead *pass, const struct plate_blocks *blocks,
                    const struct plate_detail *details, const vec3 eye, float pixel_scale)
{
    if (!pass->texture)
        return;
    gl_debug_push("dead units");
    glUseProgram(pass->program.name);
    glBindTextureUnit(0, pass->texture);
    for (int i = 0; i < pass->scene->plate_count + pass->scene->twin_count; i++) {
        const int number = i % pass->scene->plate_count;
        const struct dead_range *range = &pass->ranges[number];
        const struct plate *plate = scene_slab(pass->scene, i);
        if (range->count == 0 || !is_large(&details[number], plate, pixel_scale))
            continue;
        plate_blocks_bind(blocks, i, 1);
        glUniform1i(pass->first, range->first);
        glUniform1i(pass->is_tile, units_are_tiles(plate));
        glUniform1i(pass->behind, sees_back(plate, eye));
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, range->count);
    }
    gl_debug_pop();
}
