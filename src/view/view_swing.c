/* The network swings from side to side by itself. It shows fronts alone: farther round, the backs of plates
 * would come, which are gradients and say so nowhere. Whatever was framed is framed anew at each angle, so
 * that no plate leaves the view. */
#include "view/view_private.h"

#include <math.h>

#include <cglm/cglm.h>

/* Degrees; seconds from one side to the other and back. */
static const float MIDDLE_YAW = 40.0f, REACH = 25.0f, PERIOD_SECONDS = 24.0f;
/* Until it is where it swings, from however far round. */
static const float LEAST_EASE_SECONDS = 1.5f, EASE_DEG_PER_S = 60.0f;
/* Who came nearer than this share of the fitting distance looks at a part. */
static const float PART_SHARE = 0.9f;

static void begin(struct view *view)
{
    struct view_swing *swing = &view->swing;
    const struct camera_pose *from = &view->camera.shown;
    const float middle = MIDDLE_YAW + 360.0f * roundf((from->yaw - MIDDLE_YAW) / 360.0f);
    const struct camera_pose fitted = view_fit(view, from);
    const float aside = glm_clamp((from->yaw - middle) / REACH, -1.0f, 1.0f);
    swing->on = true;
    swing->seconds = 0.0f;
    swing->from = *from;
    swing->middle_yaw = middle;
    swing->phase = asinf(aside);
    const float beside = fabsf(from->yaw - middle - REACH * aside);
    swing->ease_seconds = fmaxf(LEAST_EASE_SECONDS, beside / EASE_DEG_PER_S);
    swing->whole = from->distance > PART_SHARE * fitted.distance;
}

void view_swing(struct view *view, float dt)
{
    struct view_swing *swing = &view->swing;
    struct camera *camera = &view->camera;
    if (!camera->auto_orbit || camera->flight_seconds > 0.0f) {
        swing->on = false;
        return;
    }
    if (!swing->on)
        begin(view);
    swing->seconds += dt;
    swing->phase += dt * 2.0f * GLM_PIf / PERIOD_SECONDS;
    const float t = fminf(swing->seconds / swing->ease_seconds, 1.0f);
    struct camera_pose pose = swing->from;
    pose.yaw = swing->middle_yaw + REACH * sinf(swing->phase);
    if (swing->whole)
        pose = view_fit(view, &pose);
    camera_blend(&swing->from, &pose, t * t * (3.0f - 2.0f * t), &pose);
    camera_jump(camera, &pose);
    if (swing->whole)
        view->framed = pose;
}
