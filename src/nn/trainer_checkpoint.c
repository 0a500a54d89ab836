/* A trainer's parameters from and to files, and as they were at first. */
#include <stdlib.h>

#include "base/memory.h"
#include "nn/checkpoint.h"
#include "nn/trainer_private.h"

/* The file holds no optimizer state, and what there is belongs to other parameters. A change of the
 * optimizer's kind is what sets a backend's state to zero. */
static void forget_optimizer_state(struct trainer *trainer)
{
    const struct optimizer stateless = {.kind = OPTIMIZER_SGD};
    compute_set_optimizer(trainer->compute, &stateless);
    compute_set_optimizer(trainer->compute, &trainer->desc.optimizer);
    trainer->update = 0;
}

bool trainer_load(struct trainer *trainer, const char *path, struct error *err)
{
    struct checkpoint_info info = {0};
    if (!checkpoint_load(path, trainer->desc.network, trainer->scratch, &info, err))
        return false;
    compute_write_parameters(trainer->compute, trainer->scratch);
    forget_optimizer_state(trainer);
    trainer->step = info.step;
    trainer_set_schedule(trainer);
    compute_sync(trainer->compute);
    return true;
}

void trainer_restart(struct trainer *trainer)
{
    network_initialize(trainer->desc.network, trainer->desc.seed, trainer->scratch);
    compute_write_parameters(trainer->compute, trainer->scratch);
    forget_optimizer_state(trainer);
    trainer->step = 0;
    trainer->live_started = false;
    trainer_set_schedule(trainer);
    compute_sync(trainer->compute);
    metrics_restart(trainer->metrics);
}

bool trainer_save(struct trainer *trainer, const char *path, bool overwrite, struct error *err)
{
    const struct checkpoint_info info = {trainer->step, trainer->desc.seed};
    trainer_read_parameters(trainer, trainer->scratch);
    return checkpoint_save(path, trainer->desc.network, trainer->scratch, &info, overwrite, err);
}
