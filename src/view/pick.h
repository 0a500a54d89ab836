/* What lies under a pixel. Geometry only, no OpenGL. */
#ifndef LS_VIEW_PICK_H
#define LS_VIEW_PICK_H

#include "view/display.h"
#include "view/scene.h"

/* A line of sight, in world units. */
struct ray {
    vec3 eye, direction;
};

/* Through pixel (x, y), y down, of a picture of width × height. */
struct ray pick_ray(const mat4 view, const mat4 projection, int width, int height, float x, float y);
/* The plate that the ray meets first, its border included, or −1. */
int pick_plate(const struct scene *scene, const struct ray *ray);
/* The value of that plate under the ray; false beside the cells: on the border, between tiles, where the
 * last row of a grid has no values left. */
bool pick_cell(const struct scene *scene, const struct ray *ray, struct display_cell *cell);
/* The number of the value at the share `u` of the picture's width and `v` of its height, or −1. */
int plate_value_at(const struct plate *plate, double u, double v);

#endif
