/* Buffers with immutable storage. */
#include "gl/buffer.h"

#include <string.h>

static bool create(struct gl_buffer *buffer, const char *label, size_t size, const void *data,
                   GLbitfield flags, struct error *err)
{
    memset(buffer, 0, sizeof *buffer);
    while (glGetError() != GL_NO_ERROR)
        continue;
    glCreateBuffers(1, &buffer->name);
    glNamedBufferStorage(buffer->name, (GLsizeiptr)size, data, flags);
    if (glGetError() != GL_NO_ERROR) {
        gl_buffer_deinit(buffer);
        return error_set(err, "OpenGL has no room for %s (%zu bytes); choose a smaller model", label, size);
    }
    glObjectLabel(GL_BUFFER, buffer->name, -1, label);
    buffer->size = size;
    return true;
}

bool gl_buffer_init(struct gl_buffer *buffer, const char *label, size_t size, const void *data, bool dynamic,
                    struct error *err)
{
    return create(buffer, label, size, data, dynamic ? GL_DYNAMIC_STORAGE_BIT : 0, err);
}

bool gl_buffer_init_mapped(struct gl_buffer *buffer, const char *label, size_t size, struct error *err)
{
    const GLbitfield flags = GL_MAP_WRITE_BIT | GL_MAP_PERSISTENT_BIT | GL_MAP_COHERENT_BIT;
    if (!create(buffer, label, size, NULL, flags, err))
        return false;
    buffer->map = glMapNamedBufferRange(buffer->name, 0, (GLsizeiptr)size, flags);
    if (!buffer->map) {
        gl_buffer_deinit(buffer);
        return error_set(err, "OpenGL cannot map %s (%zu bytes) into memory", label, size);
    }
    return true;
}

void gl_buffer_deinit(struct gl_buffer *buffer)
{
    if (buffer->map)
        glUnmapNamedBuffer(buffer->name);
    if (buffer->name)
        glDeleteBuffers(1, &buffer->name);
    memset(buffer, 0, sizeof *buffer);
}

void gl_buffer_write(struct gl_buffer *buffer, size_t offset, const void *data, size_t size)
{
    LS_ASSERT(offset + size <= buffer->size);
    glNamedBufferSubData(buffer->name, (GLintptr)offset, (GLsizeiptr)size, data);
}
