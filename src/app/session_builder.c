/* One thread for one session. */
#include "app/session_builder.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/thread.h"

struct session_builder {
    const struct session *present;
    const struct options *options;
    struct offer offer;
    char subject[256];
    _Atomic(enum session_stage) stage;
    pthread_t thread;
    atomic_bool done;
    /* The thread's until `done`. */
    struct session session;
    struct error err;
    bool ok;
};

static void *run(void *argument)
{
    struct session_builder *builder = argument;
    thread_stand_back();
    builder->ok = session_init_beside(&builder->session, builder->present, builder->options, &builder->offer,
                                      &builder->stage, &builder->err);
    atomic_store(&builder->done, true);
    return NULL;
}

static void free_builder(struct session_builder *builder)
{
    offer_deinit(&builder->offer);
    free(builder);
}

struct session_builder *session_builder_create(const struct session *present, const struct options *options,
                                               struct offer *offer, struct error *err)
{
    struct session_builder *builder = ls_calloc(1, sizeof *builder);
    builder->present = present;
    builder->options = options;
    builder->offer = *offer;
    memset(offer, 0, sizeof *offer);
    offer_describe(&builder->offer, builder->subject, sizeof builder->subject);
    /* Signals stay with the thread that waits for them. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int status = pthread_create(&builder->thread, NULL, run, builder);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status == 0)
        return builder;
    error_set(err, "%s: expected a new thread, found: %s", builder->subject, strerror(status));
    free_builder(builder);
    return NULL;
}

bool session_builder_done(const struct session_builder *builder) { return atomic_load(&builder->done); }

enum session_stage session_builder_stage(const struct session_builder *builder)
{
    return atomic_load(&builder->stage);
}

const char *session_builder_subject(const struct session_builder *builder) { return builder->subject; }

bool session_builder_finish(struct session_builder *builder, struct session *session, struct error *err)
{
    pthread_join(builder->thread, NULL);
    const bool ok = builder->ok;
    if (ok)
        *session = builder->session;
    else
        error_set(err, "%s", builder->err.message);
    free_builder(builder);
    return ok;
}
