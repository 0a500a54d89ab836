/* A framebuffer to draw panels into, and its pixels. Needs a context. */
#ifndef LS_TESTS_VIEW_CANVAS_H
#define LS_TESTS_VIEW_CANVAS_H

#include <stdint.h>

#include "gl/context.h"
#include "gl/framebuffer.h"
#include "nn/metrics.h"
#include "view/theme.h"

struct canvas {
    struct gl_framebuffer framebuffer;
    uint8_t *pixels; /* (height, width, 4), top row first, after canvas_end */
};

void canvas_init(struct canvas *canvas, int width, int height);
/* Binds it, filled with a colour that no theme uses. */
void canvas_begin(struct canvas *canvas);
void canvas_end(struct canvas *canvas);
void canvas_deinit(struct canvas *canvas);
const uint8_t *canvas_pixel(const struct canvas *canvas, int x, int y);
bool canvas_is_color(const struct canvas *canvas, int x, int y, struct color color);
bool canvas_is_backdrop(const struct canvas *canvas, int x, int y);

/* cmocka fixtures: a context of a whole program. Warnings and messages of OpenGL fail at its end. */
int canvas_open_context(void **state);
int canvas_close_context(void **state);

/* One step of a run whose other figures do not matter. */
void canvas_append(struct metrics *metrics, uint32_t step, float loss);

#endif
