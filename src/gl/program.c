/* Compiling and linking shader programs. */
#include "gl/program.h"

#include <stdio.h>
#include <string.h>

#include "gl/shader_source.h"

static GLuint compile(GLenum stage, const char *file, const char *defines, struct error *err)
{
    struct shader_source source;
    if (!shader_source_load(&source, file, defines, err))
        return 0;
    GLuint shader = glCreateShader(stage);
    glShaderSource(shader, 1, (const GLchar *const *)&source.text, NULL);
    glCompileShader(shader);
    GLint compiled = GL_FALSE;
    glGetShaderiv(shader, GL_COMPILE_STATUS, &compiled);
    if (!compiled) {
        char log[2048] = "", text[900];
        glGetShaderInfoLog(shader, sizeof log, NULL, log);
        shader_source_explain(&source, log, text, sizeof text);
        error_set(err, "shaders/%s does not compile: %s", file, text);
        glDeleteShader(shader);
        shader = 0;
    } else {
        glObjectLabel(GL_SHADER, shader, -1, file);
    }
    shader_source_deinit(&source);
    return shader;
}

static bool link_program(struct gl_program *program, const GLuint *shaders, int count, struct error *err)
{
    bool ok = true;
    for (int i = 0; i < count; i++)
        ok = ok && shaders[i];
    if (ok) {
        program->name = glCreateProgram();
        for (int i = 0; i < count; i++)
            glAttachShader(program->name, shaders[i]);
        glLinkProgram(program->name);
        GLint linked = GL_FALSE;
        glGetProgramiv(program->name, GL_LINK_STATUS, &linked);
        if (linked) {
            glObjectLabel(GL_PROGRAM, program->name, -1, program->fragment);
        } else {
            char log[800] = "";
            glGetProgramInfoLog(program->name, sizeof log, NULL, log);
            ok = error_set(err, "shaders/%s does not link: %s", program->fragment, log);
            gl_program_deinit(program);
        }
    }
    for (int i = 0; i < count; i++)
        if (shaders[i])
            glDeleteShader(shaders[i]);
    return ok;
}

bool gl_program_init(struct gl_program *program, const char *vertex, const char *fragment,
                     const char *defines, struct error *err)
{
    memset(program, 0, sizeof *program);
    snprintf(program->vertex, sizeof program->vertex, "%s", vertex);
    snprintf(program->fragment, sizeof program->fragment, "%s", fragment);
    const GLuint shaders[] = {compile(GL_VERTEX_SHADER, vertex, defines, err),
                              compile(GL_FRAGMENT_SHADER, fragment, defines, err)};
    return link_program(program, shaders, 2, err);
}

bool gl_program_init_compute(struct gl_program *program, const char *file, const char *defines,
                             struct error *err)
{
    memset(program, 0, sizeof *program);
    snprintf(program->fragment, sizeof program->fragment, "%s", file);
    const GLuint shader = compile(GL_COMPUTE_SHADER, file, defines, err);
    return link_program(program, &shader, 1, err);
}

void gl_program_deinit(struct gl_program *program)
{
    if (program->name)
        glDeleteProgram(program->name);
    program->name = 0;
}

GLint gl_program_uniform(const struct gl_program *program, const char *name)
{
    return glGetUniformLocation(program->name, name);
}
