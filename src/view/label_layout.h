/* Which labels the scene has, where they fall on the screen, and which of them give way to others. */
#ifndef LS_VIEW_LABEL_LAYOUT_H
#define LS_VIEW_LABEL_LAYOUT_H

#include <cglm/types.h>

#include "data/dataset.h"
#include "nn/predictions.h"
#include "view/label.h"
#include "view/layout.h"
#include "view/scene.h"

enum { LABEL_CAPACITY = 256 };

struct label_source {
    const struct scene *scene;
    const struct data *data;               /* names of classes */
    const struct snapshot_info *info;      /* NULL: no data yet */
    const float *scales;                   /* (plates, SIDE_COUNT): S */
    const struct predictions *predictions; /* NULL: no evaluation yet */
    mat4 view_projection;
    vec3 eye;
    int width, height;           /* framebuffer pixels */
    float pixel_scale;           /* of text */
    const struct layout *layout; /* labels on its panels are dropped */
    float band;                  /* pixels at the free view's top that are taken */
};

/* Fills `labels` (LABEL_CAPACITY) with those that have room; returns how many. */
int label_layout(const struct label_source *source, struct label *labels);
/* Pixels that labels need beyond the plates' outlines when everything is fitted into the view. */
struct label_margins {
    float left, top, right, bottom;
};
struct label_margins label_layout_margins(float pixel_scale);

#endif
