/* What both kinds of contexts need once they are current. */
#include <GL/glew.h>

#include "gl/context_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gl/debug.h"

/* GLEW 2.2 loads OpenGL first and then asks GLX for a display. Under EGL, Wayland's windows included, there is
 * none, and that is no fault when the entry points are there. */
enum { GLEW_NO_GLX_DISPLAY = 4 };

/* Measured with llvmpipe: a context, the shaders of this program and a picture of 320×200 take 550 MiB beside
 * what a program has loaded and read by then. */
enum { ROOM_MIB = 640 };

static uint64_t address_space_used(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool gl_context_check_room(struct error *err)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return true;
    const uint64_t needed = address_space_used() + ((uint64_t)ROOM_MIB << 20);
    return (uint64_t)limit.rlim_cur >= needed ||
           error_set(
               err,
               "drawing needs about %llu MiB of address space, and ulimit -v allows %llu MiB; raise it to "
               "%llu (KiB), or use 'layerscope train', which draws nothing",
               (unsigned long long)(needed >> 20), (unsigned long long)(limit.rlim_cur >> 20),
               (unsigned long long)(needed >> 10));
}

static bool load_functions(struct error *err)
{
    glewExperimental = GL_TRUE;
    const GLenum result = glewInit();
    if (result == GLEW_OK || (result == GLEW_NO_GLX_DISPLAY && glCreateBuffers && glDispatchCompute))
        return true;
    if (result == GLEW_NO_GLX_DISPLAY)
        return error_set(err, "OpenGL's functions cannot be loaded: those of 4.5 are missing; update the "
                              "graphics driver, or set LIBGL_ALWAYS_SOFTWARE=1 to draw on the CPU");
    return error_set(err, "OpenGL's functions cannot be loaded: %s",
                     (const char *)glewGetErrorString(result));
}

bool gl_context_load(struct gl_context *context, struct error *err)
{
    if (!load_functions(err))
        return false;

    const char *version = (const char *)glGetString(GL_VERSION);
    const char *renderer = (const char *)glGetString(GL_RENDERER);
    if (!version || !renderer)
        return error_set(err, "the OpenGL context does not answer; check the graphics driver");
    GLint major = 0, minor = 0;
    glGetIntegerv(GL_MAJOR_VERSION, &major);
    glGetIntegerv(GL_MINOR_VERSION, &minor);
    if (major * 10 + minor < 45)
        return error_set(err,
                         "OpenGL 4.5 is needed, %s offers %s; update the graphics driver, or set "
                         "LIBGL_ALWAYS_SOFTWARE=1 to draw on the CPU",
                         renderer, version);
    snprintf(context->renderer, sizeof context->renderer, "%s", renderer);
    snprintf(context->version, sizeof context->version, "%s", version);
    context->software =
        strstr(renderer, "llvmpipe") || strstr(renderer, "softpipe") || strstr(renderer, "SwiftShader");
    gl_debug_install();
    return true;
}

void gl_context_destroy(struct gl_context *context)
{
    if (!context)
        return;
    context->destroy(context);
    free(context);
}

struct GLFWwindow *gl_context_window(const struct gl_context *context) { return context->window; }
const char *gl_context_renderer(const struct gl_context *context) { return context->renderer; }
const char *gl_context_version(const struct gl_context *context) { return context->version; }
bool gl_context_is_software(const struct gl_context *context) { return context->software; }
