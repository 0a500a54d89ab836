/* OpenGL's own messages, counted and logged. */
#include "gl/debug.h"

#include <GL/glew.h>
#include <stdatomic.h>

#include "base/log.h"
#include "gl/timing.h"

static atomic_int message_count;

static void GLAPIENTRY receive(GLenum source, GLenum type, GLuint id, GLenum severity, GLsizei length,
                               const GLchar *text, const void *context)
{
    (void)source;
    (void)length;
    (void)context;
    if (severity == GL_DEBUG_SEVERITY_NOTIFICATION || type == GL_DEBUG_TYPE_PUSH_GROUP ||
        type == GL_DEBUG_TYPE_POP_GROUP)
        return;
    atomic_fetch_add(&message_count, 1);
    log_warning("OpenGL %u: %s", id, text);
}

void gl_debug_install(void)
{
    glEnable(GL_DEBUG_OUTPUT);
    glEnable(GL_DEBUG_OUTPUT_SYNCHRONOUS);
    glDebugMessageCallback(receive, NULL);
    glDebugMessageControl(GL_DONT_CARE, GL_DONT_CARE, GL_DONT_CARE, 0, NULL, GL_TRUE);
    glDebugMessageControl(GL_DONT_CARE, GL_DONT_CARE, GL_DEBUG_SEVERITY_NOTIFICATION, 0, NULL, GL_FALSE);
}

int gl_debug_message_count(void) { return atomic_load(&message_count); }

void gl_debug_push(const char *name)
{
    gl_timing_enter(name);
    glPushDebugGroup(GL_DEBUG_SOURCE_APPLICATION, 0, -1, name);
}

void gl_debug_pop(void)
{
    glPopDebugGroup();
    gl_timing_leave();
}
