/* OpenGL textures. */
#ifndef LS_GL_TEXTURE_H
#define LS_GL_TEXTURE_H

#include <GL/glew.h>

#include "gl/buffer.h"

/* A texture buffer over a range of a buffer: how fragments read arrays of floats fast. */
GLuint gl_texture_buffer_create(const struct gl_buffer *buffer, GLenum format, size_t offset, size_t size);
/* Immutable 2-D texture, one level, clamped; `filter` GL_NEAREST or GL_LINEAR; pixels tightly packed or NULL.
 */
GLuint gl_texture_2d_create(GLenum format, int width, int height, GLenum filter, GLenum pixel_format,
                            GLenum pixel_type, const void *pixels);
void gl_texture_destroy(GLuint *texture);

#endif
