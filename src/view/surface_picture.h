/* A surface as a small texture and the lines where its answer changes. OpenGL thread only. */
#ifndef LS_VIEW_SURFACE_PICTURE_H
#define LS_VIEW_SURFACE_PICTURE_H

#include <GL/glew.h>

#include "nn/surface.h"
#include "view/contour.h"
#include "view/layout.h"
#include "view/point_scale.h"

struct surface_picture {
    struct surface surface; /* the newest; version 0: none yet */
    GLuint texture;         /* 0: none yet */
    uint64_t drawn_version; /* what the texture shows */
    enum theme_name drawn_theme;
    struct contour_piece *pieces; /* in places of the surface */
    size_t piece_count;
    struct rect area; /* where it was last drawn, framebuffer pixels */
};

void surface_picture_deinit(struct surface_picture *picture);
/* Makes texture and pieces of the newest surface; nothing when they are. */
void surface_picture_draw(struct surface_picture *picture, const struct point_scale *scale);

#endif
