/* Plates on the screen against the legend's rectangle. */
#include "view/film_room.h"

#include <cglm/cglm.h>
#include <math.h>

#include "view/plate.h"

/* Degrees that films sway (app/camera_path.h). */
static const float SWAY[] = {-10.0f, 0.0f, 4.0f};

static bool plate_meets(const struct plate *plate, mat4 view_projection, int width, int height,
                        const struct rect *box)
{
    vec3 corners[8];
    float x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
    plate_corners(plate, corners);
    for (int i = 0; i < 8; i++) {
        vec4 at = {corners[i][0], corners[i][1], corners[i][2], 1.0f};
        glm_mat4_mulv(view_projection, at, at);
        if (at[3] <= 0.0f)
            return true;
        const float x = (0.5f + 0.5f * at[0] / at[3]) * (float)width;
        const float y = (0.5f - 0.5f * at[1] / at[3]) * (float)height;
        x0 = fminf(x0, x);
        x1 = fmaxf(x1, x);
        y0 = fminf(y0, y);
        y1 = fmaxf(y1, y);
    }
    return x0 < box->x + box->width && x1 > box->x && y0 < box->y + box->height && y1 > box->y;
}

bool film_legend_covers(const struct scene *scene, const struct camera_pose *pose, const struct rect *room,
                        int width, int height, const struct rect *legend)
{
    for (int i = 0; i < 3; i++) {
        struct camera camera;
        struct camera_pose swayed = *pose;
        mat4 view, projection, both;
        swayed.yaw += SWAY[i];
        camera_init(&camera, &swayed, scene->radius);
        camera_matrices(&camera, width, height, room, view, projection);
        glm_mat4_mul(projection, view, both);
        for (int k = 0; k < scene->plate_count + scene->twin_count; k++)
            if (plate_meets(scene_slab(scene, k), both, width, height, legend))
                return true;
    }
    return false;
}
