/* The camera's motion in a recording: a gentle sway, or keyframes from a file. */
#ifndef LS_APP_CAMERA_PATH_H
#define LS_APP_CAMERA_PATH_H

#include "base/error.h"
#include "view/camera.h"

struct camera_key {
    float t; /* seconds */
    struct camera_pose pose;
};

struct camera_path {
    struct camera_key *keys; /* (count), t ascending */
    int count;
};

/* Reads {"keyframes": [{"t": 0, "target": [x, y, z], "yaw": …, "pitch": …, "distance": …, "fov": …}, …]};
 * what a keyframe leaves out is taken from `base`. A path that turns faster than 20° a second is refused. */
bool camera_path_read(struct camera_path *path, const char *file, const struct camera_pose *base,
                      struct error *err);
void camera_path_deinit(struct camera_path *path);
/* Catmull–Rom through the keyframes with their times as knots; still before the first and after the last. */
struct camera_pose camera_path_pose(const struct camera_path *path, float t);

/* `base` drawn back a little and swaying from −10° to +4° in yaw over 24 s, below 3°/s. It begins at `base`,
 * at rest. */
struct camera_pose camera_sway(const struct camera_pose *base, float t);

#endif
