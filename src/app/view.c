/* `layerscope view`: watch a network learn, live. */
#include "app/commands.h"
#include "app/report.h"
#include "app/viewer.h"
#include "base/file.h"

bool command_view(const struct options *options, struct error *err)
{
    if (!report_check(options->json, options->overwrite, err))
        return false;
    if (options->save && !file_check_writable(options->save, options->overwrite, err))
        return false;
    struct viewer viewer;
    if (!viewer_init(&viewer, options, err))
        return false;
    session_catch_interrupts();
    viewer_run(&viewer);
    viewer_stop_training(&viewer);
    bool ok = session_check_device(&viewer.session, err);
    if (ok && options->save)
        ok = trainer_save(viewer.session.trainer, options->save, options->overwrite, err);
    ok =
        report_write(options->json ? viewer_report(&viewer) : NULL, options->json, options->overwrite, err) &&
        ok;
    if (ok && session_interrupted())
        ok = autosave_interrupted(&viewer.autosave, options, viewer.session.trainer, 0, err);
    viewer_deinit(&viewer);
    return ok;
}
