/* Whether the display that windows are on still answers; private to gl/. OpenGL thread only. */
#ifndef LS_GL_DISPLAY_LOST_H
#define LS_GL_DISPLAY_LOST_H

#include <stdbool.h>

/* After glfwInit: a lost X server no longer ends the program at once, which is what Xlib does by itself. */
void display_lost_watch(void);
/* Whether windows are Wayland's own. */
bool display_is_wayland(void);
/* Calls to GLFW and OpenGL return after the loss, and what they say of the window means nothing. */
bool display_lost(void);

#endif
