/* An OpenGL 4.5 core context: in a window (GLFW), or without any display (EGL). */
#ifndef LS_GL_CONTEXT_H
#define LS_GL_CONTEXT_H

#include <stdbool.h>

#include "base/error.h"

struct GLFWwindow;
struct gl_context;

struct gl_window_desc {
    const char *title;
    int width, height; /* window size in screen coordinates */
    bool fullscreen;
    int monitor; /* 0 is the primary one */
    bool hidden;
    bool vsync;
};

/* A window with a current context and GLEW loaded; the debug callback installed. */
struct gl_context *gl_context_create_window(const struct gl_window_desc *desc, struct error *err);
/* No display needed: EGL device or surfaceless platform; draw into framebuffers. Current on return. */
struct gl_context *gl_context_create_headless(struct error *err);
void gl_context_destroy(struct gl_context *context);

/* NULL for a headless context. */
struct GLFWwindow *gl_context_window(const struct gl_context *context);
/* True once the window's display no longer answers (an X server that ended, a connection that broke). Calls
 * return all the same; what they say of the window means nothing. */
bool gl_context_display_is_lost(const struct gl_context *context);
/* GL_RENDERER and GL_VERSION, owned by the context. */
const char *gl_context_renderer(const struct gl_context *context);
const char *gl_context_version(const struct gl_context *context);
/* A software renderer (llvmpipe, softpipe, SwiftShader). */
bool gl_context_is_software(const struct gl_context *context);

/* True when a window can be opened on this machine (DISPLAY or WAYLAND_DISPLAY is set and answers). */
bool gl_display_available(void);

#endif
