/* Neighbouring plates of the same purpose form a stage. */
#include "view/stages.h"

#include <math.h>
#include <string.h>

#include <cglm/cglm.h>

static const char *purpose(const struct scene *scene, const struct network *network, int plate)
{
    const struct layer *layer = &network->layers[scene->plates[plate].layer];
    const bool spatial = layer->output.height > 1 || layer->output.width > 1;
    if (layer->kind == LAYER_INPUT)
        return spatial ? "image" : "input";
    if (scene->plates[plate].layer == network->layer_count - 1)
        return "answer";
    return spatial ? "find features" : "decide";
}

int stages_find(const struct scene *scene, const struct network *network, struct stage stages[MAX_STAGES])
{
    int count = 0, plates = 0;
    for (int i = 0; i < scene->plate_count && scene->plates[i].kind != PLATE_WEIGHT; i++) {
        const char *name = purpose(scene, network, i);
        plates++;
        if (count > 0 && strcmp(stages[count - 1].name, name) == 0) {
            stages[count - 1].last_plate = i;
            continue;
        }
        if (count == MAX_STAGES)
            return 0;
        stages[count++] = (struct stage){name, i, i};
    }
    return plates >= 3 ? count : 0;
}

/* Widens the bracket to hold a plate; false when a corner lies behind the eye. */
static bool include_plate(const struct plate *plate, mat4 view_projection, int width,
                          struct stage_bracket *bracket)
{
    vec3 corners[4];
    plate_front(plate, corners);
    for (int i = 0; i < 4; i++) {
        vec4 clip;
        glm_mat4_mulv(view_projection, (vec4){corners[i][0], corners[i][1], corners[i][2], 1.0f}, clip);
        if (clip[3] <= 0.0f)
            return false;
        const float x = (clip[0] / clip[3] * 0.5f + 0.5f) * (float)width;
        bracket->left = fminf(bracket->left, x);
        bracket->right = fmaxf(bracket->right, x);
    }
    return true;
}

int stages_project(const struct scene *scene, const struct stage *stages, int count, mat4 view_projection,
                   int width, const struct rect *room, struct stage_bracket brackets[MAX_STAGES])
{
    float end = room->x;
    for (int i = 0; i < count; i++) {
        brackets[i] = (struct stage_bracket){stages[i].name, INFINITY, -INFINITY};
        for (int p = stages[i].first_plate; p <= stages[i].last_plate; p++)
            if (!include_plate(&scene->plates[p], view_projection, width, &brackets[i]))
                return 0;
        if (brackets[i].left < end || brackets[i].right > room->x + room->width)
            return 0;
        end = brackets[i].right;
    }
    return count;
}
