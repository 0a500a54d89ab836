/* OpenGL buffers. */
#ifndef LS_GL_BUFFER_H
#define LS_GL_BUFFER_H

#include <GL/glew.h>
#include <stddef.h>

#include "base/error.h"

struct gl_buffer {
    GLuint name;
    size_t size; /* bytes */
    void *map;   /* persistent, coherent, write only; NULL for the other kinds */
};

/* Immutable storage with initial contents (or NULL); updated with gl_buffer_write when `dynamic`. */
bool gl_buffer_init(struct gl_buffer *buffer, const char *label, size_t size, const void *data, bool dynamic,
                    struct error *err);
/* Persistently mapped for writing from any thread. */
bool gl_buffer_init_mapped(struct gl_buffer *buffer, const char *label, size_t size, struct error *err);
void gl_buffer_deinit(struct gl_buffer *buffer);
void gl_buffer_write(struct gl_buffer *buffer, size_t offset, const void *data, size_t size);

#endif
