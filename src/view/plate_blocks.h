/* The plates as the shaders see them: one uniform block per plate (shaders/plate.glsl), in one buffer. */
#ifndef LS_VIEW_PLATE_BLOCKS_H
#define LS_VIEW_PLATE_BLOCKS_H

#include "gl/buffer.h"
#include "view/scene.h"

struct plate_blocks {
    const struct scene *scene;
    const struct snapshot_layout *layout;
    struct gl_buffer buffer;
    char *bytes; /* what the buffer holds */
    size_t size, stride;
    struct scene_form form; /* that the blocks are of */
};

/* The arguments are borrowed. */
bool plate_blocks_init(struct plate_blocks *blocks, const struct scene *scene,
                       const struct snapshot_layout *layout, struct error *err);
void plate_blocks_deinit(struct plate_blocks *blocks);
/* Follows the scene; true when plates have moved. */
bool plate_blocks_update(struct plate_blocks *blocks);
/* Makes slab `index` (scene_slab) the one that shaders see at uniform buffer binding `binding` (1: the plate
 * drawn). */
void plate_blocks_bind(const struct plate_blocks *blocks, int index, GLuint binding);

#endif
