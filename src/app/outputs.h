/* The files that --save and --json name: claimed before the work, so that neither an existing file nor
 * another program is found in their place after hours of it. */
#ifndef LS_APP_OUTPUTS_H
#define LS_APP_OUTPUTS_H

#include "app/options.h"
#include "base/atomic_file.h"
#include "nn/trainer.h"

struct cJSON;

/* Stays where it is while it is open. */
struct outputs {
    const struct options *options;
    struct atomic_file save, json;
};

/* Before data are read: may they be written? Leaves nothing behind. */
bool outputs_check(const struct options *options, struct error *err);
/* Before the work: from here on they are this program's. Does nothing for what was not asked for. */
bool outputs_open(struct outputs *outputs, const struct options *options, struct error *err);
/* Each writes its file, if it was asked for, also when another has failed: an error beside the one that `err`
 * holds is told in the log. outputs_report frees `root`, which may be NULL without --json. */
bool outputs_save(struct outputs *outputs, struct trainer *trainer, struct error *err);
bool outputs_report(struct outputs *outputs, struct cJSON *root, struct error *err);
/* Gives up what is not written; safe on a zeroed struct. */
void outputs_discard(struct outputs *outputs);

/* Does --json write to standard output? */
bool outputs_report_is_printed(const struct options *options);
/* `failure` becomes the error, or a line in the log when there is one already; false. */
bool outputs_failed(const struct error *failure, struct error *err);

#endif
