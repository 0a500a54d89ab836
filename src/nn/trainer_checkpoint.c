/* A trainer's state from and to files, and as it was at first. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "nn/optimizer.h"
#include "nn/trainer_private.h"

/* What there is belongs to other parameters. A change of the optimizer's kind is what sets a backend's state
 * to zero. */
static void forget_optimizer_state(struct trainer *trainer)
{
    const struct optimizer stateless = {.kind = OPTIMIZER_SGD};
    compute_set_optimizer(trainer->compute, &stateless);
    compute_set_optimizer(trainer->compute, &trainer->desc.optimizer);
    trainer->update = 0;
    trainer->has_gradients = false;
}

static bool has_state(const struct trainer *trainer, const struct checkpoint *checkpoint)
{
    return checkpoint->info.has_training &&
           checkpoint->info.training.optimizer.kind == trainer->desc.optimizer.kind;
}

static void tell(const struct trainer *trainer, const struct checkpoint *checkpoint)
{
    const char *optimizer = optimizer_name(trainer->desc.optimizer.kind);
    const struct checkpoint_training *training = &checkpoint->info.training;
    const uint32_t samples = trainer->desc.data->train.count;
    if (!checkpoint->info.has_training)
        log_info("%s: holds parameters alone; %s starts without a past", checkpoint->origin, optimizer);
    else if (!has_state(trainer, checkpoint))
        log_info("%s: holds the state of %s; %s starts without a past", checkpoint->origin,
                 optimizer_name(training->optimizer.kind), optimizer);
    if (checkpoint->info.has_training && training->samples != samples)
        log_info("%s: was trained on %" PRIu32 " samples; training goes on with these %" PRIu32,
                 checkpoint->origin, training->samples, samples);
}

static bool same_schedule(const struct schedule *a, const struct schedule *b)
{
    char text_a[SCHEDULE_TEXT], text_b[SCHEDULE_TEXT];
    return strcmp(schedule_print(a, text_a), schedule_print(b, text_b)) == 0;
}

/* Another schedule than the file's has no past. */
static void restore_schedule(struct trainer *trainer, const struct checkpoint_info *info)
{
    const struct checkpoint_training *training = &info->training;
    schedule_begin(&trainer->schedule_state);
    if (info->has_training && same_schedule(&trainer->desc.schedule, &training->schedule))
        trainer->schedule_state = training->schedule_state;
    trainer->watched_is_fresh = false;
}

static void allocate_states(struct trainer *trainer, void *values[STATE_COUNT])
{
    const size_t size = compute_value_size(trainer->compute);
    for (int s = 0; s < STATE_COUNT; s++)
        values[s] = ls_calloc_aligned(compute_state_count(trainer->compute, (enum compute_state)s) + 1, size);
}

static void free_states(void *values[STATE_COUNT])
{
    for (int s = 0; s < STATE_COUNT; s++)
        free(values[s]);
}

bool trainer_restore(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *err)
{
    const size_t count = trainer->desc.network->program.parameter_count;
    const size_t size = compute_value_size(trainer->compute);
    const bool with_state = has_state(trainer, checkpoint);
    void *values[STATE_COUNT];
    allocate_states(trainer, values);
    bool ok = checkpoint_read_parameters(checkpoint, trainer->desc.network, values[STATE_PARAMETERS],
                                         values[STATE_BUFFERS], size, err);
    for (int moment = 0; moment < 2 && ok && with_state; moment++)
        ok = checkpoint_read_moment(checkpoint, moment, values[STATE_MOMENT1 + moment], count, size, err);
    if (ok) {
        forget_optimizer_state(trainer);
        for (int s = 0; s < STATE_COUNT; s++)
            if (s == STATE_PARAMETERS || s == STATE_BUFFERS || with_state)
                compute_write_state(trainer->compute, (enum compute_state)s, values[s]);
        trainer->step = checkpoint->info.step;
        trainer->update = with_state ? checkpoint->info.training.update : 0;
        trainer_set_schedule(trainer);
        restore_schedule(trainer, &checkpoint->info);
        compute_sync(trainer->compute);
        tell(trainer, checkpoint);
    }
    free_states(values);
    return ok;
}

bool trainer_load(struct trainer *trainer, const char *path, struct error *err)
{
    struct checkpoint checkpoint;
    if (!checkpoint_open(&checkpoint, path, err))
        return false;
    const bool ok = trainer_restore(trainer, &checkpoint, err);
    checkpoint_close(&checkpoint);
    return ok;
}

void trainer_restart(struct trainer *trainer)
{
    trainer_initialize(trainer);
    forget_optimizer_state(trainer);
    trainer->step = 0;
    trainer->live_started = false;
    trainer->watched_is_fresh = false;
    schedule_begin(&trainer->schedule_state);
    trainer_set_schedule(trainer);
    compute_sync(trainer->compute);
    metrics_restart(trainer->metrics);
}

bool trainer_is_whole(const struct trainer *trainer) { return !atomic_load(&trainer->stepping); }

size_t trainer_save_size(const struct trainer *trainer)
{
    size_t states = 0, rest = (size_t)4 << 20;
    for (int s = 0; s < STATE_COUNT; s++)
        states += compute_state_count(trainer->compute, (enum compute_state)s) *
                  compute_value_size(trainer->compute);
    if (trainer->desc.network->source)
        rest += 8 * strlen(trainer->desc.network->source);
    /* Moments in the header: their text, copies of it in the tensor file, in JSON, and in what is printed. */
    const size_t text = states / 3 * 4;
    return states + rest + 6 * (text <= CHECKPOINT_IN_HEADER ? text : CHECKPOINT_IN_HEADER);
}

static bool write_state(struct trainer *trainer, struct atomic_file *out, struct error *err)
{
    const struct trainer_desc *desc = &trainer->desc;
    const size_t size = compute_value_size(trainer->compute);
    const struct checkpoint_info info = {
        .step = trainer->step,
        .seed = desc->seed,
        .has_training = true,
        .training = {.optimizer = desc->optimizer,
                     .learning_rate = desc->learning_rate,
                     .schedule = desc->schedule,
                     .schedule_state = trainer->schedule_state,
                     .penalised = desc->penalised,
                     .l1 = desc->l1,
                     .l2 = desc->l2,
                     .batch = desc->batch,
                     .update = trainer->update,
                     .samples = desc->data->train.count},
        .model = desc->network->source,
        .data = desc->data_spec,
    };
    void *values[STATE_COUNT];
    allocate_states(trainer, values);
    for (int s = 0; s < STATE_COUNT; s++)
        compute_read_state(trainer->compute, (enum compute_state)s, values[s]);
    compute_sync(trainer->compute);
    const struct checkpoint_values state = {size,
                                            values[STATE_PARAMETERS],
                                            {values[STATE_MOMENT1], values[STATE_MOMENT2]},
                                            values[STATE_BUFFERS]};
    const bool ok = trainer_problem(trainer)
                        ? error_set(err, "%s: cannot be saved: %s", out->path, trainer_problem(trainer))
                        : checkpoint_save_to(out, desc->network, &state, &info, err);
    free_states(values);
    return ok;
}

bool trainer_save_to(struct trainer *trainer, struct atomic_file *out, struct error *err)
{
    const size_t size = trainer_save_size(trainer);
    const bool had_spare = memory_use_spare();
    const bool ok =
        memory_is_available(size)
            ? write_state(trainer, out, err)
            : error_set(err, "%s: cannot be saved: out of memory (%zu bytes are needed)", out->path, size);
    if (had_spare)
        memory_keep_spare(size);
    atomic_file_discard(out);
    return ok;
}

bool trainer_save(struct trainer *trainer, const char *path, bool overwrite, struct error *err)
{
    struct atomic_file out;
    return atomic_file_open(&out, path, overwrite, err) && trainer_save_to(trainer, &out, err);
}
