/* Fills the uniform blocks, and writes them anew when plates have moved. */
#include "view/plate_blocks.h"

#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"

/* std140; shaders/plate.glsl explains the members. */
struct plate_block {
    float origin[4], right[4], down[4], back[4], size[4], stack[4], whole[4];
    int32_t tiles[4], data[4];
};

static void fill(struct plate_block *block, const struct plate *plate, const struct snapshot_layout *layout)
{
    const float tile_height = (float)plate->tile_height / (float)plate->tile_width;
    vec3 back;
    plate_back(plate, back);
    memcpy(block->origin, plate->origin, sizeof plate->origin);
    memcpy(block->right, plate->right, sizeof plate->right);
    memcpy(block->down, plate->down, sizeof plate->down);
    memcpy(block->back, back, sizeof back);
    block->origin[3] = plate->border;
    block->right[3] = plate->gap;
    block->down[3] = (float)plate->map;
    block->back[3] = plate->is_signed ? 1.0f : 0.0f;
    block->size[0] = (float)plate->tile_columns + plate->gap * (float)(plate->tile_columns - 1);
    block->size[1] = (float)plate->tile_rows * tile_height + plate->gap * (float)(plate->tile_rows - 1);
    block->size[2] = tile_height;
    block->stack[0] = plate->fold;
    block->stack[1] = plate->pitch;
    block->stack[2] = (float)plate->planes;
    block->stack[3] = (float)plate->kernel;
    block->whole[0] = plate->width;
    block->whole[1] = plate->height;
    block->whole[2] = plate_whole_depth(plate);
    block->tiles[0] = plate->tile_columns;
    block->tiles[1] = plate->tile_rows;
    block->tiles[2] = plate->tile_width;
    block->tiles[3] = plate->tile_height;
    block->data[0] = (int32_t)(layout->regions[plate->region].offset / sizeof(float));
    block->data[1] = plate->values;
    block->data[2] = plate->tiles_down ? 1 : 0;
    block->data[3] = (int32_t)plate->strip;
    block->whole[3] = plate->strip_epsilon;
}

static void fill_all(struct plate_blocks *blocks)
{
    const struct scene *scene = blocks->scene;
    for (int i = 0; i < scene->plate_count + scene->twin_count; i++) {
        struct plate_block block = {0};
        fill(&block, scene_slab(scene, i), blocks->layout);
        memcpy(blocks->bytes + (size_t)i * blocks->stride, &block, sizeof block);
    }
}

bool plate_blocks_init(struct plate_blocks *blocks, const struct scene *scene,
                       const struct snapshot_layout *layout, struct error *err)
{
    GLint alignment = 256;
    glGetIntegerv(GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT, &alignment);
    const size_t unit = (size_t)alignment;
    memset(blocks, 0, sizeof *blocks);
    blocks->scene = scene;
    blocks->layout = layout;
    blocks->stride = (sizeof(struct plate_block) + unit - 1) / unit * unit;
    blocks->size = 2 * (size_t)scene->plate_count * blocks->stride;
    blocks->bytes = ls_calloc(blocks->size, 1);
    blocks->form = scene->form;
    fill_all(blocks);
    if (gl_buffer_init(&blocks->buffer, "plates", blocks->size, blocks->bytes, true, err))
        return true;
    plate_blocks_deinit(blocks);
    return false;
}

void plate_blocks_deinit(struct plate_blocks *blocks)
{
    gl_buffer_deinit(&blocks->buffer);
    free(blocks->bytes);
    memset(blocks, 0, sizeof *blocks);
}

bool plate_blocks_update(struct plate_blocks *blocks)
{
    if (memcmp(&blocks->form, &blocks->scene->form, sizeof blocks->form) == 0)
        return false;
    blocks->form = blocks->scene->form;
    fill_all(blocks);
    gl_buffer_write(&blocks->buffer, 0, blocks->bytes, blocks->size);
    return true;
}

void plate_blocks_bind(const struct plate_blocks *blocks, int index, GLuint binding)
{
    LS_ASSERT(index >= 0 && index < blocks->scene->plate_count + blocks->scene->twin_count);
    glBindBufferRange(GL_UNIFORM_BUFFER, binding, blocks->buffer.name,
                      (GLintptr)((size_t)index * blocks->stride), sizeof(struct plate_block));
}
