/* A context in a window. */
#include <GL/glew.h>
#include <GLFW/glfw3.h>

#include "gl/context_private.h"
#include "gl/display_lost.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"

static char last_error[256];

static void remember_error(int code, const char *text)
{
    (void)code;
    snprintf(last_error, sizeof last_error, "%s", text);
    log_debug("GLFW: %s", text);
}

static const char *reason(void) { return last_error[0] ? last_error : "GLFW gives no reason"; }

bool gl_display_available(void)
{
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    if (!(x11 && *x11) && !(wayland && *wayland))
        return false;
    glfwSetErrorCallback(remember_error);
    return glfwInit() == GLFW_TRUE;
}

static GLFWmonitor *find_monitor(int index, struct error *err)
{
    int count = 0;
    GLFWmonitor **monitors = glfwGetMonitors(&count);
    if (index < 0 || index >= count) {
        error_set(err, "monitor %d does not exist; this display has %d (numbered from 0)", index, count);
        return NULL;
    }
    return monitors[index];
}

static void destroy(struct gl_context *context)
{
    if (context->window)
        glfwDestroyWindow(context->window);
    glfwTerminate();
}

static GLFWwindow *open_window(const struct gl_window_desc *desc, struct error *err)
{
    GLFWmonitor *monitor = find_monitor(desc->monitor, err);
    if (!monitor)
        return NULL;
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 4);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 5);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
    glfwWindowHint(GLFW_OPENGL_DEBUG_CONTEXT, GLFW_TRUE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0); /* scenes are drawn into framebuffers of their own */
    glfwWindowHint(GLFW_VISIBLE, desc->hidden ? GLFW_FALSE : GLFW_TRUE);
    int width = desc->width, height = desc->height;
    const GLFWvidmode *mode = glfwGetVideoMode(monitor);
    /* Wayland's modes count pixels and its windows do not: one that begins full would be drawn too large for
     * the compositor, which has not said its size yet. */
    const bool grows = desc->fullscreen && display_is_wayland();
    const bool full = desc->fullscreen && !grows;
    if (full) {
        glfwWindowHint(GLFW_RED_BITS, mode->redBits);
        glfwWindowHint(GLFW_GREEN_BITS, mode->greenBits);
        glfwWindowHint(GLFW_BLUE_BITS, mode->blueBits);
        glfwWindowHint(GLFW_REFRESH_RATE, mode->refreshRate);
        width = mode->width;
        height = mode->height;
    }
    GLFWwindow *window = glfwCreateWindow(width, height, desc->title, full ? monitor : NULL, NULL);
    if (!window) {
        error_set(err,
                  "no window with OpenGL 4.5 can be opened: %s; update the graphics driver, or set "
                  "LIBGL_ALWAYS_SOFTWARE=1 to draw on the CPU",
                  reason());
        return NULL;
    }
    if (grows)
        glfwSetWindowMonitor(window, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
    if (desc->monitor > 0 && !desc->fullscreen) {
        int x, y;
        glfwGetMonitorPos(monitor, &x, &y);
        glfwSetWindowPos(window, x + 64, y + 64);
    }
    return window;
}

bool gl_context_display_is_lost(const struct gl_context *context)
{
    return context->window && display_lost();
}

struct gl_context *gl_context_create_window(const struct gl_window_desc *desc, struct error *err)
{
    if (!gl_display_available()) {
        error_set(err,
                  "no window can be opened: %s; without a display use `layerscope record` or "
                  "`layerscope screenshot`",
                  last_error[0] ? last_error : "DISPLAY is not set");
        return NULL;
    }
    if (!gl_context_check_room(err))
        return NULL;
    struct gl_context *context = ls_calloc(1, sizeof *context);
    context->destroy = destroy;
    context->window = open_window(desc, err);
    if (!context->window) {
        gl_context_destroy(context);
        return NULL;
    }
    display_lost_watch();
    glfwMakeContextCurrent(context->window);
    glfwSwapInterval(desc->vsync ? 1 : 0);
    if (!gl_context_load(context, err)) {
        gl_context_destroy(context);
        return NULL;
    }
    return context;
}
