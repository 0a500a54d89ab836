/* The plates as the shaders see them: one uniform block per plate (shaders/plate.glsl), in one buffer. */
#ifndef LS_VIEW_PLATE_BLOCKS_H
#define LS_VIEW_PLATE_BLOCKS_H

#include "gl/buffer.h"
#include "view/scene.h"

struct plate_blocks {
    struct gl_buffer buffer;
    size_t stride; /* bytes */
    int count;
};

bool plate_blocks_init(struct plate_blocks *blocks, const struct scene *scene,
                       const struct snapshot_layout *layout, struct error *err);
void plate_blocks_deinit(struct plate_blocks *blocks);
/* Makes plate `index` the one that shaders see at uniform buffer binding `binding` (1: the plate drawn). */
void plate_blocks_bind(const struct plate_blocks *blocks, int index, GLuint binding);

#endif
