/* `layerscope view`: watch a network learn, live. */
#include "app/commands.h"
#include "app/exhaustion.h"
#include "app/outputs.h"
#include "app/viewer.h"
#include "base/log.h"

struct run {
    struct viewer *viewer;
    struct outputs *outputs;
};

static const double rescue_seconds = 20.0;

/* On the trainer's thread; the others rest in `rescue`, or go on until the program ends. */
static void save_at_once(struct trainer *trainer, void *context)
{
    struct run *run = context;
    struct viewer *viewer = run->viewer;
    struct error err = {0};
    if (outputs_save(run->outputs, trainer, &err) || autosave_instead(&viewer->autosave, trainer, &err))
        autosave_at_end(&viewer->autosave, AUTOSAVE_OUT_OF_MEMORY, viewer->options, trainer, 0, &err);
    log_error("%s", err.message);
}

/* The thread is another one after another network was opened. */
static void rescue(void *context)
{
    const struct run *run = context;
    if (run->viewer->thread)
        training_thread_rescue(run->viewer->thread, true, rescue_seconds);
}

static void rescue_after_crash(void *context)
{
    const struct run *run = context;
    if (run->viewer->thread)
        training_thread_rescue(run->viewer->thread, false, rescue_seconds);
}

static bool finish(struct viewer *viewer, struct outputs *outputs, struct error *err)
{
    const struct options *options = viewer->options;
    struct trainer *trainer = viewer->session.trainer;
    if (!session_check_device(&viewer->session, err))
        return false;
    bool ok = outputs_save(outputs, trainer, err) || autosave_instead(&viewer->autosave, trainer, err);
    ok = outputs_report(outputs, options->json ? viewer_report(viewer) : NULL, err) && ok;
    const bool lost = viewer_display_is_lost(viewer);
    if (!ok || (!lost && !session_interrupted()))
        return ok;
    return autosave_at_end(&viewer->autosave, lost ? AUTOSAVE_DISPLAY_LOST : AUTOSAVE_INTERRUPTED, options,
                           trainer, 0, err);
}

bool command_view(const struct options *options, struct error *err)
{
    struct viewer viewer;
    struct outputs outputs;
    if (!outputs_check(options, err) || !viewer_init(&viewer, options, err))
        return false;
    session_catch_interrupts();
    bool ok = outputs_open(&outputs, options, err);
    if (ok) {
        struct run run = {&viewer, &outputs};
        viewer_rescue_by(&viewer, save_at_once, &run);
        exhaustion_save_by(rescue, rescue_after_crash, &run);
        viewer_run(&viewer);
        viewer_stop_training(&viewer);
        exhaustion_save_by(NULL, NULL, NULL);
        ok = finish(&viewer, &outputs, err);
        outputs_discard(&outputs);
    }
    viewer_deinit(&viewer);
    return ok;
}
