/* A view drawn without a display, and its pixels. */
#ifndef LS_TESTS_VIEW_PICTURE_H
#define LS_TESTS_VIEW_PICTURE_H

#include "gl/context.h"
#include "gl/framebuffer.h"
#include "nn/metrics.h"
#include "specimen.h"
#include "view/view.h"

struct picture {
    struct metrics *metrics;
    struct view *view;
    struct gl_framebuffer framebuffer;
    uint8_t *rgba; /* (height, width, 4), top row first */
    int width, height;
    int supersampling;      /* 0 until a test sets it */
    struct pointer pointer; /* elsewhere until a test moves it */
};

/* A context must be current. */
void picture_init(struct picture *picture, const struct specimen *specimen, int width, int height,
                  enum theme_name theme, enum hud_mode hud, enum camera_preset camera);
void picture_deinit(struct picture *picture);
/* Draws one frame 1/30 s later and reads it back. */
void picture_draw(struct picture *picture);
void picture_resize(struct picture *picture, int width, int height);
const uint8_t *picture_pixel(const struct picture *picture, float x, float y);
/* The plate as last drawn, e.g. ("conv1", "activation"). */
const struct view_plate *picture_plate(const struct picture *picture, const char *layer, const char *kind);
/* Pixel of the middle of value `index`, or above the number in it, from the plate's quad alone; `texel_px` is
 * its smaller side there. */
void picture_locate(const struct view_plate *plate, size_t index, float *x, float *y, float *texel_px);

#endif
