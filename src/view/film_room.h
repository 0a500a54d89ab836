/* Where a film's network may stand: its legend covers a strip at the bottom, mostly over empty ground. */
#ifndef LS_VIEW_FILM_ROOM_H
#define LS_VIEW_FILM_ROOM_H

#include "view/camera.h"
#include "view/scene.h"

/* Does `legend` (pixels) cover a plate, seen from `pose` in a window of width × height whose scene is centred
 * in `room`, or from a little to its left or right? */
bool film_legend_covers(const struct scene *scene, const struct camera_pose *pose, const struct rect *room,
                        int width, int height, const struct rect *legend);

#endif
