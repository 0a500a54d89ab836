/* Texture buffers and plain 2-D textures. */
#include "gl/texture.h"

GLuint gl_texture_buffer_create(const struct gl_buffer *buffer, GLenum format, size_t offset, size_t size)
{
    LS_ASSERT(offset + size <= buffer->size);
    GLuint texture = 0;
    glCreateTextures(GL_TEXTURE_BUFFER, 1, &texture);
    glTextureBufferRange(texture, format, buffer->name, (GLintptr)offset, (GLsizeiptr)size);
    return texture;
}

GLuint gl_texture_2d_create(GLenum format, int width, int height, GLenum filter, GLenum pixel_format,
                            GLenum pixel_type, const void *pixels)
{
    GLuint texture = 0;
    glCreateTextures(GL_TEXTURE_2D, 1, &texture);
    glTextureStorage2D(texture, 1, format, width, height);
    glTextureParameteri(texture, GL_TEXTURE_MIN_FILTER, (GLint)filter);
    glTextureParameteri(texture, GL_TEXTURE_MAG_FILTER, (GLint)filter);
    glTextureParameteri(texture, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTextureParameteri(texture, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    if (pixels) {
        GLint alignment = 4;
        glGetIntegerv(GL_UNPACK_ALIGNMENT, &alignment);
        glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
        glTextureSubImage2D(texture, 0, 0, 0, width, height, pixel_format, pixel_type, pixels);
        glPixelStorei(GL_UNPACK_ALIGNMENT, alignment);
    }
    return texture;
}

void gl_texture_destroy(GLuint *texture)
{
    if (*texture)
        glDeleteTextures(1, texture);
    *texture = 0;
}
