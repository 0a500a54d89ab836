/* Append-only histories behind one mutex, which is held only while samples are copied; predictions and
 * surfaces, which are larger, behind another one. */
#include "nn/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct series {
    char *samples;
    size_t size; /* bytes of one sample */
    size_t count, capacity;
};

struct metrics {
    pthread_mutex_t mutex;
    struct series steps, evaluations;
    uint64_t run;
    pthread_mutex_t predictions_mutex;
    struct predictions predictions;
    struct surface surface; /* behind the same mutex */
    /* Versions up to these belong to runs that are over. */
    uint64_t predictions_over, surface_over;
};

struct metrics *metrics_create(void)
{
    struct metrics *metrics = ls_calloc(1, sizeof *metrics);
    pthread_mutex_init(&metrics->mutex, NULL);
    pthread_mutex_init(&metrics->predictions_mutex, NULL);
    metrics->steps.size = sizeof(struct step_sample);
    metrics->evaluations.size = sizeof(struct evaluation_sample);
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    if (!metrics)
        return;
    pthread_mutex_destroy(&metrics->mutex);
    pthread_mutex_destroy(&metrics->predictions_mutex);
    predictions_deinit(&metrics->predictions);
    surface_deinit(&metrics->surface);
    free(metrics->steps.samples);
    free(metrics->evaluations.samples);
    free(metrics);
}

/* Readers hold a const history; locking does not change what they see of it. */
static void lock(const struct metrics *metrics) { pthread_mutex_lock(&((struct metrics *)metrics)->mutex); }
static void unlock(const struct metrics *metrics)
{
    pthread_mutex_unlock(&((struct metrics *)metrics)->mutex);
}

static void append(struct metrics *metrics, struct series *series, const void *sample)
{
    lock(metrics);
    if (series->count == series->capacity) {
        series->capacity = series->capacity ? 2 * series->capacity : 1024;
        series->samples = ls_realloc(series->samples, series->capacity * series->size);
    }
    memcpy(series->samples + series->count * series->size, sample, series->size);
    series->count++;
    unlock(metrics);
}

static size_t read_series(const struct metrics *metrics, const struct series *series, size_t first, void *out,
                          size_t capacity)
{
    lock(metrics);
    size_t count = first < series->count ? series->count - first : 0;
    if (count > capacity)
        count = capacity;
    if (count > 0)
        memcpy(out, series->samples + first * series->size, count * series->size);
    unlock(metrics);
    return count;
}

static size_t count_of(const struct metrics *metrics, const struct series *series)
{
    lock(metrics);
    const size_t count = series->count;
    unlock(metrics);
    return count;
}

void metrics_append_step(struct metrics *metrics, const struct step_sample *sample)
{
    append(metrics, &metrics->steps, sample);
}

void metrics_append_evaluation(struct metrics *metrics, const struct evaluation_sample *sample)
{
    append(metrics, &metrics->evaluations, sample);
}

/* Versions go on, so that a reader who has the old ones knows. */
void metrics_restart(struct metrics *metrics)
{
    pthread_mutex_lock(&metrics->predictions_mutex);
    lock(metrics);
    metrics->steps.count = metrics->evaluations.count = 0;
    metrics->run++;
    unlock(metrics);
    metrics->predictions_over = metrics->predictions.version;
    metrics->surface_over = metrics->surface.version;
    pthread_mutex_unlock(&metrics->predictions_mutex);
}

uint64_t metrics_run(const struct metrics *metrics)
{
    lock(metrics);
    const uint64_t run = metrics->run;
    unlock(metrics);
    return run;
}

size_t metrics_read_steps(const struct metrics *metrics, size_t first, struct step_sample *out,
                          size_t capacity)
{
    return read_series(metrics, &metrics->steps, first, out, capacity);
}

size_t metrics_read_evaluations(const struct metrics *metrics, size_t first, struct evaluation_sample *out,
                                size_t capacity)
{
    return read_series(metrics, &metrics->evaluations, first, out, capacity);
}

size_t metrics_step_count(const struct metrics *metrics) { return count_of(metrics, &metrics->steps); }

size_t metrics_evaluation_count(const struct metrics *metrics)
{
    return count_of(metrics, &metrics->evaluations);
}

void metrics_publish_predictions(struct metrics *metrics, struct predictions *predictions)
{
    pthread_mutex_lock(&metrics->predictions_mutex);
    predictions->version = metrics->predictions.version + 1;
    predictions_copy(&metrics->predictions, predictions);
    pthread_mutex_unlock(&metrics->predictions_mutex);
}

bool metrics_read_predictions(const struct metrics *metrics, struct predictions *out)
{
    struct metrics *m = (struct metrics *)metrics; /* as in lock */
    pthread_mutex_lock(&m->predictions_mutex);
    const bool newer = m->predictions.version > out->version && m->predictions.version > m->predictions_over;
    const bool over = out->version > 0 && out->version <= m->predictions_over;
    if (newer)
        predictions_copy(out, &m->predictions);
    else if (over)
        out->version = 0;
    pthread_mutex_unlock(&m->predictions_mutex);
    return newer || over;
}

void metrics_publish_surface(struct metrics *metrics, struct surface *surface)
{
    pthread_mutex_lock(&metrics->predictions_mutex);
    surface->version = metrics->surface.version + 1;
    surface_copy(&metrics->surface, surface);
    pthread_mutex_unlock(&metrics->predictions_mutex);
}

bool metrics_read_surface(const struct metrics *metrics, struct surface *out)
{
    struct metrics *m = (struct metrics *)metrics; /* as in lock */
    pthread_mutex_lock(&m->predictions_mutex);
    const bool newer = m->surface.version > out->version && m->surface.version > m->surface_over;
    const bool over = out->version > 0 && out->version <= m->surface_over;
    if (newer)
        surface_copy(out, &m->surface);
    else if (over)
        out->version = 0;
    pthread_mutex_unlock(&m->predictions_mutex);
    return newer || over;
}
