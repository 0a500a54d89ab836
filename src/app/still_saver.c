/* One mutex guards the two queues between the frame loop and the thread that writes. */
#include "app/still_saver.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/framebuffer.h"
#include "gl/pixel_ring.h"
#include "media/png.h"

enum { MAX_RESULTS = 16 };

struct still_saver {
    struct gl_pixel_ring ring;
    struct gl_framebuffer target; /* between still_saver_target and still_saver_drawn */
    int wanted;
    pthread_t thread;

    pthread_mutex_t mutex; /* guards the rest */
    pthread_cond_t wake;   /* a picture or the end */
    struct gl_pixels *queue[GL_PIXEL_RING_SLOTS];
    int queued;
    struct still results[MAX_RESULTS]; /* not polled yet */
    int result_count;
    bool stop;
};

/* Names are chosen by the one thread that uses them, so that no two stills share one. */
static void save(const struct gl_pixels *pixels, struct still *still)
{
    memset(still, 0, sizeof *still);
    const ptrdiff_t stride = (ptrdiff_t)pixels->width * 4;
    if (numbered_name(still->name, ".png", &still->err))
        png_write_strided(still->name, pixels->rgba + (pixels->height - 1) * stride, -stride, pixels->width,
                          pixels->height, false, &still->err);
}

static void *run(void *argument)
{
    struct still_saver *saver = argument;
    pthread_mutex_lock(&saver->mutex);
    while (saver->queued > 0 || !saver->stop) {
        if (saver->queued == 0) {
            pthread_cond_wait(&saver->wake, &saver->mutex);
            continue;
        }
        struct gl_pixels *pixels = saver->queue[0];
        memmove(saver->queue, saver->queue + 1, sizeof saver->queue - sizeof saver->queue[0]);
        saver->queued--;
        pthread_mutex_unlock(&saver->mutex);
        struct still still;
        save(pixels, &still);
        gl_pixels_give_back(pixels);
        pthread_mutex_lock(&saver->mutex);
        if (saver->result_count < MAX_RESULTS)
            saver->results[saver->result_count++] = still;
    }
    pthread_mutex_unlock(&saver->mutex);
    return NULL;
}

static void free_saver(struct still_saver *saver)
{
    gl_framebuffer_deinit(&saver->target);
    gl_pixel_ring_deinit(&saver->ring);
    pthread_cond_destroy(&saver->wake);
    pthread_mutex_destroy(&saver->mutex);
    free(saver);
}

struct still_saver *still_saver_create(struct error *err)
{
    struct still_saver *saver = ls_calloc(1, sizeof *saver);
    gl_pixel_ring_init(&saver->ring);
    pthread_mutex_init(&saver->mutex, NULL);
    pthread_cond_init(&saver->wake, NULL);
    /* Signals stay with the thread that waits for them. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int status = pthread_create(&saver->thread, NULL, run, saver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0) {
        error_set(err, "stills: expected a new thread, found: %s", strerror(status));
        free_saver(saver);
        return NULL;
    }
    pthread_setname_np(saver->thread, "stills");
    return saver;
}

static void hand_over(struct still_saver *saver)
{
    struct gl_pixels *pixels;
    while ((pixels = gl_pixel_ring_take(&saver->ring))) {
        pthread_mutex_lock(&saver->mutex);
        saver->queue[saver->queued++] = pixels; /* as long as the ring: there is room */
        pthread_cond_signal(&saver->wake);
        pthread_mutex_unlock(&saver->mutex);
    }
}

void still_saver_destroy(struct still_saver *saver)
{
    if (!saver)
        return;
    glFinish();
    hand_over(saver);
    pthread_mutex_lock(&saver->mutex);
    saver->stop = true;
    pthread_cond_signal(&saver->wake);
    pthread_mutex_unlock(&saver->mutex);
    pthread_join(saver->thread, NULL);
    free_saver(saver);
}

void still_saver_want(struct still_saver *saver) { saver->wanted++; }

static void add_result(struct still_saver *saver, const struct still *still)
{
    pthread_mutex_lock(&saver->mutex);
    if (saver->result_count < MAX_RESULTS)
        saver->results[saver->result_count++] = *still;
    pthread_mutex_unlock(&saver->mutex);
}

GLuint still_saver_target(struct still_saver *saver, int width, int height)
{
    if (saver->wanted == 0 || !gl_pixel_ring_has_room(&saver->ring))
        return 0;
    struct still still = {.name = ""};
    if (gl_framebuffer_init(&saver->target, width, height, 1, &still.err))
        return saver->target.name;
    saver->wanted--;
    add_result(saver, &still);
    return 0;
}

void still_saver_drawn(struct still_saver *saver)
{
    struct still still = {.name = ""};
    saver->wanted--;
    if (!gl_pixel_ring_read(&saver->ring, saver->target.name, saver->target.width, saver->target.height, 0,
                            &still.err))
        add_result(saver, &still);
    gl_framebuffer_deinit(&saver->target);
}

bool still_saver_poll(struct still_saver *saver, struct still *still)
{
    hand_over(saver);
    pthread_mutex_lock(&saver->mutex);
    const bool any = saver->result_count > 0;
    if (any) {
        *still = saver->results[0];
        saver->result_count--;
        memmove(saver->results, saver->results + 1, (size_t)saver->result_count * sizeof *still);
    }
    pthread_mutex_unlock(&saver->mutex);
    return any;
}
