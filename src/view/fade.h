/* The window's last picture, fading over those that follow. OpenGL thread only. */
#ifndef LS_VIEW_FADE_H
#define LS_VIEW_FADE_H

#include <stdbool.h>

#include "gl/framebuffer.h"
#include "gl/program.h"

struct fade {
    struct gl_framebuffer picture; /* name 0: nothing fades */
    struct gl_program program;
    GLint area, viewport;
    GLuint vertex_array; /* without attributes */
    double began_at;     /* clock seconds */
};

/* Zeroed memory is a fade of nothing. */
void fade_deinit(struct fade *fade);
/* Keeps what stands in `framebuffer` (0: the window, before the buffers are swapped). Where that cannot be,
 * nothing fades. */
void fade_begin(struct fade *fade, GLuint framebuffer, int width, int height, double now);
/* Lays it over `framebuffer`, fainter each time; a window of another size ends it. */
void fade_draw(struct fade *fade, GLuint framebuffer, int width, int height, double now);

#endif
