/* Draws the scene: plates, ground, bars, ribbons. Owns the picture that it draws into; the HUD comes on top.
 */
#ifndef LS_VIEW_RENDERER_H
#define LS_VIEW_RENDERER_H

#include <GL/glew.h>
#include <cglm/types.h>

#include "base/error.h"
#include "nn/predictions.h"
#include "view/arena.h"
#include "view/display.h"
#include "view/pass_ribbons.h"
#include "view/plate_detail.h"
#include "view/scene.h"
#include "view/selection.h"
#include "view/theme.h"
#include "view/weight_history.h"

struct renderer_frame {
    int width, height;
    float pixel_scale; /* of line widths: 1 up to 1080p, 2 at 4K */
    int supersampling; /* 1, or 2: drawn twice as wide and high and averaged */
    float coarseness;  /* 1, or more (then supersampling is 1): drawn so many times smaller, and stretched */
    mat4 view, projection;
    const struct theme *theme;
    bool wait_for_scales; /* lock step: the scales are those of the very snapshot shown */
    bool snapshot_changed;
    const struct display *display;
    float pulse_phase;                     /* pulse.h */
    const struct predictions *predictions; /* the last evaluation's; version 0: none yet */
};

struct renderer;
/* `samples` per pixel without supersampling: 1, 2, 4. The arguments are borrowed. */
struct renderer *renderer_create(const struct scene *scene, const struct network *network,
                                 const struct snapshot_layout *layout, const struct arena *arena, int samples,
                                 struct error *err);
void renderer_destroy(struct renderer *renderer);

/* Draws into `target` (0: the window). A picture that would be the last one again is not drawn anew: false.
 * Leaves depth test, blending and culling off, program 0 and vertex array 0. */
bool renderer_draw(struct renderer *renderer, const struct renderer_frame *frame, GLuint target);

/* S of what a plate shows, as last drawn, NaN where it shows no number at all, and the share of values beyond
 * it in percent. */
float renderer_scale(const struct renderer *renderer, int plate, enum plate_side side);
float renderer_clip_percent(const struct renderer *renderer, int plate, enum plate_side side);
/* How large its values are on the screen, as last drawn. */
const struct plate_detail *renderer_detail(const struct renderer *renderer, int plate);
/* Samples per pixel, as last drawn. */
int renderer_samples(const struct renderer *renderer);

/* Histograms of the shown snapshot's weights go into the history, a frame or two later unless it waits. */
void renderer_count_weights(struct renderer *renderer, bool wait);
void renderer_collect_weights(struct renderer *renderer, bool wait);
const struct weight_history *renderer_weight_history(const struct renderer *renderer);
/* The history's tensor for a layer, by the rule of pass_weight_histogram.h, and its name. */
int renderer_weight_tensor(const struct renderer *renderer, int layer, const char **title);

/* The selected cell as last drawn: the user's, or without one the strongest activation of the last
 * convolution (else of the first dense layer), which stays while it is among the strongest. */
const struct selection *renderer_selection(const struct renderer *renderer);

/* What leads from plate to plate, in the data's order; owned by the renderer. */
int renderer_gaps(const struct renderer *renderer, const struct gap **gaps);
/* Whether a cell may be display.h's `isolated`: edges can lead to it. */
bool renderer_can_isolate(const struct renderer *renderer, struct display_cell cell);
/* pass_ribbons_read of what leads to the answer */
void renderer_read_edges(const struct renderer *renderer, int gap, struct ribbon_edge *edges);

#endif
