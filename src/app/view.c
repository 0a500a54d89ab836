/* `layerscope view`: watch a network learn, live. */
#include "app/commands.h"
#include "app/outputs.h"
#include "app/viewer.h"

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
        viewer_run(&viewer);
        viewer_stop_training(&viewer);
        ok = finish(&viewer, &outputs, err);
        outputs_discard(&outputs);
    }
    viewer_deinit(&viewer);
    return ok;
}
