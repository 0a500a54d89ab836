/* Keyboard and mouse of the viewer's window: GLFW's callbacks, turned into commands and camera moves. */
#ifndef LS_APP_VIEWER_INPUT_H
#define LS_APP_VIEWER_INPUT_H

struct viewer;

/* Makes `viewer` the window's user pointer. */
void viewer_input_install(struct viewer *viewer);

#endif
