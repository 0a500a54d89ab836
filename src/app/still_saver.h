/* Stills of the live window: a frame is drawn once more into a target of its own, read back without waiting
 * and written as PNG on a thread. Nothing here waits but still_saver_destroy. OpenGL thread only. */
#ifndef LS_APP_STILL_SAVER_H
#define LS_APP_STILL_SAVER_H

#include <GL/glew.h>

#include "app/numbered_name.h"

struct still {
    char name[NUMBERED_NAME_SIZE];
    struct error err; /* why there is no file; empty if there is */
};

struct still_saver;
struct still_saver *still_saver_create(struct error *err);
/* Waits until what was drawn is written. NULL is fine. */
void still_saver_destroy(struct still_saver *saver);

/* One more still; several before the next frame give several files. */
void still_saver_want(struct still_saver *saver);
/* The framebuffer to draw a still into, if one is wanted and there is room for it now; still_saver_drawn
 * follows. 0: nothing to draw in this frame. */
GLuint still_saver_target(struct still_saver *saver, int width, int height);
void still_saver_drawn(struct still_saver *saver);
/* Once a frame: hands over what arrived. True for each still that was written, or could not be. */
bool still_saver_poll(struct still_saver *saver, struct still *still);

#endif
