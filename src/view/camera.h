/* The orbit camera: a target, angles and a distance, each with a damped follower. Pure mathematics. */
#ifndef LS_VIEW_CAMERA_H
#define LS_VIEW_CAMERA_H

#include <stdbool.h>

#include <cglm/types.h>

#include "view/layout.h"

struct camera_pose {
    vec3 target;
    float yaw, pitch; /* degrees; yaw 0 looks along +X (the data's way), pitch > 0 looks down */
    float distance;
    float fov; /* vertical, degrees */
};

struct camera {
    struct camera_pose goal, shown; /* shown follows goal: x += (goal − x)(1 − e^(−λ dt)), λ = 10/s */
    vec2 spin;                      /* release inertia, degrees per second, λ = 4/s */
    struct camera_pose flight_from, flight_to;
    float flight_t, flight_seconds; /* a smoothstep flight, interrupted by any input */
    bool auto_orbit;                /* moved from outside, frame by frame, until any input (view_swing.c) */
    float scene_radius;
};

enum camera_preset { CAMERA_THREE_QUARTER, CAMERA_FRONT, CAMERA_SIDE, CAMERA_TOP, CAMERA_FILM };

void camera_init(struct camera *camera, const struct camera_pose *pose, float scene_radius);
/* Advances damping, inertia and flights by `dt` seconds. */
void camera_update(struct camera *camera, float dt);
/* Left drag: 0.3° a pixel, pitch clamped to ±87°. */
void camera_orbit(struct camera *camera, float dx_px, float dy_px);
/* Letting go of a drag: it spins on with the drag's speed, at most 120°/s. */
void camera_release(struct camera *camera, float vx_px_per_s, float vy_px_per_s);
/* Right or middle drag: the point under the cursor at the target's depth stays under it. */
void camera_pan(struct camera *camera, float dx_px, float dy_px, float viewport_height_px);
/* Wheel: distance × 0.88 per notch toward the point under the cursor (pixels from the view's centre, y down).
 */
void camera_zoom(struct camera *camera, float notches, float x_px, float y_px, float viewport_height_px);
void camera_fly_to(struct camera *camera, const struct camera_pose *pose, float seconds);
/* `t` of the way; geometric in distance, so that a zoom looks even. `out` may be either. */
void camera_blend(const struct camera_pose *from, const struct camera_pose *to, float t,
                  struct camera_pose *out);
void camera_jump(struct camera *camera, const struct camera_pose *pose);

/* View and reversed-Z projection (depth 1 at the near plane, 0 at infinity). `viewport` is where the scene's
 * centre lies: the projection is shifted so that the target falls on the middle of `viewport` inside the
 * (width × height) framebuffer. */
void camera_matrices(const struct camera *camera, int width, int height, const struct rect *viewport,
                     mat4 view, mat4 projection);
/* The pose with these angles and field of view for which `points` just fit into `viewport`. `height` is
 * the framebuffer's, which the field of view spans. */
struct camera_pose camera_fit(const vec3 *points, int count, float yaw, float pitch, float fov,
                              const struct rect *viewport, int height);
/* "three-quarter", "front", "side", "top", "film" */
bool camera_preset_from_name(const char *text, enum camera_preset *preset);

#endif
