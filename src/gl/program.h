/* Shader programs from files: read from disk in development, from the binary in release. */
#ifndef LS_GL_PROGRAM_H
#define LS_GL_PROGRAM_H

#include <GL/glew.h>
#include <stdbool.h>

#include "base/error.h"

struct gl_program {
    GLuint name;
    char vertex[64], fragment[64]; /* file names in shaders/; compute: vertex is empty */
};

/* `defines` is put behind #version ("#define X 1\n…"), or NULL. A line `#include "file.glsl"` in a
 * shader is replaced by that file. Errors carry the compiler's log with the file's name. */
bool gl_program_init(struct gl_program *program, const char *vertex, const char *fragment,
                     const char *defines, struct error *err);
bool gl_program_init_compute(struct gl_program *program, const char *file, const char *defines,
                             struct error *err);
void gl_program_deinit(struct gl_program *program);
/* Location of a uniform; −1 for one that the shader does not use, which OpenGL then ignores. */
GLint gl_program_uniform(const struct gl_program *program, const char *name);

#endif
