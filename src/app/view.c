/* `layerscope view`: watch a network learn, live. */
#include "app/commands.h"
#include "app/viewer.h"
#include "base/file.h"

bool command_view(const struct options *options, struct error *err)
{
    if (options->json != NULL && options->json[0] != '-' &&
        !file_check_writable(options->json, options->overwrite, err))
        return false;
    if (options->save != NULL && !file_check_writable(options->save, options->overwrite, err))
        return false;
    struct viewer viewer;
    if (!viewer_init(&viewer, options, err))
        return false;
    session_catch_interrupts();
    viewer_run(&viewer);
    viewer_stop_training(&viewer);
    bool ok = true;
    if (options->save != NULL)
        ok = trainer_save(viewer.session.trainer, options->save, options->overwrite, err);
    if (options->json != NULL)
        ok = viewer_write_json(&viewer, options->json, err) && ok;
    viewer_deinit(&viewer);
    return ok;
}
