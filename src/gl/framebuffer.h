/* Offscreen targets: colour RGBA8 (sRGB values written as they are) and reversed-Z float depth. */
#ifndef LS_GL_FRAMEBUFFER_H
#define LS_GL_FRAMEBUFFER_H

#include <GL/glew.h>
#include <stdint.h>

#include "base/error.h"

struct gl_framebuffer {
    GLuint name, color, depth; /* color is a texture unless samples > 1 */
    int width, height, samples;
};

/* depth and colour; samples 1, 2, 4. */
bool gl_framebuffer_init(struct gl_framebuffer *framebuffer, int width, int height, int samples,
                         struct error *err);
void gl_framebuffer_deinit(struct gl_framebuffer *framebuffer);
/* Resolves or copies the colour into `target` (0: the window), which is so large: the same size, or, of one
 * sample, stretched. */
void gl_framebuffer_blit(const struct gl_framebuffer *framebuffer, GLuint target, int width, int height);
/* (height, width, 4) bytes, top row first. Waits for the GPU. */
void gl_framebuffer_read(const struct gl_framebuffer *framebuffer, uint8_t *rgba);

#endif
