/* What the two kinds of contexts share; private to gl/. */
#ifndef LS_GL_CONTEXT_PRIVATE_H
#define LS_GL_CONTEXT_PRIVATE_H

#include "gl/context.h"

struct gl_context {
    struct GLFWwindow *window; /* NULL when headless */
    void *egl_display, *egl_context;
    char renderer[128], version[128];
    bool software;
    void (*destroy)(struct gl_context *context); /* of the kind; frees nothing of this struct */
};

/* Drivers that get no memory crash rather than say so: false when the limit on address space (ulimit -v)
 * leaves less than a software renderer takes. */
bool gl_context_check_room(struct error *err);
/* Loads the entry points, checks for OpenGL 4.5 core, installs the debug callback, reads the names. The
 * context is current. */
bool gl_context_load(struct gl_context *context, struct error *err);

#endif
