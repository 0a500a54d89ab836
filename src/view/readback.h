/* Brings a few ranges of the shown snapshot back to the CPU, for numbers printed as text. The GPU copies them
 * into a persistently mapped ring; they are there a frame or two later, and nobody waits. At most
 * READBACK_BYTES_PER_FRAME on average: after a larger request some frames pass without one. OpenGL thread. */
#ifndef LS_VIEW_READBACK_H
#define LS_VIEW_READBACK_H

#include <GL/glew.h>

#include "base/error.h"

enum { READBACK_SLOTS = 3, READBACK_BYTES_PER_FRAME = 16384, READBACK_NONE = -1 };

struct readback_range {
    size_t first, count; /* floats */
};

struct readback {
    GLuint buffer;
    const float *map;
    size_t capacity; /* floats of one slot */
    struct {
        GLsync fence; /* NULL: not under way */
        uint64_t order;
    } slots[READBACK_SLOTS];
    uint64_t requests;
    size_t debt;  /* bytes that later frames have to make up for */
    size_t bytes; /* asked for in this frame */
};

/* `capacity`: floats of the largest request. */
bool readback_init(struct readback *readback, size_t capacity, struct error *err);
void readback_deinit(struct readback *readback);
/* Once a frame, first. */
void readback_frame(struct readback *readback);
/* Copies the ranges, one behind the other, from `source`. Returns the slot that they will
 * lie in, or READBACK_NONE when all are under way, or when it is not yet time (`hurry` does not ask for the
 * time), or when the ranges hold more than the capacity. */
int readback_ask(struct readback *readback, GLuint source, const struct readback_range *ranges, int count,
                 bool hurry);
/* The newest slot whose values have come, or READBACK_NONE; older ones are dropped. With `wait`, the newest
 * one asked for. The values stay until the next readback_ask. */
int readback_take(struct readback *readback, bool wait);
const float *readback_values(const struct readback *readback, int slot);

#endif
