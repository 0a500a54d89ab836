/* Offscreen targets. */
#include "gl/framebuffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool gl_framebuffer_init(struct gl_framebuffer *framebuffer, int width, int height, int samples,
                         struct error *err)
{
    memset(framebuffer, 0, sizeof *framebuffer);
    GLint limit = 0;
    glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &limit);
    if (width < 1 || height < 1 || width > limit || height > limit)
        return error_set(err, "a picture of %d×%d is out of range; this OpenGL draws 1×1 to %d×%d", width,
                         height, limit, limit);
    framebuffer->width = width;
    framebuffer->height = height;
    framebuffer->samples = samples;
    while (glGetError() != GL_NO_ERROR)
        continue;
    glCreateFramebuffers(1, &framebuffer->name);
    if (samples > 1) {
        glCreateTextures(GL_TEXTURE_2D_MULTISAMPLE, 1, &framebuffer->color);
        glTextureStorage2DMultisample(framebuffer->color, samples, GL_RGBA8, width, height, GL_TRUE);
        glNamedFramebufferTexture(framebuffer->name, GL_COLOR_ATTACHMENT0, framebuffer->color, 0);
    } else {
        glCreateTextures(GL_TEXTURE_2D, 1, &framebuffer->color);
        glTextureStorage2D(framebuffer->color, 1, GL_RGBA8, width, height);
        glTextureParameteri(framebuffer->color, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
        glTextureParameteri(framebuffer->color, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
        glTextureParameteri(framebuffer->color, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
        glNamedFramebufferTexture(framebuffer->name, GL_COLOR_ATTACHMENT0, framebuffer->color, 0);
    }
    glCreateRenderbuffers(1, &framebuffer->depth);
    glNamedRenderbufferStorageMultisample(framebuffer->depth, samples > 1 ? samples : 0,
                                          GL_DEPTH_COMPONENT32F, width, height);
    glNamedFramebufferRenderbuffer(framebuffer->name, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER,
                                   framebuffer->depth);
    if (glGetError() != GL_NO_ERROR ||
        glCheckNamedFramebufferStatus(framebuffer->name, GL_DRAW_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
        gl_framebuffer_deinit(framebuffer);
        return error_set(
            err, "OpenGL has no room for a picture of %d×%d (samples a pixel: %d); choose a smaller one",
            width, height, samples);
    }
    return true;
}

void gl_framebuffer_deinit(struct gl_framebuffer *framebuffer)
{
    if (framebuffer->name)
        glDeleteFramebuffers(1, &framebuffer->name);
    if (framebuffer->color)
        glDeleteTextures(1, &framebuffer->color);
    if (framebuffer->depth)
        glDeleteRenderbuffers(1, &framebuffer->depth);
    memset(framebuffer, 0, sizeof *framebuffer);
}

void gl_framebuffer_blit(const struct gl_framebuffer *framebuffer, GLuint target, int width, int height)
{
    const bool same = framebuffer->width == width && framebuffer->height == height;
    glBlitNamedFramebuffer(framebuffer->name, target, 0, 0, framebuffer->width, framebuffer->height, 0, 0,
                           width, height, GL_COLOR_BUFFER_BIT, same ? GL_NEAREST : GL_LINEAR);
}

void gl_framebuffer_read(const struct gl_framebuffer *framebuffer, uint8_t *rgba)
{
    LS_ASSERT(framebuffer->samples <= 1);
    const size_t row = (size_t)framebuffer->width * 4;
    glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer->name);
    glPixelStorei(GL_PACK_ALIGNMENT, 4);
    glReadPixels(0, 0, framebuffer->width, framebuffer->height, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
    uint8_t *swap = ls_calloc(row, 1);
    for (int y = 0; y < framebuffer->height / 2; y++) {
        uint8_t *top = rgba + (size_t)y * row, *bottom = rgba + (size_t)(framebuffer->height - 1 - y) * row;
        memcpy(swap, top, row);
        memcpy(top, bottom, row);
        memcpy(bottom, swap, row);
    }
    free(swap);
}
