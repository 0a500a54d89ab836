/* A trainer on a thread of its own. The thread owns the trainer until training_thread_destroy;
 * others post commands, which it takes between steps, and read what it published. */
#ifndef LS_NN_TRAINING_THREAD_H
#define LS_NN_TRAINING_THREAD_H

#include "nn/trainer.h"

enum training_command_kind {
    TRAINING_PAUSE,
    TRAINING_RESUME,
    TRAINING_STEP, /* `count` steps while paused */
    TRAINING_SET_LEARNING_RATE /* value */,
    TRAINING_SET_PROBE /* count: test index */,
    TRAINING_RESTART,  /* trainer_restart; paused or not as before */
    TRAINING_SET_SPEED /* value: at most so many steps a second; 0: as fast as possible, as at first */
};

struct training_command {
    enum training_command_kind kind;
    uint32_t count;
    float value;
};

/* The state that others may read at any time. */
struct training_status {
    bool paused;
    uint64_t step;
    double step_ms;          /* smoothed wall time of a step */
    double steps_per_second; /* over the last second; 0 while paused */
    uint32_t probe;
    const char *problem; /* why the device no longer answers; it stays paused then. NULL while it does */
};

struct training_thread;

/* Starts training at once, or paused. After `max_steps` steps of its own (0: without end) the thread
 * stays paused. `trainer` and the publisher's context outlive it. */
struct training_thread *training_thread_create(struct trainer *trainer, const struct publisher *publisher,
                                               bool paused, uint64_t max_steps, struct error *err);
/* Stops after the current step and joins. */
void training_thread_destroy(struct training_thread *thread);

/* Never waits for the trainer. False only when 256 commands are pending. */
bool training_thread_post(struct training_thread *thread, struct training_command command);
/* Has a checkpoint saved between two steps, over an existing file only with `overwrite`. `path` is copied;
 * false when it is too long or the last one has not been taken yet. */
bool training_thread_save(struct training_thread *thread, const char *path, bool overwrite);
/* True once the file that was asked for is written, or `err` says why not. */
bool training_thread_take_saved(struct training_thread *thread, struct error *err);
/* Asks for one snapshot at the next step boundary (or at once while paused). Never waits. */
void training_thread_request_publish(struct training_thread *thread);
struct training_status training_thread_status(const struct training_thread *thread);

/* What the thread is to do when the program must end at once: `save` runs on it, between two steps. NULL:
 * nothing. */
void training_thread_rescue_by(struct training_thread *thread,
                               void (*save)(struct trainer *trainer, void *context), void *context);
/* Has that done, and waits for its end, at most `seconds`; on any thread and in a signal's handler: it
 * neither locks nor allocates. On the trainer's own thread `save` is called at once if `also_here`, which is
 * not for handlers. False when it was not done: it took too long, or this is the trainer's thread in the
 * middle of a step. */
bool training_thread_rescue(struct training_thread *thread, bool also_here, double seconds);

/* For tests: called on the trainer's thread before each step; steps are made one by one then. */
void training_thread_set_step_hook(struct training_thread *thread, void (*hook)(void *), void *context);

#endif
