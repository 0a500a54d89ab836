/* What a drawing thread shows of a device's state without the host. Between two steps the training thread
 * has parameters and gradients copied on the device; the drawing thread has the device compute the probe from
 * such a copy, and write all that is shown into one of OpenGL's buffers. Neither thread waits for the other.
 *
 * Only backends with memory of their own have mirrors. When a call to the device fails the mirror is over for
 * good: compute_mirror_problem says why, the others do nothing, and the buffers are OpenGL's alone again. */
#ifndef LS_COMPUTE_MIRROR_H
#define LS_COMPUTE_MIRROR_H

#include "compute/compute.h"
#include "compute/shared_buffers.h"

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

enum { MIRROR_PLACES = 3 };

struct mirror_desc {
    const struct mirror_span *spans; /* copied */
    int span_count;
    int printed; /* of the network's outputs, from the first on */
    const struct shared_buffers *buffers;
};

struct compute_mirror;

bool compute_has_mirrors(const struct compute *compute);

/* Drawing thread. NULL when the backend has none or the device cannot write into the buffers: `err` says what
 * usually mends that. Destroyed before `compute`, after the training thread's last call. */
struct compute_mirror *compute_mirror_create(struct compute *compute, const struct mirror_desc *desc,
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
/* Right after it was ready: has that copy computed and written into a buffer, be there a newer one meanwhile.
 * What OpenGL does next with the buffer comes after it. Returns the copy's place, or −1. */
int compute_mirror_write(struct compute_mirror *mirror, int buffer);
/* The few numbers of the last write that are printed: true once they are here, a frame or so later. `outputs`
 * (printed). The place is free from then on. */
bool compute_mirror_finish(struct compute_mirror *mirror, bool wait, float *outputs, float *loss);

/* Any thread. NULL while it works. */
const char *compute_mirror_problem(const struct compute_mirror *mirror);

#endif
