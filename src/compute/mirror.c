/* Mirrors go to their backends. */
#include "compute/mirror.h"

#include "compute/backend.h"

bool compute_has_mirrors(const struct compute *compute) { return compute->ops->mirror_create != NULL; }

struct compute_mirror *compute_mirror_create(struct compute *compute, const struct mirror_desc *desc,
                                             struct error *err)
{
    LS_ASSERT(compute_has_mirrors(compute));
    for (int i = 0; i < desc->span_count; i++)
        LS_ASSERT(desc->spans[i].offset % 256 == 0 &&
                  desc->spans[i].offset + desc->spans[i].count * sizeof(float) <= desc->buffers->bytes);
    return compute->ops->mirror_create(compute, desc, err);
}

void compute_mirror_destroy(struct compute_mirror *mirror)
{
    if (mirror)
        mirror->ops->destroy(mirror);
}

int compute_mirror_take(struct compute_mirror *mirror, const struct compute_batch *batch, bool gradients)
{
    LS_ASSERT(batch->count == 1 && !batch->indices);
    return mirror->ops->take(mirror, batch, gradients);
}

void compute_mirror_commit(struct compute_mirror *mirror, int place) { mirror->ops->commit(mirror, place); }

bool compute_mirror_ready(struct compute_mirror *mirror, bool wait)
{
    return mirror->ops->ready(mirror, wait);
}

int compute_mirror_write(struct compute_mirror *mirror, int buffer)
{
    LS_ASSERT(buffer >= 0 && buffer < SHARED_BUFFER_COUNT);
    return mirror->ops->write(mirror, buffer);
}

bool compute_mirror_finish(struct compute_mirror *mirror, bool wait, float *outputs, float *loss)
{
    return mirror->ops->finish(mirror, wait, outputs, loss);
}

const char *compute_mirror_problem(const struct compute_mirror *mirror)
{
    return mirror->ops->problem(mirror);
}
