/* OpenGL's buffers that a device writes into by itself, as everybody on the way to it describes them. */
#ifndef LS_COMPUTE_SHARED_BUFFERS_H
#define LS_COMPUTE_SHARED_BUFFERS_H

#include <stddef.h>

/* Apart, so that the device waits for OpenGL's reading of one of them alone. */
enum { SHARED_BUFFER_COUNT = 3 };

struct shared_buffers {
    unsigned names[SHARED_BUFFER_COUNT]; /* OpenGL's; none is mapped by it */
    size_t bytes;                        /* of each */
    const char *renderer;                /* GL_RENDERER */
    /* Reads from the beginning of one through OpenGL, and waits for what was written there. The context is
     * current on the calling thread. */
    void (*read)(unsigned name, void *to, size_t bytes);
};

#endif
