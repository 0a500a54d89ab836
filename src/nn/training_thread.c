/* The trainer's thread. One mutex guards what both sides touch; the thread holds it only between
 * steps, so that nobody who posts or asks waits for a step. */
#include "nn/training_thread.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/thread.h"

enum { MAX_COMMANDS = 256, SAVE_PATH_SIZE = 4096 };
static const double at_once_seconds = 4e-3;
/* Of the time that passes, surveys take this share at most. */
static const double survey_share = 0.05;
/* A rescue wakes nobody: whoever rests looks for one. */
static const double rest_seconds = 0.5;

enum rescue_state { RESCUE_NONE, RESCUE_ASKED, RESCUE_DONE };

struct training_thread {
    struct trainer *trainer; /* the thread's alone while it runs */
    struct publisher publisher;
    uint64_t last_step; /* 0: none */
    pthread_t thread;

    pthread_mutex_t mutex; /* guards the rest */
    pthread_cond_t wake;   /* a command, a publish request or the end */
    struct training_command commands[MAX_COMMANDS];
    int first_command, command_count;
    bool publish_requested, stop;
    enum { SAVE_NONE, SAVE_ASKED, SAVE_DONE } save;
    char save_path[SAVE_PATH_SIZE];
    bool save_overwrites;
    struct error save_error;
    uint32_t steps_owed;   /* steps to make although paused */
    double step_period;    /* seconds from one step to the next; 0: as soon as possible */
    double next_step_at;   /* clock seconds: not earlier than this */
    double next_survey_at; /* clock seconds: not earlier than this */
    struct training_status status;
    double window_begin; /* of the steps that steps_per_second counts */
    uint32_t window_steps;
    void (*hook)(void *);
    void *hook_context;

    void (*rescue)(struct trainer *trainer, void *context);
    void *rescue_context;
    _Atomic(enum rescue_state) rescue_state; /* without the mutex */
};

static bool finished(const struct training_thread *thread)
{
    return thread->status.problem || (thread->last_step > 0 && thread->status.step >= thread->last_step);
}

static void restart_rate(struct training_thread *thread)
{
    thread->window_begin = clock_seconds();
    thread->window_steps = 0;
    thread->status.steps_per_second = 0.0;
}

static void set_paused(struct training_thread *thread, bool paused)
{
    if (thread->status.paused != paused)
        restart_rate(thread);
    thread->status.paused = paused;
    thread->steps_owed = 0;
}

static void take_command(struct training_thread *thread)
{
    const struct training_command command = thread->commands[thread->first_command];
    thread->first_command = (thread->first_command + 1) % MAX_COMMANDS;
    thread->command_count--;
    switch (command.kind) {
    case TRAINING_PAUSE:
        set_paused(thread, true);
        break;
    case TRAINING_RESUME:
        set_paused(thread, finished(thread));
        break;
    case TRAINING_STEP:
        if (thread->status.paused)
            thread->steps_owed += command.count < UINT32_MAX - thread->steps_owed
                                      ? command.count
                                      : UINT32_MAX - thread->steps_owed;
        break;
    case TRAINING_SET_LEARNING_RATE:
        trainer_set_learning_rate(thread->trainer, command.value);
        break;
    case TRAINING_SET_PROBE:
        trainer_set_probe(thread->trainer, command.count);
        thread->status.probe = trainer_probe(thread->trainer);
        break;
    case TRAINING_RESTART:
        trainer_restart(thread->trainer);
        thread->status.step = 0;
        thread->steps_owed = 0;
        restart_rate(thread);
        break;
    case TRAINING_SET_SPEED:
        thread->step_period = command.value > 0.0f ? 1.0 / (double)command.value : 0.0;
        thread->next_step_at = clock_seconds() + thread->step_period;
        restart_rate(thread);
        break;
    }
}

static void note_steps(struct training_thread *thread, int steps)
{
    struct training_status *status = &thread->status;
    status->step = trainer_steps_taken(thread->trainer);
    const double ms = trainer_step_seconds(thread->trainer) * 1e3;
    status->step_ms = status->step_ms > 0.0 ? 0.9 * status->step_ms + 0.1 * ms : ms;
    thread->steps_owed -= thread->steps_owed > 0;
    if (status->paused)
        return;
    /* Until the first second is over, what there is of it counts. */
    const double elapsed = clock_seconds() - thread->window_begin;
    const bool first = !(status->steps_per_second > 0.0);
    thread->window_steps += (uint32_t)steps;
    if (elapsed >= 1.0 || (first && elapsed >= 0.2)) {
        status->steps_per_second = thread->window_steps / elapsed;
        thread->window_begin += elapsed;
        thread->window_steps = 0;
    }
}

/* As many as take a fraction of a frame, so that commands and requests are answered within one. */
static int steps_at_once(const struct training_thread *thread)
{
    if (thread->status.paused || thread->hook || thread->step_period > 0.0)
        return 1;
    const int steps = trainer_steps_within(thread->trainer, at_once_seconds);
    const uint64_t left = thread->last_step > 0 ? thread->last_step - thread->status.step : UINT64_MAX;
    return (uint64_t)steps < left ? steps : (int)left;
}

/* Late steps are not made up for. */
static void schedule_next_step(struct training_thread *thread)
{
    thread->next_step_at = fmax(thread->next_step_at + thread->step_period, clock_seconds());
}

/* Called and left with the mutex held. */
static void train(struct training_thread *thread)
{
    schedule_next_step(thread);
    void (*hook)(void *) = thread->hook;
    void *context = thread->hook_context;
    const int most = steps_at_once(thread);
    pthread_mutex_unlock(&thread->mutex);
    if (hook)
        hook(context);
    const int steps = trainer_train(thread->trainer, most, NULL);
    pthread_mutex_lock(&thread->mutex);
    thread->status.problem = trainer_problem(thread->trainer);
    if (thread->status.problem) {
        set_paused(thread, true);
        return;
    }
    note_steps(thread, steps);
    if (finished(thread))
        set_paused(thread, true);
}

/* Called without the mutex. While training rests nothing is held up. */
static void survey(struct training_thread *thread)
{
    const double begin = clock_seconds();
    if (begin < thread->next_survey_at || !trainer_survey(thread->trainer))
        return;
    thread->next_survey_at = begin + (clock_seconds() - begin) / survey_share;
}

static void publish(struct training_thread *thread)
{
    thread->publish_requested = false;
    pthread_mutex_unlock(&thread->mutex);
    trainer_publish(thread->trainer, &thread->publisher);
    survey(thread);
    pthread_mutex_lock(&thread->mutex);
}

static void save(struct training_thread *thread)
{
    struct error err = {0};
    pthread_mutex_unlock(&thread->mutex);
    trainer_save(thread->trainer, thread->save_path, thread->save_overwrites, &err);
    pthread_mutex_lock(&thread->mutex);
    thread->save_error = err;
    thread->save = SAVE_DONE;
}

/* Called with the mutex held. */
static void rescue(struct training_thread *thread)
{
    pthread_mutex_unlock(&thread->mutex);
    if (thread->rescue)
        thread->rescue(thread->trainer, thread->rescue_context);
    atomic_store(&thread->rescue_state, RESCUE_DONE);
    pthread_mutex_lock(&thread->mutex);
}

/* Seconds until the next step is due; single steps asked for by hand never wait. */
static double seconds_to_step(const struct training_thread *thread)
{
    if (thread->step_period <= 0.0 || thread->steps_owed > 0)
        return 0.0;
    return thread->next_step_at - clock_seconds();
}

static void wait_at_most(struct training_thread *thread, double seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const double whole = floor(fmin(seconds, 3600.0)), rest = fmin(seconds, 3600.0) - whole;
    until.tv_sec += (time_t)whole;
    until.tv_nsec += (long)(rest * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&thread->wake, &thread->mutex, &until);
}

static void *run(void *argument)
{
    struct training_thread *thread = argument;
    if (trainer_in_background(thread->trainer))
        thread_stand_back();
    pthread_mutex_lock(&thread->mutex);
    while (!thread->stop) {
        if (atomic_load(&thread->rescue_state) == RESCUE_ASKED)
            rescue(thread);
        else if (thread->command_count > 0)
            take_command(thread);
        else if (thread->publish_requested)
            publish(thread);
        else if (thread->save == SAVE_ASKED)
            save(thread);
        else if (finished(thread) || (thread->status.paused && thread->steps_owed == 0))
            wait_at_most(thread, rest_seconds);
        else if (seconds_to_step(thread) > 0.0)
            wait_at_most(thread, fmin(seconds_to_step(thread), rest_seconds));
        else
            train(thread);
    }
    if (thread->save == SAVE_ASKED)
        save(thread);
    pthread_mutex_unlock(&thread->mutex);
    return NULL;
}

/* Signals stay with the thread that waits for them. */
static int start(struct training_thread *thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int status = pthread_create(&thread->thread, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static void free_thread(struct training_thread *thread)
{
    pthread_cond_destroy(&thread->wake);
    pthread_mutex_destroy(&thread->mutex);
    free(thread);
}

struct training_thread *training_thread_create(struct trainer *trainer, const struct publisher *publisher,
                                               bool paused, uint64_t max_steps, struct error *err)
{
    struct training_thread *thread = ls_calloc(1, sizeof *thread);
    thread->trainer = trainer;
    thread->publisher = *publisher;
    thread->status.step = trainer_steps_taken(trainer);
    thread->last_step = max_steps > 0 ? thread->status.step + max_steps : 0;
    thread->status.probe = trainer_probe(trainer);
    thread->status.paused = paused;
    thread->window_begin = clock_seconds();
    pthread_mutex_init(&thread->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&thread->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    const int status = start(thread);
    if (status != 0) {
        error_set(err, "training thread: expected a new thread, found: %s", strerror(status));
        free_thread(thread);
        return NULL;
    }
    pthread_setname_np(thread->thread, "trainer");
    return thread;
}

void training_thread_destroy(struct training_thread *thread)
{
    if (!thread)
        return;
    pthread_mutex_lock(&thread->mutex);
    thread->stop = true;
    pthread_cond_signal(&thread->wake);
    pthread_mutex_unlock(&thread->mutex);
    pthread_join(thread->thread, NULL);
    free_thread(thread);
}

bool training_thread_post(struct training_thread *thread, struct training_command command)
{
    pthread_mutex_lock(&thread->mutex);
    const bool room = thread->command_count < MAX_COMMANDS;
    if (room) {
        thread->commands[(thread->first_command + thread->command_count) % MAX_COMMANDS] = command;
        thread->command_count++;
        pthread_cond_signal(&thread->wake);
    }
    pthread_mutex_unlock(&thread->mutex);
    return room;
}

bool training_thread_save(struct training_thread *thread, const char *path, bool overwrite)
{
    pthread_mutex_lock(&thread->mutex);
    const bool free = thread->save == SAVE_NONE && strlen(path) < SAVE_PATH_SIZE;
    if (free) {
        memcpy(thread->save_path, path, strlen(path) + 1);
        thread->save_overwrites = overwrite;
        thread->save = SAVE_ASKED;
        pthread_cond_signal(&thread->wake);
    }
    pthread_mutex_unlock(&thread->mutex);
    return free;
}

bool training_thread_take_saved(struct training_thread *thread, struct error *err)
{
    pthread_mutex_lock(&thread->mutex);
    const bool done = thread->save == SAVE_DONE;
    if (done) {
        *err = thread->save_error;
        thread->save = SAVE_NONE;
    }
    pthread_mutex_unlock(&thread->mutex);
    return done;
}

void training_thread_request_publish(struct training_thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    thread->publish_requested = true;
    pthread_cond_signal(&thread->wake);
    pthread_mutex_unlock(&thread->mutex);
}

struct training_status training_thread_status(const struct training_thread *thread)
{
    struct training_thread *t = (struct training_thread *)thread; /* locking changes nothing that is seen */
    pthread_mutex_lock(&t->mutex);
    const struct training_status status = t->status;
    pthread_mutex_unlock(&t->mutex);
    return status;
}

void training_thread_rescue_by(struct training_thread *thread,
                               void (*rescuer)(struct trainer *trainer, void *context), void *context)
{
    pthread_mutex_lock(&thread->mutex);
    thread->rescue = rescuer;
    thread->rescue_context = context;
    pthread_mutex_unlock(&thread->mutex);
}

bool training_thread_rescue(struct training_thread *thread, bool also_here, double seconds)
{
    if (pthread_equal(pthread_self(), thread->thread)) {
        const bool whole = also_here && trainer_is_whole(thread->trainer) && thread->rescue;
        if (whole)
            thread->rescue(thread->trainer, thread->rescue_context);
        return whole;
    }
    const struct timespec pause = {0, 10000000};
    atomic_store(&thread->rescue_state, RESCUE_ASKED);
    for (double waited = 0.0; waited < seconds; waited += 0.01) {
        if (atomic_load(&thread->rescue_state) == RESCUE_DONE)
            return true;
        nanosleep(&pause, NULL);
    }
    return atomic_load(&thread->rescue_state) == RESCUE_DONE;
}

void training_thread_set_step_hook(struct training_thread *thread, void (*hook)(void *), void *context)
{
    pthread_mutex_lock(&thread->mutex);
    thread->hook = hook;
    thread->hook_context = context;
    pthread_mutex_unlock(&thread->mutex);
}
