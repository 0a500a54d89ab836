/* Pictures on their way from the device to memory. Each is read into a pixel buffer that stays mapped, and is
 * picked up frames later, when its fence has passed: nothing here ever waits. A picture that was picked up
 * may be read by another thread and is given back from there, without a copy. Everything else: OpenGL thread.
 */
#ifndef LS_GL_PIXEL_RING_H
#define LS_GL_PIXEL_RING_H

#include <GL/glew.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { GL_PIXEL_RING_SLOTS = 3 };

enum gl_pixel_state { GL_PIXELS_FREE, GL_PIXELS_ON_THE_WAY, GL_PIXELS_TAKEN };

/* One picture. (height, width, 4) bytes, the lowest row first. */
struct gl_pixels {
    const uint8_t *rgba;
    int width, height;
    int64_t number; /* the caller's */
    atomic_int state;
    GLuint buffer;
    size_t size; /* of the buffer */
    GLsync fence;
};

struct gl_pixel_ring {
    struct gl_pixels slots[GL_PIXEL_RING_SLOTS];
    int next;   /* where the next picture goes */
    int oldest; /* the first that was not picked up */
    /* Whether a fence has passed, without waiting. For tests: another answer. */
    bool (*passed)(GLsync fence);
};

void gl_pixel_ring_init(struct gl_pixel_ring *ring);
/* No picture may be in another thread's hands. */
void gl_pixel_ring_deinit(struct gl_pixel_ring *ring);

/* Begins to read the lower left width × height pixels of `framebuffer` (0: the window's back buffer). False
 * when every slot is busy, or when OpenGL has no room, with the reason in `err`; `err` is untouched else. */
bool gl_pixel_ring_read(struct gl_pixel_ring *ring, GLuint framebuffer, int width, int height, int64_t number,
                        struct error *err);
/* The oldest picture, if it has arrived: the caller's until gl_pixels_give_back. NULL: none yet. */
struct gl_pixels *gl_pixel_ring_take(struct gl_pixel_ring *ring);
/* From any thread. */
void gl_pixels_give_back(struct gl_pixels *pixels);

/* A slot is free: gl_pixel_ring_read would find room. */
bool gl_pixel_ring_has_room(const struct gl_pixel_ring *ring);
/* A picture is on the way. */
bool gl_pixel_ring_is_expecting(const struct gl_pixel_ring *ring);
/* No picture is on the way or in anyone's hands. */
bool gl_pixel_ring_is_idle(const struct gl_pixel_ring *ring);

#endif
