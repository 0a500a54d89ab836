/* Mirrors go to their backends. */
#include "compute/mirror.h"

#include "compute/backend.h"

bool compute_has_mirrors(const struct compute *compute) { return compute->ops->mirror_create != NULL; }

struct compute_mirror *compute_mirror_create(struct compute *compute, const struct mirror_span *spans,
                                             int span_count, const struct mirror_buffer *buffer,
                                             struct error *err)
{
    LS_ASSERT(compute_has_mirrors(compute));
    for (int i = 0; i < span_count; i++)
        LS_ASSERT(spans[i].offset % 256 == 0);
    return compute->ops->mirror_create(compute, spans, span_count, buffer, err);
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

int compute_mirror_write(struct compute_mirror *mirror, size_t offset)
{
    LS_ASSERT(offset % 256 == 0);
    return mirror->ops->write(mirror, offset);
}

bool compute_mirror_finish(struct compute_mirror *mirror, bool wait, float *outputs, int count, float *loss)
{
    return mirror->ops->finish(mirror, wait, outputs, count, loss);
}

const char *compute_mirror_problem(const struct compute_mirror *mirror)
{
    return mirror->ops->problem(mirror);
}
