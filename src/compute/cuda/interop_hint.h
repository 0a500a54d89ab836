/* What usually mends an interop that fails. */
#ifndef LS_COMPUTE_CUDA_INTEROP_HINT_H
#define LS_COMPUTE_CUDA_INTEROP_HINT_H

#include <stdbool.h>

/* Where the program runs. */
struct interop_surroundings {
    const char *renderer; /* GL_RENDERER */
    bool wsl;             /* Windows Subsystem for Linux */
    bool virtual_gl;      /* OpenGL goes through VirtualGL */
    bool remote_display;  /* the X server is another machine's */
};

void interop_look_around(struct interop_surroundings *out, const char *renderer);
/* One sentence without its full stop. */
const char *interop_hint(const struct interop_surroundings *surroundings);

#endif
