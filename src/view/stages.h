/* Brackets above the network that say, in a newcomer's words, what each part of it does: image, find
 * features, decide, answer. No OpenGL. */
#ifndef LS_VIEW_STAGES_H
#define LS_VIEW_STAGES_H

#include <cglm/types.h>

#include "view/layout.h"
#include "view/scene.h"

enum { MAX_STAGES = 8 };

struct stage {
    const char *name;
    int first_plate, last_plate; /* activation plates */
};

/* A bracket on the screen; x from left to right. */
struct stage_bracket {
    const char *name;
    float left, right;
};

/* The stages in the data's order; none when they would say nothing: fewer than three layers, or more stages
 * than MAX_STAGES. Returns how many. */
int stages_find(const struct scene *scene, const struct network *network, struct stage stages[MAX_STAGES]);
/* Where they lie for a view of the scene, in framebuffer pixels; 0 unless they stand side by side on the
 * screen, from left to right, within `room`. */
int stages_project(const struct scene *scene, const struct stage *stages, int count, mat4 view_projection,
                   int width, const struct rect *room, struct stage_bracket brackets[MAX_STAGES]);

#endif
