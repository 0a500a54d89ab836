/* What shows the graph itself: wires where values skip layers, leave the main path or come back to it, and
 * the nodes where add and concatenate bring them together. Geometry only, no OpenGL. */
#ifndef LS_VIEW_SCENE_WIRES_H
#define LS_VIEW_SCENE_WIRES_H

#include "view/scene.h"

/* Lays all wires for plates that are placed, but not turned yet. */
void scene_wires_lay(struct scene *scene);

#endif
