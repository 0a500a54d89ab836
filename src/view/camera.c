/* Orbit, pan, zoom and flights: input moves a goal, the shown pose follows it with damping. */
#include "view/camera.h"

#include <math.h>
#include <string.h>

#include <cglm/cglm.h>

static const float FOLLOW_PER_S = 10.0f;
static const float SPIN_DECAY_PER_S = 4.0f;
static const float MAX_SPIN_DEG_PER_S = 120.0f; /* a jerk of the mouse spins on by 30° at most */
static const float ORBIT_DEG_PER_PX = 0.3f;
static const float MAX_PITCH_DEG = 87.0f;
static const float ZOOM_PER_NOTCH = 0.88f;
/* Of the scene's radius: nearer than this single cells fill the view, farther it is a dot. */
static const float NEAREST = 0.02f, FARTHEST = 20.0f;

static void interrupt(struct camera *camera)
{
    camera->flight_seconds = 0.0f;
    camera->auto_orbit = false;
}

/* Unit vectors in the world: screen right, screen up, and into the picture. */
static void pose_axes(const struct camera_pose *pose, vec3 right, vec3 up, vec3 forward)
{
    const float yaw = glm_rad(pose->yaw), pitch = glm_rad(pose->pitch);
    right[0] = sinf(yaw);
    right[1] = 0.0f;
    right[2] = cosf(yaw);
    forward[0] = cosf(yaw) * cosf(pitch);
    forward[1] = -sinf(pitch);
    forward[2] = -sinf(yaw) * cosf(pitch);
    glm_vec3_cross(right, forward, up);
}

static float world_per_px(const struct camera_pose *pose, float viewport_height_px)
{
    return 2.0f * pose->distance * tanf(0.5f * glm_rad(pose->fov)) / fmaxf(viewport_height_px, 1.0f);
}

static void move_target(struct camera_pose *pose, float right_world, float up_world)
{
    vec3 right, up, forward;
    pose_axes(pose, right, up, forward);
    glm_vec3_muladds(right, right_world, pose->target);
    glm_vec3_muladds(up, up_world, pose->target);
}

void camera_blend(const struct camera_pose *from, const struct camera_pose *to, float t,
                  struct camera_pose *out)
{
    struct camera_pose pose;
    glm_vec3_lerp((float *)from->target, (float *)to->target, t, pose.target);
    pose.yaw = from->yaw + (to->yaw - from->yaw) * t;
    pose.pitch = from->pitch + (to->pitch - from->pitch) * t;
    pose.distance = from->distance * powf(to->distance / from->distance, t);
    pose.fov = from->fov + (to->fov - from->fov) * t;
    *out = pose;
}

void camera_init(struct camera *camera, const struct camera_pose *pose, float scene_radius)
{
    memset(camera, 0, sizeof *camera);
    camera->scene_radius = scene_radius;
    camera_jump(camera, pose);
}

void camera_jump(struct camera *camera, const struct camera_pose *pose)
{
    camera->goal = *pose;
    camera->shown = *pose;
    camera->spin[0] = camera->spin[1] = 0.0f;
    camera->flight_seconds = 0.0f;
}

void camera_fly_to(struct camera *camera, const struct camera_pose *pose, float seconds)
{
    if (!(seconds > 0.0f)) {
        camera_jump(camera, pose);
        return;
    }
    camera->flight_from = camera->shown;
    camera->flight_to = *pose;
    /* The short way round. */
    camera->flight_to.yaw -= 360.0f * roundf((pose->yaw - camera->shown.yaw) / 360.0f);
    camera->flight_t = 0.0f;
    camera->flight_seconds = seconds;
    camera->spin[0] = camera->spin[1] = 0.0f;
}

void camera_update(struct camera *camera, float dt)
{
    if (!(dt > 0.0f))
        return;
    if (camera->flight_seconds > 0.0f) {
        camera->flight_t = fminf(camera->flight_t + dt / camera->flight_seconds, 1.0f);
        const float t = camera->flight_t * camera->flight_t * (3.0f - 2.0f * camera->flight_t);
        camera_blend(&camera->flight_from, &camera->flight_to, t, &camera->goal);
        if (camera->flight_t >= 1.0f) {
            camera->goal = camera->flight_to;
            camera->flight_seconds = 0.0f;
        }
        camera->shown = camera->goal;
        return;
    }
    const float keep = expf(-SPIN_DECAY_PER_S * dt);
    /* The exact integral of a decaying spin over dt: the same path at any frame rate. */
    const float turned_s = (1.0f - keep) / SPIN_DECAY_PER_S;
    camera->goal.yaw += camera->spin[0] * turned_s;
    camera->goal.pitch =
        glm_clamp(camera->goal.pitch + camera->spin[1] * turned_s, -MAX_PITCH_DEG, MAX_PITCH_DEG);
    camera->spin[0] *= keep;
    camera->spin[1] *= keep;
    camera_blend(&camera->shown, &camera->goal, 1.0f - expf(-FOLLOW_PER_S * dt), &camera->shown);
}

void camera_orbit(struct camera *camera, float dx_px, float dy_px)
{
    interrupt(camera);
    camera->spin[0] = camera->spin[1] = 0.0f;
    camera->goal.yaw += ORBIT_DEG_PER_PX * dx_px;
    camera->goal.pitch =
        glm_clamp(camera->goal.pitch + ORBIT_DEG_PER_PX * dy_px, -MAX_PITCH_DEG, MAX_PITCH_DEG);
}

void camera_release(struct camera *camera, float vx_px_per_s, float vy_px_per_s)
{
    const float most = MAX_SPIN_DEG_PER_S;
    camera->spin[0] = glm_clamp(ORBIT_DEG_PER_PX * vx_px_per_s, -most, most);
    camera->spin[1] = glm_clamp(ORBIT_DEG_PER_PX * vy_px_per_s, -most, most);
}

void camera_pan(struct camera *camera, float dx_px, float dy_px, float viewport_height_px)
{
    interrupt(camera);
    const float world = world_per_px(&camera->goal, viewport_height_px);
    move_target(&camera->goal, -dx_px * world, dy_px * world);
}

void camera_zoom(struct camera *camera, float notches, float x_px, float y_px, float viewport_height_px)
{
    interrupt(camera);
    const float before = camera->goal.distance;
    const float after = glm_clamp(before * powf(ZOOM_PER_NOTCH, notches), NEAREST * camera->scene_radius,
                                  FARTHEST * camera->scene_radius);
    const float world = world_per_px(&camera->goal, viewport_height_px) * (1.0f - after / before);
    move_target(&camera->goal, x_px * world, -y_px * world);
    camera->goal.distance = after;
}

void camera_matrices(const struct camera *camera, int width, int height, const struct rect *viewport,
                     mat4 view, mat4 projection)
{
    const struct camera_pose *pose = &camera->shown;
    vec3 right, up, forward;
    pose_axes(pose, right, up, forward);
    glm_mat4_identity(view);
    for (int i = 0; i < 3; i++) {
        view[i][0] = right[i];
        view[i][1] = up[i];
        view[i][2] = -forward[i];
    }
    view[3][0] = -glm_vec3_dot(right, (float *)pose->target);
    view[3][1] = -glm_vec3_dot(up, (float *)pose->target);
    view[3][2] = glm_vec3_dot(forward, (float *)pose->target) - pose->distance;

    const float w = fmaxf((float)width, 1.0f), h = fmaxf((float)height, 1.0f);
    const float near = fmaxf(0.01f, 0.005f * pose->distance);
    const float focal = 1.0f / tanf(0.5f * glm_rad(pose->fov));
    const float center_x = (2.0f * viewport->x + viewport->width) / w - 1.0f;
    const float center_y = 1.0f - (2.0f * viewport->y + viewport->height) / h;
    glm_mat4_zero(projection);
    projection[0][0] = focal * h / w;
    projection[1][1] = focal;
    projection[2][0] = -center_x;
    projection[2][1] = -center_y;
    projection[2][3] = -1.0f;
    projection[3][2] = near;
}

/* In camera space, with c the eye, each point asks |r − c_r| ≤ t_x (f − c_f), and so upward. The extreme
 * points of the four half spaces give the nearest eye in closed form. */
struct camera_pose camera_fit(const vec3 *points, int count, float yaw, float pitch, float fov,
                              const struct rect *viewport, int height)
{
    struct camera_pose pose = {.yaw = yaw, .pitch = pitch, .fov = fov, .distance = 1.0f};
    vec3 right, up, forward;
    pose_axes(&pose, right, up, forward);
    const float tan_px = tanf(0.5f * glm_rad(fov)) / fmaxf((float)height, 1.0f);
    const float tan_x = tan_px * fmaxf(viewport->width, 1.0f), tan_y = tan_px * fmaxf(viewport->height, 1.0f);
    float max_right = -INFINITY, max_left = -INFINITY, max_up = -INFINITY, max_down = -INFINITY;
    float nearest = INFINITY, farthest = -INFINITY;
    for (int i = 0; i < count; i++) {
        float *p = (float *)points[i];
        const float r = glm_vec3_dot(right, p), u = glm_vec3_dot(up, p), f = glm_vec3_dot(forward, p);
        max_right = fmaxf(max_right, r - tan_x * f);
        max_left = fmaxf(max_left, -r - tan_x * f);
        max_up = fmaxf(max_up, u - tan_y * f);
        max_down = fmaxf(max_down, -u - tan_y * f);
        nearest = fminf(nearest, f);
        farthest = fmaxf(farthest, f);
    }
    const float eye_forward =
        fminf(-0.5f * (max_right + max_left) / tan_x, -0.5f * (max_up + max_down) / tan_y);
    const float middle = 0.5f * (nearest + farthest);
    pose.distance = fmaxf(middle - eye_forward, 0.01f);
    glm_vec3_zero(pose.target);
    glm_vec3_muladds(right, 0.5f * (max_right - max_left), pose.target);
    glm_vec3_muladds(up, 0.5f * (max_up - max_down), pose.target);
    glm_vec3_muladds(forward, middle, pose.target);
    return pose;
}

bool camera_preset_from_name(const char *text, enum camera_preset *preset)
{
    static const char *const names[] = {"three-quarter", "front", "side", "top", "film"};
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        if (strcmp(text, names[i]) == 0) {
            *preset = (enum camera_preset)i;
            return true;
        }
    return false;
}
