/* One mutex guards the queue and the status; it is never held while something is encoded. */
#include "media/video_thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { QUEUE = 4 };

struct video_thread {
    struct video_desc desc; /* with a path of its own */
    char *path;
    struct video *video; /* the thread's alone */
    pthread_t thread;

    pthread_mutex_t mutex; /* guards the rest */
    pthread_cond_t wake;   /* a picture or the end */
    pthread_cond_t ended;
    struct video_picture queue[QUEUE];
    int first, count;
    bool finishing;
    int64_t end; /* frames of the whole film, once it is finishing */
    struct video_thread_status status;
    void (*hook)(void *);
    void *hook_context;
};

static bool write_picture(struct video_thread *thread, const struct video_picture *picture, int64_t *frames,
                          struct error *err)
{
    bool ok = true;
    for (; ok && *frames > 0 && *frames < picture->frame; ++*frames)
        ok = video_repeat_frame(thread->video, err);
    ok = ok && video_add_rows(thread->video, picture->top, picture->stride, err);
    *frames += ok;
    return ok;
}

/* The next picture; false when the film ends. */
static bool next_picture(struct video_thread *thread, struct video_picture *picture)
{
    while (thread->count == 0 && !thread->finishing)
        pthread_cond_wait(&thread->wake, &thread->mutex);
    if (thread->count == 0)
        return false;
    *picture = thread->queue[thread->first];
    thread->first = (thread->first + 1) % QUEUE;
    thread->count--;
    return true;
}

/* Called with the mutex held, which it gives up while it works. */
static bool write_pictures(struct video_thread *thread, int64_t *frames, struct error *err)
{
    struct video_picture picture;
    bool ok = true;
    while (ok && next_picture(thread, &picture)) {
        void (*hook)(void *) = thread->hook;
        void *context = thread->hook_context;
        pthread_mutex_unlock(&thread->mutex);
        if (hook)
            hook(context);
        ok = write_picture(thread, &picture, frames, err);
        picture.done(picture.context);
        pthread_mutex_lock(&thread->mutex);
        thread->status.frames = *frames;
    }
    return ok;
}

static bool finish(struct video_thread *thread, int64_t *frames, int64_t end, bool ok, struct error *err)
{
    if (!thread->video)
        return false;
    if (*frames == 0) {
        video_discard(thread->video);
        return ok &&
               error_set(err, "%s: the film ended before its first frame; nothing was written", thread->path);
    }
    for (; ok && *frames < end; ++*frames)
        ok = video_repeat_frame(thread->video, err);
    return video_finish(thread->video, err) && ok;
}

static void *run(void *argument)
{
    struct video_thread *thread = argument;
    struct error err = {0};
    int64_t frames = 0;
    thread->video = video_create(&thread->desc, &err);
    pthread_mutex_lock(&thread->mutex);
    const bool ok = thread->video && write_pictures(thread, &frames, &err);
    const int64_t end = thread->end;
    pthread_mutex_unlock(&thread->mutex);
    finish(thread, &frames, end, ok, &err);

    pthread_mutex_lock(&thread->mutex);
    for (; thread->count > 0; thread->count--) {
        const struct video_picture *left = &thread->queue[thread->first];
        left->done(left->context);
        thread->first = (thread->first + 1) % QUEUE;
    }
    thread->status.frames = frames;
    thread->status.err = err;
    thread->status.ended = true;
    pthread_cond_broadcast(&thread->ended);
    pthread_mutex_unlock(&thread->mutex);
    return NULL;
}

static void free_thread(struct video_thread *thread)
{
    pthread_cond_destroy(&thread->wake);
    pthread_cond_destroy(&thread->ended);
    pthread_mutex_destroy(&thread->mutex);
    free(thread->path);
    free(thread);
}

struct video_thread *video_thread_create(const struct video_desc *desc, struct error *err)
{
    struct video_thread *thread = ls_calloc(1, sizeof *thread);
    thread->path = ls_strdup(desc->path);
    thread->desc = *desc;
    thread->desc.path = thread->path;
    pthread_mutex_init(&thread->mutex, NULL);
    pthread_cond_init(&thread->wake, NULL);
    pthread_cond_init(&thread->ended, NULL);
    /* Signals stay with the thread that waits for them. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int status = pthread_create(&thread->thread, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0) {
        error_set(err, "video encoder: expected a new thread, found: %s", strerror(status));
        free_thread(thread);
        return NULL;
    }
    pthread_setname_np(thread->thread, "film");
    return thread;
}

bool video_thread_offer(struct video_thread *thread, const struct video_picture *picture)
{
    pthread_mutex_lock(&thread->mutex);
    const bool room = thread->count < QUEUE && !thread->status.ended && !thread->finishing;
    if (room) {
        thread->queue[(thread->first + thread->count) % QUEUE] = *picture;
        thread->count++;
        pthread_cond_signal(&thread->wake);
    }
    pthread_mutex_unlock(&thread->mutex);
    return room;
}

void video_thread_finish(struct video_thread *thread, int64_t frames)
{
    pthread_mutex_lock(&thread->mutex);
    if (!thread->finishing) {
        thread->finishing = true;
        thread->end = frames;
    }
    pthread_cond_signal(&thread->wake);
    pthread_mutex_unlock(&thread->mutex);
}

struct video_thread_status video_thread_status(struct video_thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    const struct video_thread_status status = thread->status;
    pthread_mutex_unlock(&thread->mutex);
    return status;
}

void video_thread_wait(struct video_thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    while (!thread->status.ended)
        pthread_cond_wait(&thread->ended, &thread->mutex);
    pthread_mutex_unlock(&thread->mutex);
}

void video_thread_destroy(struct video_thread *thread)
{
    if (!thread)
        return;
    video_thread_finish(thread, 0);
    pthread_join(thread->thread, NULL);
    free_thread(thread);
}

void video_thread_set_hook(struct video_thread *thread, void (*hook)(void *), void *context)
{
    pthread_mutex_lock(&thread->mutex);
    thread->hook = hook;
    thread->hook_context = context;
    pthread_mutex_unlock(&thread->mutex);
}
