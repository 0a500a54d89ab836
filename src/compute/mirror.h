/* What a drawing thread shows of a device's state without the host. Between two steps the training thread
 * has parameters and gradients copied on the device; the drawing thread has the device compute the probe from
 * such a copy, and write all that is shown into an OpenGL buffer. Neither thread waits for the other.
 *
 * Only backends with memory of their own have mirrors. When a call to the device fails the mirror is over for
 * good: compute_mirror_problem says why, and the others do nothing. */
#ifndef LS_COMPUTE_MIRROR_H
#define LS_COMPUTE_MIRROR_H

#include "compute/compute.h"

enum mirror_kind {
    MIRROR_VALUE,
    MIRROR_GRADIENT,
    MIRROR_PARAMETERS,
    MIRROR_PARAMETER_GRADIENTS,
    MIRROR_BUFFERS
};

/* A run of floats that is shown. */
struct mirror_span {
    enum mirror_kind kind;
    int tensor;    /* of the probe's values and gradients: all of it */
    size_t first;  /* of the kinds of parameters and of buffers: place in their flat vector */
    size_t count;  /* floats */
    size_t offset; /* bytes from where a snapshot begins; a multiple of 256 */
};

/* An OpenGL buffer that is not mapped by OpenGL; its context is current on the drawing thread. */
struct mirror_buffer {
    unsigned name;
    size_t bytes;
    const char *renderer; /* GL_RENDERER */
    /* Reads from it through OpenGL, and waits. */
    void (*read)(void *context, unsigned name, size_t offset, void *to, size_t bytes);
    void *context;
};

enum { MIRROR_PLACES = 3, MIRROR_MAX_OUTPUTS = 128 };

struct compute_mirror;

bool compute_has_mirrors(const struct compute *compute);

/* Drawing thread. Copies `spans`. NULL when the backend has none or the device cannot write into the buffer:
 * `err` says what usually mends that. Destroyed before `compute`, after the training thread's last call. */
struct compute_mirror *compute_mirror_create(struct compute *compute, const struct mirror_span *spans,
                                             int span_count, const struct mirror_buffer *buffer,
                                             struct error *err);
void compute_mirror_destroy(struct compute_mirror *mirror); /* NULL is fine */

/* Training thread, between steps: has the state copied, for the probe `batch` (one sample). Returns the
 * place, below MIRROR_PLACES, or −1 when none is free; the drawing thread sees it after the commit.
 * `gradients`: there are some of parameters; else zeros are shown. */
int compute_mirror_take(struct compute_mirror *mirror, const struct compute_batch *batch, bool gradients);
void compute_mirror_commit(struct compute_mirror *mirror, int place);

/* Drawing thread. A copy is there that was not shown yet, and the last write is finished. With `wait`, a copy
 * that is under way is waited for. */
bool compute_mirror_ready(struct compute_mirror *mirror, bool wait);
/* When ready: has the newest copy computed and written from byte `offset` of the buffer on. What OpenGL does
 * next comes after it. Returns its place, or −1. */
int compute_mirror_write(struct compute_mirror *mirror, size_t offset);
/* The few numbers of the last write that are printed: true once they are here, a frame or so later. */
bool compute_mirror_finish(struct compute_mirror *mirror, bool wait, float *outputs, int count, float *loss);

/* Any thread. NULL while it works. */
const char *compute_mirror_problem(const struct compute_mirror *mirror);

#endif
