/* The network as things in space: plates for activations and weights, the output's bars, labels.
 * Right-handed, Y up, data flows along +X; geometry only, no OpenGL. Rules: docs/architecture.md. */
#ifndef LS_VIEW_SCENE_H
#define LS_VIEW_SCENE_H

#include <cglm/types.h>

#include "nn/network.h"
#include "nn/snapshot.h"
#include "view/theme.h"

enum plate_kind { PLATE_INPUT, PLATE_ACTIVATION, PLATE_WEIGHT, PLATE_OUTPUT };

/* A flat rectangle that shows one region of the snapshot. Texel (column, row) of the picture is value
 * (tile, y, x) of the region: tiles (feature maps, kernels) are laid out row by row, `tile_columns`
 * wide, with `gap` of a tile's width between. */
struct plate {
    enum plate_kind kind;
    int layer;
    int region;    /* into the snapshot layout */
    int gradient_region; /* its dLoss counterpart, or −1 */
    vec3 origin;   /* corner of picture column 0, row 0 (top left as drawn) */
    vec3 right, down; /* the whole picture's edges from there */
    int tiles, tile_columns, tile_rows;
    int tile_width, tile_height; /* values */
    float gap;
    enum color_map map;
    bool is_signed;
    char title[NETWORK_NAME]; /* "conv1" */
    char shape[48];           /* "6×28×28" */
};

struct scene {
    struct plate *plates;
    int plate_count;
    vec3 bounds_min, bounds_max; /* labels and output text included */
    float radius;
};

void scene_init(struct scene *scene, const struct network *network, const struct snapshot_layout *layout);
void scene_deinit(struct scene *scene);
/* Where value `index` of the plate's region is drawn: the centre of its cell. */
void plate_value_position(const struct plate *plate, size_t index, vec3 position);

#endif
