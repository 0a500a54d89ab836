/* Frames around units that the last evaluation found dead: neurons of dense layers, and channels of feature
 * maps. What is inside keeps its colour. */
#ifndef LS_VIEW_PASS_DEAD_H
#define LS_VIEW_PASS_DEAD_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "nn/predictions.h"
#include "view/plate_blocks.h"
#include "view/plate_detail.h"
#include "view/scene.h"

/* Units of fewer pixels, times the scale of lines, have no frame. */
#define DEAD_FROM_PX 6.0f

/* A plate's dead units in the list of all. */
struct dead_range {
    int first, count;
};

struct pass_dead {
    struct gl_program program;
    GLint first, is_tile, behind;
    GLuint buffer, texture;    /* unit numbers, plate by plate; 0: no unit is dead */
    struct dead_range *ranges; /* (plates) */
    uint64_t version;          /* of the predictions that the list is from */
    const struct scene *scene;
};

bool pass_dead_init(struct pass_dead *pass, const struct scene *scene, struct error *err);
void pass_dead_deinit(struct pass_dead *pass);
/* Lists the dead units anew when `predictions` are other ones; true when it did. */
bool pass_dead_update(struct pass_dead *pass, const struct predictions *predictions);
/* Over plates already drawn, blended, for an eye in world coordinates; `details` (plates) are in pixels of
 * the result, `pixel_scale` of lines in them. */
void pass_dead_draw(const struct pass_dead *pass, const struct plate_blocks *blocks,
                    const struct plate_detail *details, const vec3 eye, float pixel_scale);

#endif
