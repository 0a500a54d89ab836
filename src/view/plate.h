/* A plate: the picture of one tensor on a slab that stands in space. No OpenGL. */
#ifndef LS_VIEW_PLATE_H
#define LS_VIEW_PLATE_H

#include <stdbool.h>
#include <stddef.h>

#include <cglm/types.h>

#include "nn/network.h"
#include "view/theme.h"

/* A stack has at most so many planes when folded; the others are not drawn. */
#define PLATE_MAX_PLANES 64

enum plate_kind { PLATE_INPUT, PLATE_ACTIVATION, PLATE_WEIGHT, PLATE_OUTPUT };

/* What a norm's strip shows of the snapshot's values x. */
enum plate_strip {
    STRIP_NONE,     /* no strip: x */
    STRIP_SCALE,    /* γ − 1 = x − 1 */
    STRIP_SHIFT,    /* β = x */
    STRIP_MEAN,     /* μ = x */
    STRIP_DEVIATION /* σ = √(x + ε), x being the variance */
};

/* What a face of a plate can show: its region, or dLoss/dvalue. */
enum plate_side { SIDE_VALUES, SIDE_GRADIENTS, SIDE_COUNT };

/* A flat rectangle that shows one region of the snapshot, let into the front of a slab, and into its back as
 * well, the other way round. Texel (column, row) of the picture is value (tile, y, x) of the region. Tiles
 * (feature maps, kernels) are laid out row by row, `tile_columns` wide, or column by column, `tile_rows`
 * high, with `gap` of a tile's width between them both ways.
 * A plate with a `pitch` can be a stack: then each tile has a slab of its own, a plane. While `fold` goes
 * from 0 to 1, planes move from their places in the picture to the picture's middle, one behind the other. */
struct plate {
    enum plate_kind kind;
    int layer;
    int region;          /* into the snapshot layout */
    int gradient_region; /* its dLoss counterpart, or −1 */
    int values;          /* shown; the last cells of a grid may have none */
    int kernel;          /* numbers of the region behind each: 1, or of a kernel, whose L2 norm it is */
    enum plate_side front, back; /* what they show */
    float width, height;         /* of the whole picture, or of what planes cover of it; world units */
    vec3 origin;                 /* corner of picture column 0, row 0 (top left as drawn) */
    vec3 right, down;    /* the whole picture's edges from there; right × down points to the slab's back */
    float border, depth; /* of the slab, or of each plane: around the picture, and behind it */
    float pitch;         /* from plane to plane in a stack, world units; 0: never a stack */
    float fold;          /* 0: one slab */
    int row;             /* of the scene */
    enum plate_strip strip;       /* of a norm's plates on the shelf */
    float strip_epsilon;          /* of STRIP_DEVIATION */
    int strip_place, strip_count; /* from the top; 0, 0 of all other plates */
    int planes;                   /* slabs to draw; 0: one slab with all tiles */
    struct {
        float width, height; /* of the whole picture */
        float depth;         /* of the slab */
        float magnification; /* of a tile in the stack */
    } open;                  /* side by side; of plates that can be stacks */
    int tiles, tile_columns, tile_rows;
    bool tiles_down;             /* column by column */
    int tile_width, tile_height; /* values */
    float gap;
    enum color_map map;
    bool is_signed;
    float fixed_scale;             /* S of its values, whatever they are; 0: measured */
    char title[NETWORK_NAME + 16]; /* "conv1", "conv1 kernels" */
    char shape[48];                /* "6×28×28" */
};

/* What a plate shows of the snapshot's value x, or of the (kernel) values x. */
float plate_shown_value(const struct plate *plate, const float *x);
/* The L2 norm of `count` values; of one its own value. */
float plate_norm(const float *x, int count);
/* The whole picture's size in tile widths. */
float plate_columns(const struct plate *plate);
float plate_rows(const struct plate *plate);
/* A point of a tile: `x` columns and `y` rows of values from its top left corner. */
void plate_point(const struct plate *plate, int tile, float x, float y, vec3 position);
/* Where value `index` of the plate's region is drawn: the centre of its cell. */
void plate_value_position(const struct plate *plate, size_t index, vec3 position);
/* The slab's front: top left, top right, bottom right, bottom left of its outer border. Of a stack the
 * front of what the planes cover. */
void plate_front(const struct plate *plate, vec3 corners[4]);
/* From the slab's front to its back, of a stack the first plane's. */
void plate_back(const struct plate *plate, vec3 back);
/* From the front of the first slab to the back of the last. */
float plate_whole_depth(const struct plate *plate);
/* Folds a plate that can be a stack: sets what depends on `fold`, and so on the place, which is to be set
 * anew with the picture's size that comes back. Of other plates only the size comes back. */
void plate_fold(struct plate *plate, float fold, float *picture_width, float *picture_height);
/* The eight corners of the slab or of all planes: the front as above, then the back in the same order. */
void plate_corners(const struct plate *plate, vec3 corners[8]);
/* What of a plate faces the eye, as it is seen from there: unmirrored, on the front or on the back. Of a
 * stack the nearest plane's picture. */
struct pane {
    enum plate_side side;
    vec3 origin;      /* top left */
    vec3 right, down; /* the picture's edges from there */
};
void plate_pane(const struct plate *plate, const vec3 eye, struct pane *pane);
/* The picture's front, of a stack the first plane's: its top left corner and its edges from there. */
void plate_first_picture(const struct plate *plate, vec3 origin, vec3 right, vec3 down);
/* Where the ray eye + t·direction meets the face of the slab that faces the eye, its border included: t, or
 * INFINITY. `u` and `v` are then the shares of the picture's width and height there, for any plane shares of
 * the whole picture as it is side by side. */
float plate_hit(const struct plate *plate, const vec3 eye, const vec3 direction, double *u, double *v);

#endif
