/* Where the plates of a scene stand. Rules: docs/scene.md. */
#ifndef LS_VIEW_SCENE_PLACE_H
#define LS_VIEW_SCENE_PLACE_H

#include "view/scene.h"

/* Activations along +X, so far apart that none covers another in the default view: the main path on the axis,
 * branches above what they pass over, long networks in rows. Then the weights on their shelves. */
void scene_place(struct scene *scene);
/* World units between a plate and the one before it on the screen, seen from the default view. */
float scene_clearance(const struct scene *scene, const struct plate *plate);
/* The same view: how far along X lies what is `aside` of a plate's edge on the screen. */
float scene_along(float aside);
/* From a plate up to its gradients, or from weights down to theirs. */
float scene_twin_way(const struct plate *plate);
/* The highest y of a plate and, when they are shown above it, of its gradients. */
float scene_top(const struct scene *scene, const struct plate *plate);

#endif
